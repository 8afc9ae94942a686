import { setTimeout as sleep } from 'node:timers/promises';
import { type Disposable, DisposableStore, Emitter } from '../../base/events.ts';
import { Throttle } from '../../base/throttle.ts';
import { EngineClient } from '../../engine/client.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { LocatableFinding } from '../../protocol/control.ts';
import type { SensitiveSettings } from '../../semconv/sensitive/options.ts';

/** Evidence is judged anew no more often than that: it takes the engine some work. */
const refreshMs = 3_000;
const retryMs = 5_000;

/** What the traces of an engine say of the code. */
export interface WhatTracesSay {
  readonly evidence: Evidence;
  readonly findings: readonly LocatableFinding[];
}

/** What the engine makes of its traces, kept fresh while there is an engine. */
export class EngineEvidence implements Disposable {
  readonly #client: EngineClient;
  readonly #changed = new Emitter<WhatTracesSay>();
  readonly #owned = new DisposableStore();
  readonly #refresh: Throttle;
  readonly #stop = new AbortController();
  #generation: number | undefined;
  #sensitive: SensitiveSettings | undefined;
  #later: NodeJS.Timeout | undefined;
  #asking = false;

  readonly onDidChange = this.#changed.event;

  constructor(controlAddress: string) {
    this.#client = this.#owned.add(new EngineClient({ control: controlAddress }));
    this.#refresh = this.#owned.add(new Throttle(refreshMs, () => void this.#ask()));
    this.#owned.add(this.#client.onDidConnect(() => this.#refresh.trigger()));
    this.#owned.add(this.#client.onNotification('store/changed', () => this.#refresh.trigger()));
  }

  /** What the project calls sensitive, and what not: from now on, traces are judged by that. */
  setSensitive(sensitive: SensitiveSettings | undefined): void {
    if (JSON.stringify(sensitive) === JSON.stringify(this.#sensitive)) return;
    this.#sensitive = sensitive;
    this.#generation = undefined;
    this.#refresh.trigger();
  }

  /** Connects, and tries again until there is an engine. */
  async start(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#client.connect();
        return;
      } catch {
        // No engine yet: nothing was seen.
        await sleep(retryMs, undefined, { ref: false, signal: this.#stop.signal }).catch(() => {});
      }
    }
  }

  dispose(): void {
    this.#stop.abort();
    clearTimeout(this.#later);
    this.#owned.dispose();
    this.#changed.dispose();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return this.#refresh.trigger();
    this.#asking = true;
    const sensitive = this.#sensitive;
    const judged = sensitive === undefined ? {} : { sensitive };
    const known = this.#generation === undefined ? {} : { known: this.#generation };
    try {
      const { generation, evidence, changesAt } = await this.#client.request('evidence/get', {
        ...known,
        ...judged,
      });
      this.#askAt(changesAt);
      if (evidence === undefined) return;
      const { findings } = await this.#client.request('findings/list', judged);
      if (sensitive === this.#sensitive) this.#generation = generation;
      this.#changed.fire({ evidence, findings });
    } catch {
      // The engine went away while answering: its return is a reason to ask again.
      this.#generation = undefined;
    } finally {
      this.#asking = false;
    }
  }

  #askAt(changesAt: number | undefined): void {
    clearTimeout(this.#later);
    if (changesAt === undefined) return;
    this.#later = setTimeout(() => this.#refresh.trigger(), Math.max(0, changesAt - Date.now()) + 100);
    this.#later.unref();
  }
}
