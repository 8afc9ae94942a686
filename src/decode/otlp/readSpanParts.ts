import type { AnyValue, KeyValue } from '../../model/anyValue.ts';
import { idHex } from '../../model/ids.ts';
import { DecodeError } from '../protobuf/decodeError.ts';
import { endOfValue, skipField, startOfValue } from '../protobuf/wire.ts';
import { readId } from './ids.ts';
import { hasAttributeKey, readAttributeValue, readKeyValue } from './readKeyValue.ts';

/** Tags (field number and wire type) of what is looked for here. */
const spanAttributes = 0x4a;
const spanEvents = 0x5a;
const spanLinks = 0x6a;
const spanStatus = 0x7a;
const keyValueKey = 0x0a;
const statusMessage = 0x12;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Attribute keys to look for, prepared once. */
export class KeySet {
  readonly #keys: readonly Uint8Array[];

  constructor(keys: readonly string[]) {
    this.#keys = keys.map(key => Buffer.from(key));
  }

  has(bytes: Uint8Array, from: number, to: number): boolean {
    next: for (const key of this.#keys) {
      if (key.length !== to - from) continue;
      // From the end: keys of one family begin alike.
      for (let i = key.length - 1; i >= 0; i--) if (key[i] !== bytes[from + i]) continue next;
      return true;
    }
    return false;
  }
}

/** Attributes of a `Span` message, all or only the wanted ones, without decoding the rest. Malformed ones are left out. */
export function readSpanAttributes(span: Uint8Array, wanted?: KeySet): KeyValue[] {
  const found: KeyValue[] = [];
  visit(span, spanAttributes, (from, to) => {
    if (wanted !== undefined && !hasWantedKey(span, from, to, wanted)) return;
    const attribute = readKeyValue(span.subarray(from, to));
    if (attribute !== undefined) found.push(attribute);
  });
  return found;
}

/** Calls back for the place of every attribute, a `KeyValue` message; ends in silence where the span turns out malformed. */
export function visitSpanAttributes(span: Uint8Array, found: (from: number, to: number) => void): void {
  visit(span, spanAttributes, found);
}

/** The value of the last attribute of a `Span` message with this key that can be read. */
export function readLastAttribute(span: Uint8Array, key: Uint8Array): AnyValue | undefined {
  let last: AnyValue | undefined;
  try {
    for (let at = 0; at < span.length; ) {
      if (span[at] !== spanAttributes) {
        at = skipField(span, at, span.length);
        continue;
      }
      const to = endOfValue(span, at + 1, span.length);
      const from = startOfValue(span, at + 1);
      if (hasAttributeKey(span, from, to, key)) last = readAttributeValue(span.subarray(from, to)) ?? last;
      at = to;
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return last;
}

/** The value of a wanted attribute of a `Span` message; of repeated ones the last. */
export function readSpanAttribute(span: Uint8Array, wanted: KeySet): AnyValue | undefined {
  return readSpanAttributes(span, wanted).at(-1)?.value;
}

/** The message of a `Span` message's status; '' if it has none. */
export function readStatusMessage(span: Uint8Array): string {
  let message = '';
  visit(span, spanStatus, (from, to) => {
    for (let at = from; at < to; ) {
      const after = skipField(span, at, to);
      if (span[at] === statusMessage) message = utf8.decode(span.subarray(startOfValue(span, at + 1), after));
      at = after;
    }
  });
  return message;
}

export interface EventMark {
  /** Nanoseconds since 1970 as words. */
  readonly timeLow: number;
  readonly timeHigh: number;
  /** The event's name is `exception`. */
  readonly isException: boolean;
}

const exceptionName = new KeySet(['exception']);

/** Times of a span's events, in their order. */
export function readEventMarks(span: Uint8Array): readonly EventMark[] {
  const marks: EventMark[] = [];
  const view = new DataView(span.buffer, span.byteOffset, span.byteLength);
  visit(span, spanEvents, (from, to) => {
    let timeLow = 0;
    let timeHigh = 0;
    let isException = false;
    for (let at = from; at < to; ) {
      const after = skipField(span, at, to);
      if (span[at] === 0x09) {
        timeLow = view.getUint32(at + 1, true);
        timeHigh = view.getUint32(at + 5, true);
      } else if (span[at] === 0x12) {
        isException = exceptionName.has(span, startOfValue(span, at + 1), after);
      }
      at = after;
    }
    marks.push({ timeLow, timeHigh, isException });
  });
  return marks;
}

export interface LinkTarget {
  readonly traceId: string;
  readonly spanId: string;
}

const noLinks: readonly LinkTarget[] = [];

/** Ids a span links to, lower-case hex. Links without valid ids are left out. */
export function readLinkTargets(span: Uint8Array): readonly LinkTarget[] {
  let targets: LinkTarget[] | undefined;
  visit(span, spanLinks, (from, to) => {
    const traceId = new Uint32Array(4);
    const spanId = new Uint32Array(2);
    let reason: string | undefined = 'ids missing';
    for (let at = from; at < to; ) {
      const after = skipField(span, at, to);
      if (span[at] === 0x0a) reason = readId(span, startOfValue(span, at + 1), after, traceId, 0, 4);
      else if (span[at] === 0x12) reason ??= readId(span, startOfValue(span, at + 1), after, spanId, 0, 2);
      at = after;
    }
    if (reason === undefined && (spanId[0] | spanId[1]) !== 0)
      (targets ??= []).push({ traceId: idHex(traceId, 0, 4), spanId: idHex(spanId, 0, 2) });
  });
  return targets ?? noLinks;
}

/** Calls back for every value of a field of a message; stops in silence where the message turns out malformed. */
function visit(message: Uint8Array, tag: number, found: (from: number, to: number) => void): void {
  try {
    for (let at = 0; at < message.length; ) {
      if (message[at] !== tag) {
        at = skipField(message, at, message.length);
        continue;
      }
      const to = endOfValue(message, at + 1, message.length);
      const from = startOfValue(message, at + 1);
      at = to;
      found(from, to);
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

function hasWantedKey(bytes: Uint8Array, start: number, end: number, wanted: KeySet): boolean {
  for (let at = start; at < end; ) {
    const after = skipField(bytes, at, end);
    if (bytes[at] === keyValueKey) return wanted.has(bytes, startOfValue(bytes, at + 1), after);
    at = after;
  }
  return false;
}
