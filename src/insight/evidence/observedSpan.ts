import { DecodeError } from '../../decode/protobuf/decodeError.ts';
import { endOfValue, skipField, startOfValue } from '../../decode/protobuf/wire.ts';
import { idHex } from '../../model/ids.ts';
import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import type { Segment } from '../../store/segment.ts';
import { kindOf, noSpan, type SpanRef, statusOf } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { AttributeReader, ReadAttribute } from './attributeReader.ts';
import type { SpanGroup, SpanGroups } from './spanGroups.ts';

/** Tags (field number and wire type) of `Span` and `Span.Event`. */
const spanTags = { attributes: 0x4a, events: 0x5a, links: 0x6a, status: 0x7a } as const;
/** `flags`, field 16, fixed32: a tag of two bytes. */
const flagsTag = [0x85, 0x01] as const;
const eventTags = { name: 0x12, attributes: 0x1a } as const;
const statusMessageTag = 0x12;

export const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
export const statuses = { unset: 0, ok: 1, error: 2 } as const;
/** Bits of `Span.flags`: the sender knows where the parent is; it is in another process. */
const parentKnown = 0x100;
const parentRemote = 0x200;

const utf8 = new TextDecoder();

/** What the store has of a span without reading its message. */
export interface SpanHeader {
  readonly ref: SpanRef;
  readonly group: SpanGroup;
  readonly kind: number;
  readonly status: number;
  /** Nanoseconds since 1970, as good as a double holds them (256 ns); 0 if unknown. */
  readonly start: number;
  /** The start, for a span that has not ended. */
  readonly end: number;
}

export function readHeader(store: TraceStore, groups: SpanGroups, ref: SpanRef): SpanHeader {
  const segment = store.segmentOf(ref);
  const row = store.rowOf(ref);
  const start = segment.startHigh[row] * 0x1_0000_0000 + segment.startLow[row];
  const duration = segment.duration[row];
  return {
    ref,
    group: groups.of(ref),
    kind: kindOf(segment.kindStatus[row]),
    status: statusOf(segment.kindStatus[row]),
    start,
    end: duration > 0 ? start + duration : start,
  };
}

/** The span that is being looked at: one object for all of them, filled anew for each. */
export class ObservedSpan implements SpanHeader {
  /** Counts the traces: other traces, other numbers. */
  traceNumber = 0;
  traceId = '';
  ref: SpanRef = noSpan;
  group!: SpanGroup;
  /** 0–5. */
  kind = 0;
  status = 0;
  start = 0;
  end = 0;
  /** It names a parent. */
  hasParentId = false;
  /** Its parent; `noSpan` if there is none, or it is not stored. */
  parent: SpanRef = noSpan;
  readonly attributes: ReadAttribute[] = [];
  readonly eventAttributes: ReadAttribute[] = [];
  hasException = false;
  links = 0;
  flags = 0;
  statusMessage = '';
  readonly #store: TraceStore;
  readonly #groups: SpanGroups;
  readonly #reader: AttributeReader;
  #segment!: Segment;
  #row = 0;
  #parentHeader: SpanHeader | undefined;

  constructor(store: TraceStore, groups: SpanGroups, reader: AttributeReader) {
    this.#store = store;
    this.#groups = groups;
    this.#reader = reader;
  }

  /** What the user calls sensitive, and what not. */
  get sensitiveOptions(): SensitiveOptions | undefined {
    return this.#reader.options;
  }

  get spanId(): string {
    return idHex(this.#segment.spanId, 2 * this.#row, 2);
  }

  get parentSpanId(): string {
    return idHex(this.#segment.parentSpanId, 2 * this.#row, 2);
  }

  /** Of its parent, as far as the sender says. */
  get parentPlace(): 'local' | 'remote' | 'unknown' {
    if ((this.flags & parentKnown) === 0) return 'unknown';
    return (this.flags & parentRemote) === 0 ? 'local' : 'remote';
  }

  /** Text of the first of the keys that the span has. */
  text(...keys: readonly string[]): string | undefined {
    for (const key of keys) for (const each of this.attributes) if (each.key === key) return each.text;
    return undefined;
  }

  /** The parent, if it is stored. */
  parentHeader(): SpanHeader | undefined {
    if (this.parent === noSpan) return undefined;
    return (this.#parentHeader ??= readHeader(this.#store, this.#groups, this.parent));
  }

  /** Takes a span of the store; of a malformed message what comes before the fault. */
  moveTo(ref: SpanRef): void {
    const segment = this.#store.segmentOf(ref);
    const row = this.#store.rowOf(ref);
    this.#segment = segment;
    this.#row = row;
    const { group, kind, status, start, end } = readHeader(this.#store, this.#groups, ref);
    this.ref = ref;
    this.group = group;
    this.kind = kind;
    this.status = status;
    this.start = start;
    this.end = end;
    this.#parentHeader = undefined;
    const { [2 * row]: low, [2 * row + 1]: high } = segment.parentSpanId;
    this.hasParentId = (low | high) !== 0;
    const found = this.hasParentId ? this.#store.findSpan(segment.trace[row], low, high) : noSpan;
    this.parent = found === ref ? noSpan : found;
    this.#readMessage();
  }

  #readMessage(): void {
    this.attributes.length = 0;
    this.eventAttributes.length = 0;
    this.hasException = false;
    this.links = 0;
    this.flags = 0;
    this.statusMessage = '';
    const { sealed, slab, offset, length } = this.#segment;
    try {
      if (sealed === undefined) {
        const from = offset[this.#row];
        this.#readFields(slab, viewOf(slab), from, from + length[this.#row]);
      } else {
        const message = this.#segment.bytes(this.#row);
        const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
        this.#readFields(message, view, 0, message.length);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  #readFields(bytes: Uint8Array, view: DataView, from: number, end: number): void {
    for (let at = from; at < end; ) {
      switch (bytes[at]) {
        case spanTags.attributes: {
          const to = endOfValue(bytes, at + 1, end);
          const attribute = this.#reader.read(bytes, view, startOfValue(bytes, at + 1), to);
          if (attribute !== undefined) this.attributes.push(attribute);
          at = to;
          break;
        }
        case spanTags.events: {
          const to = endOfValue(bytes, at + 1, end);
          this.#readEvent(bytes, view, startOfValue(bytes, at + 1), to);
          at = to;
          break;
        }
        case spanTags.status: {
          const to = endOfValue(bytes, at + 1, end);
          this.#readStatus(bytes, startOfValue(bytes, at + 1), to);
          at = to;
          break;
        }
        case spanTags.links:
          this.links++;
          at = endOfValue(bytes, at + 1, end);
          break;
        default: {
          const to = skipField(bytes, at, end);
          if (bytes[at] === flagsTag[0] && bytes[at + 1] === flagsTag[1])
            this.flags = view.getUint32(at + 2, true);
          at = to;
        }
      }
    }
  }

  #readEvent(bytes: Uint8Array, view: DataView, from: number, end: number): void {
    for (let at = from; at < end; ) {
      const to = skipField(bytes, at, end);
      if (bytes[at] === eventTags.name) {
        if (isException(bytes, startOfValue(bytes, at + 1), to)) this.hasException = true;
      } else if (bytes[at] === eventTags.attributes) {
        const attribute = this.#reader.read(bytes, view, startOfValue(bytes, at + 1), to);
        if (attribute !== undefined) this.eventAttributes.push(attribute);
      }
      at = to;
    }
  }

  #readStatus(bytes: Uint8Array, from: number, end: number): void {
    for (let at = from; at < end; ) {
      const to = skipField(bytes, at, end);
      if (bytes[at] === statusMessageTag)
        this.statusMessage = utf8.decode(bytes.subarray(startOfValue(bytes, at + 1), to));
      at = to;
    }
  }
}

const exceptionName = Buffer.from('exception');

function isException(bytes: Uint8Array, from: number, to: number): boolean {
  return exceptionName.equals(bytes.subarray(from, to));
}

const views = new WeakMap<Uint8Array, DataView>();

function viewOf(slab: Uint8Array): DataView {
  let view = views.get(slab);
  if (view === undefined) {
    view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength);
    views.set(slab, view);
  }
  return view;
}
