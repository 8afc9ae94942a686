import { Nanos } from '../nanos.ts';

/** What a `Span` message has once, of a span that is being read. */
export class SpanHeader {
  /** Ids as words in columns are (`model/ids.ts`): trace 0–3, span 4–5, parent 6–7. Zeros are none. */
  readonly id = new Uint32Array(8);
  /** Offsets into the body. */
  nameFrom = 0;
  nameTo = 0;
  kind = 1;
  readonly start = new Nanos();
  readonly end = new Nanos();
  /** Why the span cannot be taken. */
  problem: string | undefined;

  clear(): void {
    this.id.fill(0);
    this.nameFrom = 0;
    this.nameTo = 0;
    this.kind = 1;
    this.start.clear();
    this.end.clear();
    this.problem = undefined;
  }

  /** The first problem is told; undefined is none. */
  refuse(problem: string | undefined): void {
    this.problem ??= problem;
  }
}

/**
 * Sets an id of this many words at `id[first]` to bytes; fewer than it has come after zeros. Gives the reason if it is
 * none.
 */
export function setIdBytes(
  id: Uint32Array,
  first: number,
  words: 2 | 4,
  bytes: Uint8Array,
  from: number,
  to: number,
): string | undefined {
  const missing = 4 * words - (to - from);
  if (missing < 0)
    return `${words === 4 ? 'trace' : 'span'} id has ${to - from} bytes instead of ${4 * words}`;
  for (let word = 0, at = from - missing; word < words; word++, at += 4)
    id[first + word] =
      byteAt(bytes, at, from) |
      (byteAt(bytes, at + 1, from) << 8) |
      (byteAt(bytes, at + 2, from) << 16) |
      (byteAt(bytes, at + 3, from) << 24);
  return undefined;
}

function byteAt(bytes: Uint8Array, at: number, from: number): number {
  return at < from ? 0 : bytes[at];
}

/** The bytes of a word in reverse. */
export function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
