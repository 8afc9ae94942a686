import type { Expression, Place, TextExpression } from '../facts/syntax.ts';
import type { SyntaxNode } from './tree.ts';

export function text(at: Place, literal: string): TextExpression {
  return { type: 'text', at, parts: [literal] };
}

/** `a + b` as one text, what is no text being interpolated; undefined if none of it is text. */
export function concatenated(at: Place, terms: readonly Expression[]): TextExpression | undefined {
  if (!terms.some(term => term.type === 'text')) return undefined;
  return { type: 'text', at, parts: terms.flatMap(term => (term.type === 'text' ? term.parts : [term])) };
}

/** A printf-like format (`%s`, `%-5d`, `%(name)s`, `%2$s`, `%%`) with its arguments interpolated. */
export function printfText(at: Place, format: string, values: readonly Expression[]): TextExpression {
  const parts: (string | Expression)[] = [];
  let from = 0;
  let used = 0;
  for (const match of format.matchAll(/%(%|(?:\([^)]*\))?(?:(\d+)\$)?[-+# 0,]*[\d.*]*[a-zA-Z])/g)) {
    parts.push(format.slice(from, match.index));
    const index = match[2] === undefined ? used : Number(match[2]) - 1;
    if (match[1] !== '%' && match[2] === undefined) used++;
    parts.push(match[1] === '%' ? '%' : (values[index] ?? { type: 'unknown', at }));
    from = match.index + match[0].length;
  }
  parts.push(format.slice(from));
  return { type: 'text', at, parts };
}

/** The operands of a chain of one binary operator, left to right: `a + b + c` is nested to the left, however deep. */
export function chainOf(node: SyntaxNode, operator: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  let at: SyntaxNode | undefined = node;
  while (at !== undefined && at.type === node.type && at.child('operator')?.type === operator) {
    const right = at.child('right');
    if (right !== undefined) found.push(right);
    at = at.child('left');
  }
  if (at !== undefined) found.push(at);
  return found.reverse();
}
