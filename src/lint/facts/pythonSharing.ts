import type { FunctionSyntax } from './syntax.ts';

type Word = 'global' | 'nonlocal';

/** Python: whether a function says `global name` or `nonlocal name`; with a word, that one alone. */
export function sharesVariable(made: FunctionSyntax, name: string, word?: Word): boolean {
  let shared = known.get(made);
  if (shared === undefined) known.set(made, (shared = sharedBy(made)));
  const said = shared.get(name);
  return said !== undefined && (word === undefined || said === word);
}

const known = new WeakMap<FunctionSyntax, ReadonlyMap<string, Word>>();

function sharedBy({ bodyAt: { text } }: FunctionSyntax): ReadonlyMap<string, Word> {
  const shared = new Map<string, Word>();
  for (const [, word, names] of text.matchAll(statement))
    for (const name of names.split(/[, \t]+/)) shared.set(name, word as Word);
  return shared;
}

/** To the end of the line, but for a comment. */
const statement = /^[ \t]*(global|nonlocal)[ \t]+([\w, \t]+?)[ \t]*(?:#.*)?$/gm;
