/** Longer texts are cut: what makes a template is at the beginning. */
const mostCharacters = 200;

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
/** With a digit in it: `deadbeef` alone may be a word, `feedface1` is not. */
const hex = /\b(?=[a-f]*[0-9])[0-9a-f]{8,64}\b/gi;
const mail = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/g;
const number = /[0-9]+/g;

/** The text with numbers, UUIDs, hex and mail addresses replaced by `{}`: `item-17` → `item-{}`. */
export function nameTemplate(text: string): string {
  return text
    .slice(0, mostCharacters)
    .replace(uuid, '{}')
    .replace(mail, '{}')
    .replace(hex, '{}')
    .replace(number, '{}');
}

/** A version in a path is no identifier: `/v1/orders/17` → `/v1/orders/{}`. */
export function pathTemplate(path: string): string {
  return path
    .slice(0, mostCharacters)
    .split('/')
    .map(segment => (/^v[0-9]{1,3}$/.test(segment) ? segment : pathSegment(segment)))
    .join('/');
}

function pathSegment(segment: string): string {
  const template = nameTemplate(segment);
  // A part that is mostly an identifier is one: `order-17-x9` and long random words too.
  return template !== segment || segment.length > 40 ? '{}' : segment;
}

const quoted = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"/g;
const placeholders = /(?:\$\{\}|:\{\}|%s|\?|\{\})(?:\s*,\s*(?:\$\{\}|:\{\}|%s|\?|\{\}))*/g;

/** A statement without its literals; lists of values are one: `… id IN (1, 2, 3)` → `… id IN (?)`. */
export function statementTemplate(statement: string): string {
  return statement
    .slice(0, 4 * mostCharacters)
    .replace(quoted, '?')
    .replace(uuid, '?')
    .replace(/(?<![A-Za-z_0-9])[0-9]+(?:\.[0-9]+)?/g, '?')
    .replace(/(?<=[:\-_])[0-9a-f]*[0-9][0-9a-f]*\b/gi, '?')
    .replace(placeholders, '?')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, mostCharacters);
}
