import { QueryError } from '../errors.ts';
import { type AttributeScope, attributeScopes } from '../fields.ts';
import { durationAt, stringAt } from './literals.ts';

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

/** Longest first: of two that fit the longer one is meant. */
const symbols = [
  ...['!>>', '!<<', '&>>', '&<<'],
  ...['!>', '!<', '!~', '&>', '&<', '&~', '&&', '||', '>>', '<<', '>=', '<=', '!=', '=~'],
  ...['{', '}', '(', ')', '=', '<', '>', '!', '~', '+', '-', '*', '/', '%', '^', '|', ','],
];
/** Chains of operators make a tree that is walked recursively. */
const mostTokens = 2000;
const largestInt = 2n ** 63n - 1n;
/** What ends an attribute's name, beside white space: `- + * /` are part of it. */
const endsName = new Set('{}()=~!<>&|^,');
const number = /\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y;
const word = /(?:(?:trace|span|event|link|instrumentation):\s*)?[\p{L}_][\p{L}\p{Nd}_]*/uy;
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
  if (character === '"' || character === '`') return { kind: 'string', ...stringAt(query, offset), offset };
  const scope = attributeScopes.find(name => name !== '' && query.startsWith(`${name}.`, offset));
  if (scope !== undefined || (character === '.' && !/\d/.test(query[offset + 1] ?? ''))) {
    const from = offset + (scope?.length ?? 0) + 1;
    const { name, end } = readName(query, from);
    if (name === '') throw new QueryError('an attribute name is missing after the dot', query, from);
    return { kind: 'attribute', scope: scope ?? '', name, offset, end };
  }
  const digits = matchAt(number, query, offset);
  if (digits !== undefined) {
    const duration = durationAt(query, offset);
    if (duration !== undefined) return { kind: 'duration', ...duration, offset };
    return numberToken(query, digits, offset);
  }
  const text = matchAt(word, query, offset);
  if (text !== undefined)
    return { kind: 'word', text: text.replace(/\s+/, ''), offset, end: offset + text.length };
  const symbol = symbols.find(candidate => query.startsWith(candidate, offset));
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, offset, end: offset + symbol.length };
  const shown = String.fromCodePoint(query.codePointAt(offset)!);
  throw new QueryError(`unexpected character '${shown}'`, query, offset);
}

function numberToken(query: string, digits: string, offset: number): Token {
  const end = offset + digits.length;
  if (!/^\d+$/.test(digits)) return { kind: 'float', value: Number(digits), offset, end };
  const value = BigInt(digits);
  if (value > largestInt) throw new QueryError('this number is too large', query, offset);
  return { kind: 'int', value, offset, end };
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
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
      if (query[at] === '\\' && ++at < query.length && query[at] !== '"' && query[at] !== '\\')
        throw new QueryError('in the name of an attribute only \\" and \\\\ are escapes', query, at - 1);
      name += query[at++] ?? '';
    }
    if (at >= query.length) throw new QueryError('this quote is not closed', query, from);
    at++;
  }
  return { name, end: at };
}
