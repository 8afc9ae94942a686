import { Nanos } from '../nanos.ts';

/** What a `Span` message has once, of a span that is being read. */
export class SpanHeader {
  /** Ids as words in columns are (`model/ids.ts`): trace 0–3, span 4–5, parent 6–7. Zeros are none. */
  readonly id = new Int32Array(8);
  /** Offsets into the body. */
  nameFrom = 0;
  nameTo = 0;
  kind = 1;
  flags = 0;
  readonly start = new Nanos();
  readonly end = new Nanos();
  /** Why the span cannot be taken. */
  problem: string | undefined;

  clear(): void {
    this.id.fill(0);
    this.nameFrom = 0;
    this.nameTo = 0;
    this.kind = 1;
    this.flags = 0;
    this.start.clear();
    this.end.clear();
    this.problem = undefined;
  }

  /** The first problem is told; undefined is none. */
  refuse(problem: string | undefined): void {
    this.problem ??= problem;
  }
}
