import type { ReceiverName, Rejection } from '../protocol/control.ts';

const kept = 50;

/** The newest refusals, for "Why are there no traces?". The same one again is counted and moves to the front. */
export class Rejections {
  #newestFirst: Rejection[] = [];

  /** How often this very refusal was told, this time included. */
  add(receiver: ReceiverName, refusal: Pick<Rejection, 'answer' | 'reason' | 'count'>): number {
    const { answer, reason } = refusal;
    const same = this.#newestFirst.find(
      each => each.receiver === receiver && each.answer === answer && each.reason === reason,
    );
    const others = this.#newestFirst.filter(each => each !== same);
    const timeUnixNano = `${BigInt(Date.now()) * 1_000_000n}`;
    const count = refusal.count + (same?.count ?? 0);
    this.#newestFirst = [{ timeUnixNano, receiver, answer, reason, count }, ...others].slice(0, kept);
    return count;
  }

  /** Newest first. */
  list(): Rejection[] {
    return this.#newestFirst;
  }
}
