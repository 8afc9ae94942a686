import { blockAround, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import { type Leak, openPaths } from '../openPaths.ts';
import { isReferenceTo } from '../references.ts';
import { isScript, type Place, type Statement, type SyntaxUnit } from '../syntax.ts';
import { bodiesOf, contains } from '../walk.ts';
import { callsEnder } from './spanDrops.ts';
import { leakFrom, SpanFlow } from './spanFlow.ts';
import { judgingIn } from './spanJudging.ts';
import { livesIn, type SpanLife, spanLives } from './spanLives.ts';
import { placeOf } from './spanStores.ts';
import { isGivenIn, type SpanUse } from './spanUses.ts';

/** A span that goes to others in the end, and that a path leaves open before, having told how the work went. */
export interface LeftSpan {
  readonly life: SpanLife;
  readonly leak: Leak;
}

/** The spans that scripts and Python keep or hand on to be ended later, but leave open where something fails before. */
export function spansLeft(file: FileFacts): readonly LeftSpan[] {
  return isScript(file.language) || file.language === 'python'
    ? [...file.ofUnits(leftIn).flat(), ...file.ofUnits(leftByFlag).flat(), ...leftAtExit(file)]
    : [];
}

/**
 * Python: a function inside the one that ends the span writes to it and leaves the program: nobody comes to the end. What is
 * ended by a `finally` or a `with` is ended then, too.
 */
function leftAtExit(file: FileFacts): readonly LeftSpan[] {
  if (file.language !== 'python' || !file.says(mayExit)) return [];
  const leaving = file.syntax.functions.filter(
    ({ parent, body }) => parent !== undefined && exits.test(body.at(-1)?.at.text ?? ''),
  );
  if (leaving.length === 0) return [];
  return file.get(spanLives).flatMap((life): readonly LeftSpan[] => {
    const { uses, leaks, inFunction, region } = life;
    const { ends, handed, escapes, statuses, exceptions, others } = uses;
    if (leaks.length + handed.length + escapes.length > 0) return [];
    if (ends.length === 0 || ends.some(({ call }) => isEndedAnyway(region, call.at))) return [];
    return leaving.flatMap(made => {
      const isIn = ({ call }: SpanUse) => call.inFunction === made;
      const last = made.body.at(-1);
      if (made.parent !== inFunction || last === undefined || ends.some(isIn)) return [];
      return [...statuses, ...exceptions, ...others].some(isIn)
        ? [{ life, leak: { at: last.at, kind: 'end' } }]
        : [];
    });
  });
}

const mayExit = /\bexit\(|\bSystemExit\b/;
const exits = /^(?:(?:sys\.|os\._)?exit\(|raise SystemExit\b)/;

function isEndedAnyway(region: readonly Statement[], at: Place): boolean {
  return [...statementsAround(region, at)].some(
    each =>
      each.type === 'with' ||
      (each.type === 'try' && each.finally?.some(inner => contains(inner.at, at)) === true),
  );
}

function leftIn(file: FileFacts, unit: SyntaxUnit): readonly LeftSpan[] {
  return file.ofUnit(livesIn, unit).flatMap(life => {
    const { start, variable, region, uses, escapes, shared, leaks, isLoopBody } = life;
    const { ends, handed, statuses, exceptions } = uses;
    if (!escapes || shared || start.guessed || start.form !== 'value' || leaks.length > 0) return [];
    if (ends.length + handed.length > 0 || statuses.length + exceptions.length === 0) return [];
    const flow = new SpanFlow(file.language, life, new Set(), false);
    const leak =
      openPaths(region, flow, isLoopBody).find(each => isJudged(region, variable, each)) ??
      (file.language === 'python' ? leakOfFailure(file, life) : undefined);
    return leak === undefined ? [] : [{ life, leak }];
  });
}

/**
 * `if (result instanceof Promise) { isPromise = true; return result; }` before `finally { if (!isPromise) span.end(); }`: who
 * sets the flag has to see to the end.
 */
function leftByFlag(file: FileFacts, unit: SyntaxUnit): readonly LeftSpan[] {
  return file.ofUnit(livesIn, unit).flatMap(life => {
    const { start, region, uses, escapes, leaks, inFunction } = life;
    const { ends, handed } = uses;
    if (escapes || start.guessed || leaks.length + uses.escapes.length > 0) return [];
    if (!handed.every(({ call }) => isGivenIn(call, inFunction))) return [];
    const flags = new Set(ends.flatMap(use => flagOf(region, use) ?? []));
    for (const flag of flags)
      for (const set of mentioningIn(region, flag)) {
        if (set.type !== 'bind' || set.declares || !set.targets.some(({ path }) => path === flag)) continue;
        const [value] = set.values;
        if (value?.type !== 'constant' || value.value !== true) continue;
        const last = blockAround(region, set)?.statements.at(-1);
        if (last?.type !== 'return') continue;
        const isElsewhere = ends.every(use => flagOf(region, use) === flag || use.call.at.end < set.at.start);
        if (isElsewhere) return [{ life, leak: { at: last.at, kind: 'return' } }];
      }
    return [];
  });
}

/** `done` of `if (!done) span.end();` in a `finally`. */
function flagOf(region: readonly Statement[], { call, within }: SpanUse): string | undefined {
  if (within !== undefined) return undefined;
  const around = [...statementsAround(region, call.at)];
  const isAtLast = around.some(
    each => each.type === 'try' && each.finally?.some(({ at }) => contains(at, call.at)),
  );
  const asking = around.findLast(each => each.type === 'if');
  if (!isAtLast || asking?.type !== 'if' || asking.condition.type !== 'operation') return undefined;
  const { operator, operands } = asking.condition;
  const isIn = asking.then.some(({ at }) => contains(at, call.at));
  return isIn && /^(?:!|not)$/.test(operator) && operands[0]?.type === 'reference'
    ? operands[0].path
    : undefined;
}

/**
 * Python: `except Error as error: span.record_exception(error); raise`: who has put the span away for others has not come to
 * that for them. What hangs on a request is ended with it.
 */
function leakOfFailure(file: FileFacts, { start, variable, region, uses }: SpanLife): Leak | undefined {
  const isOfRequest = uses.escapes.some(({ statement }) =>
    ofRequest.test(placeOf(statement, value => isReferenceTo(value, variable))?.path ?? ''),
  );
  if (isOfRequest) return undefined;
  const own = { variable, region, uses: { ...uses, escapes: [] } };
  for (const from of judgingIn(region, variable)) {
    const handler = [...statementsAround(region, from.at)].flatMap(each =>
      each.type === 'try' ? each.handlers.filter(({ body }) => body.includes(from)) : [],
    )[0];
    if (from.at.start < start.call.at.start || handler?.body.at(-1)?.type !== 'throw') continue;
    if (callsEnder(file, handler.body, variable)) continue;
    const leak = leakFrom(file, from, own, start.call);
    if (leak?.kind === 'throw') return leak;
  }
  return undefined;
}

const ofRequest = /(?:^|[._])(?:g|req|request|ctx|context|scope|state|environ)(?:\.|$)/;

/** `if (!free) { span.setStatus(…); return; }` */
function isJudged(region: readonly Statement[], variable: string, { at, kind }: Leak): boolean {
  if (kind !== 'return' && kind !== 'throw') return false;
  const [around, last] = [...statementsAround(region, at)].slice(-2);
  const block = last === undefined ? undefined : bodiesOf(around).find(each => each.includes(last));
  return block !== undefined && judgingIn(block, variable).some(each => block.includes(each));
}
