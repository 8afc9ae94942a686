// Statements that several languages have, built in one way.
import type {
  BindStatement,
  Expression,
  IfStatement,
  JumpStatement,
  LoopStatement,
  Statement,
} from '../facts/syntax.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

export function block(at: SyntaxNode, label: string | undefined, body: readonly Statement[]): Statement {
  return { type: 'block', at, label, body };
}

/** What does not parse: what stands inside is listed, but nothing is said about how it runs. */
export function broken(at: SyntaxNode, reading: Reading): Statement {
  reading.statements(at.items);
  return { type: 'broken', at };
}

export function bind(
  at: SyntaxNode,
  declares: boolean,
  operator: string,
  targets: BindStatement['targets'],
  values: readonly Expression[],
): BindStatement {
  return { type: 'bind', at, declares, operator, targets, values };
}

export function readCondition(node: SyntaxNode, reading: Reading, field = 'condition'): Expression {
  const inner = node.child(field);
  return inner === undefined ? { type: 'unknown', at: node } : reading.expression(inner);
}

export function branch(
  at: IfStatement['at'],
  condition: Expression,
  taken: readonly Statement[],
  otherwise: readonly Statement[] | undefined,
): IfStatement {
  // biome-ignore lint/suspicious/noThenProperty: no promise, an arm
  return { type: 'if', at, condition, then: taken, otherwise };
}

export function whileLoop(at: SyntaxNode, condition: Expression, body: readonly Statement[]): LoopStatement {
  return loop(at, isTrue(condition) ? 'forever' : 'while', condition, body);
}

/** The body runs before the condition is looked at for the first time. */
export function doLoop(at: SyntaxNode, body: readonly Statement[], condition: Expression): LoopStatement {
  const leave: JumpStatement = { type: 'jump', at, kind: 'break', label: undefined };
  return loop(at, 'forever', undefined, [...body, branch(at, condition, [], [leave])]);
}

/**
 * `for (a; b; c)`: `a` stands before the loop.
 * @param body with `c` at its end
 */
export function countLoop(
  at: SyntaxNode,
  before: readonly Statement[],
  condition: Expression | undefined,
  body: readonly Statement[],
): readonly Statement[] {
  const form = condition === undefined || isTrue(condition) ? 'forever' : 'count';
  const variables = before.flatMap(each => (each.type === 'bind' && each.declares ? each.targets : []));
  return after(at, before, { ...loop(at, form, condition, body), variables });
}

/** `over` and the variables are read before the body. */
export function eachLoop(
  at: SyntaxNode,
  variables: LoopStatement['variables'],
  over: Expression | undefined,
  body: readonly Statement[],
  async = false,
): LoopStatement {
  return { type: 'loop', at, form: 'each', variables, over, condition: undefined, async, body };
}

/** A statement with what runs before it, in a block around both. */
export function after(
  at: SyntaxNode,
  before: readonly Statement[],
  statement: Statement,
): readonly Statement[] {
  return before.length === 0 ? [statement] : [block(at, undefined, [...before, statement])];
}

function loop(
  at: SyntaxNode,
  form: LoopStatement['form'],
  condition: Expression | undefined,
  body: readonly Statement[],
): LoopStatement {
  return { type: 'loop', at, form, variables: [], over: undefined, condition, async: false, body };
}

/** `while (true)`, `while 1:` */
function isTrue(expression: Expression): boolean {
  if (expression.type !== 'constant') return false;
  const { value } = expression;
  return value === true || (typeof value === 'number' && value !== 0);
}
