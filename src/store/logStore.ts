import { readLogRecord } from '../decode/otlp/readSpan.ts';
import { createLogHeader, readLogHeader, type ScannedLog, scanLogs } from '../decode/otlp/scanLogs.ts';
import { idWords } from '../model/ids.ts';
import type { LogRecord } from '../model/span.ts';
import { LogChunk } from './logChunk.ts';
import type { ResourceTable } from './resourceTable.ts';
import type { ScopeTable } from './scopeTable.ts';

/** A log record as a mark on a span's bar. */
export interface LogMark {
  readonly spanIdLow: number;
  readonly spanIdHigh: number;
  /** When it happened, else when it was observed: nanoseconds since 1970 as words. */
  readonly timeLow: number;
  readonly timeHigh: number;
  /** 0–24, see the log data model; 17 and above are errors. */
  readonly severity: number;
}

/** Chunks are given up one at a time: the share of the limit that one takes, and its largest size. */
const chunkShare = 8;
const largestChunk = 1 << 20;

/**
 * Log records within a limit of bytes; the oldest go first. They are found by walking the ids: at the largest limits
 * there are few hundred thousand, and a walk takes well under a millisecond.
 */
export class LogStore {
  readonly #resources: ResourceTable;
  readonly #scopes: ScopeTable;
  readonly #limitBytes: number;
  readonly #chunkBytes: number;
  readonly #header = createLogHeader();
  #appended = 0;
  #chunks: LogChunk[] = [];

  constructor(tables: { resources: ResourceTable; scopes: ScopeTable }, limitBytes: number) {
    this.#resources = tables.resources;
    this.#scopes = tables.scopes;
    this.#limitBytes = limitBytes;
    this.#chunkBytes = Math.min(largestChunk, Math.floor(limitBytes / chunkShare));
  }

  get count(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  }

  get heldBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.heldBytes, 0);
  }

  /** Records that were ever added. */
  get appended(): number {
    return this.#appended;
  }

  /** Of those, the first that may still be held: all before it are gone. */
  get oldest(): number {
    return this.#chunks[0]?.firstRecord ?? this.#appended;
  }

  /** Oldest first. */
  get chunks(): readonly LogChunk[] {
    return this.#chunks;
  }

  /** Adds an `ExportLogsServiceRequest`; the number of records. Throws a `DecodeError` and adds nothing if malformed. */
  append(body: Uint8Array): number {
    const logs = scanLogs(body);
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    for (const log of logs) this.#add(body, view, log);
    return logs.length;
  }

  /** Records of one span in the order of time. Ids in lower-case hex. */
  forSpan(traceId: string, spanId: string): LogRecord[] {
    const [low, high] = idWords(spanId);
    const found: { record: LogRecord; timeLow: number; timeHigh: number }[] = [];
    this.#visit(traceId, (chunk, row) => {
      if (chunk.spanId[2 * row] !== low || chunk.spanId[2 * row + 1] !== high) return;
      const { [2 * row]: timeLow, [2 * row + 1]: timeHigh } = chunk.time;
      found.push({ record: readLogRecord(chunk.bytes(row)), timeLow, timeHigh });
    });
    found.sort((a, b) => a.timeHigh - b.timeHigh || a.timeLow - b.timeLow);
    return found.map(({ record }) => record);
  }

  /** Marks of all records of a trace that name a span, in the order of arrival. */
  marks(traceId: string): LogMark[] {
    const marks: LogMark[] = [];
    this.#visit(traceId, ({ spanId, time, severity }, row) => {
      const { [2 * row]: spanIdLow, [2 * row + 1]: spanIdHigh } = spanId;
      const { [2 * row]: timeLow, [2 * row + 1]: timeHigh } = time;
      marks.push({ spanIdLow, spanIdHigh, timeLow, timeHigh, severity: severity[row] });
    });
    return marks;
  }

  /** Marks the resources and scopes that records refer to. */
  markUsed(resources: Uint8Array, scopes: Uint8Array): void {
    for (const chunk of this.#chunks)
      for (let row = 0; row < chunk.count; row++) {
        resources[chunk.resource[row]] = 1;
        scopes[chunk.scope[row]] = 1;
      }
  }

  clear(): void {
    this.#chunks = [];
  }

  #add(body: Uint8Array, view: DataView, log: ScannedLog): void {
    const size = log.to - log.from;
    if (size > this.#limitBytes / 2) return;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || !chunk.hasRoom(size)) {
      chunk = new LogChunk(this.#appended, Math.max(size, this.#chunkBytes));
      this.#chunks.push(chunk);
      while (this.#chunks.length > 1 && this.heldBytes > this.#limitBytes) this.#chunks.shift();
    }
    const { resource: r, scope: s } = log;
    this.#appended++;
    readLogHeader(body, view, log.from, log.to, this.#header);
    chunk.add(
      this.#header,
      body.subarray(log.from, log.to),
      this.#resources.intern(body, view, r.from, r.length, r.schemaUrlFrom, r.schemaUrlLength),
      this.#scopes.intern(body, view, s.from, s.length, s.schemaUrlFrom, s.schemaUrlLength),
    );
  }

  #visit(traceId: string, found: (chunk: LogChunk, row: number) => void): void {
    const [a, b, c, d] = idWords(traceId);
    for (const chunk of this.#chunks) {
      const ids = chunk.traceId;
      for (let row = 0, at = 0; row < chunk.count; row++, at += 4)
        if (ids[at] === a && ids[at + 1] === b && ids[at + 2] === c && ids[at + 3] === d) found(chunk, row);
    }
  }
}
