import type { SyntaxNode } from './tree.ts';

/** A longer chain of names is data, not a path. */
const maxSegments = 16;

/** The expression itself, without parentheses and casts. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let at = node;
  for (;;) {
    const inner =
      at.type === 'parenthesized_expression'
        ? at.item
        : at.type === 'cast_expression'
          ? at.child('value')
          : undefined;
    if (inner === undefined) return at;
    at = inner;
  }
}

/** `a.b.c`, `this.a`, `A.this.b`; undefined for what is not a chain of names. */
export function referencePath(node: SyntaxNode): string | undefined {
  const segments: string[] = [];
  let at = unwrapped(node);
  while (at.type === 'field_access') {
    const field = at.child('field');
    const object = at.child('object');
    if (field === undefined || object === undefined || segments.length === maxSegments) return undefined;
    segments.push(field.text);
    // Of an outer object: its class does not matter for what the name means.
    if (field.type === 'this') return segments.reverse().join('.');
    at = unwrapped(object);
  }
  if (!/^(?:identifier|this|super|scoped_identifier|type_identifier|class_literal)$/.test(at.type))
    return undefined;
  segments.push(nameText(at));
  return segments.reverse().join('.');
}

/** A dotted name without the blanks that may stand in it. */
export function nameText(node: SyntaxNode): string {
  return node.text.replace(/\s+/g, '');
}

/** What holds the value: the node that it is a direct child of, but for parentheses and casts. */
export function holderOf(value: SyntaxNode): SyntaxNode | undefined {
  let holder = value.parent;
  while (holder?.type === 'parenthesized_expression' || holder?.type === 'cast_expression')
    holder = holder.parent;
  return holder;
}

/** As written, without annotations; undefined where the compiler finds it out. */
export function typeText(node: SyntaxNode | undefined): string | undefined {
  const written = node?.type === 'annotated_type' ? node.items.at(-1)?.text : node?.text;
  return written === 'var' ? undefined : written;
}

/** `a.b.C<D>` → `a.b.C`. */
export function withoutArguments(type: string): string {
  return type.replace(/<.*$/s, '').replace(/\s+/g, '');
}

const escapes: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  s: ' ',
};

/** The text of a string, a text block or a character, without its quotes. */
export function stringText(node: SyntaxNode): string {
  const { text } = node;
  const block = text.startsWith('"""');
  return unescaped(block ? blockText(text.slice(3, -3)) : text.slice(1, -1));
}

/** Text blocks lose the indentation that all lines share, the first line break, and blanks at the ends of lines. */
function blockText(raw: string): string {
  const lines = raw.replace(/^[^\n]*\n/, '').split('\n');
  const last = lines.length - 1;
  const indents = lines
    .filter((line, index) => index === last || line.trim() !== '')
    .map(line => line.length - line.trimStart().length);
  const indent = indents.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
  return lines.map(line => line.slice(indent).trimEnd()).join('\n');
}

function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(
    /\\(?:u+([\da-fA-F]{4})|([0-3]?[0-7]{1,2})|(\r?\n)|(.))/g,
    (_, unit, octal, line, letter) => {
      if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return line === undefined ? (escapes[letter] ?? letter) : '';
    },
  );
}
