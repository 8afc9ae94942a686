import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import type { Locator } from '../../locate/locator.ts';
import type { SpanExample } from '../../model/evidence.ts';
import type { Severity } from '../../model/rule.ts';
import type { LocatableFinding } from '../../protocol/control.ts';

/** A place that is less likely than that is no place to put a finding. */
const leastConfidence = 0.85;
/** Findings of traces that are located; the gravest come first. */
const mostLocated = 200;

/** A finding of traces at the line that its spans come from. */
export interface TracedFinding {
  readonly uri: string;
  /** 1-based. */
  readonly line: number;
  readonly ruleId: string;
  readonly diagnostic: Diagnostic;
  readonly examples: readonly SpanExample[];
  readonly traceIds: ReadonlySet<string>;
}

const severities: { readonly [severity in Severity]: DiagnosticSeverity } = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Puts what traces show to the lines that the spans come from; what has no certain line is left out. */
export async function tracesToCode(
  locator: Locator,
  findings: readonly LocatableFinding[],
  ruleUri: (id: string) => string | undefined,
): Promise<TracedFinding[]> {
  const placed: TracedFinding[] = [];
  for (const { ruleId, severity, message, span, examples } of findings.slice(0, mostLocated)) {
    if (span === undefined) continue;
    const [best] = await locator.locate(span);
    if (best === undefined || best.confidence < leastConfidence) continue;
    const line = best.line - 1;
    const start = { line, character: (best.column ?? 1) - 1 };
    const page = ruleUri(ruleId);
    const traceIds = new Set(examples.map(({ traceId }) => traceId));
    placed.push({
      uri: best.uri,
      line: best.line,
      ruleId,
      examples,
      traceIds,
      diagnostic: {
        range: { start, end: { line, character: start.character + Math.max(1, best.preview.length) } },
        severity: severities[severity],
        code: ruleId,
        codeDescription: page === undefined ? undefined : { href: page },
        source: 'spanline',
        message: `${message} (seen in ${traceIds.size === 1 ? 'a trace' : 'traces'})`,
      },
    });
  }
  return placed;
}
