import { normalizeLogs } from '../../../src/decode/otlp/requests.ts';
import { scanTraces } from '../../../src/decode/otlp/scanTraces.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { controlErrors } from '../../../src/protocol/control.ts';
import type { SourceCandidate } from '../../../src/protocol/panel.ts';
import { SpanDetailsReader } from '../../../src/query/spanDetails.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import type { TraceView } from '../../../src/query/traceView.ts';
import { NoSuchViewError, TraceViews } from '../../../src/query/traceViews.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { asLogsData, asTracesData, type GeneratedSpan, traceId } from './generatedTrace.ts';
import type { PanelHandlers, PanelPage } from './panelPage.ts';

export const candidate: SourceCandidate = {
  uri: 'file:///shop/src/checkout.ts',
  path: 'src/checkout.ts',
  line: 42,
  confidence: 0.93,
  strategy: 'code.file.path',
  preview: "tracer.startActiveSpan('POST /checkout', async span => {",
};

/** An extension host whose engine is in this process: store and views are the product's, filled through its decoder. */
export class StoreHost {
  readonly spans: readonly GeneratedSpan[];
  /** Requests that do something outside of the panel, in order: `[method, parameters]`. */
  readonly done: [method: string, params: unknown][] = [];
  /** The trace that the panel is said to show. */
  shownTraceId = traceId;
  revealSpanId: string | undefined;
  #store!: TraceStore;
  #views!: TraceViews;
  #details!: SpanDetailsReader;
  #received = 0;

  /** `received`: how many of the spans have arrived when the panel opens. */
  constructor(spans: readonly GeneratedSpan[], received = spans.length) {
    this.spans = spans;
    this.#start();
    this.receive(received);
  }

  /** More spans arrive: those up to `received`. */
  receive(received: number): void {
    const batch = new SpanBatch();
    scanTraces(writeTraces(asTracesData(this.spans.slice(this.#received, received))), batch);
    this.#store.append(batch);
    const logs = asLogsData(this.spans.slice(this.#received, received));
    this.#store.appendLogs(normalizeLogs(Buffer.from(JSON.stringify(logs)), 'json').body);
    this.#received = received;
  }

  /** What the engine tells its clients four times a second. */
  tellChanges({ host }: PanelPage): void {
    for (const change of this.#views.takeChanged()) host.notify('view/changed', change);
  }

  /** The trace makes room for others. */
  drop(): void {
    this.#store.clear();
  }

  /** The engine dies and comes back with what it had acknowledged; views of before are unknown to it. */
  restart(): void {
    const received = this.#received;
    this.#start();
    this.receive(received);
  }

  #start(): void {
    this.#store = new TraceStore({ budgetBytes: 512 << 20 });
    this.#views = new TraceViews(this.#store, new TraceSummaries(this.#store));
    this.#details = new SpanDetailsReader(this.#store);
    this.#received = 0;
  }

  get handlers(): PanelHandlers {
    const does =
      <R>(method: string, result: R) =>
      (params: unknown) => {
        this.done.push([method, params]);
        return result;
      };
    return {
      'panel/hello': () => ({ traceId: this.shownTraceId, revealSpanId: this.revealSpanId, summary: null }),
      'view/open': params => this.#views.open(params.traceId, params.intent) ?? null,
      'view/close': ({ viewId }) => {
        this.#views.close(viewId);
        return {};
      },
      'view/rows': ({ viewId, first, count }) => this.#view(viewId).rows(first, count),
      'view/expand': ({ viewId, expanded, target }) => this.#view(viewId).expand(expanded, target),
      'view/filter': ({ viewId, filter }) => this.#view(viewId).filter(filter),
      'view/reveal': ({ viewId, spanId }) => this.#view(viewId).reveal(spanId),
      'view/find': ({ viewId, text, fromRow, backwards }) =>
        this.#view(viewId).find(text, fromRow, backwards),
      'view/minimap': ({ viewId, width, height }) => this.#view(viewId).minimap(width, height),
      'view/criticalPath': ({ viewId }) => this.#view(viewId).criticalPath(),
      'span/details': params => this.#details.read(params.traceId, params.spanId) ?? null,
      'source/candidates': () => ({ candidates: [candidate] }),
      'source/open': does('source/open', { opened: true }),
      'source/openCandidate': does('source/openCandidate', { opened: true }),
      'clipboard/write': does('clipboard/write', {}),
      'trace/open': does('trace/open', {}),
      'trace/pin': ({ pinned }) => ({ pinned }),
      'file/traces': () => ({ total: 0, traces: [] }),
      'file/showTraces': does('file/showTraces', {}),
      'trace/openJson': does('trace/openJson', {}),
    };
  }

  #view(viewId: number): TraceView {
    try {
      return this.#views.get(viewId);
    } catch (error) {
      if (error instanceof NoSuchViewError)
        throw Object.assign(new Error(error.message), { code: controlErrors.noSuchView });
      throw error;
    }
  }
}
