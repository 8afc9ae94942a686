import { promisify } from 'node:util';
import zlib from 'node:zlib';

/** How a body is packed on the wire; `zstd` where this Node has it (22.15 and later). */
export type Packing = 'identity' | 'gzip' | 'deflate' | 'zstd';

/** The body cannot be read as it is framed or packed. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
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
  async(body: Uint8Array, options: UnpackOptions): Promise<Uint8Array>;
}

const gzip: Unpack = {
  sync: zlib.gunzipSync,
  async: promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip),
};
const deflate: Unpack = {
  sync: zlib.inflateSync,
  async: promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate),
};
const rawDeflate: Unpack = {
  sync: zlib.inflateRawSync,
  async: promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflateRaw),
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
/** Bodies unpacked at once on the thread pool: each may grow to the largest size before it is seen to be too large. */
const asyncBodies = 2;

/** Unpacks bodies, few at a time. */
export class Unpacker {
  readonly #options: UnpackOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limitBytes: number) {
    this.#options = { maxOutputLength: limitBytes, chunkSize };
  }

  /** @throws MalformedError, TooLargeError (as rejections if the body is large enough to be unpacked asynchronously) */
  unpack(body: Uint8Array, packing: Packing): Uint8Array | Promise<Uint8Array> {
    if (packing === 'identity' || body.length === 0) return body;
    const how = unpackFor(packing, body);
    if (body.length > syncBytes) return this.#unpackLater(how, body);
    try {
      return how.sync(body, this.#options);
    } catch (error) {
      throw unpackError(error, this.#options.maxOutputLength);
    }
  }

  async #unpackLater(how: Unpack, body: Uint8Array): Promise<Uint8Array> {
    if (this.#running < asyncBodies) this.#running++;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    try {
      return await how.async(body, this.#options);
    } catch (error) {
      throw unpackError(error, this.#options.maxOutputLength);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
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
    return new TooLargeError(`the unpacked body exceeds ${limitBytes} bytes`);
  }
  return new MalformedError(`the body cannot be unpacked: ${error instanceof Error ? error.message : error}`);
}

/** The type definitions are those of the oldest Node we run on, which has no zstd. */
function findZstd(): Unpack | undefined {
  const { zstdDecompressSync, zstdDecompress } = zlib as typeof zlib & {
    zstdDecompressSync?: typeof zlib.gunzipSync;
    zstdDecompress?: typeof zlib.gunzip;
  };
  if (!zstdDecompressSync || !zstdDecompress) return undefined;
  return {
    sync: zstdDecompressSync,
    async: promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zstdDecompress),
  };
}
