import { isEndless } from '../background.ts';
import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { LoopStatement, Place, Statement, SyntaxUnit } from '../syntax.ts';
import { contains } from '../walk.ts';
import { livesIn, type SpanLife } from './spanLives.ts';

/** A span of a round of a loop that only the end of the function ends. */
export interface DeferredSpan {
  readonly life: SpanLife;
  /** Of the `defer`. */
  readonly at: Place;
  /** Nothing ends the loop while the program works. */
  readonly isEndless: boolean;
}

/** Go: `for { _, span := tracer.Start(ctx, "poll"); defer span.End() }` */
export function spansDeferred(file: FileFacts): readonly DeferredSpan[] {
  return file.language === 'go' && file.says(mayDefer) ? file.ofUnits(deferredIn).flat() : [];
}

const mayDefer = /\bdefer\b/;

function deferredIn(file: FileFacts, unit: SyntaxUnit): readonly DeferredSpan[] {
  return file.ofUnit(livesIn, unit).flatMap((life): readonly DeferredSpan[] => {
    const { start, uses, region, inFunction } = life;
    const deferred = uses.ends.find(({ statement }) => statement.type === 'defer' && !statement.spawns);
    if (deferred === undefined || start.binding === undefined || leaves(region.at(-1))) return [];
    const loop = loopAround(inFunction?.body ?? [], start.binding);
    return loop !== undefined && contains(loop.at, deferred.statement.at)
      ? [{ life, at: deferred.statement.at, isEndless: isEndless(loop) }]
      : [];
  });
}

/** There is one round. */
function leaves(last: Statement | undefined): boolean {
  return (
    last?.type === 'return' || last?.type === 'throw' || (last?.type === 'jump' && last.kind === 'break')
  );
}

function loopAround(body: readonly Statement[], { at }: Statement): LoopStatement | undefined {
  return [...statementsAround(body, at)].filter(each => each.type === 'loop').at(-1);
}
