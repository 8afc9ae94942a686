import { QueryError } from '../errors.ts';

const unitNanos: { readonly [unit: string]: number } = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
  y: 31_536_000e9,
};
/** Whatever could belong to a duration: it is one as a whole, or not at all. */
const durationRun = /[\d.nsumhdwyµμ]+/y;
/** Prometheus' form, from the largest unit to the smallest; and Go's, with fractions and in any order. */
const ordered = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;
const fractional = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const largestNanos = 2 ** 63;

/** `1h30m`, `1.5s`, `2w` → nanoseconds; undefined for anything else. */
export function durationAt(query: string, offset: number): { value: number; end: number } | undefined {
  durationRun.lastIndex = offset;
  const text = durationRun.exec(query)?.[0] ?? '';
  if (!/[a-zµμ]/.test(text) || !(ordered.test(text) || fractional.test(text))) return undefined;
  let value = 0;
  for (const [, digits, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g))
    value += Number(digits) * unitNanos[unit];
  return value < largestNanos ? { value, end: offset + text.length } : undefined;
}

const escapes: { readonly [character: string]: string } = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** `"…"` with Go's escapes, or a raw string in backquotes. */
export function stringAt(query: string, offset: number): { value: string; end: number } {
  const quote = query[offset];
  let value = '';
  for (let at = offset + 1; at < query.length; at++) {
    const character = query[at];
    if (character === quote) return { value, end: at + 1 };
    if (character === '\n' && quote === '"') break;
    if (character !== '\\' || quote === '`') {
      value += character;
      continue;
    }
    const matched = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/s.exec(
      query.slice(at, at + 10),
    );
    const [all = '', hex2, hex4, hex8, octal, single] = matched ?? [];
    const code = hex2 ?? hex4 ?? hex8;
    if (code !== undefined) value += fromCode(Number.parseInt(code, 16), query, at);
    else if (octal !== undefined) value += fromCode(Number.parseInt(octal, 8), query, at);
    else if (single !== undefined && Object.hasOwn(escapes, single)) value += escapes[single];
    else throw new QueryError('unknown escape in a string', query, at);
    at += all.length - 1;
  }
  throw new QueryError('this string is not closed', query, offset);
}

function fromCode(code: number, query: string, offset: number): string {
  if (code > 0x10ffff) throw new QueryError('an escape is no character', query, offset);
  return String.fromCodePoint(code);
}
