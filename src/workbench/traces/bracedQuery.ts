/**
 * The condition that somebody has typed without braces (`duration > 100ms`), as a query; `undefined` for a query, and for
 * words, which are looked for as they stand.
 */
export function bracedQuery(text: string): string | undefined {
  if (/^\s*[{(]/.test(text) || !/[=<>~]/.test(text)) return undefined;
  return `{ ${text.trim()} }`;
}
