/** The query with what its end is missing: completion leaves quotes and braces open. */
export function closed(query: string): string {
  const quoted = query.split('"').length % 2 === 0 ? `${query}"` : query;
  return /^\s*\{[^}]*$/.test(quoted) ? `${quoted.trimEnd()} }` : quoted;
}

/** What is being typed at the end of a query: a name, or a value in quotes of the name before it. */
export function placeOf(query: string): {
  before: string;
  name: string | undefined;
  typed: string;
  quote: string;
} {
  const value = /^(.*?([\w.:-]+)\s*!?=~?\s*")([^"]*)$/s.exec(query);
  const quotes = query.split('"').length - 1;
  if (value !== null && quotes % 2 === 1)
    return { before: value[1], name: value[2], typed: value[3], quote: '"' };
  const [, before = '', typed = ''] = /^(.*?)([\w.:-]*)$/s.exec(query) ?? [];
  return { before, name: undefined, typed, quote: '' };
}
