import { oracle } from '../../test/fixtures/otlpOracle.ts';

/** A span as a straightforward program keeps it. */
export interface ObjectSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly serviceName: string;
  readonly start: number;
  readonly duration: number;
  readonly status: number;
  readonly attributes: ReadonlyMap<string, string | number | boolean>;
}

interface Decoded {
  resourceSpans: {
    resource: { attributes: DecodedAttribute[] };
    scopeSpans: { spans: DecodedSpan[] }[];
  }[];
}

interface DecodedSpan {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array;
  name: string;
  startTimeUnixNano: { toString(): string };
  endTimeUnixNano: { toString(): string };
  attributes: DecodedAttribute[];
  status?: { code?: number };
}

interface DecodedAttribute {
  key: string;
  value?: {
    stringValue?: string;
    intValue?: { toString(): string };
    boolValue?: boolean;
    doubleValue?: number;
  };
}

/** Spans as objects, traces in a map; the oldest traces go when there are more than `limit` spans. */
export class ObjectStore {
  readonly traces = new Map<string, ObjectSpan[]>();
  readonly #limit: number;
  #spans = 0;
  #generation = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a request; traces of different calls are different. */
  add(body: Uint8Array): void {
    this.#generation++;
    const { resourceSpans } = oracle.traces.decode(body) as unknown as Decoded;
    for (const { resource, scopeSpans } of resourceSpans) {
      const serviceName = String(plainAttributes(resource.attributes).get('service.name'));
      for (const { spans } of scopeSpans) for (const span of spans) this.#add(toObject(span, serviceName));
    }
    for (const [traceId, spans] of this.traces) {
      if (this.#spans <= this.#limit) break;
      this.traces.delete(traceId);
      this.#spans -= spans.length;
    }
  }

  #add(span: ObjectSpan): void {
    const traceId = `${this.#generation}${span.traceId}`;
    const known = this.traces.get(traceId);
    if (known === undefined) this.traces.set(traceId, [span]);
    else known.push(span);
    this.#spans++;
  }
}

function toObject(span: DecodedSpan, serviceName: string): ObjectSpan {
  const start = Number(span.startTimeUnixNano);
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    name: span.name,
    serviceName,
    start,
    duration: Number(span.endTimeUnixNano) - start,
    status: span.status?.code ?? 0,
    attributes: plainAttributes(span.attributes),
  };
}

function plainAttributes(attributes: readonly DecodedAttribute[]): Map<string, string | number | boolean> {
  return new Map(
    attributes.map(({ key, value = {} }) => [
      key,
      value.stringValue ??
        (value.intValue === undefined ? undefined : Number(value.intValue)) ??
        value.boolValue ??
        value.doubleValue ??
        '',
    ]),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
