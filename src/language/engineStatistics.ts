import { setTimeout as sleep } from 'node:timers/promises';
import { type Disposable, DisposableStore, Emitter } from '../base/events.ts';
import { Throttle } from '../base/throttle.ts';
import { EngineClient } from '../engine/client.ts';
import type { Attribution, SpanShape } from '../protocol/control.ts';

const refreshMs = 1_000;
const retryMs = 5_000;

/** What the engine has counted per shape of spans, kept fresh while there is an engine. */
export class EngineStatistics implements Disposable {
  readonly #client: EngineClient;
  readonly #workspaceUri: string | undefined;
  readonly #shapes = new Emitter<readonly SpanShape[]>();
  readonly #owned = new DisposableStore();
  readonly #refresh: Throttle;
  readonly #stop = new AbortController();
  #asking = false;
  #askAgain = false;

  /** All shapes, at most once a second, after the store has changed. */
  readonly onShapes = this.#shapes.event;

  /** @param workspaceUri counts what carries this workspace; while there is none of it, or it is absent: everything */
  constructor(controlAddress: string, workspaceUri: string | undefined) {
    this.#client = this.#owned.add(new EngineClient({ control: controlAddress }));
    this.#workspaceUri = workspaceUri;
    this.#refresh = this.#owned.add(new Throttle(refreshMs, () => void this.#ask()));
    this.#owned.add(this.#client.onDidConnect(() => this.#refresh.trigger()));
    this.#owned.add(this.#client.onNotification('store/changed', () => this.#refresh.trigger()));
  }

  /** Connects, and tries again until there is an engine. */
  async start(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#client.connect();
        return;
      } catch {
        // No engine yet: nothing to count.
        await sleep(retryMs, undefined, { ref: false, signal: this.#stop.signal }).catch(() => {});
      }
    }
  }

  dispose(): void {
    this.#stop.abort();
    this.#owned.dispose();
    this.#shapes.dispose();
  }

  async #list(attribution: Attribution): Promise<SpanShape[]> {
    return (await this.#client.request('shapes/list', { attribution })).shapes;
  }

  async #ask(): Promise<void> {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    try {
      const own =
        this.#workspaceUri === undefined
          ? []
          : await this.#list({ kind: 'workspace', uri: this.#workspaceUri });
      this.#shapes.fire(own.length > 0 ? own : await this.#list({ kind: 'all' }));
    } catch {
      // The engine went away while answering: its return is a reason to ask again.
    } finally {
      this.#asking = false;
      if (this.#askAgain) {
        this.#askAgain = false;
        this.#refresh.trigger();
      }
    }
  }
}
