import type { SyntaxNode } from './tree.ts';

/** A longer chain of names is data, not a path. */
const maxSegments = 16;

/** What stands for the expression inside: without parentheses, casts, `as`, `ref` and `!` after it. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let at = node;
  for (;;) {
    const inner = innerOf(at);
    if (inner === undefined) return at;
    at = inner;
  }
}

function innerOf(node: SyntaxNode): SyntaxNode | undefined {
  switch (node.type) {
    case 'parenthesized_expression':
    case 'ref_expression':
    case 'checked_expression':
      return valueIn(node);
    case 'cast_expression':
      return node.child('value');
    case 'as_expression':
      return node.child('left');
    case 'postfix_unary_expression':
      return node.has('!') ? valueIn(node) : undefined;
    default:
      return undefined;
  }
}

/** The last expression directly inside; `this` and `base` are mere tokens of the grammar. */
export function valueIn(node: SyntaxNode): SyntaxNode | undefined {
  return node.children.findLast(isExpression);
}

export function isExpression(node: SyntaxNode): boolean {
  return node.named
    ? !node.isComment && !node.type.startsWith('preproc_')
    : node.type === 'this' || node.type === 'base';
}

/** Of `a.b` and `a?.b`: what the name is taken from, and the name; undefined for everything else. */
export function memberOf(node: SyntaxNode): { object: SyntaxNode; name: SyntaxNode } | undefined {
  const conditional = node.type === 'conditional_access_expression';
  const object = conditional
    ? node.child('condition')
    : (node.child('expression') ?? node.child('qualifier') ?? node.child('alias'));
  const name = (conditional ? node.childOf('member_binding_expression') : node)?.child('name');
  return object === undefined || name === undefined || !members.has(node.type) ? undefined : { object, name };
}

const members = new Set([
  'member_access_expression',
  'conditional_access_expression',
  'qualified_name',
  'alias_qualified_name',
]);

/** `a.b.c`, `a?.b`, `this.a`, `List<int>.Empty`; undefined for what is not a chain of names. */
export function referencePath(node: SyntaxNode): string | undefined {
  const segments: string[] = [];
  let at = unwrapped(node);
  for (let member = memberOf(at); member !== undefined; member = memberOf(at)) {
    if (segments.length === maxSegments) return undefined;
    segments.push(simpleName(member.name));
    at = unwrapped(member.object);
    // `global::System`
    if (at.text === 'global' && at.field === 'alias') return segments.reverse().join('.');
  }
  if (!/^(?:identifier|this|base|predefined_type|generic_name|discard|implicit_parameter)$/.test(at.type))
    return undefined;
  segments.push(simpleName(at));
  return segments.reverse().join('.');
}

/** Without `<…>`, and without the `@` of a name that is a keyword too. */
export function simpleName(node: SyntaxNode): string {
  const { text } = node.type === 'generic_name' ? (node.item ?? node) : node;
  return text.startsWith('@') ? text.slice(1) : text;
}

/** A dotted name without the blanks that may stand in it. */
export function nameText(node: SyntaxNode): string {
  return node.text.replace(/\s+/g, '').replace(/^global::/, '');
}

/** As written; undefined where the compiler finds it out. */
export function typeText(node: SyntaxNode | undefined): string | undefined {
  if (node?.type === 'ref_type' || node?.type === 'scoped_type') return typeText(node.child('type'));
  return node === undefined || node.type === 'implicit_type' ? undefined : node.text;
}

/** `A.B<C>.D` → `A.B.D`. */
export function withoutArguments(type: string): string {
  let depth = 0;
  let name = '';
  for (const each of type.replace(/\s+/g, '')) {
    if (each === '<') depth++;
    else if (each === '>') depth--;
    else if (depth === 0) name += each;
  }
  return name.replace(/^global::/, '').replace(/[?[].*$/s, '');
}

/** What holds the value: the node that it is a direct child of, but for what `unwrapped` takes off. */
export function holderOf(value: SyntaxNode): SyntaxNode | undefined {
  let holder = value.parent;
  while (holder !== undefined && innerOf(holder) !== undefined) holder = holder.parent;
  return holder;
}

export function modifiersOf(node: SyntaxNode): ReadonlySet<string> {
  return new Set(node.children.filter(({ type }) => type === 'modifier').map(({ text }) => text));
}
