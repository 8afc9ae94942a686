import { wireType } from '../protobuf/wire.ts';
import { AttributeWriter } from './attributeWriter.ts';
import type { SpanHeader } from './spanHeader.ts';

/** Tags of a `Span`'s fields (opentelemetry-proto `trace/v1/trace.proto`). */
const tags = {
  traceId: 0x0a,
  spanId: 0x12,
  parentSpanId: 0x22,
  name: 0x2a,
  kind: 0x30,
  start: 0x39,
  end: 0x41,
};

const flagsField = 16;

/** Tag and length of `ScopeSpans.spans`. The length of most spans takes two bytes. */
const spanTag = 0x12;
const usualPrefix = 3;
/** All that `header` writes beside the name. */
const headerBytes = 72;

/**
 * Writes `Span` messages one after the other, as elements of `ScopeSpans.spans`: first their attributes, then the header
 * fields, then the rest.
 */
export class SpanWriter extends AttributeWriter {
  #from = 0;

  /** What is read takes about as much again: to get there by doubling would leave as much behind. */
  override readFrom(source: Uint8Array, view: DataView): void {
    super.readFrom(source, view);
    this.reserve(source.length);
  }

  beginSpan(): void {
    this.reserve(usualPrefix);
    this.#from = this.at;
    this.at += usualPrefix;
  }

  dropSpan(): void {
    this.at = this.#from;
  }

  /** Writes what is not written yet; gives where the span begins. */
  endSpan(header: SpanHeader, rest: AttributeWriter): number {
    this.#header(header);
    this.append(rest);
    const from = this.#from;
    const length = this.at - from - usualPrefix;
    if (length < 128 || length >= 1 << 14) this.#movePrefixed(from, length);
    else {
      this.buffer[from] = spanTag;
      this.buffer[from + 1] = (length & 127) | 128;
      this.buffer[from + 2] = length >>> 7;
    }
    return from;
  }

  #header({ id, nameFrom, nameTo, kind, flags, start, end }: SpanHeader): void {
    this.reserve(headerBytes + nameTo - nameFrom);
    const { buffer, view } = this;
    let { at } = this;
    buffer[at] = tags.traceId;
    buffer[at + 1] = 16;
    view.setInt32(at + 2, id[0], true);
    view.setInt32(at + 6, id[1], true);
    view.setInt32(at + 10, id[2], true);
    view.setInt32(at + 14, id[3], true);
    at = putHalf(view, at + 18, tags.spanId, id[4], id[5]);
    if ((id[6] | id[7]) !== 0) at = putHalf(view, at, tags.parentSpanId, id[6], id[7]);
    buffer[at++] = tags.name;
    this.at = at;
    this.place(nameFrom, nameTo);
    buffer[this.at] = tags.kind;
    buffer[this.at + 1] = kind;
    this.at += 2;
    if (start.value !== 0) this.fixedWords(tags.start, start.low, start.high);
    if (end.value !== 0) this.fixedWords(tags.end, end.low, end.high);
    if (flags !== 0) this.#flags(flags);
  }

  #flags(flags: number): void {
    this.tag(flagsField, wireType.fixed32);
    this.fixed32(flags);
  }

  /** Makes room for a length of another number of bytes, or takes it away. */
  #movePrefixed(from: number, length: number): void {
    const content = from + usualPrefix;
    const prefix = length < 128 ? 2 : length < 1 << 21 ? 4 : length < 1 << 28 ? 5 : 6;
    this.reserve(prefix);
    this.buffer.copyWithin(from + prefix, content, content + length);
    this.at = from;
    this.buffer[this.at++] = spanTag;
    this.length(length);
    this.at += length;
  }
}

function putHalf(view: DataView, at: number, tag: number, first: number, second: number): number {
  view.setUint16(at, tag | (8 << 8), true);
  view.setInt32(at + 2, first, true);
  view.setInt32(at + 6, second, true);
  return at + 10;
}
