import { QueryError } from './errors.ts';

/** Longer values are cut before they are matched: what backtracks must not hold up the engine. */
export const longestMatched = 4096;

/**
 * A pattern in RE2's syntax, matched against the whole text. What JavaScript would read otherwise, or could take for ever over, is
 * refused: look-around, back-references, a repeated group that repeats inside.
 */
export function compileRegex(pattern: string, query: string, offset: number): RegExp {
  const flagged = /^\(\?([ims]+)\)/.exec(pattern);
  const body = flagged === null ? pattern : pattern.slice(flagged[0].length);
  if (/\(\?(?:[=!]|<[=!])/.test(body)) throw new QueryError('look-around is not part of RE2', query, offset);
  if (/\\[1-9]|\\k</.test(body)) throw new QueryError('back-references are not part of RE2', query, offset);
  if (/\((?:[^()\\]|\\.)*[*+}](?:[^()\\]|\\.)*\)[*+{]/.test(body))
    throw new QueryError('a repeated group that repeats inside is not supported', query, offset);
  const source = body
    .replaceAll('(?P<', '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\[\[:(\w+):\]\]/g, (all, name: string) => posixClasses[name] ?? all);
  try {
    return new RegExp(`^(?:${source})$`, `u${flagged?.[1] ?? ''}`);
  } catch (error) {
    throw new QueryError(`not a regular expression: ${(error as Error).message}`, query, offset);
  }
}

const posixClasses: { readonly [name: string]: string } = {
  alpha: '[A-Za-z]',
  digit: '[0-9]',
  alnum: '[A-Za-z0-9]',
  upper: '[A-Z]',
  lower: '[a-z]',
  space: '\\s',
  word: '\\w',
  punct: '[!-\\/:-@\\[-`{-~]',
};
