import { QueryError } from './errors.ts';

export type Token = { readonly offset: number; readonly end: number } & (
  | { readonly kind: 'symbol'; readonly text: string }
  /** Words of the language, and intrinsics with their scope: `duration`, `span:name`, `nil`. */
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'attribute'; readonly scope: AttributeScope; readonly name: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  /** Nanoseconds. */
  | { readonly kind: 'duration'; readonly value: number }
  | { readonly kind: 'end' }
);

/** '' is `.name`: the span's attribute, else its resource's. */
export type AttributeScope = '' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation' | 'parent';

const scopes = ['span', 'resource', 'event', 'link', 'instrumentation', 'parent'] as const;
const symbols = [
  '!>>',
  '!<<',
  '&>>',
  '&<<',
  '!>',
  '!<',
  '!~',
  '&>',
  '&<',
  '&~',
  '&&',
  '||',
  '>>',
  '<<',
  '>=',
  '<=',
  '!=',
  '=~',
  '{',
  '}',
  '(',
  ')',
  '=',
  '<',
  '>',
  '!',
  '~',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '|',
  ',',
];
/** Chains of operators make a tree that is walked recursively. */
const mostTokens = 2000;
/** What ends an attribute's name, beside white space: `- + * /` are part of it. */
const endsName = new Set('{}()=~!<>&|^,');
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
const durationPart = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w|y)/y;
const durationStart = /(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w|y))+/y;
const number = /\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z_][A-Za-z0-9_]*(?::[A-Za-z][A-Za-z0-9]*)?/y;
const skipped = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;

/** TraceQL text → tokens, the last of them `end`. Throws a `QueryError`. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += matchAt(skipped, query, at)?.length ?? 0;
    if (at >= query.length) break;
    const token = nextToken(query, at);
    if (tokens.push(token) > mostTokens) throw new QueryError('the query is too long', query, token.offset);
    at = token.end;
  }
  tokens.push({ kind: 'end', offset: query.length, end: query.length });
  return tokens;
}

function nextToken(query: string, offset: number): Token {
  const character = query[offset];
  if (character === '"' || character === '`') {
    const { value, end } = readString(query, offset);
    return { kind: 'string', value, offset, end };
  }
  const scope = scopes.find(name => query.startsWith(`${name}.`, offset));
  if (scope !== undefined || (character === '.' && !/\d/.test(query[offset + 1] ?? ''))) {
    const from = offset + (scope?.length ?? 0) + 1;
    const { name, end } = readName(query, from);
    if (name === '') throw new QueryError('an attribute name is missing after the dot', query, from);
    return { kind: 'attribute', scope: scope ?? '', name, offset, end };
  }
  const duration = matchAt(durationStart, query, offset);
  if (duration !== undefined)
    return { kind: 'duration', value: readDuration(duration), offset, end: offset + duration.length };
  const digits = matchAt(number, query, offset);
  if (digits !== undefined) {
    const end = offset + digits.length;
    if (/^\d+$/.test(digits)) return { kind: 'int', value: BigInt(digits), offset, end };
    return { kind: 'float', value: Number(digits), offset, end };
  }
  const text = matchAt(word, query, offset);
  if (text !== undefined) return { kind: 'word', text, offset, end: offset + text.length };
  const symbol = symbols.find(candidate => query.startsWith(candidate, offset));
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, offset, end: offset + symbol.length };
  throw new QueryError(
    `unexpected character '${String.fromCodePoint(query.codePointAt(offset)!)}'`,
    query,
    offset,
  );
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

/** `"…"` with Go's escapes, or a raw string in backquotes. */
function readString(query: string, offset: number): { value: string; end: number } {
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
    const matched = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/s.exec(
      query.slice(at, at + 10),
    );
    const [all = '', hex2, hex4, hex8, octal, single] = matched ?? [];
    const code = hex2 ?? hex4 ?? hex8;
    if (code !== undefined) value += fromCode(Number.parseInt(code, 16), query, at);
    else if (octal !== undefined) value += fromCode(Number.parseInt(octal, 8), query, at);
    else if (single !== undefined && single in escapes) value += escapes[single];
    else throw new QueryError('unknown escape in a string', query, at);
    at += all.length - 1;
  }
  throw new QueryError('this string is not closed', query, offset);
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
  "'": "'",
  '"': '"',
};

function fromCode(code: number, query: string, offset: number): string {
  if (code > 0x10ffff) throw new QueryError('an escape is no character', query, offset);
  return String.fromCodePoint(code);
}

/** An attribute's name with its quoted parts: `http.status`, `"my key".part`. */
function readName(query: string, offset: number): { name: string; end: number } {
  let name = '';
  let at = offset;
  while (at < query.length) {
    const character = query[at];
    if (/\s/.test(character) || endsName.has(character)) break;
    if (character !== '"') {
      name += character;
      at++;
      continue;
    }
    const from = at++;
    while (at < query.length && query[at] !== '"') {
      if (query[at] === '\\' && (query[at + 1] === '"' || query[at + 1] === '\\')) at++;
      name += query[at++];
    }
    if (at >= query.length) throw new QueryError('this quote is not closed', query, from);
    at++;
  }
  return { name, end: at };
}

/** `1h30m` → nanoseconds. */
function readDuration(text: string): number {
  let sum = 0;
  for (durationPart.lastIndex = 0; durationPart.lastIndex < text.length; ) {
    const [, digits, unit] = durationPart.exec(text)!;
    sum += Number(digits) * unitNanos[unit];
  }
  return sum;
}
