import type { LanguageId, Statement } from '../facts/syntax.ts';
import type { Readers, Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** One language: which files, which grammar, and how its trees become the common syntax. */
export interface LanguageAdapter extends Readers {
  readonly id: LanguageId;
  /** Extensions of its files, with the dot. */
  readonly extensions: readonly string[];
  /** Name of the grammar's file without `.wasm`. */
  readonly grammar: string;
  /** Types of nodes whose children are units or containers themselves (see `TreeCopier`): file, class, namespace. */
  readonly containers: ReadonlySet<string>;
  /** Types of nodes of which only the text is asked for: their children are not copied. */
  readonly leaves: ReadonlySet<string>;
  /** Types of lists that the grammar does not know to be empty: the parser puts something into them. */
  readonly neverEmpty?: ReadonlySet<string>;
  /**
   * What the parser is given in the place of a text that the grammar, older than the language, does not understand: as
   * long, and the same but for words. The syntax has the text as it is.
   */
  parsable?(source: string): string;
  /** Reads a whole file; calls, functions and the like are listed by `reading`. */
  read(root: SyntaxNode, reading: Reading): FileParts;
}

/** What is read of a file besides the lists that `Reading` keeps. */
export interface FileParts {
  readonly body: readonly Statement[];
  readonly exports?: ReadonlyMap<string, string>;
  readonly packageName?: string;
}
