import type { FileFacts } from './fileFacts.ts';
import { isReferenceTo } from './references.ts';
import type {
  BindStatement,
  CallExpression,
  Expression,
  Extent,
  LoopStatement,
  Statement,
} from './syntax.ts';
import { bodiesOf, contains, expressionsOf, within } from './walk.ts';

/** The statements around a place, the outer before the inner. */
export function* statementsAround(statements: readonly Statement[], at: Extent): Generator<Statement> {
  for (let around = statementAt(statements, at); around !== undefined; ) {
    yield around;
    around = bodiesOf(around)
      .map(body => statementAt(body, at))
      .find(inner => inner !== undefined);
  }
}

/** Whether another place is in a branch of a statement in which the first is not. */
export function areOnDifferentWays(statement: Statement, at: Extent, other: Extent): boolean {
  if (statement.type !== 'if' && statement.type !== 'switch') return false;
  const ways = bodiesOf(statement);
  const wayOf = (place: Extent) => ways.findIndex(way => way.some(inner => contains(inner.at, place)));
  return wayOf(other) >= 0 && wayOf(other) !== wayOf(at);
}

/** The innermost statements that a statement stands among. */
export function blockAround(
  body: readonly Statement[],
  statement: Statement,
): { readonly statements: readonly Statement[]; readonly isLoopBody: boolean } | undefined {
  let statements = body;
  let isLoopBody = false;
  for (;;) {
    if (statements.includes(statement)) return { statements, isLoopBody };
    const around = statements.find(each => contains(each.at, statement.at));
    if (around === undefined) return undefined;
    const inner = bodiesOf(around).find(each => each.some(({ at }) => contains(at, statement.at)));
    if (inner === undefined) return undefined;
    isLoopBody = around.type === 'loop' || (isLoopBody && around.type === 'block');
    statements = inner;
  }
}

/** Where the variables of a statement of a function can be seen. */
export function regionOf(
  statement: BindStatement | LoopStatement,
  body: readonly Statement[],
): readonly Statement[] {
  if (statement.type === 'loop') return statement.body;
  const block = blockAround(body, statement)?.statements;
  if (block === undefined) return body;
  const rest = block.slice(block.indexOf(statement) + 1);
  if (statement.declares) return rest;
  // What is put into it next is another: `span = turn.inner; …; span = turn.outer`.
  const names = new Set(statement.targets.map(({ path }) => path));
  const next = rest.findIndex(
    each =>
      each.type === 'bind' &&
      each.targets.some(({ path }) => path !== '' && names.has(path)) &&
      !each.values.some(value => within(value).some(at => at.type === 'reference' && names.has(at.path))),
  );
  return next < 0 ? body : rest.slice(0, next);
}

/** What reading makes of one statement of the source may be several, next to each other. */
const neighbours = 8;

/** By bisection: a file made to be slow has a hundred thousand statements in one list. */
function statementAt(statements: readonly Statement[], at: Extent): Statement | undefined {
  let low = 0;
  let high = statements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (statements[middle].at.start <= at.start) low = middle + 1;
    else high = middle;
  }
  // What Go's `if v := f(); v != nil` has before the `;` lies in what the `if` is written as.
  let found: Statement | undefined;
  for (const each of statements.slice(Math.max(0, low - neighbours), low))
    if (contains(each.at, at) && (found === undefined || contains(found.at, each.at))) found = each;
  return found;
}

/** The statement that a call stands in; in a function given as an argument, the one in there. */
export function statementOf(file: FileFacts, call: CallExpression): Statement | undefined {
  return [...statementsAround(call.inFunction?.body ?? file.syntax.body, call.at)].at(-1);
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
    if (call.receiver !== undefined && isReferenceTo(call.receiver, path)) {
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
