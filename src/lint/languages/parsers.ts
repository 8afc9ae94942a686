import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import TreeSitter, { type Node } from '@vscode/tree-sitter-wasm';
import { go } from './go.ts';
import { javascript } from './javascript.ts';
import type { LanguageAdapter } from './language.ts';
import { python } from './python.ts';
import { tsx, typescript } from './typescript.ts';

export const languages: readonly LanguageAdapter[] = [javascript, typescript, tsx, python, go];

/** Longest text that is parsed, in UTF-16 units; what is longer is generated. */
export const maxParsedLength = 1_000_000;

export function languageOf(path: string): LanguageAdapter | undefined {
  const extension = /\.\w+$/.exec(path)?.[0].toLowerCase();
  return extension === undefined || path.endsWith('.d.ts')
    ? undefined
    : languages.find(language => language.extensions.includes(extension));
}

/** The tree-sitter runtime with one parser per language; a grammar is loaded when its first file is parsed. */
export class Parsers {
  readonly #folder: string;
  readonly #ready = new Map<string, Promise<TreeSitter.Parser>>();
  #runtime: Promise<void> | undefined;

  /** @param folder where `tree-sitter.wasm` and the grammars lie */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Parses `source` and hands the root to `read`; nodes must not be kept, the tree is freed afterwards.
   * Undefined for a text over `maxParsedLength`. Rejects if the runtime or the grammar cannot be loaded.
   */
  async parse<T>(language: LanguageAdapter, source: string, read: (root: Node) => T): Promise<T | undefined> {
    if (source.length > maxParsedLength) return undefined;
    let parser = this.#ready.get(language.grammar);
    if (parser === undefined) {
      parser = this.#load(language);
      this.#ready.set(language.grammar, parser);
    }
    const tree = (await parser).parse(source);
    if (tree === null) return undefined;
    try {
      return read(tree.rootNode);
    } finally {
      tree.delete();
    }
  }

  async #load(language: LanguageAdapter): Promise<TreeSitter.Parser> {
    this.#runtime ??= this.#start();
    await this.#runtime;
    const grammar = await readFile(join(this.#folder, `${language.grammar}.wasm`));
    return new TreeSitter.Parser().setLanguage(await TreeSitter.Language.load(grammar));
  }

  /** The runtime is read here: it would end the process if it had to read itself and could not. */
  async #start(): Promise<void> {
    const options = {
      wasmBinary: await readFile(join(this.#folder, 'tree-sitter.wasm')),
      locateFile: (file: string) => join(this.#folder, file),
    };
    await TreeSitter.Parser.init(options);
  }
}
