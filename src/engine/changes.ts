import type { Disposable } from '../base/events.ts';
import { Throttle } from '../base/throttle.ts';
import type { TraceViews } from '../query/traceViews.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { ControlServerConnection } from './controlConnection.ts';

/** Four times a second. */
const intervalMs = 250;

/** Tells one client that the store has changed, and the traces that it shows. */
export function announceChanges(
  client: ControlServerConnection,
  store: TraceStore,
  views: TraceViews,
): Disposable {
  let disposed = false;
  const announce = () => {
    if (disposed) return;
    if (client.congested) return throttle.trigger();
    client.notify('store/changed', {
      generation: store.generation,
      spansStored: store.counters.spansStored,
      tracesStored: store.counters.tracesStored,
    });
    for (const change of views.takeChanged()) client.notify('view/changed', change);
  };
  // Not before the sender has its answer: a large trace on the screen takes a while to lay out.
  const throttle = new Throttle(intervalMs, () => setImmediate(announce));
  const subscription = store.onDidChange(() => throttle.trigger());
  return {
    dispose() {
      disposed = true;
      subscription.dispose();
      throttle.dispose();
    },
  };
}
