import { statementsAround } from './bindings.ts';
import type { FileFacts } from './fileFacts.ts';
import type {
  CallExpression,
  Expression,
  Extent,
  FunctionSyntax,
  OperationExpression,
  Statement,
} from './syntax.ts';
import { contains, expressionsOf, within } from './walk.ts';

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
    if (loop !== undefined || from === undefined) return loop;
    const taker = file.get(takers).get(from);
    if (taker === undefined) return undefined;
    if (repeating.test(taker.callee) && taker.receiver !== undefined)
      return {
        at: taker.at,
        form: 'each',
        over: taker.receiver,
        condition: undefined,
        variables: from.parameters.map(({ name }) => name),
        async: from.async,
        body: from.body,
      };
    if (!inPlace.test(taker.callee)) return undefined;
    at = taker.at;
    from = taker.inFunction;
  }
}

/** Functions that are given to these run where they are written: the callback of the span itself. */
const inPlace = /^(?:startActiveSpan|with|withSpan|trace|then|catch|finally)$/;

/** The call that each function is given to as an argument. */
function takers(file: FileFacts): ReadonlyMap<FunctionSyntax, CallExpression> {
  const found = new Map<FunctionSyntax, CallExpression>();
  for (const call of file.syntax.calls)
    for (const argument of call.arguments)
      if (argument.type === 'function') found.set(argument.function, call);
  return found;
}

function loopIn(statements: readonly Statement[], at: Extent): Repetition | undefined {
  const around = [...statementsAround(statements, at)];
  const innermost = around.at(-1);
  if (innermost === undefined) return undefined;
  // A call in the head of a loop is made once.
  const loop = around.slice(0, -1).findLast(each => each.type === 'loop');
  return loop === undefined
    ? comprehension(innermost, at)
    : { ...loop, at: loop.at, variables: loop.variables.map(({ path }) => path), body: loop.body };
}

function comprehension(statement: Statement, at: Extent): Repetition | undefined {
  const around = comprehensionsOf(statement).find(({ operands }) => contains(operands[0].at, at));
  return around === undefined
    ? undefined
    : {
        at: around.at,
        form: 'each',
        over: around.operands[1],
        condition: undefined,
        variables: [],
        async: false,
        body: [],
      };
}

/** One statement may have thousands of calls that are asked about. */
const known = new WeakMap<Statement, readonly OperationExpression[]>();

function comprehensionsOf(statement: Statement): readonly OperationExpression[] {
  let found = known.get(statement);
  if (found === undefined) {
    found = expressionsOf(statement)
      .flatMap(each => within(each))
      .filter(each => each.type === 'operation')
      .filter(({ operator }) => operator === 'for');
    known.set(statement, found);
  }
  return found;
}
