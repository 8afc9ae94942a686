import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { BodyBuffer } from './bodyBuffer.ts';
import type { BodyMemory } from './bodyMemory.ts';

/** How a body is packed on the wire; `zstd` where this Node has it (22.15 and later). */
export type Packing = 'identity' | 'gzip' | 'deflate' | 'zstd';

/** The body cannot be read as it is framed or packed. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** All bodies together are too large. */
export class NoMemoryError extends Error {
  override readonly name = 'NoMemoryError';
}

/** The body is larger than a body may be. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

interface UnpackOptions {
  maxOutputLength: number;
  chunkSize: number;
}

interface Unpack {
  sync(body: Uint8Array, options: UnpackOptions): Uint8Array;
  open(options: { chunkSize: number }): Transform;
}

export interface UnpackedBody {
  readonly bytes: Uint8Array;
  /** Gives its memory, which is counted until then, to the next one: nobody may look at it any more. */
  release(): void;
}

const gzip: Unpack = {
  sync: zlib.gunzipSync,
  open: zlib.createGunzip,
};
const deflate: Unpack = {
  sync: zlib.inflateSync,
  open: zlib.createInflate,
};
const rawDeflate: Unpack = {
  sync: zlib.inflateRawSync,
  open: zlib.createInflateRaw,
};
const zstd = findZstd();

const packings = new Map<string, Packing>([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
]);
if (zstd) packings.set('zstd', 'zstd');

/** What can be unpacked, as a header lists it. */
export const acceptedPackings = [...new Set(packings.values())].join(',');

/** Reads a Content-Encoding (or grpc-encoding) header; undefined if it cannot be unpacked here. */
export function packingOf(header: string | undefined): Packing | undefined {
  return packings.get((header ?? '').trim().toLowerCase());
}

/** Above this a body is unpacked on the thread pool: below, the way there and back takes longer than the work. */
const syncBytes = 256 * 1024;
const chunkSize = 256 * 1024;
/** Unpacks bodies. Each may grow to the largest size before it is seen to be too large, so large ones come one after the other. */
export class Unpacker {
  readonly #options: UnpackOptions;
  readonly #memory: BodyMemory;
  /** Ends with the last of the large ones. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(limitBytes: number, memory: BodyMemory) {
    this.#options = { maxOutputLength: limitBytes, chunkSize };
    this.#memory = memory;
  }

  /** @throws MalformedError, TooLargeError, NoMemoryError (as rejections if the body is large enough to be unpacked asynchronously) */
  unpack(body: Uint8Array, packing: Packing): UnpackedBody | Promise<UnpackedBody> {
    if (packing === 'identity' || body.length === 0) return { bytes: body, release: nothingToRelease };
    const how = unpackFor(packing, body);
    if (body.length > syncBytes) {
      const unpacked = this.#last.then(() => this.#unpackLater(how, body));
      this.#last = unpacked.catch(() => {});
      return unpacked;
    }
    let bytes: Uint8Array;
    try {
      bytes = how.sync(body, this.#options);
    } catch (error) {
      throw unpackError(error, this.#options.maxOutputLength);
    }
    if (!this.#memory.take(bytes.length)) throw new NoMemoryError();
    return { bytes, release: () => this.#memory.give(bytes.length) };
  }

  /** Into memory that is used again: what is unpacked at once is put together from pieces, and was twice as much garbage. */
  async #unpackLater(how: Unpack, body: Uint8Array): Promise<UnpackedBody> {
    const { maxOutputLength } = this.#options;
    const announced = how === gzip ? lastSize(body) : 0;
    const unpacked = new BodyBuffer(() => announced, this.#memory.pool);
    const release = () => {
      this.#memory.give(unpacked.length);
      unpacked.release();
    };
    try {
      const stream = how.open({ chunkSize });
      stream.end(body);
      for await (const chunk of stream) {
        if (unpacked.length + chunk.length > maxOutputLength) throw tooLarge(maxOutputLength);
        if (!this.#memory.take(chunk.length)) throw new NoMemoryError();
        this.#memory.turns.arrivedBytes += chunk.length;
        unpacked.append(chunk);
      }
      return { bytes: unpacked.contents(), release };
    } catch (error) {
      release();
      throw unpackError(error, maxOutputLength);
    }
  }
}

function nothingToRelease(): void {}

/** What a gzip file says at its end, of its last member, to be believed as far as it has come true (RFC 1952, 2.3.1). */
function lastSize(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(body.length - 4, true);
}

/** "deflate" is the zlib format; some senders leave its two-byte header out. */
function unpackFor(packing: Exclude<Packing, 'identity'>, body: Uint8Array): Unpack {
  if (packing === 'gzip') return gzip;
  if (packing === 'zstd' && zstd) return zstd;
  const isZlib = (body[0] & 0x0f) === 8 && ((body[0] << 8) | body[1]) % 31 === 0;
  return isZlib ? deflate : rawDeflate;
}

function unpackError(error: unknown, limitBytes: number): Error {
  if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
    return tooLarge(limitBytes);
  }
  if (error instanceof TooLargeError || error instanceof NoMemoryError) return error;
  return new MalformedError(`the body cannot be unpacked: ${error instanceof Error ? error.message : error}`);
}

function tooLarge(limitBytes: number): TooLargeError {
  return new TooLargeError(`the unpacked body exceeds ${limitBytes} bytes`);
}

/** The type definitions are those of the oldest Node we run on, which has no zstd. */
function findZstd(): Unpack | undefined {
  const { zstdDecompressSync, createZstdDecompress } = zlib as typeof zlib & {
    zstdDecompressSync?: typeof zlib.gunzipSync;
    createZstdDecompress?: typeof zlib.createGunzip;
  };
  if (!zstdDecompressSync || !createZstdDecompress) return undefined;
  return { sync: zstdDecompressSync, open: createZstdDecompress };
}
