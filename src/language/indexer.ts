import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Disposable, Emitter } from '../base/events.ts';
import { mayHoldFacts, sourceFacts } from '../lint/facts/sourceFacts.ts';
import { languageOf, type Parsers } from '../lint/languages/parsers.ts';
import type { SourceFile } from '../locate/sourceFiles.ts';
import type { SourceIndex } from '../locate/sourceIndex.ts';
import type { SourceFacts } from '../model/source.ts';
import type { WorkspaceFiles } from './workspaceFiles.ts';

/** Files parsed at most: the first ones found are nearest to the workspace's root. */
const maxIndexedFiles = 5_000;
/** Milliseconds of work before others get their turn. */
const sliceMs = 10;
/** Files parsed on demand whose facts are kept. */
const maxKept = 500;

/** Keeps the index of call sites in step with the workspace's files. */
export class Indexer implements Disposable {
  readonly #parsers: Parsers;
  readonly #files: WorkspaceFiles;
  readonly #index: SourceIndex;
  readonly #changed = new Emitter<void>();
  readonly #hashes = new Map<string, string>();
  readonly #kept = new Map<string, { hash: string; facts: SourceFacts | undefined }>();
  #scan = new AbortController();
  #scanning: Promise<void> = Promise.resolve();
  #ready = false;

  /** After a scan, and after a file's facts have changed. */
  readonly onDidChange = this.#changed.event;

  constructor(parsers: Parsers, files: WorkspaceFiles, index: SourceIndex) {
    this.#parsers = parsers;
    this.#files = files;
    this.#index = index;
  }

  /** Whether the last scan has ended. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Resolves when the scan that runs has ended. */
  whenReady(): Promise<void> {
    return this.#scanning;
  }

  /** Scans the folders from the beginning; a scan that runs is given up. */
  start(folderUris: readonly string[]): void {
    this.#scan.abort();
    this.#scan = new AbortController();
    this.#ready = false;
    this.#scanning = this.#run(folderUris, this.#scan.signal);
  }

  /** Reads a file again that was made, changed or deleted. */
  async update(uri: string): Promise<void> {
    const before = this.#index.generation;
    const known = this.#files.fileOf(uri);
    const file = await this.#files.update(uri);
    if (file !== undefined) await this.#read(file);
    else if (known !== undefined) this.#forget(known.uri);
    if (this.#index.generation !== before) this.#changed.fire();
  }

  /** The facts of any file; undefined if its language is not parsed or it cannot be read. */
  async facts(file: SourceFile): Promise<SourceFacts | undefined> {
    if (languageOf(file.path) === undefined) return undefined;
    const text = await this.#files.read(file);
    if (text === undefined) return undefined;
    const hash = hashOf(text);
    const kept = this.#kept.get(file.uri);
    if (kept?.hash === hash) return kept.facts;
    const facts = await sourceFacts(this.#parsers, file.path, text);
    this.#kept.delete(file.uri);
    this.#kept.set(file.uri, { hash, facts });
    if (this.#kept.size > maxKept) this.#kept.delete(this.#kept.keys().next().value as string);
    return facts;
  }

  dispose(): void {
    this.#scan.abort();
    this.#changed.dispose();
  }

  async #run(folderUris: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#files.scan(folderUris, signal);
    const files = this.#files.all.filter(({ path }) => languageOf(path) !== undefined);
    const wanted = new Set(files.slice(0, maxIndexedFiles).map(({ uri }) => uri));
    for (const uri of [...this.#hashes.keys()]) if (!wanted.has(uri)) this.#forget(uri);
    let since = performance.now();
    for (const file of files.slice(0, maxIndexedFiles)) {
      if (signal.aborted) return;
      await this.#read(file);
      if (performance.now() - since < sliceMs) continue;
      await nextTurn();
      since = performance.now();
    }
    this.#ready = true;
    this.#changed.fire();
  }

  async #read(file: SourceFile): Promise<void> {
    if (languageOf(file.path) === undefined) return;
    const text = await this.#files.read(file);
    if (text === undefined) return this.#forget(file.uri);
    const hash = hashOf(text);
    if (this.#hashes.get(file.uri) === hash) return;
    const facts = mayHoldFacts(text) ? await sourceFacts(this.#parsers, file.path, text) : undefined;
    if (facts === undefined) this.#index.delete(file.uri);
    else this.#index.set(file, facts);
    this.#hashes.set(file.uri, hash);
  }

  #forget(uri: string): void {
    this.#hashes.delete(uri);
    this.#index.delete(uri);
  }
}

function hashOf(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}
