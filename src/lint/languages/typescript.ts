import { ecmaScript } from './javascript.ts';
import type { LanguageAdapter } from './language.ts';

export const typescript: LanguageAdapter = {
  ...ecmaScript,
  id: 'typescript',
  extensions: ['.ts', '.mts', '.cts'],
  grammar: 'tree-sitter-typescript',
  parsable,
};

export const tsx: LanguageAdapter = {
  ...ecmaScript,
  id: 'tsx',
  extensions: ['.tsx'],
  grammar: 'tree-sitter-tsx',
  parsable,
};

function parsable(source: string): string {
  let text = source;
  if (text.includes('import(')) text = text.replace(importedType, each => '_'.repeat(each.length));
  if (text.includes('>`')) text = text.replace(ofTemplate, each => each.replace(/\S/g, ' '));
  return text;
}

/** To the grammar a list of an imported type, `import('./order.ts').Order[]`, and one with arguments are no types. */
const importedType =
  /\bimport\((?:'[^'\n]*'|"[^"\n]*")\)(?=\.(?!(?:then|catch|finally)\b)[\w$]+(?:\.[\w$]+)*(?:\[\]|<))/g;

/** Nor may a template have arguments that are more than names: ``sql<Order[]>`select …` ``. */
const ofTemplate = /(?<=[\w$])<[^`<>&]*(?:<[^`<>&]*(?:<[^`<>&]*>[^`<>&]*)*>[^`<>&]*)*>(?=`)/g;
