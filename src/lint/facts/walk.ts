import type { Expression, FunctionSyntax, Statement } from './syntax.ts';

/** The expressions directly inside an expression, in source order; the body of a function value is not among them. */
export function operandsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case 'text':
      return expression.parts.filter(part => typeof part !== 'string');
    case 'member':
      return [expression.object];
    case 'index':
      return [expression.object, expression.key];
    case 'call': {
      const { receiver, named } = expression;
      if (receiver === undefined && named.size === 0) return expression.arguments;
      const operands = receiver === undefined ? [] : [receiver];
      for (const each of expression.arguments) operands.push(each);
      for (const each of named.values()) operands.push(each);
      return operands;
    }
    case 'object': {
      const operands: Expression[] = [];
      for (const { keyExpression, value } of expression.entries) {
        if (keyExpression !== undefined) operands.push(keyExpression);
        operands.push(value);
      }
      return operands;
    }
    case 'list':
      return expression.values;
    case 'choice':
      return expression.condition === undefined
        ? expression.values
        : [expression.condition, ...expression.values];
    case 'operation':
      return expression.operands;
    default:
      return [];
  }
}

/** The expressions that a statement itself holds; those of the statements inside it are not among them. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.type) {
    case 'expression':
      return [statement.expression];
    case 'bind': {
      const targets = statement.targets.flatMap(({ target }) => (target === undefined ? [] : [target]));
      return targets.length === 0 ? statement.values : [...targets, ...statement.values];
    }
    case 'return':
      return statement.values;
    case 'throw':
      return statement.value === undefined ? [] : [statement.value];
    case 'if':
      return [statement.condition];
    case 'loop':
      return [statement.over, statement.condition].filter(each => each !== undefined);
    case 'switch':
      return [statement.subject, ...statement.arms.flatMap(arm => arm.values)].filter(
        each => each !== undefined,
      );
    case 'with':
      return statement.items.map(item => item.value);
    case 'defer':
      return [statement.call];
    default:
      return [];
  }
}

/** The statements directly inside a statement, in source order; bodies of functions and classes are not among them. */
export function bodiesOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.type) {
    case 'if':
      return statement.otherwise === undefined ? [statement.then] : [statement.then, statement.otherwise];
    case 'loop':
    case 'with':
    case 'block':
      return [statement.body];
    case 'try':
      return [
        statement.body,
        ...statement.handlers.map(handler => handler.body),
        ...[statement.otherwise, statement.finally].filter(each => each !== undefined),
      ];
    case 'switch':
      return statement.arms.map(arm => arm.body);
    default:
      return [];
  }
}

/** The expression and all inside it, outer first; with `into`, function values are entered too. */
export function within(expression: Expression, into = false): readonly Expression[] {
  const found: Expression[] = [];
  collect(expression, into, found);
  return found;
}

/** All statements below, outer first; with `into`, those of functions inside too. */
export function statementsIn(statements: readonly Statement[], into = false): readonly Statement[] {
  const found: Statement[] = [];
  const stack = statements.toReversed();
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    found.push(at);
    const bodies = into && at.type === 'function' ? [at.function.body] : bodiesOf(at);
    for (let body = bodies.length - 1; body >= 0; body--)
      for (let index = bodies[body].length - 1; index >= 0; index--) stack.push(bodies[body][index]);
  }
  return found;
}

/** Kept as long as the syntax is, over many versions of a document. */
const ownExpressions = new WeakMap<readonly Statement[], readonly Expression[]>();
const allExpressions = new WeakMap<readonly Statement[], readonly Expression[]>();

/** All expressions below, outer first; with `into`, those of functions inside too. */
export function expressionsIn(statements: readonly Statement[], into = false): readonly Expression[] {
  const kept = into ? allExpressions : ownExpressions;
  let found = kept.get(statements);
  if (found === undefined) {
    const all: Expression[] = [];
    for (const statement of statementsIn(statements, into))
      for (const expression of expressionsOf(statement)) collect(expression, into, all);
    kept.set(statements, (found = all));
  }
  return found;
}

function collect(expression: Expression, into: boolean, found: Expression[]): void {
  const stack = [expression];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    found.push(at);
    if (at.type === 'reference' || at.type === 'constant') continue;
    if (at.type === 'function') {
      if (into)
        for (const statement of statementsIn(at.function.body, true))
          for (const inner of expressionsOf(statement)) collect(inner, true, found);
      continue;
    }
    const operands = operandsOf(at);
    for (let index = operands.length - 1; index >= 0; index--) stack.push(operands[index]);
  }
}

/** The function and those around it, inner first. */
export function* enclosing(innermost: FunctionSyntax | undefined): Generator<FunctionSyntax> {
  for (let at = innermost; at !== undefined; at = at.parent) yield at;
}

/** Whether the place lies inside. */
export function contains(
  outer: { readonly start: number; readonly end: number },
  inner: { readonly start: number; readonly end: number },
): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}
