import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceFacts } from '../lint/facts/sourceFacts.ts';
import { languageOf, Parsers } from '../lint/languages/parsers.ts';
import { Locator } from '../locate/locator.ts';
import type { SourceFile } from '../locate/sourceFiles.ts';
import { SourceIndex } from '../locate/sourceIndex.ts';
import type { SourceCandidate, SpanToLocate } from '../model/source.ts';
import type { Finding, LocatableFinding } from '../protocol/control.ts';
import { uriOfPath } from '../workspace/uris.ts';
import { WorkspaceFiles } from '../workspace/workspaceFiles.ts';
import { CommandError } from './command.ts';

/** Below, a line is a guess: people may choose among guesses, scripts cannot. */
const leastConfidence = 0.5;

/** A checkout of the code that made the spans. */
export class SourceRoot {
  readonly #locator: Locator;

  private constructor(locator: Locator) {
    this.#locator = locator;
  }

  /**
   * Reads the source files below a folder. Throws a CommandError if it is none.
   * @param grammars folder of the tree-sitter files
   */
  static async read(
    folder: string,
    grammars = fileURLToPath(new URL('../grammars/', import.meta.url)),
  ): Promise<SourceRoot> {
    const root = resolve(folder);
    const found = await stat(root).catch(() => undefined);
    if (found?.isDirectory() !== true) throw new CommandError(`${folder} is no folder`);
    const parsers = new Parsers(grammars);
    const files = new WorkspaceFiles(() => undefined);
    await files.scan([uriOfPath(root)], new AbortController().signal);
    const index = new SourceIndex();
    const factsOf = async (file: SourceFile) => {
      const text = languageOf(file.path) === undefined ? undefined : await files.read(file);
      return text === undefined ? undefined : sourceFacts(parsers, file.path, text);
    };
    for (const file of files.all) {
      const facts = await factsOf(file);
      if (facts !== undefined) index.set(file, facts);
    }
    return new SourceRoot(new Locator(files, index, factsOf));
  }

  /** The finding with the line that its span comes from, if there is one to be believed. */
  async locate(finding: LocatableFinding): Promise<LocatableFinding> {
    const location = finding.span && (await this.#locationOf(finding.span));
    return location === undefined ? finding : { ...finding, location };
  }

  async #locationOf(span: SpanToLocate): Promise<Finding['location']> {
    const [best] = await this.candidates(span);
    if (best === undefined || best.confidence < leastConfidence) return undefined;
    const { path, line, column = 1 } = best;
    return { path, line, column };
  }

  /** The lines that the span may come from, the best first, with paths as they are seen from the working directory. */
  async candidates(
    span: SpanToLocate,
  ): Promise<Pick<SourceCandidate, 'path' | 'line' | 'column' | 'confidence' | 'strategy'>[]> {
    const found = await this.#locator.locate(span);
    return found.map(({ uri, line, column, confidence, strategy }) => ({
      path: relative('', fileURLToPath(uri)).replaceAll(sep, '/'),
      line,
      ...(column === undefined ? {} : { column }),
      confidence,
      strategy,
    }));
  }
}
