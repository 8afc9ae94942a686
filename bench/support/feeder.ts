import { setImmediate as nextTurn } from 'node:timers/promises';
import { scanTraces } from '../../src/decode/otlp/scanTraces.ts';
import { SpanBatch } from '../../src/model/spanBatch.ts';
import type { TraceStore } from '../../src/store/traceStore.ts';
import { Payload } from './payloads.ts';

const requests = 48;
const spansPerRequest = 512;

/** Adds spans that nobody has seen. */
export class Feeder {
  /** In all payloads. */
  readonly spans = requests * spansPerRequest;
  readonly bytesPerSpan: number;
  readonly #payloads = Payload.make(requests, spansPerRequest);
  readonly #batch = new SpanBatch();
  #generation = 0;

  constructor() {
    const bytes = this.#payloads.reduce((sum, { body }) => sum + body.length, 0);
    this.bytesPerSpan = bytes / this.spans;
  }

  get bodies(): Buffer[] {
    return this.#payloads.map(({ body }) => body);
  }

  /** All payloads once. */
  feed(store: TraceStore): void {
    this.#generation++;
    for (const payload of this.#payloads) {
      payload.renew(this.#generation);
      scanTraces(payload.body, this.#batch);
      store.append(this.#batch);
    }
  }

  /** Until it holds so many, if it has room for them. */
  fill(store: TraceStore, spans: number): void {
    while (store.counters.spansStored < spans) this.feed(store);
  }

  async feedSpans(store: TraceStore, spans: number): Promise<void> {
    for (let fed = 0; fed < spans; fed += this.spans) {
      this.feed(store);
      await nextTurn();
    }
  }
}
