import type { AttributeWrite } from '../facts/attributes/attributes.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Fix } from '../rules/rule.ts';
import { type ImportedName, importNames, type WantedImport } from './imports.ts';
import { replace } from './text.ts';

interface Recipe {
  readonly wanted: readonly WantedImport[];
  write(names: readonly ImportedName[], value: string): string;
}

const javascript: Recipe = {
  wanted: [{ module: 'node:crypto', name: 'createHash' }],
  write: ([{ local }], value) => `${local}('sha256').update(String(${value})).digest('hex')`,
};

const recipes: { readonly [language: string]: Recipe | undefined } = {
  javascript,
  typescript: javascript,
  python: {
    wanted: [{ module: 'hashlib', name: '*' }],
    write: ([{ local }], value) => `${local}.sha256(str(${value}).encode()).hexdigest()`,
  },
  go: {
    wanted: [
      { module: 'crypto/sha256', name: '*' },
      { module: 'fmt', name: '*' },
    ],
    write: ([sha, fmt], value) => `${fmt.local}.Sprintf("%x", ${sha.local}.Sum256([]byte(${value})))`,
  },
};

/**
 * Records a hash in place of the value, by which spans of one person are still found; the key says so, `user.email`
 * becomes the `user.hash` of the conventions. A suggestion: who reads the key elsewhere has to follow.
 */
export function hashValue(file: FileFacts, { key, keyAt, valueAt }: AttributeWrite): Fix | undefined {
  const recipe = recipes[file.language];
  if (recipe === undefined || key === undefined || keyAt === undefined) return undefined;
  const quote = /^["'`]/.exec(keyAt.text)?.[0];
  if (quote === undefined || keyAt.text.slice(1, -1) !== key) return undefined;
  const newKey = key === 'user.email' || key === 'user.full_name' ? 'user.hash' : `${key}.hash`;
  const names = importNames(file, recipe.wanted);
  return {
    title: `Record a hash as ${newKey}`,
    kind: 'suggestion',
    edits: [
      ...names.flatMap(({ edits }) => edits),
      replace(keyAt, quote + newKey + quote),
      replace(valueAt, recipe.write(names, valueAt.text)),
    ],
  };
}
