import type { SpansetFilter } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './fieldParser.ts';

/** `{ … }`. */
export function parseFilter(cursor: Cursor): SpansetFilter {
  const { offset } = cursor.next;
  cursor.expect('{');
  const expression = cursor.recovering('}', () => {
    if (cursor.take('}')) return undefined;
    const inner = parseExpression(cursor);
    cursor.expect('}', ' or an operator');
    return inner;
  });
  return { node: 'filter', expression, offset };
}
