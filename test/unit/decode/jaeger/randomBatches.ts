import type { Random } from '../../../../bench/support/random.ts';
import type { JaegerBatch, JaegerLog, JaegerReference, JaegerSpan, JaegerTag } from './jaegerSpan.ts';

const words = ['', 'GET /users/:id', 'größe', '日本', '🙂 "quoted" \\ \n', 'a'.repeat(300), 'span.kind', 'x'];

/** Keys with a meaning of their own. */
const keys = [
  ...['span.kind', 'error', 'otel.status_code', 'otel.status_description', 'http.status_code', 'event'],
  ...['http.response.status_code', 'http.status_message', 'w3c.tracestate', 'otel.scope.name', 'event'],
  ...['otel.library.name', 'otel.scope.version', 'otel.library.version', 'hostname', 'jaeger.version'],
  'service.name',
];
/** Values with one, in some of these. */
const values = ['true', 'True', 'server', 'CLIENT', 'consumer', 'ERROR', 'ok', '200', '404', '500', 'a=b'];

/** Random batches with every kind of tag and reference, long numbers and odd texts. */
export class RandomBatches {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param parents whether spans name their parent, as in Thrift; not so in protobuf */
  next(parents: boolean): JaegerBatch {
    return {
      process: { serviceName: this.#text(), tags: this.#list(2, () => this.#tag()) },
      spans: this.#list(2, () => this.#span(parents)),
    };
  }

  #span(parents: boolean): JaegerSpan {
    const random = this.#random;
    return {
      traceId: random.hex(32),
      spanId: random.hex(16),
      parentSpanId: parents ? random.pick(['0000000000000000', random.hex(16)]) : '',
      operationName: this.#text(),
      references: this.#list(2, () => this.#reference()),
      flags: random.pick([0, 1, 2, 3, 0x7fffffff]),
      start: this.#micros(),
      duration: this.#micros(),
      tags: this.#list(4, () => this.#tag()),
      logs: this.#list(2, () => this.#log()),
      warnings: [],
    };
  }

  #reference(): JaegerReference {
    const random = this.#random;
    return {
      kind: random.pick(['child_of', 'follows_from'] as const),
      traceId: random.hex(32),
      spanId: random.hex(16),
    };
  }

  #log(): JaegerLog {
    return { time: this.#micros(), fields: this.#list(3, () => this.#tag()) };
  }

  #tag(): JaegerTag {
    const random = this.#random;
    return random.next() < 0.6
      ? { key: random.pick(keys), value: random.pick([random.pick(values), this.#value(), 503n, true]) }
      : { key: this.#text(), value: this.#value() };
  }

  #value(): JaegerTag['value'] {
    const random = this.#random;
    switch (random.between(0, 5)) {
      case 0:
        return random.next() < 0.5;
      case 1:
        return BigInt.asIntN(64, BigInt(`0x${random.hex(random.between(1, 16))}`));
      case 2:
        return random.pick([0, -1.5, 1 / 1024, 12_345.25, 2 ** 40]);
      case 3:
        return Uint8Array.from({ length: random.between(0, 20) }, () => random.between(0, 255));
      default:
        return this.#text();
    }
  }

  #micros(): bigint {
    const random = this.#random;
    return random.pick([0n, 1n, BigInt(random.between(0, 2 ** 31)), 1_790_000_000_123_456n]) * 1000n;
  }

  #text(): string {
    return this.#random.pick(words);
  }

  #list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#random.between(0, most) }, make);
  }
}
