import type { FileFacts } from '../fileFacts.ts';
import type { Expression, Statement } from '../syntax.ts';
import { expressionsIn } from '../walk.ts';
import { spanLives } from './spanLives.ts';
import { type SpanStart, spanStarts } from './spanStarts.ts';

/** A span that is not the active one while others are started. */
export interface InactiveSpan {
  readonly start: SpanStart;
  readonly variable: string;
  /** They become its siblings. */
  readonly children: readonly SpanStart[];
}

/** What makes a span the parent of others: a context with it that is active, or is given to them. */
const activating =
  /^(?:setSpan|use_span|set_span_in_context|attach|bind|makeCurrent|withSpan|with_span|withContext|setSpanContext|ContextWithSpan|runInContext|with)$/;

/** Spans of JavaScript and Python that are started by `startSpan` and never made active, although others start in their time. */
export function inactiveSpans(file: FileFacts): readonly InactiveSpan[] {
  const held = [
    ...file
      .get(spanLives)
      .filter(({ start, escapes }) => start.form === 'value' && !start.factory && !escapes)
      .map(({ start, variable, region, uses }) => ({
        start,
        variable,
        region,
        // A first end in the same block: what follows is none of its children.
        until: Math.min(
          ...uses.ends.filter(({ call }) => isIn(region, call)).map(({ call }) => call.at.start),
        ),
      })),
    ...file.get(spanStarts).flatMap(start => {
      const { form, call, statement, variable = '' } = start;
      if (form !== 'scoped' || call.callee !== 'start_span' || statement?.type !== 'with') return [];
      return [{ start, variable, region: statement.body, until: Number.POSITIVE_INFINITY }];
    }),
  ];
  const starts = file.get(spanStarts).toSorted((a, b) => a.call.at.start - b.call.at.start);
  const places = new Map(starts.map(({ call }, index) => [call, index]));
  const activated = new Map<readonly Statement[], boolean>();
  return held.flatMap(({ start, variable, region, until }) => {
    let isActive = activated.get(region);
    if (isActive === undefined) activated.set(region, (isActive = isActivated(region)));
    if (isActive) return [];
    const children: SpanStart[] = [];
    const end = Math.min(until, region.at(-1)?.at.end ?? 0);
    for (let index = (places.get(start.call) ?? 0) + 1; index < starts.length; index++) {
      const child = starts[index];
      if (child.call.at.start > end || children.length >= maxChildren) break;
      if (!child.factory && child.call.at.start >= start.call.at.end && !hasContext(child))
        children.push(child);
    }
    return children.length === 0 ? [] : [{ start, variable, children }];
  });
}

/** More are not looked for: each is told of, and edited by the fix. */
const maxChildren = 100;

/** A statement of the block itself, in no condition. */
function isIn(region: readonly Statement[], call: Expression): boolean {
  return region.some(each => each.type === 'expression' && each.expression === call);
}

function isActivated(region: readonly Statement[]): boolean {
  for (const each of expressionsIn(region, true))
    if (each.type === 'call' && activating.test(each.callee)) return true;
  return false;
}

/** It is told its parent, or that it has none. */
function hasContext({ call }: SpanStart): boolean {
  if (call.named.has('context') || call.callee === 'start_span' || call.callee === 'start_as_current_span')
    return call.named.has('context') || call.arguments.length > 1;
  const values = call.arguments.filter(({ type }) => type !== 'function');
  if (values.length > 2) return true;
  return /\broot\s*:\s*true/.test(call.arguments[1]?.at.text ?? '');
}
