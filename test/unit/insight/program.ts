import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  trace,
} from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import type { TraceStore } from '../../../src/store/traceStore.ts';

/** Milliseconds since 1970 at which the programs of the tests begin. */
export const startMs = 1_760_000_000_000;

export interface Did {
  readonly name: string;
  readonly kind?: keyof typeof SpanKind;
  /** Milliseconds after `startMs`, which may have fractions. */
  readonly from: number;
  readonly to: number;
  readonly attributes?: Attributes;
  readonly parent?: SpanContext;
  /** The parent came over the wire. */
  readonly remote?: boolean;
  readonly links?: readonly SpanContext[];
  readonly exception?: string;
  readonly exceptionAttributes?: Attributes;
  readonly failed?: string;
  readonly scope?: string;
  readonly version?: string;
  /** The span is not ended, so it is never sent. */
  readonly lost?: boolean;
}

export const completeResource = {
  'service.version': '1.0.0',
  'deployment.environment.name': 'test',
  'telemetry.sdk.language': 'nodejs',
};

/** A program with the OpenTelemetry SDK, whose spans go into a store through the decoder, as a request's would. */
export class Program {
  readonly #store: TraceStore;
  readonly #exporter = new InMemorySpanExporter();
  readonly #provider: BasicTracerProvider;

  constructor(store: TraceStore, resource: Attributes) {
    this.#store = store;
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes(resource),
      spanProcessors: [new SimpleSpanProcessor(this.#exporter)],
    });
  }

  /** Makes a span; its context is what its children and its receivers are given. */
  did({ scope = 'app', version, from, to, ...span }: Did): SpanContext {
    const context = contextOf(span);
    const made = this.#provider.getTracer(scope, version).startSpan(
      span.name,
      {
        kind: SpanKind[span.kind ?? 'INTERNAL'],
        startTime: instant(from),
        attributes: span.attributes,
        links: (span.links ?? []).map(link => ({ context: link })),
      },
      context,
    );
    if (span.exception !== undefined)
      made.addEvent(
        'exception',
        { 'exception.type': 'Error', 'exception.message': span.exception, ...span.exceptionAttributes },
        instant(to),
      );
    if (span.failed !== undefined) made.setStatus({ code: 2, message: span.failed });
    if (span.lost !== true) made.end(instant(to));
    return made.spanContext();
  }

  /** Sends what has ended. */
  async send(): Promise<void> {
    await this.#provider.forceFlush();
    const spans: ReadableSpan[] = this.#exporter.getFinishedSpans();
    const batch = new SpanBatch();
    decodeTraces(ProtobufTraceSerializer.serializeRequest(spans) as Uint8Array, 'protobuf', batch);
    this.#store.append(batch);
    this.#exporter.reset();
  }
}

function contextOf({ parent, remote }: Pick<Did, 'parent' | 'remote'>): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: remote === true });
}

function instant(milliseconds: number): [seconds: number, nanoseconds: number] {
  const nanoseconds = Math.round((milliseconds % 1000) * 1e6);
  return [startMs / 1000 + Math.floor(milliseconds / 1000), nanoseconds];
}
