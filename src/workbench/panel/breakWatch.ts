import type { LogOutputChannel } from 'vscode';
import { type Disposable, DisposableStore, Emitter } from '../../base/events.ts';
import { Throttle } from '../../base/throttle.ts';
import type { TraceBreak } from '../../protocol/traceView.ts';
import type { TraceSource } from './traceSource.ts';

/** The other pieces of a trace, looked for again while the store changes: each look goes over all ids once. */
export class BreakWatch implements Disposable {
  readonly #link: Pick<TraceSource, 'request'>;
  readonly #log: Pick<LogOutputChannel, 'debug'>;
  readonly #owned = new DisposableStore();
  readonly #changed = new Emitter<readonly TraceBreak[]>();
  readonly #throttle: Throttle;
  #traceId = '';
  #known = '[]';

  /** Pieces came or went since they were last read. */
  readonly onDidChange = this.#changed.event;

  /** @param intervalMs the shortest time between two looks */
  constructor(
    link: Pick<TraceSource, 'request' | 'onDidConnect' | 'onDidChangeStore'>,
    log: Pick<LogOutputChannel, 'debug'>,
    intervalMs: number,
  ) {
    this.#link = link;
    this.#log = log;
    this.#throttle = this.#owned.add(new Throttle(intervalMs, () => void this.#look()));
    this.#owned.add(this.#changed);
    this.#owned.add(link.onDidConnect(() => this.refresh()));
    if (link.onDidChangeStore) this.#owned.add(link.onDidChangeStore(() => this.refresh()));
  }

  /** Of this trace, which is watched from now on; `''` is none. */
  async read(traceId: string): Promise<TraceBreak[]> {
    this.#traceId = traceId;
    this.#known = '[]';
    const breaks = await this.#ask();
    this.#known = JSON.stringify(breaks);
    return breaks;
  }

  /** Something may have changed. */
  refresh(): void {
    if (this.#traceId !== '') this.#throttle.trigger();
  }

  /** Nobody looks: until it is read again, nothing is asked. */
  pause(): void {
    this.#traceId = '';
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #look(): Promise<void> {
    const traceId = this.#traceId;
    if (traceId === '') return;
    const breaks = await this.#ask();
    const text = JSON.stringify(breaks);
    if (traceId !== this.#traceId || text === this.#known) return;
    this.#known = text;
    this.#changed.fire(breaks);
  }

  /** What is only advice must not keep the trace from being shown: an engine that does not answer knows of none. */
  async #ask(): Promise<TraceBreak[]> {
    if (this.#traceId === '') return [];
    try {
      return (await this.#link.request('trace/breaks', { traceId: this.#traceId })).breaks;
    } catch (error) {
      this.#log.debug(`pieces of the trace: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  }
}
