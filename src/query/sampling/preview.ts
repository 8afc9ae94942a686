import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SamplingPreview } from '../../protocol/control.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { Sampler } from './sampler.ts';
import { StoredTrace } from './storedTrace.ts';

/** After this long, others have their turn. */
const turnMs = 5;

/**
 * What a sampler would have kept and lost of the traces that are stored now; those that began first are asked about first.
 * What is given up while this goes on is not counted. Receiving goes on meanwhile.
 */
export async function previewSampling(
  store: TraceStore,
  sampler: Sampler,
  signal?: { readonly aborted: boolean },
): Promise<SamplingPreview> {
  const keptBy = sampler.policies.map(() => 0);
  const droppedWithErrors: string[] = [];
  let kept = 0;
  let dropped = 0;
  let withErrors = 0;
  let turnBegan = performance.now();
  for (const { row, isSame } of oldestFirst(store)) {
    if (signal?.aborted === true) break;
    if (!isSame()) continue;
    const trace = new StoredTrace(store, row);
    const decision = sampler.decide(trace);
    if (trace.hasErrors) withErrors++;
    if (decision.kept) {
      kept++;
      for (const at of decision.wantedBy) keptBy[at]++;
    } else {
      dropped++;
      if (trace.hasErrors) droppedWithErrors.push(trace.traceId);
    }
    if (performance.now() - turnBegan < turnMs) continue;
    await nextTurn();
    turnBegan = performance.now();
  }
  const byPolicy = sampler.policies.map((name, at) => ({ name, kept: keptBy[at] }));
  return { kept, dropped, byPolicy, withErrors, droppedWithErrors };
}

/** Rows of the traces that are stored now, by start. A row may have been given to another trace before it is come to. */
function* oldestFirst({ traces }: TraceStore): Generator<{ row: number; isSame: () => boolean }> {
  const rows = new Uint32Array(traces.rows).map((_, row) => row).filter(row => traces.isLive(row));
  rows.sort((a, b) => traces.startHigh[a] - traces.startHigh[b] || traces.startLow[a] - traces.startLow[b]);
  const ids = traces.id.slice();
  for (const row of rows)
    yield {
      row,
      isSame: () =>
        traces.isLive(row) && [0, 1, 2, 3].every(word => traces.id[4 * row + word] === ids[4 * row + word]),
    };
}
