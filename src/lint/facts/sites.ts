import type { LineMap } from '../../base/lines.ts';
import type { SourceRange } from '../../model/source.ts';
import type { Extent } from './syntax.ts';

/** Lines of a call: a chain over several lines is looked up where its callee's name stands. */
export function rangeOf({ at, calleeAt }: { at: Extent; calleeAt: Extent }, lines: LineMap): SourceRange {
  return { ...lines.position(calleeAt.start), endLine: lines.position(at.end).line };
}
