import type { TraceDrop } from '../protocol/traceView.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** What became of a trace that is not stored any more; null if it was not dropped, or long ago. */
export function traceDrop(store: TraceStore, traceId: string): TraceDrop | null {
  const drop = store.droppedAt(traceId);
  if (drop === undefined) return null;
  return { timeUnixNano: `${BigInt(drop.time) * 1_000_000n}`, reason: drop.reason };
}
