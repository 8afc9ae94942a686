import { effect, type ReadonlySignal, signal } from '@preact/signals';
import type { Disposable } from '../../../src/base/events.ts';
import type { SpanDetails } from '../../../src/protocol/control.ts';
import type { SourceCandidate } from '../../../src/protocol/panel.ts';
import type { PanelModel } from '../panelModel.ts';

/** The selection rushes past while a key is held; only where it rests is read. Milliseconds. */
const rest = 80;
/** Lines may have to be found in source files that have not been read yet. Milliseconds. */
const sourceTimeout = 60_000;

export interface LoadedDetails {
  readonly spanId: string;
  /** `null`: the span is no longer in the store. */
  readonly details: SpanDetails | null;
}

/** Follows the selection and reads what is told of it. */
export class DetailsLoader implements Disposable {
  readonly #loaded = signal<LoadedDetails | undefined>(undefined);
  readonly #candidates = signal<readonly SourceCandidate[] | null>(null);
  readonly #panel: PanelModel;
  readonly #stop: () => void;
  #reading = new AbortController();

  constructor(panel: PanelModel) {
    this.#panel = panel;
    this.#stop = effect(() => {
      const spanId = panel.intent.selectedSpanId.value;
      // A span that was not ended when it was read may be now: growth reads it again.
      panel.session.rows.value?.head.generation;
      this.#reading.abort();
      const reading = new AbortController();
      this.#reading = reading;
      const read = () => this.#read(spanId, reading.signal).catch(error => panel.report(error));
      const timer = setTimeout(() => void read(), rest);
      return () => clearTimeout(timer);
    });
  }

  get loaded(): ReadonlySignal<LoadedDetails | undefined> {
    return this.#loaded;
  }

  /** `null` while they are being looked for. */
  get candidates(): ReadonlySignal<readonly SourceCandidate[] | null> {
    return this.#candidates;
  }

  dispose(): void {
    this.#stop();
    this.#reading.abort();
  }

  async #read(spanId: string | undefined, signal: AbortSignal): Promise<void> {
    if (spanId === undefined) {
      this.#loaded.value = undefined;
      return;
    }
    const address = { traceId: this.#panel.session.traceId, spanId };
    const isOther = this.#loaded.peek()?.spanId !== spanId;
    const details = await this.#panel.client.request('span/details', address, { signal });
    if (signal.aborted) return;
    this.#loaded.value = { spanId, details };
    if (!isOther) return;
    this.#candidates.value = null;
    const { candidates } = await this.#panel.client.request('source/candidates', address, {
      signal,
      timeout: sourceTimeout,
    });
    if (!signal.aborted) this.#candidates.value = candidates;
  }
}
