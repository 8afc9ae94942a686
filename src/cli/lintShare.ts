import { setImmediate as nextTurn } from 'node:timers/promises';
import { readAhead } from '../base/readAhead.ts';
import { type FolderSettings, LintConfiguration } from '../lint/configuration/configuration.ts';
import type { FileSyntax } from '../lint/facts/syntax.ts';
import type { Finding } from '../lint/finding.ts';
import { languageOf, Parsers } from '../lint/languages/parsers.ts';
import { WorkspaceProject } from '../lint/project/project.ts';
import { allRules } from '../lint/rules/allRules.ts';
import { maxKept, type Said, WorkspaceLinter } from '../lint/workspaceLinter.ts';
import type { SourceFile } from '../locate/sourceFiles.ts';
import { WorkspaceFiles } from '../workspace/workspaceFiles.ts';

/** Files that one share reads before it is another's turn. */
const stripeLength = 16;

/** A file of the project: its path relative to the root, with `/`, and where it lies. */
export type ListedFile = readonly [path: string, file: SourceFile];

export interface ReadFile {
  readonly path: string;
  readonly source: string;
  /** It is one that is linted at all. */
  readonly linted: boolean;
  /** What it tells the others. */
  readonly said: Said | undefined;
}

export interface LintedFile {
  readonly path: string;
  readonly findings: readonly Finding[];
  /** What rules threw. */
  readonly problems: readonly string[];
}

export interface ShareOptions {
  /** Folder of the tree-sitter files. */
  readonly grammars: string;
  /** All files of the project, in the order in which they are read. */
  readonly files: readonly ListedFile[];
  /** Which of how many shares this is. */
  readonly index: number;
  readonly count: number;
}

/**
 * A share of the files of one run of the linter. A file is read when all before it have been, whoever reads those: what
 * is found does not depend on how many shares there are. Until it is its turn, a share parses what it will read.
 */
export class LintShare {
  readonly project = new WorkspaceProject();
  readonly linter: WorkspaceLinter;
  readonly #options: ShareOptions;
  readonly #parsers: Parsers;
  readonly #stripes: readonly (readonly ListedFile[])[];
  readonly #sources = new Map<string, string>();
  /** Of the file that is judged. */
  readonly #problems: string[] = [];
  /** Parsed ahead. */
  readonly #prepared: Source[] = [];
  /** What others have read: stripe → files. */
  readonly #heard = new Map<number, readonly Said[]>();
  #onHeard: () => void = () => undefined;

  constructor(options: ShareOptions) {
    this.#options = options;
    const { files, grammars, count } = options;
    this.#parsers = new Parsers(grammars);
    this.#stripes = Array.from({ length: Math.ceil(files.length / stripeLength) }, (_, index) =>
      files.slice(index * stripeLength, (index + 1) * stripeLength),
    );
    this.linter = new WorkspaceLinter(
      (path, source) => this.syntaxOf(path, source),
      this.project,
      allRules,
      (_path, error) => this.#problems.push(error instanceof Error ? error.message : String(error)),
      maxKept / count,
    );
  }

  /** What another share has read. */
  hear(stripe: number, said: readonly Said[]): void {
    this.#heard.set(stripe, said);
    this.#onHeard();
  }

  /**
   * Reads all files of the share, and listens to what the others have read.
   * @param tell is told of every stripe that was read here
   */
  async read(tell: (stripe: number, files: readonly ReadFile[]) => void): Promise<void> {
    const { index: own, count } = this.#options;
    const listed = this.#stripes.filter((_, index) => index % count === own).flat();
    const sources = this.#sourcesOf(listed);
    for (const [index, stripe] of this.#stripes.entries())
      if (index % count === own) {
        tell(index, await this.#readStripe(stripe, sources));
        // What is told goes on to the others.
        if (count > 1) await nextTurn();
      } else for (const said of await this.#saidElsewhere(index, sources)) this.linter.hear(said);
  }

  /** What is found in those of these files that are in this share, in their order. */
  async lint(chosen: readonly string[], folders: readonly FolderSettings[]): Promise<LintedFile[]> {
    const configuration = new LintConfiguration(folders);
    const linted: LintedFile[] = [];
    for (const path of chosen) {
      const source = this.#sources.get(path);
      if (source !== undefined) linted.push(await this.judge(path, source, configuration));
    }
    return linted;
  }

  /** What is found in any file of the project; all must have been read. */
  async judge(path: string, source: string, configuration: LintConfiguration): Promise<LintedFile> {
    this.#problems.length = 0;
    const findings = await this.linter.lint(path, source, configuration);
    return { path, findings, problems: [...this.#problems] };
  }

  async syntaxOf(path: string, source: string): Promise<FileSyntax | undefined> {
    const language = languageOf(path);
    return language === undefined ? undefined : this.#parsers.parse(language, source);
  }

  async *#sourcesOf(listed: readonly ListedFile[]): Sources {
    const files = new WorkspaceFiles(() => undefined);
    let next = 0;
    for await (const source of readAhead(listed, ([, file]) => files.read(file)))
      yield [listed[next++][0], source];
    return undefined;
  }

  async #readStripe(stripe: readonly ListedFile[], sources: Sources): Promise<ReadFile[]> {
    const read: ReadFile[] = [];
    for (let count = 0; count < stripe.length; count++) {
      const [path, source] = this.#prepared.shift() ?? (await sources.next()).value ?? [];
      if (path === undefined || source === undefined) continue;
      this.#sources.set(path, source);
      const linted = await this.linter.read(path, source);
      read.push({ path, source, linted, said: this.linter.said(path) });
    }
    return read;
  }

  /** Parses what comes next until the stripe was read elsewhere. */
  async #saidElsewhere(stripe: number, sources: Sources): Promise<readonly Said[]> {
    for (;;) {
      const said = this.#heard.get(stripe);
      this.#heard.delete(stripe);
      if (said !== undefined) return said;
      if (await this.#prepareNext(sources)) await nextTurn();
      else if (!this.#heard.has(stripe))
        await new Promise<void>(resolve => {
          this.#onHeard = resolve;
        });
    }
  }

  /** @returns false if there is nothing more to prepare, or no room */
  async #prepareNext(sources: Sources): Promise<boolean> {
    const { value } = await sources.next();
    if (value === undefined) return false;
    this.#prepared.push(value);
    const [path, source] = value;
    return source === undefined || this.linter.prepare(path, source);
  }
}

/** The text is undefined if the file cannot be read. */
type Source = readonly [path: string, source: string | undefined];
type Sources = AsyncGenerator<Source, undefined>;
