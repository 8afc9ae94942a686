import type { FileFacts } from '../fileFacts.ts';
import { mentioning, mentioningIn } from '../mentions.ts';
import { isReferenceTo } from '../references.ts';
import type { CallExpression, Expression, Statement } from '../syntax.ts';
import { bodiesOf, expressionsOf, within } from '../walk.ts';
import { spanLives } from './spanLives.ts';
import { type SpanStart, spanStarts } from './spanStarts.ts';
import { isEnding } from './spanUses.ts';

/** A call that changes a span which has ended. */
export interface LateUse {
  readonly start: SpanStart;
  readonly variable: string;
  readonly call: CallExpression;
  /** The statement that is nothing but the call. */
  readonly statement: Statement | undefined;
  /** What ended it: a call, or a `with` that was left. */
  readonly end: Statement;
  /** Whether the call ends it once more. */
  readonly again: boolean;
  /** Whether the call can stand before the end: nothing between them gives it something. */
  readonly movable: boolean;
}

const changing =
  /^(?:set_?attributes?|set_?status|add_?event|record_?(?:exception|error)|add_?exception|update_?name|set_?name|add_?links?|set_?tag|add_?tag|set_?http_?status)$/i;

/** Uses of spans after they have surely ended: in the same block, or after the `with`. */
export function lateUses(file: FileFacts): readonly LateUse[] {
  const found = file
    .get(spanLives)
    // Handles may be ended twice.
    .filter(({ start }) => start.isHandle !== true)
    .flatMap(life => inBlocks(file, life.start, life.variable, life.region));
  for (const start of file.get(spanStarts))
    if (start.form === 'scoped' && start.endsItself && start.variable !== undefined)
      found.push(...afterScope(file, start, start.variable));
  const seen = new Set<CallExpression>();
  return found
    .filter(({ call }) => !seen.has(call) && seen.add(call))
    .sort((a, b) => a.call.at.start - b.call.at.start);
}

function inBlocks(
  file: FileFacts,
  start: SpanStart,
  variable: string,
  region: readonly Statement[],
): LateUse[] {
  const found: LateUse[] = [];
  const open = [region];
  for (let list = open.pop(); list !== undefined; list = open.pop()) {
    const mentions = mentioning(list, variable);
    for (const statement of mentions) open.push(...bodiesOf(statement));
    const end = mentions.find(statement => isEnd(statement, variable));
    if (end !== undefined) found.push(...usesAfter(file, start, variable, end, list));
  }
  return found;
}

/** Python's `with … as span:`, and what follows it. */
function afterScope(file: FileFacts, start: SpanStart, variable: string): LateUse[] {
  const { statement, call } = start;
  if (file.language !== 'python' || statement?.type !== 'with') return [];
  const list = listOf(call.inFunction?.body ?? file.syntax.body, statement);
  if (list === undefined) return [];
  return usesAfter(file, start, variable, statement, list);
}

function listOf(body: readonly Statement[], wanted: Statement): readonly Statement[] | undefined {
  const open = [body];
  for (let list = open.pop(); list !== undefined; list = open.pop()) {
    if (list.includes(wanted)) return list;
    for (const statement of list) open.push(...bodiesOf(statement));
  }
  return undefined;
}

/** What follows in the block, up to where the variable is given something else or the block is left. */
function usesAfter(
  file: FileFacts,
  start: SpanStart,
  variable: string,
  end: Statement,
  block: readonly Statement[],
): LateUse[] {
  const found: LateUse[] = [];
  const last = mentioning(block, variable).at(-1);
  if (last === undefined || last === end) return found;
  const following = block.slice(block.indexOf(end) + 1, block.indexOf(last) + 1);
  let movable = true;
  for (const statement of following) {
    if (bindsAnywhere(statement, variable) || /^(?:throw|jump|broken)$/.test(statement.type)) break;
    // A condition that speaks of the span may know that it has not ended.
    if (!(statement.type === 'if' && mentions(statement.condition, variable)))
      for (const call of callsOn(statement, variable)) {
        const again = isEnding(call.callee);
        // SDKs of Go, Java and .NET ignore a second end, and code relies on it.
        if (
          again ? !/^(?:javascript|typescript|tsx|python)$/.test(file.language) : !changing.test(call.callee)
        )
          continue;
        const isAlone = statement.type === 'expression' && statement.expression === call;
        found.push({
          start,
          variable,
          call,
          statement: isAlone ? statement : undefined,
          end,
          again,
          movable: movable && isAlone,
        });
      }
    if (statement.type === 'return') break;
    if (statement.type === 'bind' || statement.type === 'with') movable = false;
  }
  return found;
}

function isEnd(statement: Statement, variable: string): boolean {
  return (
    statement.type === 'expression' &&
    statement.expression.type === 'call' &&
    isEnding(statement.expression.callee) &&
    isReferenceTo(statement.expression.receiver, variable)
  );
}

/** Calls on the variable in a statement and the statements in it; functions that run at another time are left out. */
function callsOn(statement: Statement, variable: string): CallExpression[] {
  const found: CallExpression[] = [];
  for (const each of mentioningIn([statement], variable))
    for (const expression of expressionsOf(each))
      for (const inner of within(expression))
        if (inner.type === 'call' && isReferenceTo(inner.receiver, variable)) found.push(inner);
  return found;
}

function bindsAnywhere(statement: Statement, variable: string): boolean {
  for (const each of mentioningIn([statement], variable)) {
    if (each.type === 'bind' && each.targets.some(({ path }) => path === variable)) return true;
    if (each.type === 'with' && each.items.some(({ name }) => name === variable)) return true;
    if (each.type === 'loop' && each.variables.some(({ path }) => path === variable)) return true;
  }
  return false;
}

function mentions(expression: Expression, variable: string): boolean {
  return [...within(expression)].some(
    each => each.type === 'reference' && (each.path === variable || each.path.startsWith(`${variable}.`)),
  );
}
