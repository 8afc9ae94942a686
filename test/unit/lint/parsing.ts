import type { FileSyntax } from '../../../src/lint/facts/syntax.ts';
import { languageOf, Parsers } from '../../../src/lint/languages/parsers.ts';

export const parsers = new Parsers('dist/grammars');

/** The syntax of a file; undefined if its language is not read. */
export async function syntaxOf(path: string, source: string): Promise<FileSyntax | undefined> {
  const language = languageOf(path);
  return language === undefined ? undefined : parsers.parse(language, source);
}
