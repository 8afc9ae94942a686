import type { ViewHead, ViewIntent } from '../protocol/traceView.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { TraceSummaries } from './traceSummary.ts';
import { TraceView } from './traceView.ts';

/** A view that was closed, or belongs to another connection. */
export class NoSuchViewError extends Error {
  override readonly name = 'NoSuchViewError';
}

/** The views that one client has open. */
export class TraceViews {
  readonly #store: TraceStore;
  readonly #summaries: TraceSummaries;
  readonly #views = new Map<number, { view: TraceView; announced: number }>();
  #lastId: number;

  /** @param lastId ids of views are above it */
  constructor(store: TraceStore, summaries: TraceSummaries, lastId = 0) {
    this.#lastId = lastId;
    this.#store = store;
    this.#summaries = summaries;
  }

  /** `undefined` if the trace is not stored. */
  open(traceId: string, intent: ViewIntent): { viewId: number; head: ViewHead } | undefined {
    if (this.#store.traces.rowOf(traceId) < 0) return undefined;
    const view = new TraceView(this.#store, this.#summaries, traceId, intent);
    this.#views.set(++this.#lastId, { view, announced: view.revision });
    return { viewId: this.#lastId, head: view.head };
  }

  /** Throws `NoSuchViewError`. */
  get(viewId: number): TraceView {
    const view = this.#views.get(viewId)?.view;
    if (view === undefined) throw new NoSuchViewError(`no view ${viewId} is open`);
    return view;
  }

  close(viewId: number): void {
    this.#views.delete(viewId);
  }

  /** Views whose traces have changed since this was last asked. */
  takeChanged(): { viewId: number; head: ViewHead }[] {
    const changed: { viewId: number; head: ViewHead }[] = [];
    for (const [viewId, entry] of this.#views) {
      const { revision, head } = entry.view;
      if (revision === entry.announced) continue;
      entry.announced = revision;
      changed.push({ viewId, head });
    }
    return changed;
  }
}
