import type { ReceiverName, Rejection } from '../protocol/control.ts';

const kept = 50;

/** The newest refusals, for "Why are there no traces?". The same one again is counted and moves to the front. */
export class Rejections {
  #newestFirst: Rejection[] = [];

  add(
    receiver: ReceiverName,
    { answer, reason, count }: Pick<Rejection, 'answer' | 'reason' | 'count'>,
  ): void {
    const same = this.#newestFirst.find(
      each => each.receiver === receiver && each.answer === answer && each.reason === reason,
    );
    const others = this.#newestFirst.filter(each => each !== same);
    const timeUnixNano = `${BigInt(Date.now()) * 1_000_000n}`;
    const rejection = { timeUnixNano, receiver, answer, reason, count: count + (same?.count ?? 0) };
    this.#newestFirst = [rejection, ...others].slice(0, kept);
  }

  /** Newest first. */
  list(): Rejection[] {
    return this.#newestFirst;
  }
}
