import { readEcmaScript } from './javascript.ts';
import type { LanguageAdapter } from './language.ts';

export const typescript: LanguageAdapter = {
  id: 'typescript',
  extensions: ['.ts', '.mts', '.cts'],
  grammar: 'tree-sitter-typescript',
  read: readEcmaScript,
};

export const tsx: LanguageAdapter = {
  id: 'tsx',
  extensions: ['.tsx'],
  grammar: 'tree-sitter-tsx',
  read: readEcmaScript,
};
