import type { CallExpression, Expression } from '../facts/syntax.ts';
import { isExpression, simpleName, valueIn } from './csharpNames.ts';
import type { Draft, Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

export function operation(
  at: SyntaxNode,
  operator: string,
  operands: readonly (SyntaxNode | undefined)[],
  reading: Reading,
): Expression {
  return {
    type: 'operation',
    at,
    operator,
    operands: reading.expressions(operands.filter(each => each !== undefined)),
  };
}

/** @param list arguments, or those of an attribute */
export function readArguments(
  call: Draft<CallExpression> & { arguments: Expression[] },
  list: SyntaxNode | undefined,
  reading: Reading,
): void {
  const named = new Map<string, Expression>();
  for (const argument of list?.items.filter(isExpression) ?? []) {
    const name = argument.child('name');
    const value = reading.expression(argument);
    if (name !== undefined && argument.type === 'argument') named.set(simpleName(name), value);
    else call.arguments.push(value);
  }
  if (named.size > 0) call.named = named;
}

/** A variable that is declared inside an expression. */
export function declared(at: SyntaxNode, name: SyntaxNode, value: Expression): Expression {
  const target: Expression = { type: 'reference', at: name, path: simpleName(name) };
  return { type: 'operation', at, operator: ':=', operands: [target, value] };
}

/** What stands after the `=`. */
export function readAssigned(node: SyntaxNode, reading: Reading): Expression[] {
  const value = node.has('=') ? (node.child('value') ?? valueIn(node)) : undefined;
  return value === undefined ? [] : [reading.expression(value)];
}

/** With what stands between `#if` and `#endif`. */
export function flattened(nodes: readonly SyntaxNode[]): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const stack = [...nodes].reverse();
  for (let at = stack.pop(); at !== undefined; at = stack.pop())
    if (/^preproc_(?:if|elif|else)$/.test(at.type))
      stack.push(...at.items.filter(({ field: place }) => place !== 'condition').reverse());
    else found.push(at);
  return found;
}
