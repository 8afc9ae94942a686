import type { FileFacts } from '../facts/fileFacts.ts';
import type { SpanLife } from '../facts/spans/spanLives.ts';
import type { CallExpression, Expression, Extent, Statement } from '../facts/syntax.ts';
import { bodiesOf } from '../facts/walk.ts';
import type { Edit, Fix } from '../rules/rule.ts';
import {
  indentationAt,
  indentationUnit,
  indented,
  insert,
  insertLinesAfter,
  lineBreak,
  lineEnd,
  lineStart,
  removeStatement,
  replace,
} from './text.ts';

/** Edits after which the span is ended whatever way its scope is left. */
export function endingFixes(file: FileFacts, life: SpanLife): Fix[] {
  // An end in a condition or a function is there for a reason that an edit would not know.
  const ends = endStatements(life);
  if (life.shared || life.start.isHandle === true || ends.length < life.uses.ends.length) return [];
  switch (file.language) {
    case 'go':
      return goFixes(file, life, ends);
    case 'python':
      return pythonFixes(file, life, ends);
    case 'csharp':
      return csharpFixes(file, life, ends);
    default:
      return tryFinally(file, life, ends);
  }
}

/** The statements that are nothing but an end of the span, in the function itself. */
function endStatements({ region, uses }: SpanLife): Statement[] {
  const calls = new Set<Expression>(
    uses.ends.filter(use => use.within === undefined).map(({ call }) => call),
  );
  const found: Statement[] = [];
  const open = [...region];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.type === 'expression' && calls.has(at.expression)) found.push(at);
    for (const body of bodiesOf(at)) open.push(...body);
  }
  return found.sort((a, b) => a.at.start - b.at.start);
}

function goFixes(
  { syntax }: FileFacts,
  { start, variable, isLoopBody }: SpanLife,
  ends: readonly Statement[],
): Fix[] {
  const { binding } = start;
  // In a loop it would wait for the end of the function.
  if (binding === undefined || isLoopBody) return [];
  const edits = [
    insertLinesAfter(syntax.source, binding.at, [`defer ${variable}.End()`]),
    ...ends.map(({ at }) => removeStatement(syntax.source, at)),
  ];
  return [{ title: 'End the span with defer', kind: ends.length === 0 ? 'safe' : 'unsafe', edits }];
}

/** `with tracer.start_as_current_span(…) as span:` around the rest of the block. */
function pythonFixes({ syntax }: FileFacts, life: SpanLife, ends: readonly Statement[]): Fix[] {
  const { source } = syntax;
  const { start, variable } = life;
  const { binding, call } = start;
  if (binding === undefined || start.factory || call.callee !== 'start_span') return [];
  const rest = restOf(life, binding);
  if (
    rest === undefined ||
    rest.statements.length === 0 ||
    ends.some(end => !rest.statements.includes(end)) ||
    hasStrings(source, rest)
  )
    return [];
  const kept = rest.statements.filter(statement => !ends.includes(statement));
  const unit = indentationUnit(source, 'python');
  const text = `${source.slice(call.at.start, call.calleeAt.start)}start_as_current_span${source.slice(call.calleeAt.end, call.at.end)}`;
  const edits: Edit[] = [replace(binding.at, `with ${text} as ${variable}:`)];
  if (kept.length === 0) return [];
  const removed = ends.map(({ at }) => removeStatement(source, at));
  edits.push(
    ...indented(source, rest.extent, unit).filter(
      edit => !removed.some(each => each.start <= edit.start && edit.start < each.end),
    ),
  );
  return [
    { title: 'Make it a with block that ends the span', kind: 'unsafe', edits: [...edits, ...removed] },
  ];
}

function csharpFixes(_file: FileFacts, { start }: SpanLife, ends: readonly Statement[]): Fix[] {
  const { binding } = start;
  if (binding === undefined || !binding.declares || ends.length > 0) return [];
  return [
    { title: 'Dispose the activity with using', kind: 'safe', edits: [insert(binding.at.start, 'using ')] },
  ];
}

/** `try { rest of the block } finally { span.end(); }`. */
function tryFinally({ syntax, language }: FileFacts, life: SpanLife, ends: readonly Statement[]): Fix[] {
  const { source } = syntax;
  const { start, variable, inFunction } = life;
  const rest =
    start.form === 'callback'
      ? bodyOf(life)
      : start.binding === undefined
        ? undefined
        : restOf(life, start.binding);
  if (rest === undefined || ends.some(end => !rest.statements.includes(end)) || hasStrings(source, rest))
    return [];
  const kept = rest.statements.filter(statement => !ends.includes(statement));
  if (kept.length === 0) return [];
  const awaits = awaited(kept, inFunction?.async === true);
  const unit = indentationUnit(source, language);
  const indentation = indentationAt(source, rest.extent.start);
  const newLine = lineBreak(source);
  const semicolon = language === 'java' || /;\s*$/m.test(source.slice(0, 4_000)) ? ';' : '';
  // What is taken from a context may be nothing.
  const isOptional = start.form === 'callback' && start.binding !== undefined;
  const optional = isOptional || ends.some(({ at }) => at.text.includes('?.')) ? '?' : '';
  const removed = ends.map(({ at }) => removeStatement(source, at));
  const isKept = (edit: Edit) => !removed.some(each => each.start <= edit.start && edit.start < each.end);
  const from = lineStart(source, rest.extent.start);
  const last = kept[kept.length - 1].at.end;
  const end = lineEnd(source, last);
  const close = `${newLine}${indentation}} finally {${newLine}${indentation}${unit}${variable}${optional}.end()${semicolon}${newLine}${indentation}}`;
  const edits = [
    insert(from, `${indentation}try {${newLine}`),
    ...indented(source, { start: from, end: last }, unit)
      .filter(isKept)
      .map(edit => edit),
    ...awaits,
    insert(source[end - 1] === '\r' ? end - 1 : end, close),
    ...removed.filter(each => each.start < end),
  ];
  // Two insertions at one place: the one that opens the block comes first.
  const merged = mergeInsertions(edits);
  return [{ title: 'End the span in a finally block', kind: 'unsafe', edits: merged }];
}

function mergeInsertions(edits: readonly Edit[]): Edit[] {
  const merged: Edit[] = [];
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    const before = merged.at(-1);
    if (
      before !== undefined &&
      before.start === edit.start &&
      before.end === before.start &&
      edit.end === edit.start
    )
      merged[merged.length - 1] = { ...before, newText: before.newText + edit.newText };
    else merged.push(edit);
  }
  return merged;
}

/** In an async function `return load()` would end the span before the work is done: it has to be awaited. */
function awaited(statements: readonly Statement[], async: boolean): Edit[] {
  const edits: Edit[] = [];
  if (!async) return edits;
  const open = [...statements];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const body of bodiesOf(at)) open.push(...body);
    if (at.type !== 'return') continue;
    for (const value of at.values) if (mayBePromise(value)) edits.push(insert(value.at.start, 'await '));
  }
  return edits;
}

function mayBePromise(value: Expression): boolean {
  if (value.type === 'call') return !(value as CallExpression).awaited;
  return value.type === 'reference' && /promise/i.test(value.path);
}

interface Rest {
  readonly statements: readonly Statement[];
  readonly extent: Extent;
}

/** What follows the statement in its block. */
function restOf({ region }: SpanLife, binding: Statement): Rest | undefined {
  const index = region.indexOf(binding);
  return index < 0 ? undefined : extentOf(region.slice(index + 1));
}

function bodyOf({ start, region }: SpanLife): Rest | undefined {
  const { callback } = start;
  // An expression is no block to put a `try` around.
  if (callback === undefined || !callback.bodyAt.text.startsWith('{')) return undefined;
  return extentOf(region);
}

function extentOf(statements: readonly Statement[]): Rest | undefined {
  const [first] = statements;
  const last = statements.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return { statements, extent: { start: first.at.start, end: last.at.end } };
}

/** Texts over several lines would change if they were indented. */
function hasStrings(source: string, { extent }: Rest): boolean {
  const text = source.slice(extent.start, extent.end);
  return /`[^`\n]*\n[^`]*`|"""|'''/.test(text);
}
