import type { Readable } from 'node:stream';
import { BodyBuffer } from './bodyBuffer.ts';
import type { BodyMemory } from './bodyMemory.ts';
import type { BodyInFlight } from './bodyTurns.ts';

export type ReadBody =
  /** Complete. It holds, and is counted, until `release`; and it has its turn among large bodies until `end`. */
  | { kind: 'body'; bytes: Uint8Array; release(): void; end(): void }
  /** More has arrived than a body may have; the rest is still to come. */
  | { kind: 'tooLarge' }
  /** All bodies together are too large; the rest is still to come. */
  | { kind: 'noMemory' }
  /** The sender went away before the end. */
  | { kind: 'aborted' };

const nothing = new Uint8Array(0);

/** How a body comes. */
export interface BodyHead {
  /** Its length as far as what has arrived (at first nothing) announces it, else 0. */
  announcedBytes(arrived: Uint8Array): number;
  readonly isPacked: boolean;
}

/** A class: an object with a getter of its own is of a kind of its own to V8, which costs more than all the rest here. */
class InFlight implements BodyInFlight {
  announced = 0;
  readonly isPacked: boolean;
  readonly #stream: Readable;
  readonly #body: BodyBuffer;

  constructor(stream: Readable, body: BodyBuffer, isPacked: boolean) {
    this.#stream = stream;
    this.#body = body;
    this.isPacked = isPacked;
  }

  get length(): number {
    return this.#body.length;
  }

  resume(): void {
    this.#stream.resume();
  }
}

/** Reads a request's body, counting it against the limits while it arrives. Never rejects. */
export function readBody(
  stream: Readable,
  { announcedBytes, isPacked }: BodyHead,
  limitBytes: number,
  memory: BodyMemory,
): Promise<ReadBody> {
  if (announcedBytes(nothing) > limitBytes) return Promise.resolve({ kind: 'tooLarge' });
  return new Promise(resolve => {
    const body = new BodyBuffer(announcedBytes, memory.pool);
    const inFlight = new InFlight(stream, body, isPacked);
    let isDone = false;
    const onData = (chunk: Uint8Array) => {
      if (isDone) return;
      if (body.length === 0) inFlight.announced = announcedBytes(chunk);
      if (inFlight.announced > limitBytes || body.length + chunk.length > limitBytes)
        return stop({ kind: 'tooLarge' });
      if (!memory.take(chunk.length)) return stop({ kind: 'noMemory' });
      body.append(chunk);
      if (!memory.turns.goesOn(inFlight, chunk.length)) stream.pause();
    };
    const release = () => {
      memory.give(body.length);
      body.release();
    };
    const end = () => memory.turns.ended(inFlight);
    const onEnd = () => stop({ kind: 'body', bytes: body.contents(), release, end });
    const onClose = () => stop({ kind: 'aborted' });
    const stop = (result: ReadBody) => {
      // Taking three listeners off again costs more than a stream that lives on for a moment with them.
      if (isDone) return;
      isDone = true;
      if (result.kind !== 'body') {
        release();
        end();
      }
      resolve(result);
    };
    stream.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
