import type { SyntaxNode } from './tree.ts';

/** Nodes that stand for the expression inside them. */
const wrappers = new Set([
  'parenthesized_expression',
  'as_expression',
  'satisfies_expression',
  'non_null_expression',
  'type_assertion',
  'instantiation_expression',
]);
const names = new Set(['identifier', 'this', 'super', 'meta_property', 'property_identifier', 'undefined']);
/** A longer chain of names is data, not a path. */
const maxSegments = 16;

/** The expression itself, without parentheses and types. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let at = node;
  while (wrappers.has(at.type)) {
    const inner = at.type === 'type_assertion' ? at.items.at(-1) : at.item;
    if (inner === undefined) break;
    at = inner;
  }
  return at;
}

/** `a.b.c`; undefined for what is not a chain of names. */
export function referencePath(node: SyntaxNode): string | undefined {
  let at = unwrapped(node);
  if (at.type === 'identifier') return at.text;
  const segments: string[] = [];
  while (at.type === 'member_expression') {
    const property = at.child('property');
    const object = at.child('object');
    if (property === undefined || object === undefined || segments.length === maxSegments) return undefined;
    segments.push(property.text);
    at = unwrapped(object);
  }
  if (!names.has(at.type)) return undefined;
  segments.push(at.text);
  return segments.reverse().join('.');
}

/** What holds the value: `x` of `x = (await f)`; the node that the value is a direct child of. */
export function holderOf(value: SyntaxNode): SyntaxNode | undefined {
  let holder = value.parent;
  while (holder !== undefined && (wrappers.has(holder.type) || holder.type === 'await_expression'))
    holder = holder.parent;
  return holder;
}

/** The node of the name that a function or class has, or gets from what it is given to. */
export function nameNode(node: SyntaxNode): SyntaxNode | undefined {
  const own = node.child('name');
  if (own !== undefined) return own;
  const holder = holderOf(node);
  switch (holder?.type) {
    case 'variable_declarator':
    case 'public_field_definition':
      return holder.child('name');
    case 'field_definition':
      return holder.child('property');
    case 'pair':
      return holder.child('key');
    case 'assignment_expression': {
      const left = holder.child('left');
      return left?.type === 'member_expression' ? left.child('property') : left;
    }
    case 'export_statement':
      return holder.childOf('default');
    default:
      return undefined;
  }
}

/** Of a property, without quotes: `a`, `#a`, `"a"`, `[a]` as written. */
export function propertyName(node: SyntaxNode | undefined): string {
  if (node === undefined) return '';
  return node.type === 'string' ? stringText(node) : node.text;
}

export function stringText(node: SyntaxNode): string {
  return unescaped(node.text.slice(1, -1));
}

const escapes: { readonly [letter: string]: string } = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
};

export function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  return raw.replace(
    /\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|[\s\S]))/g,
    (_, point, unit, byte, letter) => {
      const code = point ?? unit ?? byte;
      if (code !== undefined) {
        const value = Number.parseInt(code, 16);
        return value <= 0x10ffff ? String.fromCodePoint(value) : '';
      }
      return letter === '\n' || letter === '\r\n' ? '' : (escapes[letter] ?? letter);
    },
  );
}

/** `: Foo<Bar>` → `Foo<Bar>`; undefined without an annotation. */
export function typeText(annotation: SyntaxNode | undefined): string | undefined {
  return annotation?.text.replace(/^:\s*/, '');
}
