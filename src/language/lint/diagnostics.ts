import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  type Range,
} from 'vscode-languageserver/node';
import type { LineMap } from '../../base/lines.ts';
import type { Extent } from '../../lint/facts/syntax.ts';
import type { Finding } from '../../lint/finding.ts';
import type { Severity } from '../../model/rule.ts';

const severities: { readonly [severity in Severity]: DiagnosticSeverity } = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** A finding names an old way, or something without effect: editors strike it out or fade it. */
const tags: { readonly [rule: string]: DiagnosticTag } = {
  SPL002: DiagnosticTag.Unnecessary,
  SPL112: DiagnosticTag.Unnecessary,
  SPL504: DiagnosticTag.Deprecated,
  SPL601: DiagnosticTag.Deprecated,
  SPL604: DiagnosticTag.Deprecated,
};

export interface DiagnosticContext {
  /** Of the finding's own file. */
  readonly lines: LineMap;
  /** URI and lines of another file; undefined if it cannot be read. */
  other(path: string): { readonly uri: string; readonly lines: LineMap } | undefined;
  /** URI of a rule's page; undefined where there are none. */
  ruleUri(id: string): string | undefined;
}

export function diagnosticOf(finding: Finding, context: DiagnosticContext): Diagnostic {
  const { rule, at, severity, message, evidence } = finding;
  const page = context.ruleUri(rule.id);
  const seen =
    evidence?.state === 'confirmed'
      ? ` (seen in ${evidence.traces === 1 ? '1 trace' : `${evidence.traces} traces`})`
      : '';
  return {
    range: rangeOf(at, context.lines),
    severity: severities[severity],
    code: rule.id,
    codeDescription: page === undefined ? undefined : { href: page },
    source: 'spanline',
    message: message + seen,
    tags: tags[rule.id] === undefined ? undefined : [tags[rule.id]],
    relatedInformation: finding.related.flatMap(each => relatedOf(each, context)),
  };
}

export function rangeOf({ start, end }: Extent, lines: LineMap): Range {
  return { start: pointOf(start, lines), end: pointOf(end, lines) };
}

function pointOf(offset: number, lines: LineMap): Range['start'] {
  const { line, column } = lines.position(offset);
  return { line: line - 1, character: column - 1 };
}

function relatedOf(
  { path, at, message }: Finding['related'][number],
  context: DiagnosticContext,
): DiagnosticRelatedInformation[] {
  const file = context.other(path);
  return file === undefined ? [] : [{ location: { uri: file.uri, range: rangeOf(at, file.lines) }, message }];
}
