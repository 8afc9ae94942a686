import { QueryError } from './errors.ts';
import { RegexAutomaton } from './regex/automaton.ts';
import { parseRegex, RegexError } from './regex/syntax.ts';

/** A pattern in RE2's syntax, matched against the whole text in linear time: no query can hold up the engine. */
export function compileRegex(pattern: string, query: string, offset: number): RegexAutomaton {
  try {
    return new RegexAutomaton(parseRegex(pattern));
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new QueryError(`not a regular expression: ${error.message}`, query, offset);
  }
}
