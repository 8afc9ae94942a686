import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { version } from '../../package.json';
import { runtimeRules } from '../insight/findings/runtimeRules.ts';
import { applyBaseline, makeBaseline, parseBaseline } from '../lint/baseline.ts';
import { isAtLeast } from '../lint/finding.ts';
import { jsonReport } from '../lint/report/json.ts';
import { type LintReport, shownFindings } from '../lint/report/report.ts';
import { ruleMarkdown } from '../lint/report/rulePage.ts';
import { sarifReport } from '../lint/report/sarif.ts';
import { allRules } from '../lint/rules/allRules.ts';
import type { RuleInfo } from '../model/rule.ts';
import { CommandError, command, type ExitCode, type OptionValues } from './command.ts';
import { LintRun } from './lintRun.ts';
import { lintText } from './lintText.ts';
import { print, printError, printJson } from './output.ts';

const formats = ['stylish', 'json', 'sarif'] as const;
/**
 * Of a run that is over in seconds, compiling hot functions was a quarter, in each thread anew. With fewer of others
 * copied into them (V8 allows 920 bytes) a run takes a tenth less, and what is compiled is as fast.
 */
const lessInlining = '--max-inlined-bytecode-size-cumulative=200';
const rulePages = 'https://github.com/spanline/spanline/blob/main/docs/rules';

const options = {
  format: {
    value: '<format>',
    description: `${formats.join(', ')} (default: stylish; --json is --format json)`,
  },
  output: { value: '<file>', description: 'write the report there' },
  config: { value: '<file>', description: 'settings instead of the spanline.json files' },
  profile: { value: '<profile>', description: 'default, or strict: findings of low confidence too' },
  fix: { description: 'apply the safe fixes' },
  baseline: { value: '<file>', description: 'do not show what this file knows' },
  'write-baseline': { value: '<file>', description: 'write all findings of now to a baseline' },
  'max-warnings': { value: '<n>', description: 'exit 1 with more warnings than that' },
  traces: { value: '<file>', multiple: true, description: 'saved traces that confirm or refute findings' },
  redaction: {
    description: 'a configuration of the collector that masks what is sensitive, in place of findings',
  },
  'list-rules': { description: 'list all rules' },
  explain: { value: '<rule>', description: "a rule's page" },
} as const;

export const lint = command({
  usage: 'lint [options] [path…]',
  summary: 'Find what breaks traces in source and configuration files.',
  operands: { least: 0, most: Number.POSITIVE_INFINITY },
  options,
  async run({ options: given, operands }) {
    if (given['list-rules']) return listRules(given.json === true || given.format === 'json');
    if (given.explain !== undefined) return explain(given.explain);
    const format = given.json ? 'json' : oneOf('format', given.format ?? 'stylish', formats);
    const profile =
      given.profile === undefined ? undefined : oneOf('profile', given.profile, ['default', 'strict']);
    const limit = maxWarnings(given['max-warnings']);
    setFlagsFromString(lessInlining);
    const run = await LintRun.over(operands.length === 0 ? ['.'] : operands, {
      // A chunk of the bundle lies one folder below the entry (build/bundle.mjs).
      grammars: fileURLToPath(new URL('../grammars/', import.meta.url)),
      thread: new URL('lintThread.js', import.meta.url),
      config: given.config,
      profile,
      traces: given.traces ?? [],
    });
    if (given.fix) await run.fix();
    if (given.redaction) return printRedaction(run, given.output);
    const report = await withBaseline(run.report(), given);
    const text =
      format === 'json'
        ? jsonReport(report)
        : format === 'sarif'
          ? sarifReport(report, version, ({ id }) => `${rulePages}/${id}.md`)
          : lintText(report);
    if (given.output === undefined) await print(text);
    else await writeFile(given.output, text);
    return exitCode(report, limit);
  },
});

async function printRedaction(run: LintRun, output: string | undefined): Promise<ExitCode> {
  const redaction = run.collectorRedaction();
  const { problems } = run.report();
  for (const problem of problems) printError(problem);
  if (redaction === undefined) printError('nothing sensitive was found, there is nothing to mask');
  else if (output === undefined) await print(redaction.text);
  else await writeFile(output, redaction.text);
  return problems.length > 0 ? 2 : 0;
}

async function withBaseline(report: LintReport, given: OptionValues<typeof options>): Promise<LintReport> {
  const target = given['write-baseline'];
  if (target !== undefined)
    await writeFile(target, `${JSON.stringify(makeBaseline(report.findings, report.sourceOf), null, 2)}\n`);
  const path = given.baseline ?? target;
  if (path === undefined) return report;
  const baseline = parseBaseline(await readFile(path, 'utf8'));
  const { findings, stale } = applyBaseline(report.findings, baseline, report.sourceOf);
  const gone = `${path}: ${stale.length} entries are no longer found; write it anew with --write-baseline`;
  return { ...report, findings, notes: stale.length > 0 ? [...report.notes, gone] : report.notes };
}

function exitCode(report: LintReport, limit: number): ExitCode {
  if (report.problems.length > 0) return 2;
  const shown = shownFindings(report);
  const warnings = shown.filter(({ severity }) => severity === 'warning').length;
  return shown.some(({ severity }) => isAtLeast(severity, 'error')) || warnings > limit ? 1 : 0;
}

async function listRules(json: boolean): Promise<ExitCode> {
  const rules: readonly RuleInfo[] = [...allRules, ...runtimeRules];
  if (json) {
    await printJson({
      rules: rules.map(({ id, name, group, severity, confidence, languages, fix, offByDefault, docs }) => ({
        id,
        name,
        group,
        severity,
        confidence,
        languages,
        fix,
        offByDefault: offByDefault === true ? true : undefined,
        description: docs.what,
      })),
    });
    return 0;
  }
  const lines = rules.map(
    ({ id, name, severity, fix, offByDefault, docs }) =>
      `${id}  ${name.padEnd(34)} ${(offByDefault === true ? 'off' : severity).padEnd(8)} ${(fix ?? '').padEnd(11)} ${docs.what}`,
  );
  await print(`${lines.join('\n')}\n`);
  return 0;
}

async function explain(name: string): Promise<ExitCode> {
  const rule = [...allRules, ...runtimeRules].find(
    each => each.id === name.toUpperCase() || each.name === name,
  );
  if (rule === undefined) throw new CommandError(`there is no rule ${name}; see spanline lint --list-rules`);
  await print(ruleMarkdown(rule));
  return 0;
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find(each => each === value);
  if (found === undefined)
    throw new CommandError(`--${option} must be one of ${allowed.join(', ')}, not ${value}`);
  return found;
}

function maxWarnings(value: string | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (!/^\d+$/.test(value)) throw new CommandError(`--max-warnings must be a number, not ${value}`);
  return Number(value);
}
