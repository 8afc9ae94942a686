import type { FileFacts } from './fileFacts.ts';
import { spanLives } from './spanLives.ts';
import { type SpanStart, spanStarts } from './spans.ts';
import type { Expression, Statement } from './syntax.ts';
import { contains, expressionsIn } from './walk.ts';

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
  return held.flatMap(({ start, variable, region, until }) => {
    if (isActivated(region)) return [];
    const children = file.get(spanStarts).filter(child => {
      const { call, factory } = child;
      if (call === start.call || factory || call.at.start < start.call.at.end || call.at.start > until)
        return false;
      return region.some(({ at }) => contains(at, call.at)) && !hasContext(child);
    });
    return children.length === 0 ? [] : [{ start, variable, children }];
  });
}

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
