import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { DecodeError } from '../protobuf/decodeError.ts';

/** A compressed file may unpack to this much. */
const largestUnpacked = 1 << 30;
/** A gzip file may hold another, but not endlessly many. */
const mostLayers = 3;

const gunzipAside = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/** The content of a file that may be packed. Throws a `DecodeError`. */
export function unpack(name: string, data: Uint8Array): Buffer {
  let content = data;
  for (let layer = 0; isPacked(name, content, layer); layer++) {
    try {
      content = gunzipSync(content, { maxOutputLength: largestUnpacked });
    } catch (error) {
      throw cannotUnpack(name, error);
    }
  }
  return plain(name, content);
}

/** The same in another thread. */
export async function unpackAside(name: string, data: Uint8Array): Promise<Buffer> {
  let content = data;
  for (let layer = 0; isPacked(name, content, layer); layer++) {
    try {
      content = await gunzipAside(content, { maxOutputLength: largestUnpacked });
    } catch (error) {
      throw cannotUnpack(name, error);
    }
  }
  return plain(name, content);
}

function isPacked(name: string, content: Uint8Array, layer: number): boolean {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return false;
  if (layer === mostLayers) throw new DecodeError(`${name} is gzip within gzip within gzip`, -1);
  return true;
}

function cannotUnpack(name: string, error: unknown): DecodeError {
  return new DecodeError(`${name} cannot be unpacked: ${(error as Error).message}`, -1);
}

function plain(name: string, content: Uint8Array): Buffer {
  if (content[0] === 0x28 && content[1] === 0xb5 && content[2] === 0x2f && content[3] === 0xfd)
    throw new DecodeError(`${name} is compressed with zstd; unpack it first`, -1);
  const byteOrderMark = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf;
  const from = byteOrderMark ? 3 : 0;
  return Buffer.from(content.buffer, content.byteOffset + from, content.length - from);
}
