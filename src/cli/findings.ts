import { plainFinding } from '../insight/findings/findings.ts';
import { isAtLeast } from '../lint/finding.ts';
import type { Severity } from '../model/rule.ts';
import type { Finding, LocatableFinding } from '../protocol/control.ts';
import { command, type ExitCode } from './command.ts';
import { withEngine } from './connect.ts';
import { coloured, print, printJson } from './output.ts';
import { settingsOf } from './projectSettings.ts';
import { SourceRoot } from './sourceRoot.ts';
import { printable } from './table.ts';
import { oneOf } from './values.ts';

export const failOn = {
  value: '<severity>',
  description: 'exit 1 if there is a finding of this severity or a graver one: error, warning, info, hint',
} as const;

export const findings = command({
  usage: 'findings [options]',
  summary: 'Show what the traces in the engine tell of the code that made them.',
  operands: { least: 0, most: 0 },
  options: {
    'fail-on': failOn,
    root: { value: '<dir>', description: 'folder with the source: findings get the lines of their spans' },
  },
  async run({ options }) {
    const least = severityOf(options['fail-on']);
    const { sensitive } = await settingsOf(options.root ?? '.');
    const asked = sensitive === undefined ? {} : { sensitive };
    const listed = await withEngine(options, engine => engine.request('findings/list', asked));
    const root = options.root === undefined ? undefined : await SourceRoot.read(options.root);
    const found: LocatableFinding[] = [];
    for (const each of listed.findings) found.push(root === undefined ? each : await root.locate(each));
    if (options.json) await printJson({ findings: found.map(plainFinding) });
    else if (found.length === 0) await print('No findings.\n');
    else await print(`${findingLines(found).join('\n')}\n`);
    return exitCodeOf(found, least);
  },
});

const severities = ['error', 'warning', 'info', 'hint'] as const;
const colours: { readonly [severity in Severity]: 'red' | 'yellow' | 'blue' | 'grey' } = {
  error: 'red',
  warning: 'yellow',
  info: 'blue',
  hint: 'grey',
};

/** For people, a line each. */
export function findingLines(found: readonly Finding[]): string[] {
  return found.map(({ ruleId, severity, message, location }) => {
    const place = location === undefined ? '' : `${location.path}:${location.line}:${location.column}  `;
    return `${coloured(colours[severity], severity.padEnd(7))}  ${place}${printable(message)}  ${coloured('grey', ruleId)}`;
  });
}

/** What `--fail-on` says. */
export function severityOf(option: string | undefined): Severity | undefined {
  return option === undefined ? undefined : oneOf('fail-on', option, severities);
}

/** 1 if one of them is at least that grave. */
export function exitCodeOf(found: readonly Finding[], least: Severity | undefined): ExitCode {
  return least !== undefined && found.some(({ severity }) => isAtLeast(severity, least)) ? 1 : 0;
}
