import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  fileHeaderBytes,
  type JournalRecord,
  readFileHeader,
  readRecord,
  recordHeaderBytes,
} from './journalFormat.ts';

/** Others get their turn after this long. */
const sliceMs = 8;
/**
 * What is read at once, so that it stays in the processor's cache until it is stored; a huge record takes more. The read is
 * synchronous: it takes well under a millisecond from memory, and some from a disk, where nobody is served yet.
 */
const windowBytes = 1 << 20;

export interface ReplayedFile {
  readonly records: number;
  readonly salt: number;
  /** Where the records end. */
  readonly end: number;
  /** Bytes after the last whole record that are no part of one, if the file does not end as it should; else 0. */
  readonly lostBytes: number;
}

/**
 * Reads the records of a file, one after the other, up to the first that is not whole. Rejects with the errors of the
 * file system and of `apply`; gives a text for a file that cannot be one of ours. What `apply` gets is gone afterwards.
 */
export async function replayFile(
  path: string,
  apply: (record: JournalRecord) => void,
): Promise<ReplayedFile | { readonly unreadable: string }> {
  const file = openSync(path, 'r');
  try {
    const window = new Window(file, fstatSync(file).size);
    window.fill(fileHeaderBytes);
    const salt = readFileHeader(window.bytes);
    if (typeof salt !== 'number') return salt;
    window.skip(fileHeaderBytes);
    let records = 0;
    let sliceEnd = performance.now() + sliceMs;
    for (;;) {
      if (window.bytes.length < recordHeaderBytes) window.fill(recordHeaderBytes);
      const record = readRecord(window.bytes, salt, window.left);
      if (typeof record === 'number') {
        window.fill(record);
        continue;
      }
      if (typeof record === 'string')
        return { records, salt, end: window.at, lostBytes: record === 'torn' ? window.left : 0 };
      apply(record);
      records++;
      window.skip(record.bytes);
      if (performance.now() > sliceEnd) {
        await nextTurn();
        sliceEnd = performance.now() + sliceMs;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** A part of a file. */
class Window {
  /** Where it begins in the file. */
  at = 0;
  /** What was read from there on. */
  bytes: Buffer = Buffer.alloc(0);
  readonly #file: number;
  readonly #size: number;
  #buffer = Buffer.allocUnsafeSlow(windowBytes);

  constructor(file: number, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Bytes from here to the end of the file. */
  get left(): number {
    return this.#size - this.at;
  }

  skip(bytes: number): void {
    this.at += bytes;
    this.bytes = this.bytes.subarray(bytes);
  }

  /** Reads so that there are at least so many bytes, or all that is left. */
  fill(least: number): void {
    const kept = this.bytes;
    const buffer = least > this.#buffer.length ? Buffer.allocUnsafeSlow(least) : this.#buffer;
    buffer.set(kept);
    let filled = kept.length;
    const wanted = Math.min(least, this.left);
    while (filled < wanted) {
      const room = Math.min(buffer.length, this.left) - filled;
      const read = readSync(this.#file, buffer, filled, room, this.at + filled);
      if (read === 0) throw new Error('the file has become shorter');
      filled += read;
    }
    this.#buffer = buffer;
    this.bytes = buffer.subarray(0, filled);
  }
}
