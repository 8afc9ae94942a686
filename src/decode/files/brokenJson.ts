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

const tokens = {
  space: /[ \t\r\n]*/y,
  text: /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y,
  scalar: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y,
};

/** Where a JSON text stops being one; its length if it ends too early. Messages of `JSON.parse` do not always say. */
export function faultIn(text: string): number {
  const closers: ('}' | ']')[] = [];
  let wanted: 'value' | 'element' | 'key' | 'member' | 'colon' | 'more' = 'value';
  let at = after(tokens.space, text, 0);
  while (at < text.length) {
    const letter = text[at];
    let end = at;
    if (letter === closers.at(-1) && (wanted === 'element' || wanted === 'member' || wanted === 'more')) {
      closers.pop();
      wanted = 'more';
      end = at + 1;
    } else if (wanted === 'more' && letter === ',' && closers.length > 0) {
      wanted = closers.at(-1) === '}' ? 'key' : 'value';
      end = at + 1;
    } else if (wanted === 'colon' && letter === ':') {
      wanted = 'value';
      end = at + 1;
    } else if (wanted === 'key' || wanted === 'member') {
      end = after(tokens.text, text, at);
      wanted = 'colon';
    } else if (wanted === 'value' || wanted === 'element') {
      if (letter === '{' || letter === '[') {
        closers.push(letter === '{' ? '}' : ']');
        wanted = letter === '{' ? 'member' : 'element';
        end = at + 1;
      } else {
        end = after(letter === '"' ? tokens.text : tokens.scalar, text, at);
        wanted = 'more';
      }
    }
    if (end === at) return at;
    at = after(tokens.space, text, end);
  }
  return text.length;
}

/** The end of what a pattern matches at a place, or that place. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
