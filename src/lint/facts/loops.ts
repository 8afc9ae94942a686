import type { FileFacts } from './fileFacts.ts';
import type { CallExpression, Expression, Extent, FunctionSyntax, Statement } from './syntax.ts';
import { bodiesOf, contains, expressionsOf, within } from './walk.ts';

/** What repeats a call, inside the function that it is written in or the one that is given to `forEach` and the like. */
export interface Repetition {
  /** The loop, or the call that takes the function. */
  readonly at: Extent;
  readonly form: 'each' | 'count' | 'while' | 'forever';
  readonly over: Expression | undefined;
  readonly condition: Expression | undefined;
  readonly variables: readonly string[];
  readonly async: boolean;
  /** What is repeated. */
  readonly body: readonly Statement[];
}

const repeating = /^(?:forEach|map|flatMap|ForEach|eachAsync|Select)$/;

/** The innermost loop around a call. */
export function repetitionOf(file: FileFacts, call: CallExpression): Repetition | undefined {
  for (let from = call.inFunction, at: Extent = call.at; ; ) {
    const loop = loopIn(from?.body ?? file.syntax.body, at);
    if (loop !== undefined) return loop;
    if (from === undefined) return undefined;
    const taker = file.syntax.calls.findLast(
      each => repeating.test(each.callee) && each.arguments.some(argument => isFunction(argument, from)),
    );
    if (taker?.receiver !== undefined)
      return {
        at: taker.at,
        form: 'each',
        over: taker.receiver,
        condition: undefined,
        variables: from.parameters.map(({ name }) => name),
        async: from.async,
        body: from.body,
      };
    // The callback of the span itself (`startActiveSpan('x', span => …)`) or another that runs where it is written.
    const inner = from;
    const runner = file.syntax.calls.find(each =>
      each.arguments.some(argument => isFunction(argument, inner)),
    );
    if (
      runner === undefined ||
      !/^(?:startActiveSpan|with|withSpan|trace|then|catch|finally)$/.test(runner.callee)
    )
      return undefined;
    at = runner.at;
    from = runner.inFunction;
  }
}

function isFunction(argument: Expression, of: FunctionSyntax | undefined): boolean {
  return argument.type === 'function' && argument.function === of;
}

function loopIn(statements: readonly Statement[], at: Extent): Repetition | undefined {
  let found: Repetition | undefined;
  for (let list = statements; ; ) {
    const around = list.find(statement => contains(statement.at, at));
    if (around === undefined) return found;
    const inner = bodiesOf(around).find(body => body.some(statement => contains(statement.at, at)));
    if (inner === undefined) return found ?? comprehension(around, at);
    if (around.type === 'loop')
      found = {
        ...around,
        at: around.at,
        variables: around.variables.map(({ path }) => path),
        body: around.body,
      };
    list = inner;
  }
}

function comprehension(statement: Statement, at: Extent): Repetition | undefined {
  for (const expression of expressionsOf(statement))
    for (const each of within(expression))
      if (each.type === 'operation' && each.operator === 'for' && contains(each.operands[0].at, at))
        return {
          at: each.at,
          form: 'each',
          over: each.operands[1],
          condition: undefined,
          variables: [],
          async: false,
          body: [],
        };
  return undefined;
}
