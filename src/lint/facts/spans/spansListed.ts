import type { FileFacts } from '../fileFacts.ts';
import { isIdle } from './spanLists.ts';
import { type SpanStart, spanStarts } from './spanStarts.ts';

/** Spans of a list that a function makes at once, and that nothing takes from there to end them. */
export interface ListedSpans {
  readonly start: SpanStart;
  readonly list: string;
}

/** Python: `spans = [tracer.start_span(name) for name in names]` */
export function spansListed(file: FileFacts): readonly ListedSpans[] {
  if (file.language !== 'python') return [];
  return file.get(spanStarts).flatMap(start => {
    const { call, statement, form, guessed } = start;
    if (form !== 'value' || guessed || statement?.type !== 'bind' || call.inFunction === undefined) return [];
    const [{ path: list }, ...others] = statement.targets;
    const [value] = statement.values;
    const isMade = value?.type === 'operation' && value.operator === 'for' && value.operands[0] === call;
    if (!isMade || others.length > 0 || !/^\w+$/.test(list)) return [];
    return isIdle(file, list, call.inFunction) ? { start, list } : [];
  });
}
