import type { FileFacts } from './fileFacts.ts';
import type { CallExpression, Expression, Statement } from './syntax.ts';
import { bodiesOf, contains, expressionsOf, within } from './walk.ts';

/** The statement that a call stands in; in a function given as an argument, the one in there. */
export function statementOf(file: FileFacts, call: CallExpression): Statement | undefined {
  let statements = call.inFunction?.body ?? file.syntax.body;
  for (;;) {
    const around = statements.find(statement => contains(statement.at, call.at));
    const inner =
      around === undefined
        ? undefined
        : bodiesOf(around).find(body => body.some(each => contains(each.at, call.at)));
    if (inner === undefined) return around;
    statements = inner;
  }
}

/** The variable or field that holds what a call returns: of `const sdk = new NodeSDK()` it is `sdk`. */
export function variableOf(file: FileFacts, call: CallExpression): string | undefined {
  const statement = statementOf(file, call);
  if (statement?.type !== 'bind') return undefined;
  const index = statement.values.findIndex(value => contains(value.at, call.at));
  const value = statement.values[index];
  // Only the call itself: not an argument of another.
  if (value !== call && !(value?.type === 'operation' && value.operands[0] === call)) return undefined;
  return statement.targets[index]?.path || undefined;
}

/** Every place in the file where the variable is read: the calls on it, and what else is done with it. */
export function usesOf(
  file: FileFacts,
  path: string,
): { readonly methods: ReadonlySet<string>; readonly escapes: boolean } {
  const methods = new Set<string>();
  let escapes = false;
  const receivers = new Set<Expression>();
  for (const call of file.syntax.calls)
    if (call.receiver?.type === 'reference' && call.receiver.path === path) {
      methods.add(call.callee);
      receivers.add(call.receiver);
    }
  for (const expression of everyExpression(file))
    if (
      expression.type === 'reference' &&
      !receivers.has(expression) &&
      (expression.path === path || expression.path.startsWith(`${path}.`))
    )
      escapes = true;
  return { methods, escapes: escapes || [...file.syntax.exports.values()].includes(path.split('.')[0]) };
}

function* everyExpression(file: FileFacts): Generator<Expression> {
  const open: Statement[] = [...file.syntax.body];
  const functions = new Set(file.syntax.functions);
  for (const { body } of functions) open.push(...body);
  for (const { fields } of file.syntax.classes) open.push(...fields);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const expression of expressionsOf(at)) yield* within(expression);
    for (const body of bodiesOf(at)) open.push(...body);
  }
}
