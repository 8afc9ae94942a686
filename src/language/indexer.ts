import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Disposable, Emitter } from '../base/events.ts';
import { mayHoldFacts, sourceFacts } from '../lint/facts/sourceFacts.ts';
import { languageOf, type Parsers } from '../lint/languages/parsers.ts';
import type { SourceFile } from '../locate/sourceFiles.ts';
import type { SourceIndex } from '../locate/sourceIndex.ts';
import type { SourceFacts } from '../model/source.ts';
import { inSlices } from '../workspace/slices.ts';
import type { WorkspaceFiles } from '../workspace/workspaceFiles.ts';

/** Files read before the index counts as ready; those found first are nearest to the workspace's root. */
const firstFiles = 5_000;
/** Files parsed on demand whose facts are kept. */
const maxKept = 500;

/** Keeps the index of call sites in step with the workspace's files. */
export class Indexer implements Disposable {
  readonly #parsers: Parsers;
  readonly #files: WorkspaceFiles;
  readonly #index: SourceIndex;
  readonly #report: (error: unknown) => void;
  readonly #changed = new Emitter<void>();
  readonly #hashes = new Map<string, string>();
  readonly #kept = new Map<string, { hash: string; facts: SourceFacts | undefined }>();
  readonly #changedUris = new Set<string>();
  #updating: Promise<void> | undefined;
  readonly #disposed = new AbortController();
  #scan = new AbortController();
  #scanning: Promise<void> = Promise.resolve();
  #ready = false;

  /** After a scan, and after files' facts have changed. */
  readonly onDidChange = this.#changed.event;

  /** @param report is told what keeps files from being read */
  constructor(parsers: Parsers, files: WorkspaceFiles, index: SourceIndex, report: (error: unknown) => void) {
    this.#parsers = parsers;
    this.#files = files;
    this.#index = index;
    this.#report = report;
  }

  /** Whether the last scan has come far enough to answer. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Resolves when the scan that runs has come so far. */
  whenReady(): Promise<void> {
    return this.#scanning;
  }

  /** Scans the folders from the beginning; a scan that runs is given up. */
  start(folderUris: readonly string[]): void {
    this.#scan.abort();
    this.#scan = new AbortController();
    this.#ready = false;
    this.#scanning = this.#run(folderUris, this.#scan.signal).catch(this.#report);
  }

  /** Reads a file again that was made, changed or deleted; resolves when all that were named by then are read. */
  update(uri: string): Promise<void> {
    this.#changedUris.add(uri);
    this.#updating ??= this.#readChanged();
    return this.#updating;
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
    this.#disposed.abort();
    this.#scan.abort();
    this.#changed.dispose();
  }

  async #run(folderUris: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#files.scan(folderUris, signal);
    const files = this.#files.all.filter(({ path }) => languageOf(path) !== undefined);
    const wanted = new Set(files.map(({ uri }) => uri));
    for (const uri of [...this.#hashes.keys()]) if (!wanted.has(uri)) this.#forget(uri);
    await inSlices(files.slice(0, firstFiles), file => this.#read(file), signal);
    if (signal.aborted) return;
    this.#ready = true;
    this.#changed.fire();
    if (files.length > firstFiles) this.#readRest(files.slice(firstFiles), signal).catch(this.#report);
  }

  async #readRest(files: readonly SourceFile[], signal: AbortSignal): Promise<void> {
    await inSlices(files, file => this.#read(file), signal);
    if (!signal.aborted) this.#changed.fire();
  }

  async #readChanged(): Promise<void> {
    // The first of many comes before the others are named.
    await nextTurn();
    const before = this.#index.generation;
    try {
      await inSlices(this.#changedUris, uri => this.#readOne(uri), this.#disposed.signal);
    } catch (error) {
      this.#report(error);
    }
    // From here on a change begins a new round.
    this.#updating = undefined;
    if (this.#index.generation !== before) this.#changed.fire();
  }

  async #readOne(uri: string): Promise<void> {
    this.#changedUris.delete(uri);
    const known = this.#files.fileOf(uri);
    const file = await this.#files.update(uri);
    if (file !== undefined) await this.#read(file);
    else if (known !== undefined) this.#forget(known.uri);
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
