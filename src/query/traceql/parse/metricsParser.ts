import type { ComparisonOperator, MetricsFunction, OverTimeName, SecondStage } from '../ast.ts';
import type { Field } from '../fields.ts';
import type { Cursor } from './cursor.ts';
import { parseField, parseFields } from './fieldParser.ts';
import { parseFilter } from './filterParser.ts';
import { parseNumber } from './numberParser.ts';

const functions: { readonly [word: string]: { field: boolean } } = {
  rate: { field: false },
  count_over_time: { field: false },
  min_over_time: { field: true },
  max_over_time: { field: true },
  avg_over_time: { field: true },
  sum_over_time: { field: true },
  quantile_over_time: { field: true },
  histogram_over_time: { field: true },
};
export const metricsWords: readonly string[] = [...Object.keys(functions), 'compare'];
export const comparisons: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=']);
const defaultTop = 10;

/** The function that ends a pipeline and makes series of it; undefined if none stands here. */
export function parseMetricsFunction(cursor: Cursor): MetricsFunction | undefined {
  const { next } = cursor;
  if (next.kind !== 'word') return undefined;
  if (next.text === 'compare') return parseCompare(cursor);
  if (!Object.hasOwn(functions, next.text)) return undefined;
  const { text: name, offset } = cursor.advance() as typeof next;
  cursor.expect('(');
  const field = functions[name].field ? parseField(cursor) : undefined;
  const quantiles: number[] = [];
  if (name === 'quantile_over_time')
    do {
      cursor.expect(',', ' and a quantile from 0 to 1');
      quantiles.push(parseQuantile(cursor));
    } while (cursor.isSymbol(','));
  cursor.expect(')');
  let by: readonly Field[] = [];
  if (cursor.isWord('by')) {
    cursor.advance();
    by = parseFields(cursor);
  }
  return { node: 'overTime', name: name as OverTimeName, field, quantiles, by, offset };
}

/** `| topk(5) > 10 …`, any number of them. */
export function parseSecondStages(cursor: Cursor): SecondStage[] {
  const stages: SecondStage[] = [];
  for (;;) {
    const { next, afterNext } = cursor;
    const { offset } = next;
    if (next.kind !== 'symbol') return stages;
    if (comparisons.has(next.text)) {
      cursor.advance();
      const { type, value } = parseNumber(cursor);
      const seconds = type === 'duration' ? value / 1e9 : Number(value);
      stages.push({
        node: 'threshold',
        operator: next.text as ComparisonOperator,
        value: seconds,
        offset,
      });
    } else if (next.text === '|') {
      cursor.advance();
      if (afterNext.kind !== 'word' || (afterNext.text !== 'topk' && afterNext.text !== 'bottomk'))
        throw cursor.errorHere(`after a metrics function come topk and bottomk, found ${cursor.shown()}`);
      cursor.advance();
      cursor.expect('(');
      const limit = Number(parseInteger(cursor, 'a number of series'));
      cursor.expect(')');
      stages.push({ node: afterNext.text, limit, offset: afterNext.offset });
    } else return stages;
  }
}

function parseCompare(cursor: Cursor): MetricsFunction {
  const { offset } = cursor.advance();
  cursor.expect('(');
  const filter = parseFilter(cursor);
  let top = defaultTop;
  let start = 0n;
  let end = 0n;
  if (cursor.take(',')) {
    top = Number(parseInteger(cursor, 'a number of values'));
    if (cursor.take(',')) {
      start = parseInteger(cursor, 'a time in nanoseconds since 1970');
      cursor.expect(',', ' and the end of the time');
      end = parseInteger(cursor, 'a time in nanoseconds since 1970');
    }
  }
  cursor.expect(')');
  return { node: 'compare', filter, top, start, end, offset };
}

function parseQuantile(cursor: Cursor): number {
  const { next } = cursor;
  if (next.kind !== 'int' && next.kind !== 'float')
    throw cursor.errorHere(`expected a quantile from 0 to 1, found ${cursor.shown()}`);
  cursor.advance();
  return Number(next.value);
}

function parseInteger(cursor: Cursor, what: string): bigint {
  const { next } = cursor;
  if (next.kind !== 'int') throw cursor.errorHere(`expected ${what}, found ${cursor.shown()}`);
  cursor.advance();
  return next.value;
}
