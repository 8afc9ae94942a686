import type { AnyValue, KeyValue } from '../../model/anyValue.ts';
import type { LogRecord, Resource, Scope, Span } from '../../model/span.ts';

/** Messages in protobuf → OTLP/JSON shapes. They never throw: what is malformed inside is left out and marked by an attribute. */
export declare function readSpan(bytes: Uint8Array): Span;
export declare function readResource(bytes: Uint8Array): Resource;
export declare function readScope(bytes: Uint8Array): Scope;
export declare function readLogRecord(bytes: Uint8Array): LogRecord;

/** A set of attribute keys to look for, prepared once. */
export declare class KeySet {
  constructor(keys: readonly string[]);
}

/** Attributes of a `Span` message, all or only the wanted ones, without decoding the rest. */
export declare function readSpanAttributes(span: Uint8Array, wanted?: KeySet): KeyValue[];
/** The value of one attribute of a `Span` message. */
export declare function readSpanAttribute(span: Uint8Array, wanted: KeySet): AnyValue | undefined;

export interface EventMark {
  /** Nanoseconds since 1970 as words. */
  readonly timeLow: number;
  readonly timeHigh: number;
  /** The event's name is `exception`. */
  readonly isException: boolean;
}

/** Times of a span's events, in their order. */
export declare function readEventMarks(span: Uint8Array): readonly EventMark[];

/** Ids a span links to, lower-case hex. */
export declare function readLinkTargets(span: Uint8Array): readonly { traceId: string; spanId: string }[];
