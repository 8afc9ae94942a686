import { Turns } from '../../query/turns.ts';

/** After somebody asked, it goes on for so long: whoever asks once asks again. */
const watchMs = 60_000;
const everyMs = 100;

/** Does part of the work for an answer before it is asked for again, little by little while data arrives. */
export class WorkAhead {
  readonly #work: () => Generator<void, void>;
  #until = 0;
  #timer: NodeJS.Timeout | undefined;
  #isWorking = false;

  /** @param work does what there is to do since it ran last */
  constructor(work: () => Generator<void, void>) {
    this.#work = work;
  }

  /** To be called with every question. */
  asked(): void {
    this.#until = performance.now() + watchMs;
    this.#timer ??= setInterval(() => void this.#step(), everyMs).unref();
  }

  async #step(): Promise<void> {
    if (performance.now() > this.#until) return this.#stop();
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      await new Turns().run(this.#work());
    } catch {
      // Whoever asks next does the same work, and is told what is wrong with it.
      this.#stop();
    } finally {
      this.#isWorking = false;
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
