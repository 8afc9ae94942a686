/** Gives byte ranges dense ids: the same bytes, the same id. Strings are made once, when somebody asks. */
export declare class ByteDictionary {
  /** Ids given are below this; some may be free. */
  readonly size: number;
  readonly heldBytes: number;
  intern(bytes: Uint8Array, view: DataView, offset: number, length: number): number;
  bytes(id: number): Uint8Array;
  string(id: number): string;
}
