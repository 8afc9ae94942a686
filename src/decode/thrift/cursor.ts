/** Types of Apache Thrift, in the numbers of the binary encoding. */
export const thriftType = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

/** In place of the id of a field: there is none any more. Ids have 16 bits. */
export const noField = 1 << 16;

/** Levels of structs, lists and maps that may be left out; what is understood here has five. */
export const maxThriftDepth = 32;

/**
 * Reads Thrift in either encoding value by value, in place: `bytes` from `at` on. Every method throws a `DecodeError` where
 * the bytes end too early. What has another type than the one asked for is left out, and taken for nothing.
 */
export interface ThriftCursor {
  readonly bytes: Buffer;
  at: number;
  /** Type of the field that `field` found. */
  type: number;
  /** Where the bytes are that `text` read. */
  from: number;
  to: number;
  /** Words of the number that `integer` read, in two's complement, with signs. */
  low: number;
  high: number;

  /** The head of a message; gives what is called. */
  message(): string;
  /** The id of the next field of a struct, `noField` at its end. `before`: that of the one before, 0 at first. */
  field(before: number): number;
  text(): void;
  integer(): void;
  /** 0 for what is none. */
  double(): number;
  bool(): boolean;
  /** How many structs follow: those of a list, or one after the other. */
  structs(): number;
  /** Whether a struct follows. */
  struct(): boolean;
  skip(): void;
}
