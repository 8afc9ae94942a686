import { ecmaScript } from './javascript.ts';
import type { LanguageAdapter } from './language.ts';

export const typescript: LanguageAdapter = {
  ...ecmaScript,
  id: 'typescript',
  extensions: ['.ts', '.mts', '.cts'],
  grammar: 'tree-sitter-typescript',
};

export const tsx: LanguageAdapter = {
  ...ecmaScript,
  id: 'tsx',
  extensions: ['.tsx'],
  grammar: 'tree-sitter-tsx',
};
