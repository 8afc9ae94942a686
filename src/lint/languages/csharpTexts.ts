import type { Expression, Place, TextExpression } from '../facts/syntax.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

const escapes: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  v: '\v',
  0: '\0',
};

/** The text of a string or a character, without quotes and the `u8` after them. */
export function stringText(node: SyntaxNode): string {
  const written = node.text.replace(/u8$/i, '');
  switch (node.type) {
    case 'verbatim_string_literal':
      return written.slice(2, -1).replaceAll('""', '"');
    case 'raw_string_literal': {
      const quotes = /^"+/.exec(written)?.[0].length ?? 0;
      const raw = written.slice(quotes, -quotes);
      return dedented([raw], indentOf(raw))[0] ?? '';
    }
    default:
      return unescaped(written.slice(1, -1));
  }
}

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(
    /\\(?:x([\da-fA-F]{1,4})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g,
    (_, short, unit, point, letter) => {
      const hex = short ?? unit ?? point;
      if (hex === undefined) return escapes[letter] ?? letter;
      const code = Number.parseInt(hex, 16);
      return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
    },
  );
}

/** Of a raw string over several lines: what stands before its closing quotes; undefined for one on a line. */
function indentOf(raw: string): string | undefined {
  return /\n([ \t]*)$/.exec(raw)?.[1];
}

/** Takes the indentation from each line, and the first and the last line break, of text in pieces. */
function dedented(pieces: readonly string[], indent: string | undefined): string[] {
  if (indent === undefined) return [...pieces];
  const last = pieces.length - 1;
  return pieces.map((piece, index) => {
    const inner = index === last ? piece.replace(/\r?\n[ \t]*$/, '') : piece;
    const plain = inner.replaceAll(`\n${indent}`, '\n');
    return index === 0 ? plain.replace(/^[ \t]*\r?\n/, '') : plain;
  });
}

/** `$"a {b}"`, `$@"…"`, `$"""…"""`; formats and alignments are left out. */
export function readInterpolated(node: SyntaxNode, reading: Reading): TextExpression {
  const start = node.childOf('interpolation_start')?.text ?? '$';
  const isRaw = node.childOf('interpolation_quote') !== undefined;
  const read = isRaw
    ? (written: string) => written
    : start.includes('@')
      ? (written: string) => withoutBraces(written.replaceAll('""', '"'))
      : (written: string) => withoutBraces(unescaped(written));
  const parts: (string | Expression)[] = [];
  for (const child of node.children) {
    if (child.type === 'interpolation') {
      const value = child.items.find(({ type }) => type !== 'interpolation_brace');
      parts.push(value === undefined ? { type: 'unknown', at: child } : reading.expression(value));
    } else if (child.type === 'string_content' || child.type === 'escape_sequence') {
      const before = parts.at(-1);
      const piece = read(child.text);
      if (typeof before === 'string') parts[parts.length - 1] = before + piece;
      else parts.push(piece);
    }
  }
  if (parts.length === 0) parts.push('');
  if (!isRaw) return { type: 'text', at: node, parts };
  const pieces = parts.filter(part => typeof part === 'string');
  const plain = dedented(pieces, indentOf(pieces.at(-1) ?? ''));
  let next = 0;
  return {
    type: 'text',
    at: node,
    parts: parts.map(part => (typeof part === 'string' ? (plain[next++] ?? '') : part)),
  };
}

function withoutBraces(written: string): string {
  return written.replaceAll('{{', '{').replaceAll('}}', '}');
}

/** `string.Format("{0} {1:F2}", a, b)`. */
export function formatText(at: Place, format: string, values: readonly Expression[]): TextExpression {
  const parts: (string | Expression)[] = [];
  let from = 0;
  for (const match of format.matchAll(/\{\{|\}\}|\{(\d+)[^{}]*\}/g)) {
    parts.push(format.slice(from, match.index));
    parts.push(match[1] === undefined ? match[0][0] : (values[Number(match[1])] ?? { type: 'unknown', at }));
    from = match.index + match[0].length;
  }
  parts.push(format.slice(from));
  return { type: 'text', at, parts };
}
