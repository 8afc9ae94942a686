import { crc32 } from 'node:zlib';

/**
 * A journal file: a header of 16 bytes (magic, version, salt), records one after the other, and after the last one a
 * zero word. A record: length of its content, checksum, kind (a word each, little-endian), then the content: an OTLP
 * request in protobuf, or the ids of the pinned traces. The checksum is CRC-32 over kind, length and content, begun with the file's salt: a file that is
 * used again still holds records of its earlier life, which must not be taken for its own.
 */
export const journalVersion = 1;
export const fileHeaderBytes = 16;
export const recordHeaderBytes = 12;
const endMarkBytes = 4;
const magic = Buffer.from('SPANJRNL', 'latin1');

/** What a record holds, by the number that stands for it in a file. */
export const recordKinds = ['pins', 'traces', 'logs', 'metrics'] as const;
export type RecordKind = (typeof recordKinds)[number];

/** The header of a file without records, and its end mark. */
export function emptyFile(salt: number): Buffer {
  const bytes = Buffer.alloc(fileHeaderBytes + endMarkBytes);
  magic.copy(bytes);
  bytes.writeUInt32LE(journalVersion, 8);
  bytes.writeUInt32LE(salt, 12);
  return bytes;
}

/** Records as they are written in one go, the end mark behind them; contents are not copied. */
export function frameRecords(kind: RecordKind, contents: readonly Uint8Array[], salt: number): Uint8Array[] {
  const headers = Buffer.alloc(contents.length * recordHeaderBytes + endMarkBytes);
  const parts: Uint8Array[] = [];
  contents.forEach((content, index) => {
    const header = headers.subarray(index * recordHeaderBytes, (index + 1) * recordHeaderBytes);
    header.writeUInt32LE(content.length, 0);
    header.writeUInt32LE(recordKinds.indexOf(kind), 8);
    header.writeUInt32LE(checksum(header, content, salt), 4);
    parts.push(header, content);
  });
  parts.push(headers.subarray(contents.length * recordHeaderBytes));
  return parts;
}

export interface JournalRecord {
  readonly kind: RecordKind;
  /** A view into the bytes that were read. */
  readonly content: Uint8Array;
  /** Of the whole record. */
  readonly bytes: number;
}

/** `torn`: there is something that is no whole record. A number: so many bytes must be there to tell. */
export type ReadRecord = JournalRecord | 'end' | 'torn' | number;

/** The salt of a file, or why it cannot be read. */
export function readFileHeader(file: Buffer): number | { readonly unreadable: string } {
  if (file.length < fileHeaderBytes || !file.subarray(0, magic.length).equals(magic))
    return { unreadable: 'it is no journal file' };
  const version = file.readUInt32LE(8);
  if (version !== journalVersion)
    return { unreadable: `its version is ${version}, this is version ${journalVersion}` };
  return file.readUInt32LE(12);
}

/** The record with which bytes begin; from there to the end of the file there are `left` bytes. */
export function readRecord(bytes: Buffer, salt: number, left: number): ReadRecord {
  if (left === 0) return 'end';
  if (left < endMarkBytes) return 'torn';
  const length = bytes.readUInt32LE(0);
  if (length === 0) return 'end';
  const whole = recordHeaderBytes + length;
  if (whole > left) return 'torn';
  if (whole > bytes.length) return whole;
  const content = bytes.subarray(recordHeaderBytes, whole);
  const kind = recordKinds[bytes.readUInt32LE(8)];
  if (kind === undefined || bytes.readUInt32LE(4) !== checksum(bytes, content, salt)) return 'torn';
  return { kind, content, bytes: whole };
}

function checksum(header: Buffer, content: Uint8Array, salt: number): number {
  return crc32(content, crc32(header.subarray(8, recordHeaderBytes), crc32(header.subarray(0, 4), salt)));
}
