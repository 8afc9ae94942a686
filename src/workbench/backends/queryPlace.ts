/** The query with what its end is missing: completion leaves quotes and braces open. */
export function closed(query: string): string {
  const quoted = quotesIn(query) % 2 === 1 ? `${query}"` : query;
  return /^\s*\{[^}]*$/.test(quoted) ? `${quoted.trimEnd()} }` : quoted;
}

/** What is being typed at the end of a query: a name, or a value of the name before it. */
export interface QueryPlace {
  /** What stands before it; the quote that a value begins with is part of neither. */
  readonly before: string;
  /** The name whose value it is; undefined: a name is being typed. */
  readonly name: string | undefined;
  readonly typed: string;
}

const operator = String.raw`\s*(?:=~?|![=~]|[<>]=?)\s*`;
const inQuotes = new RegExp(String.raw`^(.*?([\w.:-]+)${operator})"((?:[^"\\]|\\.)*)$`, 's');
const bare = new RegExp(String.raw`^(.*?([\w.:-]+)${operator})([^\s"{}()&|=!<>~]*)$`, 's');
const nameAtEnd = /^(.*?)([\w.:-]*)$/s;

export function placeOf(query: string): QueryPlace {
  const [, before = '', name, typed = ''] = (quotesIn(query) % 2 === 1 ? inQuotes : bare).exec(query) ?? [];
  if (name !== undefined) return { before, name, typed };
  const [, rest = '', part = ''] = nameAtEnd.exec(query) ?? [];
  return { before: rest, name: undefined, typed: part };
}

/** Of a value as TraceQL writes it, what somebody types of it. */
export function typedText(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1) : word;
}

function quotesIn(query: string): number {
  return query.replace(/\\./gs, '').split('"').length - 1;
}
