import type { Extent } from '../facts/syntax.ts';
import type { Edit } from '../rules/rule.ts';

/** Offset of the beginning of the line. */
export function lineStart(source: string, offset: number): number {
  return source.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset of the line feed that ends the line, or the end of the text. */
export function lineEnd(source: string, offset: number): number {
  const end = source.indexOf('\n', offset);
  return end < 0 ? source.length : end;
}

/** The white space before the first character of the line. */
export function indentationAt(source: string, offset: number): string {
  const start = lineStart(source, offset);
  return /^[ \t]*/.exec(source.slice(start, lineEnd(source, offset)))?.[0] ?? '';
}

/** What the file indents by: the first indentation that is found; four spaces in Python, a tab in Go, else two spaces. */
export function indentationUnit(source: string, language: string): string {
  if (language === 'go') return '\t';
  const found = /\n(\t| {2,8})\S/.exec(source)?.[1];
  return found ?? (language === 'python' || language === 'java' || language === 'csharp' ? '    ' : '  ');
}

/** `\r\n` where the file uses it. */
export function lineBreak(source: string): string {
  return /\r\n/.test(source.slice(0, 10_000)) ? '\r\n' : '\n';
}

export function insert(offset: number, newText: string): Edit {
  return { start: offset, end: offset, newText };
}

export function replace(at: Extent, newText: string): Edit {
  return { start: at.start, end: at.end, newText };
}

/** Lines with the indentation of the statement, put before it. */
export function insertLinesBefore(source: string, statement: Extent, lines: readonly string[]): Edit {
  const indentation = indentationAt(source, statement.start);
  const newText = lines.map(line => line + lineBreak(source) + indentation).join('');
  return insert(statement.start, newText);
}

/**
 * Lines with the indentation of the statement, put after it and what else stands on its last line; before what closes its block, where
 * that stands on the same line.
 */
export function insertLinesAfter(source: string, statement: Extent, lines: readonly string[]): Edit {
  const indentation = indentationAt(source, statement.start);
  const end = lineEnd(source, statement.end);
  const [before] = /^[ \t]*;?(?=[ \t]*\})/.exec(source.slice(statement.end, end)) ?? [];
  if (before !== undefined) {
    const isEnded = before.endsWith(';') || source[statement.end - 1] === ';';
    const newText = lines.map(line => lineBreak(source) + indentation + line).join('');
    return insert(statement.end + before.trimEnd().length, (isEnded ? '' : ';') + newText);
  }
  const offset = source[end - 1] === '\r' ? end - 1 : end;
  return insert(offset, lines.map(line => lineBreak(source) + indentation + line).join(''));
}

/** Removes a statement, with its line if nothing else stands there. */
export function removeStatement(source: string, statement: Extent): Edit {
  const start = lineStart(source, statement.start);
  const rest = /^[ \t;]*/.exec(source.slice(statement.end))?.[0].length ?? 0;
  const end = lineEnd(source, statement.end + rest);
  const alone =
    source.slice(start, statement.start).trim() === '' &&
    source.slice(statement.end + rest, end).trim() === '';
  return alone
    ? { start, end: Math.min(end + 1, source.length), newText: '' }
    : { start: statement.start, end: statement.end + (source[statement.end] === ';' ? 1 : 0), newText: '' };
}

/** Removes an element of a list of arguments or entries, with its comma, and with its lines if nothing else stands there. */
export function removeElement(source: string, element: Extent): Edit {
  const comma = /^\s*,/.exec(source.slice(element.end))?.[0].length ?? 0;
  const end = element.end + comma;
  const start = lineStart(source, element.start);
  const last = lineEnd(source, end);
  if (source.slice(start, element.start).trim() === '' && source.slice(end, last).trim() === '')
    return { start, end: Math.min(last + 1, source.length), newText: '' };
  const spaceBefore = /[ \t]*$/.exec(source.slice(0, element.start))?.[0].length ?? 0;
  const spaceAfter = /^[ \t]*/.exec(source.slice(end))?.[0].length ?? 0;
  const opens = /[([{]/.test(source[element.start - spaceBefore - 1] ?? '');
  const closes = /[)\]}]/.test(source[end + spaceAfter] ?? '');
  if (opens && closes) return { start: element.start - spaceBefore, end: end + spaceAfter, newText: '' };
  if (comma > 0) return { start: element.start, end: end + (closes ? 0 : spaceAfter), newText: '' };
  const before = /,\s*$/.exec(source.slice(0, element.start))?.[0].length ?? 0;
  return { start: element.start - before, end: element.end, newText: '' };
}

/** Like `removeElement`, of JSON: no comma stays before the end. */
export function removeMember(source: string, member: Extent): Edit {
  const before = /^\s*[}\]]/.test(source.slice(member.end))
    ? (/,(?:\s|\/\/.*\n)*$/.exec(source.slice(0, member.start))?.[0].length ?? 0)
    : 0;
  return before === 0
    ? removeElement(source, member)
    : { start: member.start - before, end: member.end, newText: '' };
}

/** The lines of the extent, one indentation deeper; blank lines stay. */
export function indented(source: string, extent: Extent, unit: string): Edit[] {
  const edits: Edit[] = [];
  for (let at = lineStart(source, extent.start); at < extent.end; at = lineEnd(source, at) + 1)
    if (source.slice(at, lineEnd(source, at)).trim() !== '') edits.push(insert(at, unit));
  return edits;
}
