import type { AnyValue, KeyValue } from '../../model/anyValue.ts';
import type { SpanEvent, SpanLink } from '../../model/span.ts';
import { type MsgpackReader, noText, type Text } from '../msgpack/reader.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { type Attributes, Chunk, Payload, SpanRecord, valueType } from './spanRecord.ts';

const deepest = 64;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * v1.0: maps with numbers for keys, and strings that are written once, where they come first, and are numbers from
 * then on (the agent's `pkg/proto/pbgo/trace/idx`). So everything is read in the order in which it stands.
 */
export function readStreamPayload(reader: MsgpackReader): Payload {
  return new StreamReader(reader).payload();
}

class StreamReader {
  readonly #reader: MsgpackReader;
  readonly #table: Text[] = [noText];

  constructor(reader: MsgpackReader) {
    this.#reader = reader;
  }

  payload(): Payload {
    const reader = this.#reader;
    const payload = new Payload(reader.bytes);
    for (let left = reader.mapHeader(); left > 0; left--) {
      switch (reader.number()) {
        case 1:
          for (let more = reader.arrayHeader(); more > 0; more--) this.#enter(reader.text());
          break;
        case 2:
          payload.containerId = this.#text();
          break;
        case 3:
          payload.language = this.#text();
          break;
        case 4:
          this.#text();
          break;
        case 5:
          payload.tracerVersion = this.#text();
          break;
        case 6:
          payload.runtimeId = this.#text();
          break;
        case 7:
          payload.env = this.#text();
          break;
        case 8:
          payload.hostname = this.#text();
          break;
        case 9:
          payload.version = this.#text();
          break;
        case 10:
          this.#attributes(payload.attributes);
          break;
        case 11:
          for (let more = reader.arrayHeader(); more > 0; more--) payload.chunks.push(this.#chunk());
          break;
        default:
          reader.skip();
      }
    }
    return payload;
  }

  #chunk(): Chunk {
    const reader = this.#reader;
    const chunk = new Chunk();
    let traceId = noText;
    for (let left = reader.mapHeader(); left > 0; left--) {
      switch (reader.number()) {
        case 1:
          chunk.priority = reader.number();
          break;
        case 2:
          chunk.origin = this.#text();
          break;
        case 3:
          this.#attributes(chunk.attributes);
          break;
        case 4:
          for (let more = reader.arrayHeader(); more > 0; more--) chunk.spans.push(this.#span());
          break;
        case 6:
          traceId = reader.text();
          break;
        case 7:
          // A sampling mechanism by number; by name in the first versions of the format.
          if (reader.isText()) this.#text();
          else reader.skip();
          break;
        default:
          reader.skip();
      }
    }
    this.#setTraceId(chunk, traceId);
    return chunk;
  }

  #setTraceId(chunk: Chunk, { from, to }: Text): void {
    if (from === to) return;
    const { bytes } = this.#reader;
    if (to - from !== 16) throw new DecodeError(`a trace id has ${to - from} bytes instead of 16`, from);
    const word = (at: number) =>
      (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
    const traceHigh = word(from + 8);
    const traceLow = word(from + 12);
    chunk.upper = { high: word(from), low: word(from + 4), traceHigh, traceLow };
    for (const span of chunk.spans) {
      span.traceHigh = traceHigh;
      span.traceLow = traceLow;
    }
  }

  #span(): SpanRecord {
    const reader = this.#reader;
    const span = new SpanRecord();
    for (let left = reader.mapHeader(); left > 0; left--) {
      switch (reader.number()) {
        case 1:
          span.service = this.#text();
          break;
        case 2:
          span.name = this.#text();
          break;
        case 3:
          span.resource = this.#text();
          break;
        case 4:
          reader.integer();
          span.spanLow = reader.low | 0;
          span.spanHigh = reader.high | 0;
          break;
        case 5:
          reader.integer();
          span.parentLow = reader.low | 0;
          span.parentHigh = reader.high | 0;
          break;
        case 6:
          reader.integer();
          span.startLow = reader.low | 0;
          span.startHigh = reader.high | 0;
          break;
        case 7:
          reader.integer();
          span.durationLow = reader.low | 0;
          span.durationHigh = reader.high | 0;
          break;
        case 8:
          span.isError = reader.boolean();
          break;
        case 9:
          this.#attributes(span.attributes);
          break;
        case 10:
          span.type = this.#text();
          break;
        case 11:
          span.links = this.#list(() => this.#link());
          break;
        case 12:
          span.events = this.#list(() => this.#event());
          break;
        case 13:
          span.env = this.#text();
          break;
        case 14:
          span.version = this.#text();
          break;
        case 15:
          span.component = this.#text();
          break;
        case 16:
          span.kind = reader.number();
          break;
        default:
          reader.skip();
      }
    }
    return span;
  }

  #link(): SpanLink {
    const reader = this.#reader;
    let traceId = '';
    let spanId = '';
    let traceState = '';
    let flags = 0;
    let attributes: KeyValue[] = [];
    for (let left = reader.mapHeader(); left > 0; left--) {
      switch (reader.number()) {
        case 1: {
          const { from, to } = reader.text();
          traceId = Buffer.from(reader.bytes.subarray(from, to)).toString('hex').padStart(32, '0');
          break;
        }
        case 2:
          spanId = this.#bits().toString(16).padStart(16, '0');
          break;
        case 3:
          attributes = this.#keyValues(0);
          break;
        case 4:
          traceState = this.#string();
          break;
        case 5:
          flags = reader.number();
          break;
        default:
          reader.skip();
      }
    }
    return { traceId, spanId, traceState, attributes, flags };
  }

  #event(): SpanEvent {
    const reader = this.#reader;
    let timeUnixNano = '0';
    let name = '';
    let attributes: KeyValue[] = [];
    for (let left = reader.mapHeader(); left > 0; left--) {
      switch (reader.number()) {
        case 1:
          timeUnixNano = `${this.#bits()}`;
          break;
        case 2:
          name = this.#string();
          break;
        case 3:
          attributes = this.#keyValues(0);
          break;
        default:
          reader.skip();
      }
    }
    return { timeUnixNano, name, attributes };
  }

  #bits(): bigint {
    const reader = this.#reader;
    reader.integer();
    return (BigInt(reader.high) << 32n) | BigInt(reader.low);
  }

  #list<T>(element: () => T): T[] {
    const list: T[] = [];
    for (let left = this.#reader.arrayHeader(); left > 0; left--) list.push(element());
    return list;
  }

  /** A flat array of key, type, value, key, type, value… */
  #attributes(attributes: Attributes): void {
    const reader = this.#reader;
    for (let left = this.#header(3, 'attributes'); left > 0; left -= 3) {
      const key = this.#text();
      const { at } = reader;
      const type = reader.number();
      switch (type) {
        case valueType.string: {
          const { from, to } = this.#text();
          attributes.add(key.from, key.to, type, from, to);
          break;
        }
        case valueType.bool:
          attributes.add(key.from, key.to, type, reader.boolean() ? 1 : 0, 0);
          break;
        case valueType.double:
          attributes.add(key.from, key.to, type, reader.number(), 0);
          break;
        case valueType.int:
          reader.integer();
          attributes.add(key.from, key.to, type, reader.low, reader.high);
          break;
        case valueType.bytes: {
          const { from, to } = reader.text();
          attributes.add(key.from, key.to, type, from, to);
          break;
        }
        default:
          attributes.addNested(key, this.#value(type, at, 1));
      }
    }
  }

  #keyValues(depth: number): KeyValue[] {
    const list: KeyValue[] = [];
    for (let left = this.#header(3, 'attributes'); left > 0; left -= 3) {
      const key = this.#string();
      list.push({ key, value: this.#typed(depth) });
    }
    return list;
  }

  #typed(depth: number): AnyValue {
    const { at } = this.#reader;
    return this.#value(this.#reader.number(), at, depth);
  }

  #value(type: number, at: number, depth: number): AnyValue {
    const reader = this.#reader;
    if (depth > deepest) throw new DecodeError(`nested deeper than ${deepest} levels`, at);
    switch (type) {
      case valueType.string:
        return { stringValue: this.#string() };
      case valueType.bool:
        return { boolValue: reader.boolean() };
      case valueType.double:
        return { doubleValue: reader.number() };
      case valueType.int:
        return { intValue: `${BigInt.asIntN(64, this.#bits())}` };
      case valueType.bytes: {
        const { from, to } = reader.text();
        return { bytesValue: Buffer.from(reader.bytes.subarray(from, to)).toString('base64') };
      }
      case valueType.array: {
        const values: AnyValue[] = [];
        for (let left = this.#header(2, 'an array'); left > 0; left -= 2) values.push(this.#typed(depth + 1));
        return { arrayValue: { values } };
      }
      case valueType.map:
        return { kvlistValue: { values: this.#keyValues(depth + 1) } };
      default:
        throw new DecodeError(`attribute type ${type} is unknown`, at);
    }
  }

  #header(multiple: number, what: string): number {
    const { at } = this.#reader;
    const count = this.#reader.arrayHeader();
    if (count % multiple !== 0) throw new DecodeError(`${what} of ${count} elements`, at);
    return count;
  }

  #string(): string {
    const { from, to } = this.#text();
    return utf8.decode(this.#reader.bytes.subarray(from, to));
  }

  /** A string that comes first is written out; later it is the number of its place, 0 being the empty one. */
  #text(): Text {
    const reader = this.#reader;
    if (reader.isText()) return this.#enter(reader.text());
    if (reader.takeNil()) return noText;
    const { at } = reader;
    const index = reader.number();
    const text = this.#table[index];
    if (text === undefined)
      throw new DecodeError(`string ${index} is referred to, ${this.#table.length} have come`, at);
    return text;
  }

  #enter(text: Text): Text {
    if (text !== noText) this.#table.push(text);
    return text;
  }
}
