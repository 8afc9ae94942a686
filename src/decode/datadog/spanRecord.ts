import type { AnyValue } from '../../model/anyValue.ts';
import type { SpanEvent, SpanLink } from '../../model/span.ts';
import { noText, type Text } from '../msgpack/reader.ts';

/** Types of attribute values: those of the v1.0 format, which has them all, and `taken` for what became a field. */
export const valueType = {
  taken: 0,
  string: 1,
  bool: 2,
  double: 3,
  int: 4,
  bytes: 5,
  array: 6,
  map: 7,
} as const;

/** Numbers per attribute in an `AttributeTable`. */
export const entrySize = 5;

/** Larger tables are given back after the request: half a megabyte. */
const keptNumbers = 1 << 16;

/**
 * Attributes of all spans of a request, `[keyFrom, keyTo, type, a, b]` each: strings and bytes are the bytes `a … b`; a
 * boolean is `a` (0 or 1), a double `a`, an integer the words `a` (low) and `b` (high); arrays and maps are `nested[a]`.
 */
class AttributeTable {
  values = new Float64Array(keptNumbers);
  used = 0;

  /** Makes room for as many more. */
  reserve(numbers: number): void {
    if (this.used + numbers <= this.values.length) return;
    const wider = new Float64Array(2 * (this.used + numbers));
    wider.set(this.values);
    this.values = wider;
  }

  clear(): void {
    this.used = 0;
    if (this.values.length > keptNumbers) this.values = new Float64Array(keptNumbers);
  }
}

/** One for all requests, which are read one after the other: a list for each span would live until all spans are read. */
export const attributeTable = new AttributeTable();

/** Attributes of a span in place: `from … to` in the table. */
export class Attributes {
  from = 0;
  to = 0;
  nested: AnyValue[] | undefined;

  add(keyFrom: number, keyTo: number, type: number, a: number, b: number): void {
    attributeTable.reserve(this.to - this.from + entrySize);
    if (this.to !== attributeTable.used) this.#move();
    const { values } = attributeTable;
    const at = this.to;
    values[at] = keyFrom;
    values[at + 1] = keyTo;
    values[at + 2] = type;
    values[at + 3] = a;
    values[at + 4] = b;
    this.to = at + entrySize;
    attributeTable.used = this.to;
  }

  addNested(key: Text, value: AnyValue): void {
    this.nested ??= [];
    this.add(key.from, key.to, valueType.array, this.nested.length, 0);
    this.nested.push(value);
  }

  /** To the end of the table: others were added meanwhile. */
  #move(): void {
    const { values, used } = attributeTable;
    values.copyWithin(used, this.from, this.to);
    this.to = used + this.to - this.from;
    this.from = used;
    attributeTable.used = this.to;
  }
}

/**
 * A span as tracers send it, whatever the version of the format. Texts are offsets into the body. Words are signed (`| 0`): V8 keeps
 * such numbers in the object, and others in one more object for each field.
 */
export class SpanRecord {
  service = noText;
  name = noText;
  resource = noText;
  type = noText;
  env = noText;
  version = noText;
  /** Equal for spans of one chunk with the same service, and with the same service, environment and version. */
  serviceNumber = 0;
  resourceNumber = 0;
  component = noText;
  /** The low 64 bits of the trace id as words; the chunk knows the others. */
  traceLow = 0;
  traceHigh = 0;
  spanLow = 0;
  spanHigh = 0;
  parentLow = 0;
  parentHigh = 0;
  /** Nanoseconds since 1970 as words. */
  startLow = 0;
  startHigh = 0;
  /** Nanoseconds as words in two's complement. */
  durationLow = 0;
  durationHigh = 0;
  isError = false;
  errorMessage = noText;
  errorStack = noText;
  errorType = noText;
  /** OpenTelemetry's numbers; 0: as the attributes say. */
  kind = 0;
  readonly attributes = new Attributes();
  links: readonly SpanLink[] | undefined;
  events: readonly SpanEvent[] | undefined;
}

/** Spans that a tracer finished together: of one trace, as seen by one process. */
export class Chunk {
  readonly spans: SpanRecord[] = [];
  /** The upper 64 bits, as words, of the trace id with these lower ones, where the chunk itself tells them. */
  upper:
    | { readonly high: number; readonly low: number; readonly traceHigh: number; readonly traceLow: number }
    | undefined;
  /** Told of the chunk as a whole; they belong to its first span. */
  readonly attributes = new Attributes();
  priority: number | undefined;
  origin = noText;
  env = noText;
  runtimeId = noText;
  language = noText;
  hostname = noText;
}

/** What all spans of a request have in common. */
export class Payload {
  readonly body: Uint8Array;
  readonly chunks: Chunk[] = [];
  language = noText;
  tracerVersion = noText;
  containerId = noText;
  runtimeId = noText;
  env = noText;
  version = noText;
  hostname = noText;
  readonly attributes = new Attributes();

  constructor(body: Uint8Array) {
    this.body = body;
  }
}
