import { readFile as readBytes } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import TreeSitter, { type Parser, type Tree } from '@vscode/tree-sitter-wasm';
import type { FileSyntax } from '../facts/syntax.ts';
import { csharp } from './csharp.ts';
import { maxParsedLength, ParsedDocument, type ParseText, readFile } from './document.ts';
import { go } from './go.ts';
import { java } from './java.ts';
import { javascript } from './javascript.ts';
import type { LanguageAdapter } from './language.ts';
import { python } from './python.ts';
import { dissolve, NodeKinds, TreeCopier } from './tree.ts';
import { tsx, typescript } from './typescript.ts';

export { maxParsedLength };

export const languages: readonly LanguageAdapter[] = [javascript, typescript, tsx, python, go, java, csharp];

/** Source that takes longer was made to; in milliseconds. A file of `maxParsedLength` takes about 100. */
const maxParseTime = 1_000;

export function languageOf(path: string): LanguageAdapter | undefined {
  const extension = /\.\w+$/.exec(path)?.[0].toLowerCase();
  return extension === undefined || path.endsWith('.d.ts')
    ? undefined
    : languages.find(language => language.extensions.includes(extension));
}

interface Loaded {
  readonly parse: ParseText;
  readonly kinds: NodeKinds;
}

/** The tree-sitter runtime with one parser per language; a grammar is loaded when its first file is parsed. */
export class Parsers {
  readonly #folder: string;
  readonly #ready = new Map<LanguageAdapter, Promise<Loaded>>();
  #runtime: Promise<void> | undefined;

  /** @param folder where `tree-sitter.wasm` and the grammars lie */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Reads a file once; undefined for a text over `maxParsedLength` or one that takes too long.
   * Rejects if the runtime or the grammar cannot be loaded.
   */
  async parse(language: LanguageAdapter, source: string): Promise<FileSyntax | undefined> {
    if (source.length > maxParsedLength) return undefined;
    const { parse, kinds } = await this.#of(language);
    const tree = parse(language.parsable?.(source) ?? source, undefined);
    if (tree === undefined) return undefined;
    try {
      const root = new TreeCopier(kinds, true).copy(tree, source);
      const syntax = readFile(language, root, source);
      dissolve(root);
      return syntax;
    } finally {
      tree.delete();
    }
  }

  /** A document that is read again after every change. Rejects as `parse` does. */
  async open(language: LanguageAdapter): Promise<ParsedDocument> {
    const { parse, kinds } = await this.#of(language);
    return new ParsedDocument(parse, language, kinds);
  }

  #of(language: LanguageAdapter): Promise<Loaded> {
    let loaded = this.#ready.get(language);
    if (loaded === undefined) {
      loaded = this.#load(language);
      this.#ready.set(language, loaded);
    }
    return loaded;
  }

  async #load(language: LanguageAdapter): Promise<Loaded> {
    this.#runtime ??= this.#start();
    await this.#runtime;
    const bytes = await readBytes(join(this.#folder, `${language.grammar}.wasm`));
    const grammar = await TreeSitter.Language.load(bytes);
    const parser = new TreeSitter.Parser().setLanguage(grammar);
    return {
      parse: (source, before) => parseWithin(parser, source, before),
      kinds: new NodeKinds(grammar, language),
    };
  }

  /** The runtime is read here: it would end the process if it had to read itself and could not. */
  async #start(): Promise<void> {
    const options = {
      wasmBinary: await readBytes(join(this.#folder, 'tree-sitter.wasm')),
      locateFile: (file: string) => join(this.#folder, file),
    };
    await TreeSitter.Parser.init(options);
    hastenWords(options);
  }
}

/** What Emscripten makes of the options of a module: the module. */
interface WasmModule {
  readonly HEAP32: Int32Array;
  setValue(address: number, value: number, type: string): void;
  getValue(address: number, type: string): number;
}

/**
 * With every step of a cursor the binding writes and reads eight words, through functions for values of any type, which
 * took a quarter of the time that reading a file takes.
 */
function hastenWords(options: object): void {
  const module = options as WasmModule;
  const { setValue, getValue } = module;
  // Typed arrays have the byte order of the machine, WebAssembly has this one.
  if (endianness() !== 'LE' || setValue === undefined || getValue === undefined) return;
  module.setValue = (address, value, type) => {
    if (type === 'i32') module.HEAP32[address >> 2] = value;
    else setValue(address, value, type);
  };
  module.getValue = (address, type) =>
    type === 'i32' ? module.HEAP32[address >> 2] : getValue(address, type);
}

function parseWithin(parser: Parser, source: string, before: Tree | undefined): Tree | undefined {
  const limit = performance.now() + maxParseTime;
  const progressCallback = () => performance.now() > limit;
  const tree = parser.parse(source, before, { progressCallback });
  // It would go on with this text the next time.
  if (tree === null) parser.reset();
  return tree ?? undefined;
}
