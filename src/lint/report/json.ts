import { fixOf, type LintReport, shownFindings } from './report.ts';

/** One JSON document; lines and columns 1-based, ends exclusive. */
export function jsonReport(report: LintReport): string {
  const findings = shownFindings(report).map(finding => {
    const { rule, severity, confidence, message, path, at, evidence } = finding;
    const start = report.positionOf(path, at.start);
    const end = report.positionOf(path, at.end);
    return {
      ruleId: rule.id,
      name: rule.name,
      severity,
      confidence,
      message,
      path,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
      fix: fixOf(finding),
      evidence:
        evidence === undefined
          ? undefined
          : {
              state: evidence.state,
              traces: evidence.traces,
              method: evidence.method,
              traceIds: [...new Set(evidence.examples.map(({ traceId }) => traceId))],
            },
    };
  });
  const { filesChecked, durationMs, problems } = report;
  return `${JSON.stringify({ findings, filesChecked, durationMs, problems: problems.length > 0 ? problems : undefined }, null, 2)}\n`;
}
