import type { Disposable } from '../base/events.ts';

/** Calls `stop` when there has been no client for a while, from the start on. */
export class IdleTimer implements Disposable {
  readonly #idleMs: number;
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(idleSeconds: number, stop: () => void) {
    this.#idleMs = idleSeconds * 1000;
    this.#stop = stop;
    this.clientsChanged(0);
  }

  clientsChanged(clients: number): void {
    clearTimeout(this.#timer);
    this.#timer = clients === 0 ? setTimeout(this.#stop, this.#idleMs) : undefined;
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
