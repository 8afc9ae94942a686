import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { type Leak, openPaths } from '../openPaths.ts';
import { isScript, type Statement, type SyntaxUnit } from '../syntax.ts';
import { bodiesOf } from '../walk.ts';
import { SpanFlow } from './spanFlow.ts';
import { judgingIn } from './spanJudging.ts';
import { livesIn, type SpanLife } from './spanLives.ts';

/** A span that goes to others in the end, and that a path leaves open before, having told how the work went. */
export interface LeftSpan {
  readonly life: SpanLife;
  readonly leak: Leak;
}

/** The spans that scripts keep or hand on to be ended later, but leave open where something fails before. */
export function spansLeft(file: FileFacts): readonly LeftSpan[] {
  return isScript(file.language) ? file.ofUnits(leftIn).flat() : [];
}

function leftIn(file: FileFacts, unit: SyntaxUnit): readonly LeftSpan[] {
  return file.ofUnit(livesIn, unit).flatMap(life => {
    const { start, variable, region, uses, escapes, shared, leaks, isLoopBody } = life;
    const { ends, handed, statuses, exceptions } = uses;
    if (!escapes || shared || start.guessed || start.form !== 'value' || leaks.length > 0) return [];
    if (ends.length + handed.length > 0 || statuses.length + exceptions.length === 0) return [];
    const flow = new SpanFlow(file.language, life, new Set(), false);
    const leak = openPaths(region, flow, isLoopBody).find(each => isJudged(region, variable, each));
    return leak === undefined ? [] : [{ life, leak }];
  });
}

/** `if (!free) { span.setStatus(…); return; }` */
function isJudged(region: readonly Statement[], variable: string, { at, kind }: Leak): boolean {
  if (kind !== 'return' && kind !== 'throw') return false;
  const [around, last] = [...statementsAround(region, at)].slice(-2);
  const block = last === undefined ? undefined : bodiesOf(around).find(each => each.includes(last));
  return block !== undefined && judgingIn(block, variable).some(each => block.includes(each));
}
