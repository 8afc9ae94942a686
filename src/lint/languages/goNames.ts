import type { SyntaxNode } from './tree.ts';

/** A longer chain of names is data, not a path. */
const maxSegments = 16;

/** The expression itself, without parentheses, `&`, `*` and type assertions. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let at = node;
  for (;;) {
    const inner =
      at.type === 'parenthesized_expression' || at.type === 'literal_element' || at.type === 'type_elem'
        ? at.item
        : at.type === 'type_assertion_expression'
          ? at.child('operand')
          : at.type === 'unary_expression' && /^[&*]$/.test(at.child('operator')?.text ?? '')
            ? at.child('operand')
            : undefined;
    if (inner === undefined) return at;
    at = inner;
  }
}

/** `a.b.c`; undefined for what is not a chain of names. */
export function referencePath(node: SyntaxNode): string | undefined {
  const segments: string[] = [];
  let at = unwrapped(node);
  while (at.type === 'selector_expression' || at.type === 'qualified_type') {
    const field = at.child('field') ?? at.child('name');
    const operand = at.child('operand') ?? at.child('package');
    if (field === undefined || operand === undefined || segments.length === maxSegments) return undefined;
    segments.push(field.text);
    at = unwrapped(operand);
  }
  if (!/^(?:identifier|field_identifier|package_identifier|type_identifier|blank_identifier)$/.test(at.type))
    return undefined;
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
};

/** Without its quotes; raw strings as they are. */
export function stringText(node: SyntaxNode): string {
  const raw = node.text.slice(1, -1);
  if (node.type === 'raw_string_literal' || !raw.includes('\\')) return raw;
  return raw.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/g,
    (_, byte, unit, point, octal, letter) => {
      const hex = byte ?? unit ?? point;
      if (hex !== undefined) return codePoint(Number.parseInt(hex, 16));
      return octal === undefined ? (escapes[letter] ?? letter) : codePoint(Number.parseInt(octal, 8));
    },
  );
}

function codePoint(code: number): string {
  return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
}
