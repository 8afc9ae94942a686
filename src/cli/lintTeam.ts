import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { FolderSettings } from '../lint/configuration/configuration.ts';
import type { Finding } from '../lint/finding.ts';
import { allRules } from '../lint/rules/allRules.ts';
import type { Said } from '../lint/workspaceLinter.ts';
import {
  type LintedFile,
  LintShare,
  type ListedFile,
  type ReadFile,
  type ShareOptions,
} from './lintShare.ts';

/** With fewer for each, all is done before another thread would be of use. */
const filesPerThread = 150;
/** Each has a heap of its own, and waits for what the others have read. */
const maxThreads = 3;

/** What another thread is told: what another share has read, at last what to lint. */
export type ToThread =
  | { readonly stripe: number; readonly said: readonly Said[] }
  | { readonly chosen: readonly string[]; readonly folders: readonly FolderSettings[] };

/** What it answers: what it has read, at last what it has found. */
export type FromThread =
  | { readonly stripe: number; readonly files: readonly ReadFile[] }
  | { readonly linted: readonly SentFile[] };

/** Functions do not go from thread to thread: rules go by their id. */
type SentFile = Omit<LintedFile, 'findings'> & {
  readonly findings: readonly (Omit<Finding, 'rule'> & { readonly rule: string })[];
};

export interface TeamOptions {
  /** Folder of the tree-sitter files. */
  readonly grammars: string;
  /** What the other threads run (lintThread.ts). */
  readonly thread: URL;
  /** All files of the project, in the order in which they are read. */
  readonly files: readonly ListedFile[];
}

/** The shares of one run of the linter: one on this thread, the others on threads of their own. */
export class LintTeam {
  /** Knows the whole project when all is read. */
  readonly own: LintShare;
  readonly #files: readonly ListedFile[];
  readonly #others: readonly OtherThread[];
  readonly #read = new Map<string, ReadFile>();

  constructor({ grammars, thread: entry, files }: TeamOptions) {
    const useful = Math.floor(files.length / filesPerThread);
    const count = Math.max(1, Math.min(useful, availableParallelism(), maxThreads));
    const share = (index: number): ShareOptions => ({ grammars, files, index, count });
    this.#files = files;
    this.own = new LintShare(share(0));
    this.#others = Array.from({ length: count - 1 }, (_, index) => {
      const other: OtherThread = new OtherThread(entry, share(index + 1), (stripe, read) =>
        this.#tell(stripe, read, other),
      );
      return other;
    });
  }

  /** Reads all files; those that could be read, in their order. */
  async read(): Promise<ReadFile[]> {
    await this.#unlessFailed(this.own.read((stripe, files) => this.#tell(stripe, files, undefined)));
    return this.#files.flatMap(([path]) => this.#read.get(path) ?? []);
  }

  /** What is found in each of these files, in their order. */
  async lint(chosen: readonly string[], folders: readonly FolderSettings[]): Promise<LintedFile[]> {
    const elsewhere = this.#others.map(other => other.lint(chosen, folders));
    const linted = await this.#unlessFailed(Promise.all([this.own.lint(chosen, folders), ...elsewhere]));
    const byPath = new Map(linted.flat().map(each => [each.path, each]));
    return chosen.flatMap(path => byPath.get(path) ?? []);
  }

  /** Ends the other threads. */
  async end(): Promise<void> {
    await Promise.all(this.#others.map(other => other.end()));
  }

  #tell(stripe: number, files: readonly ReadFile[], from: OtherThread | undefined): void {
    for (const file of files) this.#read.set(file.path, file);
    const said = files.flatMap(file => file.said ?? []);
    if (from !== undefined) this.own.hear(stripe, said);
    for (const other of this.#others) if (other !== from) other.hear(stripe, said);
  }

  /** A share that fails would leave the others waiting. */
  #unlessFailed<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, ...this.#others.map(({ failed }) => failed)]);
  }
}

/** A share on a thread of its own. */
class OtherThread {
  /** Rejects if the thread ends by itself. */
  readonly failed: Promise<never>;
  readonly #worker: Worker;
  #onLinted: (linted: LintedFile[]) => void = () => undefined;

  constructor(entry: URL, share: ShareOptions, onRead: (stripe: number, files: readonly ReadFile[]) => void) {
    this.#worker = new Worker(entry, { workerData: share });
    this.failed = new Promise((_, reject) => this.#worker.once('error', reject));
    this.#worker.on('message', (message: FromThread) => {
      if ('linted' in message) this.#onLinted(message.linted.map(received));
      else onRead(message.stripe, message.files);
    });
  }

  hear(stripe: number, said: readonly Said[]): void {
    this.#post({ stripe, said });
  }

  lint(chosen: readonly string[], folders: readonly FolderSettings[]): Promise<LintedFile[]> {
    return new Promise(resolve => {
      this.#onLinted = resolve;
      this.#post({ chosen, folders });
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

const rules = new Map(allRules.map(rule => [rule.id, rule]));

/** What goes to another thread. */
export function sent({ findings, ...file }: LintedFile): SentFile {
  return { ...file, findings: findings.map(each => ({ ...each, rule: each.rule.id })) };
}

/** What `sent` has made, on another thread. */
export function received({ findings, ...file }: SentFile): LintedFile {
  return {
    ...file,
    findings: findings.flatMap(each => {
      const rule = rules.get(each.rule);
      return rule === undefined ? [] : { ...each, rule };
    }),
  };
}
