import { assignment, type Draft, linesOf } from './draft.ts';

/** `KEY=value` lines: `.env` files and Java properties. */
export function readDotenv(source: string, draft: Draft): void {
  for (const { start, end, text } of linesOf(source)) {
    if (/^\s*[#!]/.test(text)) {
      draft.comments.push({ start: start + text.search(/\S/), end });
      continue;
    }
    const prefix = /^\s*export\s+/.exec(text)?.[0].length ?? 0;
    const uncommented = withoutComment(text);
    const pair = assignment(uncommented.slice(prefix), start + prefix);
    if (pair === undefined) continue;
    const at = {
      start: start + (text.length - text.trimStart().length),
      end: start + uncommented.trimEnd().length,
    };
    draft.variable(pair.name, pair.nameAt, pair.value, pair.valueAt, at, undefined);
  }
}

/** A `#` behind a space begins a comment, unless it is quoted. */
function withoutComment(text: string): string {
  const quoted = /^\s*(?:export\s+)?[\w.-]+\s*=\s*(?:"[^"]*"|'[^']*')/.exec(text)?.[0];
  if (quoted !== undefined) return quoted;
  const comment = text.search(/\s#/);
  return comment < 0 ? text : text.slice(0, comment);
}
