import { groupedBy } from '../base/groups.ts';
import type { Finding } from '../lint/finding.ts';
import { fixOf, type LintReport, shownFindings } from '../lint/report/report.ts';
import type { Severity } from '../model/rule.ts';
import { coloured } from './output.ts';

const colours: { readonly [severity in Severity]: 'red' | 'yellow' | 'blue' | 'grey' } = {
  error: 'red',
  warning: 'yellow',
  info: 'blue',
  hint: 'grey',
};

/** For people: findings by file, then a count. */
export function lintText(report: LintReport): string {
  const shown = shownFindings(report);
  const lines: string[] = [];
  for (const [path, findings] of groupedBy(shown, ({ path }) => path)) {
    lines.push(path);
    const rows = findings.map(finding => {
      const { line, column } = report.positionOf(path, finding.at.start);
      return { finding, place: `${line}:${column}` };
    });
    const width = Math.max(...rows.map(({ place }) => place.length));
    for (const { finding, place } of rows) {
      const { severity, message, rule, evidence } = finding;
      const traces = evidence?.state === 'confirmed' ? `  seen in ${traceCount(evidence.traces)}` : '';
      const id = coloured('grey', `${rule.id} ${rule.name}`);
      lines.push(
        `  ${coloured('grey', place.padStart(width))}  ${coloured(colours[severity], severity.padEnd(7))}  ${message}  ${id}${traces}`,
      );
    }
    lines.push('');
  }
  for (const problem of report.problems) lines.push(coloured('red', problem));
  lines.push(...report.notes, summary(shown, report), '');
  return lines.join('\n');
}

function summary(shown: readonly Finding[], { filesChecked, findings }: LintReport): string {
  const files = `${filesChecked} ${filesChecked === 1 ? 'file' : 'files'} checked`;
  const hidden = findings.length - shown.length;
  const suppressed = hidden > 0 ? `, ${hidden} suppressed` : '';
  if (shown.length === 0) return `No findings; ${files}${suppressed}.`;
  const count = (severity: Severity) => shown.filter(finding => finding.severity === severity).length;
  const parts = (['error', 'warning', 'info', 'hint'] as const)
    .filter(severity => count(severity) > 0)
    .map(
      severity => `${count(severity)} ${severity}${count(severity) === 1 || severity === 'info' ? '' : 's'}`,
    );
  const safe = shown.filter(finding => fixOf(finding) === 'safe').length;
  const fixable = safe > 0 ? `; ${safe} can be fixed with --fix` : '';
  return `${parts.join(', ')}; ${files}${suppressed}${fixable}.`;
}

function traceCount(traces: number): string {
  return traces === 1 ? '1 trace' : `${traces} traces`;
}
