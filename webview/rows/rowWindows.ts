import { Emitter, type Event } from '../../src/base/events.ts';
import { type RowColumns, readRowColumns } from '../../src/protocol/rowColumns.ts';
import type { RowWindow, ViewHead } from '../../src/protocol/traceView.ts';

/** A row that has been loaded: read its fields from `columns` at `index`, its name from `names`. */
export interface LoadedRow {
  readonly columns: RowColumns;
  readonly names: readonly string[];
  readonly index: number;
}

export type FetchRows = (first: number, count: number, signal: AbortSignal) => Promise<RowWindow>;

interface Chunk {
  readonly columns: RowColumns;
  readonly names: readonly string[];
}

/** Rows in a chunk. Windows are asked for in whole chunks, so that a small scroll finds its rows here. */
export const chunkRows = 256;
/** Chunks kept: 16,384 rows, some 2 MB. */
const keptChunks = 64;

/** The rows of one generation that have been looked at, fetched when wanted and forgotten when long unused. */
export class RowWindows {
  /** Which opening of the view they are of: generations are counted anew in each. */
  readonly opening: number;
  readonly generation: number;
  readonly rowCount: number;
  readonly #fetch: FetchRows;
  /** In the order of their last use. */
  readonly #chunks = new Map<number, Chunk>();
  readonly #pending = new Map<number, AbortController>();
  readonly #loaded = new Emitter<void>();
  readonly #stale = new Emitter<void>();
  readonly #failed = new Emitter<unknown>();

  /** More rows are here. */
  readonly onDidLoad: Event<void> = this.#loaded.event;
  /** The engine has moved on to another generation: these rows are history. */
  readonly onDidBecomeStale: Event<void> = this.#stale.event;
  readonly onDidFail: Event<unknown> = this.#failed.event;

  constructor(opening: number, head: Pick<ViewHead, 'generation' | 'rowCount'>, fetch: FetchRows) {
    this.opening = opening;
    this.generation = head.generation;
    this.rowCount = head.rowCount;
    this.#fetch = fetch;
  }

  /** The row if it is here; nothing is fetched. */
  at(row: number): LoadedRow | undefined {
    const chunk = this.#chunks.get(Math.floor(row / chunkRows));
    const index = row % chunkRows;
    return chunk && index < chunk.columns.depth.length
      ? { columns: chunk.columns, names: chunk.names, index }
      : undefined;
  }

  /**
   * Fetches what is missing of `first … last` and of a margin around it. What was wanted before and is no longer, is
   * cancelled.
   */
  want(first: number, last: number): void {
    const margin = last - first + 1;
    const wanted = this.#chunksOf(first - margin, last + margin);
    for (const [chunk, controller] of this.#pending)
      if (!wanted.includes(chunk)) {
        controller.abort();
        this.#pending.delete(chunk);
      }
    const visible = this.#chunksOf(first, last);
    for (const chunk of visible) this.#touch(chunk);
    // What is on the screen is asked for first.
    for (const chunk of [...visible, ...wanted])
      if (!this.#chunks.has(chunk) && !this.#pending.has(chunk)) void this.#load(chunk);
  }

  /** Resolves when `first … last` are here; false if the engine has moved on. Rejects with what the fetch rejects with. */
  async load(first: number, last: number, signal = new AbortController().signal): Promise<boolean> {
    const missing = this.#chunksOf(first, last).filter(chunk => !this.#chunks.has(chunk));
    const fresh = await Promise.all(
      missing.map(async chunk => this.#keep(chunk, await this.#request(chunk, signal))),
    );
    return fresh.every(Boolean);
  }

  dispose(): void {
    for (const controller of this.#pending.values()) controller.abort();
    this.#pending.clear();
    this.#loaded.dispose();
    this.#stale.dispose();
    this.#failed.dispose();
  }

  async #load(chunk: number): Promise<void> {
    const controller = new AbortController();
    this.#pending.set(chunk, controller);
    try {
      const window = await this.#request(chunk, controller.signal);
      if (controller.signal.aborted) return;
      if (this.#keep(chunk, window)) this.#loaded.fire();
      else this.#stale.fire();
    } catch (error) {
      if (!controller.signal.aborted) this.#failed.fire(error);
    } finally {
      if (this.#pending.get(chunk) === controller) this.#pending.delete(chunk);
    }
  }

  #request(chunk: number, signal: AbortSignal): Promise<RowWindow> {
    const first = chunk * chunkRows;
    return this.#fetch(first, Math.min(chunkRows, this.rowCount - first), signal);
  }

  /** False if the window is of another generation. */
  #keep(chunk: number, window: RowWindow): boolean {
    if (window.generation !== this.generation) return false;
    this.#chunks.set(chunk, { columns: readRowColumns(window.columns), names: window.names });
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= keptChunks) break;
      this.#chunks.delete(oldest);
    }
    return true;
  }

  #touch(chunk: number): void {
    const kept = this.#chunks.get(chunk);
    if (!kept) return;
    this.#chunks.delete(chunk);
    this.#chunks.set(chunk, kept);
  }

  #chunksOf(first: number, last: number): number[] {
    const chunks: number[] = [];
    const end = Math.min(last, this.rowCount - 1);
    for (let chunk = Math.floor(Math.max(first, 0) / chunkRows); chunk * chunkRows <= end; chunk++)
      chunks.push(chunk);
    return chunks;
  }
}
