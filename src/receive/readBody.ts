import type { Readable } from 'node:stream';
import { BodyBuffer } from './bodyBuffer.ts';
import type { BodyMemory } from './bodyMemory.ts';

export type ReadBody =
  /** Complete. `memory` counts its bytes until the caller gives them back; `release` gives up the bytes themselves, if ever. */
  | { kind: 'body'; bytes: Uint8Array; release(): void }
  /** More has arrived than a body may have; the rest is still to come. */
  | { kind: 'tooLarge' }
  /** All bodies together are too large; the rest is still to come. */
  | { kind: 'noMemory' }
  /** The sender went away before the end. */
  | { kind: 'aborted' };

const nothing = new Uint8Array(0);

/**
 * Reads a request's body, counting it against the limits while it arrives. Never rejects.
 *
 * @param announcedBytes the length of the body as far as what has arrived (at first nothing) announces it, else 0
 */
export function readBody(
  stream: Readable,
  announcedBytes: (arrived: Uint8Array) => number,
  limitBytes: number,
  memory: BodyMemory,
): Promise<ReadBody> {
  if (announcedBytes(nothing) > limitBytes) return Promise.resolve({ kind: 'tooLarge' });
  return new Promise(resolve => {
    const body = new BodyBuffer(announcedBytes, memory.pool);
    let isDone = false;
    const onData = (chunk: Uint8Array) => {
      if (isDone) return;
      const isTooLarge = body.length === 0 && announcedBytes(chunk) > limitBytes;
      if (isTooLarge || body.length + chunk.length > limitBytes) return stop({ kind: 'tooLarge' });
      if (!memory.take(chunk.length)) return stop({ kind: 'noMemory' });
      body.append(chunk);
    };
    const onEnd = () => stop({ kind: 'body', bytes: body.contents(), release: () => body.release() });
    const onClose = () => stop({ kind: 'aborted' });
    const stop = (result: ReadBody) => {
      // Taking three listeners off again costs more than a stream that lives on for a moment with them.
      if (isDone) return;
      isDone = true;
      if (result.kind !== 'body') {
        memory.give(body.length);
        body.release();
      }
      resolve(result);
    };
    stream.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
