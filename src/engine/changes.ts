import { type Disposable, DisposableStore } from '../base/events.ts';
import { Throttle } from '../base/throttle.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { ControlServerConnection } from './controlConnection.ts';

/** Four times a second. */
const intervalMs = 250;

/** Tells one client that the store has changed. */
export function announceChanges(client: ControlServerConnection, store: TraceStore): Disposable {
  const disposables = new DisposableStore();
  const throttle: Throttle = disposables.add(
    new Throttle(intervalMs, () => {
      if (client.congested) return throttle.trigger();
      client.notify('store/changed', {
        generation: store.generation,
        spansStored: store.counters.spansStored,
        tracesStored: store.counters.tracesStored,
        errorTraces: countErrorTraces(store),
      });
    }),
  );
  disposables.add(store.onDidChange(() => throttle.trigger()));
  return disposables;
}

function countErrorTraces({ traces }: TraceStore): number {
  let count = 0;
  for (let row = 0; row < traces.rows; row++)
    if (traces.spanCount[row] > 0 && traces.errorCount[row] > 0) count++;
  return count;
}
