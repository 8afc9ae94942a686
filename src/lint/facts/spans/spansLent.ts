import type { CodeEvidence } from '../../project/types.ts';
import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isLeft } from '../openPaths.ts';
import { type CallExpression, isScript, type Place, type Statement } from '../syntax.ts';
import { bodiesOf, contains } from '../walk.ts';
import { calleeWritten } from './calleeWritten.ts';
import { spanStarts } from './spanStarts.ts';
import { isGivenIn, type SpanUses, usesOfSpan } from './spanUses.ts';

/**
 * Scripts and Python: what functions give a span to that they end themselves, `await query(span, sql)`, by its name as the file
 * knows it. Whoever else gives it a span has to end that, too.
 */
export function borrowingEvidence(file: FileFacts): CodeEvidence[] {
  if (!lends(file) || !file.says(ends)) return [];
  const found = new Map<string, CodeEvidence>();
  for (const { form, variable, call, callback } of file.get(spanStarts)) {
    if (variable === undefined || !/^\w+$/.test(variable)) continue;
    const body = form === 'callback' ? callback?.body : call.inFunction?.body;
    const uses = body && usesOfSpan(body, variable, () => undefined);
    const own = uses?.ends.filter(({ within }) => within === undefined) ?? [];
    if (body === undefined || uses === undefined || own.length === 0) continue;
    for (const { call: given } of uses.handed)
      if (isOfOthers(file, given) && !mayEnd.test(given.callee) && isEndedThen(body, given.at, own)) {
        const name = calleeWritten(file, given);
        found.set(name, { kind: 'borrows', name, at: given.at });
      }
  }
  return [...found.values()];
}

/** Whether the span is ended after it was given, and not only on other paths: `if (streaming) return pump(span);`. */
function isEndedThen(body: readonly Statement[], given: Place, ends: SpanUses['ends']): boolean {
  const isEnd = ({ at }: Statement) => ends.some(({ call }) => contains(at, call.at));
  const around = [...statementsAround(body, given)];
  let left = false;
  for (const [index, statement] of [...around.entries()].reverse()) {
    const outer = around[index - 1];
    const list = outer === undefined ? body : bodiesOf(outer).find(each => each.includes(statement));
    const rest = list?.slice(list.indexOf(statement) + 1) ?? [];
    if ((!left && rest.some(isEnd)) || (outer?.type === 'try' && outer.finally?.some(isEnd))) return true;
    left ||= list !== undefined && isLeft(list);
  }
  return false;
}

/** Leaves out that a span goes to what is known to leave it open, as some file of the project shows. */
export function withoutBorrowers(file: FileFacts, uses: SpanUses): SpanUses {
  if (uses.handed.length === 0 || !lends(file)) return uses;
  const handed = uses.handed.filter(({ call }) => !isBorrower(file, call));
  return handed.length === uses.handed.length ? uses : { ...uses, handed };
}

function lends({ language }: FileFacts): boolean {
  return language === 'python' || isScript(language);
}

/** Not `work(span)` of what the caller hands in. */
function isOfOthers(file: FileFacts, call: CallExpression): boolean {
  return file.names.functionCalled(call) === undefined && !isGivenIn(call, call.inFunction);
}

function isBorrower(file: FileFacts, call: CallExpression): boolean {
  return isOfOthers(file, call) && file.project.does('borrows', calleeWritten(file, call));
}

const ends = /\.end\(/;
const mayEnd =
  /end|finish|close|complete|done|stop|wrap|clean|release|dispose|exit|stream|flush|finali|settle|^on[A-Z]/i;
