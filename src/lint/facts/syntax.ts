/**
 * What every language's adapter reads out of a syntax tree: calls, bindings and functions in one shape. Facts are made
 * from these and not from trees, so that a rule is written once for all languages.
 */
import type { SourceRange } from '../../model/source.ts';

/** An expression as far as facts need it. Nested at most `maxValueDepth` deep; what lies deeper is `unknown`. */
export type Value =
  /** A string; a part that is not a string is interpolated. */
  | { readonly type: 'text'; readonly parts: readonly (string | Value)[] }
  /** `tracer`, `this.tracer`, `SpanKind.CLIENT`. */
  | { readonly type: 'reference'; readonly path: string }
  | ({ readonly type: 'call' } & CallParts)
  | { readonly type: 'object'; readonly fields: ReadonlyMap<string, Value> }
  /** One of several: `a ? 'x' : 'y'`. */
  | { readonly type: 'choice'; readonly values: readonly Value[] }
  | { readonly type: 'list'; readonly values: readonly Value[] }
  | { readonly type: 'function' }
  | { readonly type: 'unknown' };

export const unknown: Value = { type: 'unknown' };
export const maxValueDepth = 8;

export interface CallParts {
  /** Last segment of the callee; `` if it has no name. */
  readonly callee: string;
  /** What the method is called on. */
  readonly receiver?: Value;
  readonly arguments: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export interface Call extends CallParts, SourceRange {
  /** Index of the innermost enclosing function in `SyntaxFacts.functions`; -1 at the top of the file. */
  readonly inFunction: number;
  /** The function or class that the call decorates. */
  readonly decorates?: string;
}

/** An entry of an object literal whose key is quoted: `'GET /orders': listOrders`. */
export interface Entry extends SourceRange {
  readonly key: string;
  readonly value: Value;
  readonly inFunction: number;
}

export interface FunctionSyntax {
  /** Last segment; `` if it has none. */
  readonly name: string;
  /** With the names of enclosing functions and classes. */
  readonly qualifiedName: string;
  /** `` for a parameter that is a pattern. The receiver (`self`, Go's) is not one. */
  readonly parameters: readonly string[];
  readonly line: number;
  readonly endLine: number;
  /** Index of the enclosing function; -1 if there is none. */
  readonly parent: number;
}

/** Valid while the tree is: values are read when they are first asked for, because most never are. */
export interface SyntaxFacts {
  readonly calls: readonly Call[];
  readonly entries: readonly Entry[];
  readonly bindings: Bindings;
  readonly functions: readonly FunctionSyntax[];
}

export interface Bindings {
  /** `tracer`, `this.tracer` → the value it is given; undefined if none is, or several different ones are. */
  get(path: string): Value | undefined;
}

/** The static text of a value; undefined if it is not wholly static. */
export function staticText(value: Value | undefined): string | undefined {
  if (value?.type !== 'text') return undefined;
  return value.parts.every(part => typeof part === 'string') ? value.parts.join('') : undefined;
}

export function text(literal: string): Value {
  return { type: 'text', parts: [literal] };
}

/** `a` + `b` as one text; what is no text is interpolated. */
export function concatenated(values: readonly Value[]): Value {
  if (!values.some(value => value.type === 'text')) return unknown;
  return { type: 'text', parts: values.flatMap(value => (value.type === 'text' ? value.parts : [value])) };
}

/** A printf-like format (`%s`, `%-5d`, `%(name)s`, `%%`) with its arguments interpolated. */
export function printfText(format: string, values: readonly Value[]): Value {
  const parts: (string | Value)[] = [];
  let at = 0;
  let used = 0;
  for (const match of format.matchAll(/%(%|(?:\([^)]*\))?[-+# 0]*[\d.*]*[a-zA-Z])/g)) {
    parts.push(format.slice(at, match.index));
    parts.push(match[1] === '%' ? '%' : (values[used++] ?? unknown));
    at = match.index + match[0].length;
  }
  parts.push(format.slice(at));
  return { type: 'text', parts };
}
