import type { LogHeader } from '../decode/otlp/scanLogs.ts';

/** Of a log record: below it, the columns would outgrow the bytes. */
const bytesPerRow = 128;
const columnBytes = 4 * 4 + 2 * 4 + 2 * 4 + 1 + 4 * 4;

/** Log records in the order of their arrival: ids, time and severity in columns, whole messages in a slab. */
export class LogChunk {
  readonly firstRecord: number;
  count = 0;
  /** Four and two little-endian words a row; zeros for a record outside of any span. */
  readonly traceId: Uint32Array;
  readonly spanId: Uint32Array;
  /** Two words a row, nanoseconds since 1970. */
  readonly time: Uint32Array;
  readonly severity: Uint8Array;
  /** Ids in the store's tables. */
  readonly resource: Uint32Array;
  readonly scope: Uint32Array;
  readonly #slab: Uint8Array;
  readonly #offset: Uint32Array;
  readonly #length: Uint32Array;
  #used = 0;

  /** @param firstRecord how many records were added to the store before its first. */
  constructor(firstRecord: number, slabBytes: number) {
    this.firstRecord = firstRecord;
    const rows = Math.max(8, Math.floor(slabBytes / bytesPerRow));
    this.#slab = new Uint8Array(slabBytes);
    this.traceId = new Uint32Array(rows * 4);
    this.spanId = new Uint32Array(rows * 2);
    this.time = new Uint32Array(rows * 2);
    this.severity = new Uint8Array(rows);
    this.resource = new Uint32Array(rows);
    this.scope = new Uint32Array(rows);
    this.#offset = new Uint32Array(rows);
    this.#length = new Uint32Array(rows);
  }

  get heldBytes(): number {
    return this.#slab.length + this.severity.length * columnBytes;
  }

  hasRoom(messageBytes: number): boolean {
    return this.count < this.severity.length && this.#used + messageBytes <= this.#slab.length;
  }

  add(header: LogHeader, message: Uint8Array, resource: number, scope: number): void {
    const row = this.count++;
    this.traceId.set(header.traceId, 4 * row);
    this.spanId.set(header.spanId, 2 * row);
    this.time[2 * row] = header.timeLow;
    this.time[2 * row + 1] = header.timeHigh;
    this.severity[row] = header.severity;
    this.resource[row] = resource;
    this.scope[row] = scope;
    this.#slab.set(message, this.#used);
    this.#offset[row] = this.#used;
    this.#length[row] = message.length;
    this.#used += message.length;
  }

  /** The `LogRecord` message as received. */
  bytes(row: number): Uint8Array {
    return this.#slab.subarray(this.#offset[row], this.#offset[row] + this.#length[row]);
  }
}
