import type { SyntaxNode } from './tree.ts';

/** A longer chain of names is data, not a path. */
const maxSegments = 16;

/** The expression itself, without parentheses. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let at = node;
  while (at.type === 'parenthesized_expression' && at.item !== undefined) at = at.item;
  return at;
}

/** `a.b.c`; undefined for what is not a chain of names. */
export function referencePath(node: SyntaxNode): string | undefined {
  const segments: string[] = [];
  let at = unwrapped(node);
  while (at.type === 'attribute') {
    const attribute = at.child('attribute');
    const object = at.child('object');
    if (attribute === undefined || object === undefined || segments.length === maxSegments) return undefined;
    segments.push(attribute.text);
    at = unwrapped(object);
  }
  if (at.type !== 'identifier') return undefined;
  segments.push(at.text);
  return segments.reverse().join('.');
}

const escapes: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
};

export function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(
    /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{2})|N\{[^}]*\}|([\s\S]))/g,
    (whole, unit, point, byte, letter) => {
      const hex = unit ?? point ?? byte;
      if (hex === undefined) return letter === undefined ? whole : (escapes[letter] ?? letter);
      const code = Number.parseInt(hex, 16);
      return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
    },
  );
}
