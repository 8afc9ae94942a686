/** Nanoseconds. */
const millisecond = 1_000_000;

/**
 * By how much each span may have begun later than its start says: 1,000,000 nanoseconds or 0. The SDK for JavaScript, for
 * one, takes starts from a clock of whole milliseconds, and durations from a finer one. Spans of one source share a
 * clock: it is such a one if all their starts are whole milliseconds.
 *
 * @param start offsets from `origin`, nanoseconds
 * @param origin nanoseconds since 1970
 * @param source of each span, a small number
 */
export function startGrains(start: Float64Array, origin: bigint, source: ArrayLike<number>): Float64Array {
  const beforeOrigin = Number(origin % BigInt(millisecond));
  const isFine: boolean[] = [];
  for (let i = 0; i < start.length; i++)
    if ((beforeOrigin + start[i]) % millisecond !== 0) isFine[source[i]] = true;
  return start.map((_, i) => (isFine[source[i]] ? 0 : millisecond));
}
