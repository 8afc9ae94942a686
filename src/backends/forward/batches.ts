import { endOfVarint, skipValue } from '../../decode/protobuf/wire.ts';

/** A request that waits, with the number of its spans, log records or data points. */
export interface Waiting {
  readonly body: Uint8Array;
  readonly items: number;
  /** Some of its spans were refused here. */
  readonly hasInvalid: boolean;
}

/** A request is about as large as collectors make them. */
export const batchBytes = 1024 * 1024;

/** Takes the oldest requests that make up one batch. */
export function takeBatch(queue: Waiting[]): Waiting[] {
  let count = 0;
  for (let bytes = 0; count < queue.length; count++) {
    bytes += queue[count].body.length;
    if (count > 0 && bytes > batchBytes) break;
  }
  return queue.splice(0, count);
}

/** Messages of one type, one after the other, are one message with the lists of all. */
export function joined(bodies: readonly Uint8Array[]): Uint8Array {
  return bodies.length === 1 ? bodies[0] : Buffer.concat(bodies);
}

/** A batch that is too large as two; undefined if it cannot be less. */
export function halves(batch: readonly Waiting[]): [Waiting[], Waiting[]] | undefined {
  if (batch.length > 1) {
    const middle = batch.length >> 1;
    return [batch.slice(0, middle), batch.slice(middle)];
  }
  const [{ body, items, hasInvalid }] = batch;
  const ends: number[] = [];
  // The top level of what was decoded here once: nothing in it can be cut off.
  for (let at = 0; at < body.length; ) {
    const afterTag = endOfVarint(body, at, body.length);
    at = skipValue(body, afterTag, body.length, body[at] & 7);
    ends.push(at);
  }
  if (ends.length < 2) return undefined;
  const middle = ends[(ends.length >> 1) - 1];
  const firstItems = Math.round((items * middle) / body.length);
  return [
    [{ body: body.subarray(0, middle), items: firstItems, hasInvalid }],
    [{ body: body.subarray(middle), items: items - firstItems, hasInvalid }],
  ];
}
