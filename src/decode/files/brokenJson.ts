/** Lists of what is worth keeping: a document that ends in the middle is kept up to the last whole element of one. */
const lists: ReadonlySet<string> = new Set(['spans', 'resourceSpans', 'resource_spans', 'batches', 'data']);

/** A list or object that is open; `key` is the one under which it stands. */
interface Open {
  readonly closer: '}' | ']';
  readonly key: string;
}

/**
 * The part of a JSON text that is whole before `limit`, as valid JSON: cut after the last element of a list of spans or of
 * what holds them, everything closed. Undefined if there is none. The text is right up to `limit`.
 */
export function wholePart(text: string, limit: number): string | undefined {
  const open: Open[] = [];
  let best: { readonly end: number; readonly closers: string } | undefined;
  let key = '';
  for (let at = 0; at < limit; at++) {
    const letter = text[at];
    if (letter === '"') {
      const end = endOfText(text, at, limit);
      if (end < 0) break;
      if (/^\s*:/.test(text.slice(end, end + 8))) key = text.slice(at + 1, end - 1);
      at = end - 1;
    } else if (letter === '{' || letter === '[') {
      open.push({ closer: letter === '{' ? '}' : ']', key });
      key = '';
    } else if (letter === '}' || letter === ']') {
      open.pop();
      const around = open.at(-1);
      // The element of a list: of spans, or of a list that is the whole document.
      if (around?.closer === ']' && (lists.has(around.key) || open.length === 1))
        best = {
          end: at + 1,
          closers: open
            .map(({ closer }) => closer)
            .reverse()
            .join(''),
        };
    }
  }
  return best === undefined ? undefined : text.slice(0, best.end) + best.closers;
}

/** The offset after the closing quote; −1 if there is none. */
function endOfText(text: string, at: number, limit: number): number {
  for (let end = at + 1; end < limit; end++)
    if (text[end] === '\\') end++;
    else if (text[end] === '"') return end + 1;
  return -1;
}
