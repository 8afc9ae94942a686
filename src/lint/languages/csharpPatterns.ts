import type { ChoiceExpression, Expression } from '../facts/syntax.ts';
import { isExpression } from './csharpNames.ts';
import { declared } from './csharpParts.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/**
 * `a is null` and `a is { }` are comparisons with null; `a is B b` gives `b` the value of `a`; what deeper patterns
 * take out of it is declared without a value.
 */
export function readIs(node: SyntaxNode, reading: Reading): Expression {
  const left = node.child('expression') ?? node.child('left') ?? node.children.find(isExpression);
  if (left === undefined) return { type: 'unknown', at: node };
  const value = reading.expression(left);
  let pattern = node.child('pattern') ?? node.child('right');
  let negated = false;
  while (pattern?.type === 'negated_pattern' || pattern?.type === 'parenthesized_pattern') {
    if (pattern.type === 'negated_pattern') negated = !negated;
    pattern = pattern.item;
  }
  if (pattern === undefined) return { type: 'operation', at: node, operator: 'is', operands: [value] };
  const [name, ...deeper] = declaredIn(pattern);
  const own = name !== undefined && name.parent === pattern;
  const first = own ? declared(node, name, value) : value;
  const others = own || name === undefined ? deeper : [name, ...deeper];
  const nothing: Expression = { type: 'constant', at: pattern, value: null };
  if (pattern.type === 'constant_pattern' && pattern.item?.type === 'null_literal')
    return { type: 'operation', at: node, operator: negated ? '!=' : '==', operands: [first, nothing] };
  if (isAnything(pattern))
    return { type: 'operation', at: node, operator: negated ? '==' : '!=', operands: [first, nothing] };
  const plain = pattern.type === 'constant_pattern' || pattern.type === 'type_pattern';
  const type = pattern.child('type') ?? (plain ? pattern.item : undefined);
  const tested: Expression = type === undefined ? { type: 'unknown', at: pattern } : reading.expression(type);
  return {
    type: 'operation',
    at: node,
    operator: negated ? 'is not' : 'is',
    operands: [first, tested, ...others.map(each => declared(each, each, { type: 'unknown', at: each }))],
  };
}

/** `{ }`: anything but null. */
function isAnything(pattern: SyntaxNode): boolean {
  return (
    pattern.type === 'recursive_pattern' &&
    pattern.child('type') === undefined &&
    pattern.childOf('property_pattern_clause')?.item === undefined &&
    pattern.childOf('positional_pattern_clause') === undefined
  );
}

/** The names that a pattern declares, in source order. */
function declaredIn(pattern: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const stack = [pattern];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const name = /^(?:declaration|recursive|var|list)_pattern$/.test(at.type) ? at.child('name') : undefined;
    if (name !== undefined && name.type === 'identifier') found.push(name);
    stack.push(...at.items.filter(({ type }) => type.includes('pattern')).reverse());
  }
  return found;
}

/** `a switch { 1 => b, _ => throw c }`: one of the arms' values; what throws is none. */
export function readSwitchValue(node: SyntaxNode, reading: Reading): ChoiceExpression {
  const subject = node.children.find(isExpression);
  const condition = subject === undefined ? undefined : reading.expression(subject);
  const values: Expression[] = [];
  for (const arm of node.items) {
    if (arm.type !== 'switch_expression_arm') continue;
    for (const guard of arm.childOf('when_clause')?.items ?? []) reading.expression(guard);
    const value = arm.children.findLast(isExpression);
    if (value === undefined) continue;
    const read = reading.expression(value);
    if (value.type !== 'throw_expression') values.push(read);
  }
  return { type: 'choice', at: node, condition, values };
}
