import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { type Leak, openPaths } from '../openPaths.ts';
import { isReferenceTo } from '../references.ts';
import { isScript, type Statement, type SyntaxUnit } from '../syntax.ts';
import { bodiesOf } from '../walk.ts';
import { callsEnder } from './spanDrops.ts';
import { leakFrom, SpanFlow } from './spanFlow.ts';
import { judgingIn } from './spanJudging.ts';
import { livesIn, type SpanLife } from './spanLives.ts';
import { placeOf } from './spanStores.ts';

/** A span that goes to others in the end, and that a path leaves open before, having told how the work went. */
export interface LeftSpan {
  readonly life: SpanLife;
  readonly leak: Leak;
}

/** The spans that scripts and Python keep or hand on to be ended later, but leave open where something fails before. */
export function spansLeft(file: FileFacts): readonly LeftSpan[] {
  return isScript(file.language) || file.language === 'python' ? file.ofUnits(leftIn).flat() : [];
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
