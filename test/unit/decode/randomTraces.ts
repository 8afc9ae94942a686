import { Random } from '../../../bench/support/random.ts';
import type { AnyValue, KeyValue } from '../../../src/model/anyValue.ts';
import type { ResourceSpans, Span, SpanEvent, SpanLink, TracesData } from '../../../src/model/span.ts';

/** Random requests that use every field, with the values at which readers err: empty, largest, negative, nested. */
export class RandomTraces {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  next(): TracesData {
    return { resourceSpans: this.#list(3, () => this.#resourceSpans()) };
  }

  #resourceSpans(): ResourceSpans {
    return {
      ...this.#maybe('resource', () => ({ ...this.#attributes(), ...this.#count('droppedAttributesCount') })),
      scopeSpans: this.#list(3, () => ({
        ...this.#maybe('scope', () => ({
          ...this.#maybe('name', () => this.#text(1)),
          ...this.#maybe('version', () => this.#text(1)),
          ...this.#attributes(),
          ...this.#count('droppedAttributesCount'),
        })),
        spans: this.#list(5, () => this.#span()),
        ...this.#maybe('schemaUrl', () => this.#text(1)),
      })),
      ...this.#maybe('schemaUrl', () => this.#text(1)),
    };
  }

  #span(): Span {
    const random = this.#random;
    return {
      traceId: `${random.hex(30)}01`,
      spanId: `${random.hex(14)}01`,
      ...this.#maybe('traceState', () => this.#text(1)),
      ...this.#maybe('parentSpanId', () => `${random.hex(14)}01`),
      ...this.#count('flags'),
      name: this.#text(0),
      ...this.#maybe('kind', () => random.between(1, 5) as 1),
      startTimeUnixNano: this.#unsigned64(),
      endTimeUnixNano: this.#unsigned64(),
      ...this.#attributes(),
      ...this.#count('droppedAttributesCount'),
      ...this.#some('events', () => this.#event()),
      ...this.#count('droppedEventsCount'),
      ...this.#some('links', () => this.#link()),
      ...this.#count('droppedLinksCount'),
      ...this.#maybe('status', () => ({
        ...this.#maybe('message', () => this.#text(1)),
        ...this.#maybe('code', () => random.between(1, 2) as 1),
      })),
    };
  }

  #event(): SpanEvent {
    return {
      timeUnixNano: this.#unsigned64(),
      name: this.#text(0),
      ...this.#attributes(),
      ...this.#count('droppedAttributesCount'),
    };
  }

  #link(): SpanLink {
    return {
      traceId: `${this.#random.hex(30)}02`,
      spanId: `${this.#random.hex(14)}02`,
      ...this.#maybe('traceState', () => this.#text(1)),
      ...this.#attributes(),
      ...this.#count('droppedAttributesCount'),
      ...this.#count('flags'),
    };
  }

  #attributes(): { attributes?: KeyValue[] } {
    return this.#some('attributes', () => this.#keyValue(0));
  }

  #keyValue(depth: number): KeyValue {
    return { key: this.#text(0), value: this.#value(depth) };
  }

  #value(depth: number): AnyValue {
    const random = this.#random;
    switch (random.between(0, depth > 3 ? 5 : 7)) {
      case 0:
        return { stringValue: this.#text(0) };
      case 1:
        return { boolValue: random.next() < 0.5 };
      case 2:
        return { intValue: BigInt.asIntN(64, BigInt(this.#unsigned64())).toString() };
      case 3:
        return {
          doubleValue: random.pick([
            0,
            1,
            -1.5,
            1e300,
            5e-324,
            'NaN',
            'Infinity',
            '-Infinity',
            random.next(),
          ] as const),
        };
      case 4:
        return { bytesValue: Buffer.from(this.#text(0)).toString('base64') };
      case 5:
        return {};
      case 6:
        return { arrayValue: { values: this.#list(3, () => this.#value(depth + 1), 1) } };
      default:
        return { kvlistValue: { values: this.#list(3, () => this.#keyValue(depth + 1), 1) } };
    }
  }

  #text(least: number): string {
    const length = this.#random.pick([least, 1, 7, 40, 127, 128, 300]);
    const pieces = ['a', 'Z', '0', ' ', '"', '\\', 'é', '→', '𝄞', '\u0000'];
    return Array.from({ length }, () => this.#random.pick(pieces)).join('');
  }

  #unsigned64(): string {
    const random = this.#random;
    return String(
      random.pick([
        0n,
        1n,
        127n,
        128n,
        2n ** 32n,
        2n ** 53n + 1n,
        2n ** 63n,
        2n ** 64n - 1n,
        1_760_000_000_123_456_789n,
        BigInt(random.between(0, 0xffffffff)) * BigInt(random.between(0, 0xffffffff)),
      ]),
    );
  }

  #count<K extends string>(name: K): { [key in K]?: number } {
    return this.#maybe(name, () => this.#random.pick([1, 127, 128, 65_536, 0xffffffff]));
  }

  #maybe<K extends string, T>(name: K, make: () => T): { [key in K]?: T } {
    return (this.#random.next() < 0.6 ? { [name]: make() } : {}) as { [key in K]?: T };
  }

  #some<K extends string, T>(name: K, make: () => T): { [key in K]?: T[] } {
    return this.#maybe(name, () => this.#list(4, make, 1));
  }

  #list<T>(most: number, make: () => T, least = 0): T[] {
    return Array.from({ length: this.#random.between(least, most) }, make);
  }
}
