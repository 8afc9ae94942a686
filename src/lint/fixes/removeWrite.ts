import type { AttributeWrite } from '../facts/attributes/attributes.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Statement } from '../facts/syntax.ts';
import { bodiesOf, statementsIn, within } from '../facts/walk.ts';
import type { Edit, Fix } from '../rules/rule.ts';
import { lineEnd, lineStart, removeElement, removeStatement, replace } from './text.ts';

/**
 * Does not record a value any more; undefined where that takes more than leaving it out.
 * @param all the other writes that are removed for the same reason: what only they use must stay in use
 */
export function removeWrite(
  file: FileFacts,
  write: AttributeWrite,
  title: string,
  all: readonly AttributeWrite[],
): Fix | undefined {
  const { removal } = write;
  if (removal.kind === 'none') return undefined;
  const edits: Edit[] = [editOf(file, write)];
  if (file.language === 'go') {
    if (leavesUnused(file, write)) return undefined;
    const unused = unusedImports(file, write, all);
    if (unused === undefined) return undefined;
    edits.push(...unused);
  }
  return { title, kind: isPlain(write) && edits.length === 1 ? 'safe' : 'unsafe', edits };
}

function editOf(file: FileFacts, { removal }: AttributeWrite): Edit {
  const { source } = file.syntax;
  if (removal.kind === 'element') return removeElement(source, removal.at);
  if (removal.kind === 'link') return replace(removal.at, '');
  const { start, end } = removal.at;
  // The body of a Python block must not be empty; a branch without braces must not take the next statement.
  if (file.language === 'python')
    return isAlone(file, start) ? replace(removal.at, 'pass') : removeStatement(source, removal.at);
  return isBranch(file, start) ? replace({ start, end }, '{}') : removeStatement(source, removal.at);
}

function isAlone(file: FileFacts, start: number): boolean {
  return listsOf(file).some(list => list.length === 1 && list[0].at.start === start);
}

/** The only statement of an `if`, `else` or loop without braces. */
function isBranch(file: FileFacts, start: number): boolean {
  const { body, functions, source } = file.syntax;
  for (const statements of [body, ...functions.map(each => each.body)])
    for (const statement of statementsIn(statements)) {
      if (!bodiesOf(statement).some(list => list.length === 1 && list[0].at.start === start)) continue;
      const before = source.slice(statement.at.start, start).replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
      if (/(?:\)|\belse|\bdo)\s*$/.test(before)) return true;
    }
  return false;
}

function listsOf(file: FileFacts): (readonly Statement[])[] {
  const { body, functions } = file.syntax;
  return [body, ...functions.map(each => each.body)].flatMap(list => [
    list,
    ...[...statementsIn(list)].flatMap(bodiesOf),
  ]);
}

/** Nothing else happens when the value is worked out: names, and calls that only read. */
function isPlain({ value }: AttributeWrite): boolean {
  for (const each of within(value)) {
    if (each.type === 'operation' && !/^(?:\+|!|&&|==|!=|===|!==|>|<|%)$/.test(each.operator)) return false;
    if (each.type === 'unknown' || each.type === 'function') return false;
    if (
      each.type === 'call' &&
      (each.awaited ||
        !/^(?:get|Get|to|To|str|String|string|is|Is|has|Has|len|format|Sprint|Sprintf|trim|Trim|lower|upper|stringify|dumps|inspect|header|FormValue|as|email|name|phone)/.test(
          each.callee,
        ))
    )
      return false;
  }
  return true;
}

/** Go refuses to compile what declares a variable and does not use it. */
function leavesUnused(file: FileFacts, { value, removal, call }: AttributeWrite): boolean {
  const inFunction = call.inFunction;
  if (inFunction === undefined) return false;
  const { source } = file.syntax;
  const rest =
    source.slice(inFunction.at.start, removal.at.start) + source.slice(removal.at.end, inFunction.at.end);
  for (const each of within(value)) {
    if (each.type !== 'reference') continue;
    const [name] = each.path.split('.');
    const [definition] = file.names.definitions(name, inFunction, each.at);
    if (definition?.kind !== 'value' && definition?.kind !== 'element') continue;
    if (occurrences(rest, name) < 2) return true;
  }
  const span = call.receiver;
  return (
    removal.kind === 'statement' &&
    span?.type === 'reference' &&
    file.names.definitions(span.path, inFunction, span.at)[0]?.kind === 'value' &&
    occurrences(rest, span.path) < 2
  );
}

/** The imports that go with the write; undefined if they would go only together with others. */
function unusedImports(
  file: FileFacts,
  { removal }: AttributeWrite,
  all: readonly AttributeWrite[],
): Edit[] | undefined {
  const { source, imports } = file.syntax;
  const text = source.slice(removal.at.start, removal.at.end);
  const edits: Edit[] = [];
  for (const { local, at } of imports) {
    if (local === '' || local === '_' || local === '.') continue;
    const own = uses(text, local);
    if (own === 0) continue;
    const everywhere = uses(source, local);
    if (everywhere > own) {
      const together = all.reduce(
        (sum, other) => sum + uses(source.slice(other.removal.at.start, other.removal.at.end), local),
        0,
      );
      if (everywhere <= together) return undefined;
      continue;
    }
    const start = lineStart(source, at.start);
    const end = Math.min(lineEnd(source, at.end) + 1, source.length);
    edits.push({ start, end, newText: '' });
  }
  return edits;
}

function uses(text: string, packageName: string): number {
  return text.match(new RegExp(`(?<![\\w.])${packageName}\\.`, 'g'))?.length ?? 0;
}

function occurrences(text: string, name: string): number {
  return text.match(new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}(?!\\w)`, 'g'))?.length ?? 0;
}
