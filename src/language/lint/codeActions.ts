import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type Range,
  type TextEdit,
} from 'vscode-languageserver/node';
import { LineMap } from '../../base/lines.ts';
import type { LanguageId } from '../../lint/facts/syntax.ts';
import type { Finding } from '../../lint/finding.ts';
import { combineFixes } from '../../lint/fixes/apply.ts';
import { indentationAt, lineBreak, lineStart } from '../../lint/fixes/text.ts';
import type { Edit, Fix } from '../../lint/rules/rule.ts';
import { explainRuleCommand, fixAllKind, showEvidenceCommand } from '../../protocol/lint.ts';
import { rangeOf } from './diagnostics.ts';
import type { TracedFinding } from './tracesToCode.ts';

/** A document with its findings, as it was linted. */
export interface LintedDocument {
  readonly uri: string;
  readonly source: string;
  /** undefined for configuration files. */
  readonly language: LanguageId | undefined;
  readonly findings: readonly Finding[];
  readonly diagnosticOf: (finding: Finding) => Diagnostic;
  /** Another file of the workspace; undefined if it is not at hand. */
  readonly other: (path: string) => { readonly uri: string; readonly lines: LineMap } | undefined;
}

/** Whether a client asks for actions of that kind; it asks for all if it names none. */
type Wanted = (kind: string) => boolean;

/**
 * The actions for a range: the fixes of its findings, "ignore here", "explain", the trace that confirms it; and all safe
 * fixes of the document as one.
 * @param holds whether a fix does what it says: its result parses, and the finding is gone
 */
export async function codeActions(
  document: LintedDocument,
  range: Range,
  only: readonly string[] | undefined,
  holds: (finding: Finding, fix: Fix) => Promise<boolean>,
): Promise<CodeAction[]> {
  const wanted: Wanted = kind =>
    only === undefined || only.some(each => kind === each || kind.startsWith(`${each}.`));
  const lines = new LineMap(document.source);
  const here = document.findings.filter(({ at }) => overlaps(rangeOf(at, lines), range));
  const actions: CodeAction[] = [];
  if (wanted(CodeActionKind.QuickFix))
    for (const finding of here) actions.push(...(await actionsOf(finding, document, lines, holds)));
  // Only when it is asked for by name: it is for the whole document.
  if (only !== undefined && wanted(fixAllKind)) actions.push(...(await fixAll(document, lines, holds)));
  return actions;
}

/** For what only traces show: the trace, and the rule's page. */
export function tracedActions(
  traced: readonly TracedFinding[],
  uri: string,
  range: Range,
  only: readonly string[] | undefined,
): CodeAction[] {
  if (only !== undefined && !only.includes(CodeActionKind.QuickFix)) return [];
  const here = traced.filter(each => each.uri === uri && overlaps(each.diagnostic.range, range));
  return here.flatMap(({ ruleId, diagnostic, examples: [example] }) => {
    const base = { kind: CodeActionKind.QuickFix, diagnostics: [diagnostic] };
    const explain = { title: 'Explain', command: explainRuleCommand, arguments: [ruleId] };
    const show = { title: 'Show a trace', command: showEvidenceCommand, arguments: [example] };
    return [
      ...(example === undefined
        ? []
        : [{ ...base, title: 'Show a trace in which it happened', command: show }]),
      { ...base, title: `Explain ${ruleId}`, command: explain },
    ];
  });
}

async function actionsOf(
  finding: Finding,
  document: LintedDocument,
  lines: LineMap,
  holds: (finding: Finding, fix: Fix) => Promise<boolean>,
): Promise<CodeAction[]> {
  const diagnostics = [document.diagnosticOf(finding)];
  const { rule, evidence } = finding;
  const actions: CodeAction[] = [];
  for (const fix of finding.fixes) {
    const changes = changesOf(fix.edits, document, lines);
    if (changes === undefined || !(await holds(finding, fix))) continue;
    actions.push({
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics,
      isPreferred: fix.kind === 'safe' && actions.length === 0,
      edit: { changes },
    });
  }
  const [example] = evidence?.state === 'confirmed' ? evidence.examples : [];
  if (example !== undefined)
    actions.push({
      title: 'Show a trace in which it happened',
      kind: CodeActionKind.QuickFix,
      diagnostics,
      command: { title: 'Show a trace', command: showEvidenceCommand, arguments: [example] },
    });
  for (const [title, edit] of ignoring(finding, document))
    actions.push({
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics,
      edit: { changes: changesOf([edit], document, lines) },
    });
  actions.push({
    title: `Explain ${rule.id} ${rule.name}`,
    kind: CodeActionKind.QuickFix,
    diagnostics,
    command: { title: 'Explain', command: explainRuleCommand, arguments: [rule.id] },
  });
  return actions;
}

async function fixAll(
  document: LintedDocument,
  lines: LineMap,
  holds: (finding: Finding, fix: Fix) => Promise<boolean>,
): Promise<CodeAction[]> {
  const safe: Fix[] = [];
  for (const finding of document.findings) {
    const fix = finding.fixes.find(
      ({ kind, edits }) => kind === 'safe' && edits.every(edit => edit.path === undefined),
    );
    if (fix !== undefined && (await holds(finding, fix))) safe.push(fix);
  }
  const { edits, applied } = combineFixes(safe);
  if (applied.length === 0) return [];
  return [
    {
      title: `Apply ${applied.length === 1 ? 'the safe fix' : `all ${applied.length} safe fixes`} of Spanline`,
      kind: fixAllKind,
      edit: { changes: changesOf(edits, document, lines) },
    },
  ];
}

function changesOf(
  edits: readonly Edit[],
  document: LintedDocument,
  lines: LineMap,
): { [uri: string]: TextEdit[] } | undefined {
  const changes: { [uri: string]: TextEdit[] } = {};
  for (const edit of edits) {
    const file = edit.path === undefined ? { uri: document.uri, lines } : document.other(edit.path);
    if (file === undefined) return undefined;
    changes[file.uri] ??= [];
    changes[file.uri].push({ range: rangeOf(edit, file.lines), newText: edit.newText });
  }
  return changes;
}

/** The edits that put a comment above the line or at the top; the reason is left for the reader to write. */
function ignoring({ rule, at }: Finding, { source, language, uri }: LintedDocument): [string, Edit][] {
  const marks = commentMarks(language, uri);
  if (marks === undefined || rule.group === 'suppression') return [];
  const comment = (scope: string) => `${marks[0]} spanline-ignore${scope} ${rule.id}: reason${marks[1]}`;
  const line = lineStart(source, at.start);
  const indentation = indentationAt(source, at.start);
  const top = /^#!.*\r?\n/.exec(source)?.[0].length ?? 0;
  const newLine = lineBreak(source);
  return [
    [`Ignore ${rule.id} here`, { start: line, end: line, newText: indentation + comment('') + newLine }],
    [`Ignore ${rule.id} in this file`, { start: top, end: top, newText: comment('-file') + newLine }],
  ];
}

/** What begins and ends a comment; undefined for formats without comments. */
function commentMarks(language: LanguageId | undefined, uri: string): readonly [string, string] | undefined {
  if (language === 'python') return ['#', ''];
  if (language !== undefined) return ['//', ''];
  if (/\.(?:xml|csproj|props)$/.test(uri)) return ['<!--', ' -->'];
  if (/\.json$/.test(uri)) return undefined;
  return /go\.mod$|\.gradle(?:\.kts)?$/.test(uri) ? ['//', ''] : ['#', ''];
}

function overlaps(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Range['start'], b: Range['start']): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
