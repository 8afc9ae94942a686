import { type ForwardBounds, Forwarder } from '../backends/forward/forwarder.ts';
import { type ForwardOptions, planForward } from '../backends/forward/options.ts';
import type { ForwardStatus } from '../protocol/forward.ts';
import type { Signal } from '../receive/signal.ts';
import type { Log } from './log.ts';

/** Whether, where to and how what is received is sent on: started and stopped while the engine runs. */
export class Forwarding {
  readonly #log: Log;
  readonly #bounds: Partial<ForwardBounds>;
  #forwarder: Forwarder | undefined;

  constructor(log: Log, bounds: Partial<ForwardBounds> = {}) {
    this.#log = log;
    this.#bounds = bounds;
  }

  get status(): ForwardStatus {
    return this.#forwarder?.progress ?? { state: 'off' };
  }

  /**
   * Forwards from now on, to there alone. Throws a `ForwardOptionsError`, and goes on as before.
   * @param ownPorts on which this engine receives
   */
  start(options: ForwardOptions, ownPorts: readonly number[]): void {
    const plan = planForward(options, ownPorts);
    void this.stop();
    this.#forwarder = new Forwarder(plan, this.#bounds);
    this.#log.write(
      `forwarding to ${plan.url.href}, ${plan.protocol}${plan.redact ? '' : ', nothing masked'}`,
    );
  }

  /** What waits is sent, if that can be done in a moment. */
  async stop(): Promise<void> {
    const forwarder = this.#forwarder;
    if (forwarder === undefined) return;
    this.#forwarder = undefined;
    await forwarder.close();
    const { url, sentItems, rejectedItems, droppedItems } = forwarder.progress;
    this.#log.write(
      `no longer forwarding to ${url}: ${sentItems} sent, ${rejectedItems} rejected, ${droppedItems} dropped`,
    );
  }

  /**
   * Takes a request that was received; never waits.
   * @param items its spans, log records or data points
   * @param hasInvalid some of its spans were refused
   */
  offer(signal: Signal, body: Uint8Array, items: number, hasInvalid: boolean): void {
    this.#forwarder?.offer(signal, body, items, hasInvalid);
  }
}
