import { randomInt } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writevSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  emptyFile,
  fileHeaderBytes,
  frameRecords,
  type RecordKind,
  recordHeaderBytes,
} from './journalFormat.ts';

export interface JournalFile {
  readonly path: string;
  /** Bytes on the disk. */
  size: number;
  /** Where the next record goes; `undefined` for a file that nothing may be added to. */
  end: number | undefined;
  salt: number;
  /** How new its newest record is: see `JournalLane.prune`. */
  mark: number;
}

/**
 * The files of one kind of record, in the order of their making. Errors are those of the file system; after one, what
 * was written in part counts as not written, and the next write takes its place.
 */
export class JournalLane {
  readonly kind: RecordKind;
  readonly #directory: string;
  readonly #fileBytes: number;
  #files: JournalFile[] = [];
  #nextNumber = 1;
  /** Of the last file, while it is open. */
  #descriptor: number | undefined;
  /** Size of the file that was given up and waits to be used again: its pages cost less to write than new ones. */
  #spareBytes = 0;

  /** @param fileBytes from this size on, a file is full. */
  constructor(directory: string, kind: RecordKind, fileBytes: number) {
    this.kind = kind;
    this.#directory = directory;
    this.#fileBytes = fileBytes;
  }

  /** Oldest first. */
  get files(): readonly JournalFile[] {
    return this.#files;
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.bytesFrom(-1);
  }

  /** Bytes on the disk that `prune(mark)` would leave. */
  bytesFrom(mark: number): number {
    let sum = this.#spareBytes;
    let first = 0;
    while (first < this.#files.length && this.#files[first].mark < mark) first++;
    for (let i = first; i < this.#files.length; i++) sum += this.#files[i].size;
    return sum;
  }

  /** Finds what an earlier process left; nothing is added to a file before it was `replayed`. */
  list(): void {
    const pattern = new RegExp(`^${this.kind}-(\\d{1,15})\\.journal$`);
    const numbers = namesIn(this.#directory)
      .map(name => Number(pattern.exec(name)?.[1] ?? Number.NaN))
      .filter(number => !Number.isNaN(number))
      .sort((a, b) => a - b);
    this.#files = numbers.map(number => {
      const path = this.#pathOf(number);
      return { path, size: statSync(path).size, end: undefined, salt: 0, mark: Number.POSITIVE_INFINITY };
    });
    this.#nextNumber = (numbers.at(-1) ?? 0) + 1;
  }

  /** More may be added to a file of an earlier process, if it is the last one. */
  replayed(file: JournalFile, { salt, end }: { salt: number; end: number }, mark: number): void {
    Object.assign(file, { salt, end, mark });
  }

  /** After an error: the last file is not added to any more, unless there is nothing in it. */
  retreat(): void {
    this.close();
    const last = this.#files.at(-1);
    if (last !== undefined && (last.end !== fileHeaderBytes || !existsSync(last.path))) last.end = undefined;
    if (!existsSync(this.#sparePath)) this.#spareBytes = 0;
  }

  /** Leaves a file that cannot be read as it is. */
  leave(file: JournalFile): void {
    this.#files = this.#files.filter(each => each !== file);
  }

  /** Adds records in one write. `mark` is not lower than that of earlier records. */
  write(contents: readonly Uint8Array[], mark: number): void {
    const bytes = contents.reduce((sum, content) => sum + recordHeaderBytes + content.length, 0);
    const file = this.#fileFor(bytes);
    const end = file.end! + bytes;
    writeAll(this.#descriptor!, frameRecords(this.kind, contents, file.salt), file.end!);
    file.end = end;
    file.size = Math.max(file.size, end);
    file.mark = mark;
  }

  /** Gives up files, oldest first, as long as all that they hold is older than `mark`. */
  prune(mark: number): void {
    while (this.#files.length > 0 && this.#files[0].mark < mark) this.dropOldest();
  }

  /** Gives up the oldest file. */
  dropOldest(): void {
    const file = this.#files[0];
    if (file === undefined) return;
    if (this.#files.length === 1) this.close();
    this.#files.shift();
    // Somebody may have removed it, which is all that is wanted.
    if (existsSync(file.path) && this.#spareBytes === 0 && file.size <= 2 * this.#fileBytes) {
      renameSync(file.path, this.#sparePath);
      this.#spareBytes = file.size;
    } else {
      rmSync(file.path, { force: true });
    }
  }

  /** Begins anew: somebody erases the files. */
  forget(): void {
    this.close();
    this.#files = [];
    this.#spareBytes = 0;
  }

  dropSpare(): void {
    rmSync(this.#sparePath, { force: true });
    this.#spareBytes = 0;
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  get #sparePath(): string {
    return join(this.#directory, `${this.kind}.spare`);
  }

  #pathOf(number: number): string {
    return join(this.#directory, `${this.kind}-${String(number).padStart(8, '0')}.journal`);
  }

  #fileFor(bytes: number): JournalFile {
    const last = this.#files.at(-1);
    if (last?.end !== undefined && (last.end === fileHeaderBytes || last.end + bytes <= this.#fileBytes)) {
      this.#descriptor ??= openSync(last.path, 'r+');
      return last;
    }
    this.close();
    const path = this.#pathOf(this.#nextNumber);
    const salt = randomInt(2 ** 32);
    const size = this.#spareBytes > 0 ? this.#reuseSpare(path, salt) : createFile(path, salt);
    this.#descriptor = openSync(path, 'r+');
    this.#nextNumber++;
    const file = { path, size, end: fileHeaderBytes, salt, mark: Number.NEGATIVE_INFINITY };
    this.#files.push(file);
    return file;
  }

  #reuseSpare(path: string, salt: number): number {
    const size = this.#spareBytes;
    // Under its old name until it has its new salt: at no moment must there be a file with records that were given up.
    writeHeader(this.#sparePath, 'r+', salt);
    renameSync(this.#sparePath, path);
    this.#spareBytes = 0;
    return size;
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function createFile(path: string, salt: number): number {
  try {
    writeHeader(path, 'wx', salt);
  } catch (error) {
    // A full disk has room for an empty file, which would be in the way of the next attempt.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(path, { force: true });
    throw error;
  }
  return fileHeaderBytes;
}

function writeHeader(path: string, flags: 'wx' | 'r+', salt: number): void {
  const descriptor = openSync(path, flags, 0o600);
  try {
    writeAll(descriptor, [emptyFile(salt)], 0);
  } finally {
    closeSync(descriptor);
  }
}

/** A write that was cut short goes on until it is done or says why it cannot be. */
function writeAll(descriptor: number, parts: Uint8Array[], position: number): void {
  let rest = parts;
  let at = position;
  for (;;) {
    const written = writevSync(descriptor, rest, at);
    at += written;
    let left = written;
    let first = 0;
    while (first < rest.length && left >= rest[first].length) left -= rest[first++].length;
    if (first === rest.length) return;
    rest = [rest[first].subarray(left), ...rest.slice(first + 1)];
  }
}
