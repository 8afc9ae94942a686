import type { CodeEvidence } from '../../project/types.ts';
import type { FileFacts } from '../fileFacts.ts';
import { type CallExpression, isScript } from '../syntax.ts';
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
    if (uses?.ends.some(({ within }) => within === undefined) !== true) continue;
    for (const { call: given } of uses.handed)
      if (isOfOthers(file, given) && !mayEnd.test(given.callee)) {
        const name = calleeWritten(file, given);
        found.set(name, { kind: 'borrows', name, at: given.at });
      }
  }
  return [...found.values()];
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
