import { intrinsicOf, intrinsicSpellings, intrinsicTypes } from './fields.ts';
import { constantWords } from './parse/fieldParser.ts';
import { metricsWords } from './parse/metricsParser.ts';

/** What could stand at a place of a query. */
export interface CompletionPlace {
  /** What is replaced: from here to the place itself, UTF-16 units. */
  readonly from: number;
  /** What has been typed of it. */
  readonly typed: string;
  /** Words of the language and intrinsics that can stand here. */
  readonly words: readonly CompletionWord[];
  /** Attributes can stand here: their scope (`span.`, `.`), if it has been typed. */
  readonly attributes: { readonly scope: string } | undefined;
  /** A value can stand here, of what this field has. */
  readonly valuesOf: string | undefined;
}

export interface CompletionWord {
  readonly text: string;
  readonly kind: 'keyword' | 'intrinsic';
}

const scopes = ['span.', 'resource.', 'event.', 'link.', 'instrumentation.'];
const comparisons = ['=', '!=', '<', '<=', '>', '>=', '=~', '!~'];
const aggregates = ['count()', 'avg(', 'max(', 'min(', 'sum('];
const relations = [
  '&&',
  '||',
  '>',
  '>>',
  '<',
  '<<',
  '~',
  '!>',
  '!>>',
  '!<',
  '!<<',
  '!~',
  '&>',
  '&>>',
  '&<',
  '&<<',
  '&~',
];

/**
 * Looks at the text before the cursor, however incomplete, and tells what could come there. Made for a query that is being
 * typed: nothing is thrown.
 */
export function completionPlace(query: string, offset: number): CompletionPlace {
  const before = query.slice(0, offset);
  const state = scan(before);
  const { tokens, inString } = state;
  const last = tokens.at(-1);
  if (inString !== undefined) {
    const field = fieldBefore(tokens);
    return {
      from: inString,
      typed: before.slice(inString + 1),
      words: [],
      attributes: undefined,
      valuesOf: field,
    };
  }
  const isTyping = last !== undefined && last.end === before.length && /[\w."]$/.test(last.text);
  const typed = isTyping ? last.text : '';
  const from = before.length - typed.length;
  const earlier = isTyping ? tokens.slice(0, -1) : tokens;
  const none = { from, typed, words: [], attributes: undefined, valuesOf: undefined };
  if (expectsOperand(state, earlier)) {
    const scope = scopes.find(each => typed.startsWith(each)) ?? (typed.startsWith('.') ? '.' : '');
    const after = earlier.at(-1)?.text ?? '';
    const isField = state.inside === 'list' || !comparisons.includes(after);
    return {
      ...none,
      words: scope === '' ? operandWords(isField, fieldBefore(earlier)) : [],
      attributes: isField ? { scope } : undefined,
      valuesOf: isField ? undefined : fieldBefore(earlier),
    };
  }
  if (isTyping && state.inside === 'braces') return none;
  return { ...none, words: nextWords(state, earlier) };
}

interface Scanned {
  readonly tokens: readonly { readonly text: string; readonly end: number }[];
  /** Where a string begins that is not closed. */
  readonly inString: number | undefined;
  /** What the place lies in: `{ … }`, a list of fields in parentheses, or neither. */
  readonly inside: 'braces' | 'list' | 'pipeline';
}

const tokenPattern =
  /\s+|"(?:[^"\\]|\\.)*(?:"|$)|`[^`]*(?:`|$)|(?:[A-Za-z_]\w*:)?[\w.][^\s{}()=~!<>&|^,"]*(?:"(?:[^"\\]|\\.)*"?[^\s{}()=~!<>&|^,"]*)*|[!&]?(?:>>|<<)|[!&][><~=]|&&|\|\||[<>]=|=~|./gs;

function scan(text: string): Scanned {
  const tokens: { text: string; end: number }[] = [];
  const open: ('braces' | 'list' | 'pipeline')[] = [];
  let inString: number | undefined;
  for (const { 0: token, index } of text.matchAll(tokenPattern)) {
    if (/^\s/.test(token)) continue;
    const quote = token[0];
    if ((quote === '"' || quote === '`') && (token.length === 1 || !token.endsWith(quote))) {
      inString = index;
      break;
    }
    if (token === '{') open.push('braces');
    else if (token === '(') {
      const of = tokens.at(-1)?.text ?? '';
      open.push(open.at(-1) === 'braces' ? 'braces' : /^\w/.test(of) ? 'list' : 'pipeline');
    } else if (token === '}' || token === ')') open.pop();
    tokens.push({ text: token, end: index + token.length });
  }
  return { tokens, inString, inside: open.at(-1) ?? 'pipeline' };
}

function expectsOperand({ inside }: Scanned, earlier: Scanned['tokens']): boolean {
  if (inside === 'pipeline') return false;
  const after = earlier.at(-1)?.text ?? '';
  return ['{', '(', ',', '&&', '||', '+', '-', '*', '/', '%', '^', '!', ...comparisons].includes(after);
}

/** The field that a comparison at the end of the tokens asks about. */
function fieldBefore(tokens: Scanned['tokens']): string | undefined {
  const operator = tokens.at(-1)?.text ?? '';
  const field = tokens.at(-2)?.text;
  return comparisons.includes(operator) && field !== undefined && /^[\w.]/.test(field) ? field : undefined;
}

function operandWords(isField: boolean, comparedWith: string | undefined): CompletionWord[] {
  const intrinsics = intrinsicSpellings.map((text): CompletionWord => ({ text, kind: 'intrinsic' }));
  if (isField) return [...scopes.map(keyword), ...intrinsics];
  const intrinsic = comparedWith === undefined ? undefined : intrinsicOf(comparedWith);
  const type = intrinsic === undefined ? 'any' : intrinsicTypes[intrinsic];
  return constantWords.filter(word => fits(word, type)).map(keyword);
}

const statuses = ['error', 'ok', 'unset'];
const kinds = ['server', 'client', 'producer', 'consumer', 'internal', 'unspecified'];

function fits(word: string, type: string): boolean {
  if (type === 'status') return statuses.includes(word);
  if (type === 'kind') return kinds.includes(word);
  return type === 'any' && !statuses.includes(word) && !kinds.includes(word);
}

function nextWords({ inside, tokens }: Scanned, earlier: Scanned['tokens']): CompletionWord[] {
  const after = earlier.at(-1)?.text;
  if (inside === 'braces') return [...comparisons, '&&', '||', '}'].map(keyword);
  if (inside === 'list') return [',', ')'].map(keyword);
  if (after === undefined || after === '(' || relations.includes(after)) {
    const first = after === undefined ? [...aggregates, 'by(', 'select('] : [];
    return ['{ ', '(', ...first].map(keyword);
  }
  if (after === '|')
    return [
      ...['{ ', ...aggregates, 'by(', 'select(', 'coalesce()'],
      ...metricsWords.map(word => (word === 'rate' || word === 'count_over_time' ? `${word}()` : `${word}(`)),
      ...(tokens.some(({ text }) => metricsWords.includes(text)) ? ['topk(', 'bottomk('] : []),
    ].map(keyword);
  if (tokens.some(({ text }) => metricsWords.includes(text)))
    return ['by (', '|', '>', '<', 'with('].map(keyword);
  return ['|', ...relations].map(keyword);
}

function keyword(text: string): CompletionWord {
  return { text, kind: 'keyword' };
}
