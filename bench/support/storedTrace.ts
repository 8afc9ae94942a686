import assert from 'node:assert/strict';
import { scanTraces } from '../../src/decode/otlp/scanTraces.ts';
import { writeTraces } from '../../src/decode/otlp/writeProtobuf.ts';
import { SpanBatch } from '../../src/model/spanBatch.ts';
import { TraceSummaries } from '../../src/query/traceSummary.ts';
import { TraceView } from '../../src/query/traceView.ts';
import { TraceStore } from '../../src/store/traceStore.ts';
import { asTracesData, generateSpans, traceId } from '../../test/dom/support/generatedTrace.ts';

/** An engine's store with one large trace in it. */
export class StoredTrace {
  readonly store = new TraceStore({ budgetBytes: 1 << 30 });
  readonly #summaries = new TraceSummaries(this.store);

  constructor(spans: number) {
    const batch = new SpanBatch();
    scanTraces(writeTraces(asTracesData(generateSpans(spans))), batch);
    assert.equal(this.store.append(batch).added, spans);
  }

  open(): TraceView {
    return new TraceView(this.store, this.#summaries, traceId, { collapsed: [], filter: '' });
  }
}
