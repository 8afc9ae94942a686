import { open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileHeaderBytes, type JournalRecord, readFileHeader, readRecord } from './journalFormat.ts';

/** Others get their turn after this long. */
const sliceMs = 8;

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
 * file system and of `apply`; gives a text for a file that cannot be one of ours.
 */
export async function replayFile(
  path: string,
  apply: (record: JournalRecord) => void,
): Promise<ReplayedFile | { readonly unreadable: string }> {
  const file = await readWhole(path);
  const salt = readFileHeader(file);
  if (typeof salt !== 'number') return salt;
  let at = fileHeaderBytes;
  let records = 0;
  let sliceEnd = performance.now() + sliceMs;
  for (;;) {
    const record = readRecord(file, at, salt);
    if (typeof record === 'string')
      return { records, salt, end: at, lostBytes: record === 'torn' ? file.length - at : 0 };
    apply(record);
    records++;
    at = record.end;
    if (performance.now() > sliceEnd) {
      await nextTurn();
      sliceEnd = performance.now() + sliceMs;
    }
  }
}

/** A file has some ten megabytes; only one with a huge request has more. */
async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}
