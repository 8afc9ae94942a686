import type { Disposable } from './events.ts';

/**
 * Runs `action` soon after `trigger` and then at most once per `intervalMs`; triggers in between are merged into
 * one trailing run, so that the last state is always reported.
 */
export class Throttle implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #pending = false;
  readonly #intervalMs: number;
  readonly #action: () => void;

  constructor(intervalMs: number, action: () => void) {
    this.#intervalMs = intervalMs;
    this.#action = action;
  }

  trigger(): void {
    if (this.#timer !== undefined) {
      this.#pending = true;
      return;
    }
    this.#run();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending = false;
  }

  #run(): void {
    this.#pending = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#pending) this.#run();
    }, this.#intervalMs);
    this.#timer.unref?.();
    this.#action();
  }
}
