import type { AggregateName, Hint, Query, ScalarExpression, SpansetExpression, Stage } from './ast.ts';
import { checkQuery } from './checkQuery.ts';
import { QueryError, throwAll } from './errors.ts';
import { combine, levels, type Part } from './parse/combine.ts';
import { Cursor } from './parse/cursor.ts';
import { parseExpression, parseFields, parseStatic } from './parse/fieldParser.ts';
import { parseFilter } from './parse/filterParser.ts';
import { comparisons, metricsWords, parseMetricsFunction, parseSecondStages } from './parse/metricsParser.ts';
import { parseNumberOperand } from './parse/numberParser.ts';

const aggregates: ReadonlySet<string> = new Set(['count', 'min', 'max', 'avg', 'sum']);

/**
 * TraceQL → its syntax tree, checked. Throws a `QueryError` that tells of all mistakes, of one in each `{ … }` at least; an
 * `UnsupportedQueryError` for what is TraceQL, but answered by nobody (Tempo included). Grammar: grafana/tempo, `pkg/traceql/expr.y`.
 */
export function parseQuery(query: string): Query {
  const cursor = new Cursor(query);
  const parsed = parseFrom(cursor);
  throwAll([...cursor.errors, ...checkQuery(parsed, query)]);
  return parsed;
}

/** The syntax tree alone: types are not looked at. */
export function parseSyntax(query: string): Query {
  const cursor = new Cursor(query);
  const parsed = parseFrom(cursor);
  throwAll(cursor.errors);
  return parsed;
}

/** Filters with mistakes are `{ }` in the tree, and the mistakes in `cursor.errors`. Throws with them what is beyond repair. */
function parseFrom(cursor: Cursor): Query {
  try {
    return parseWhole(cursor);
  } catch (error) {
    if (error instanceof QueryError) throwAll([...cursor.errors, error]);
    throw error;
  }
}

function parseWhole(cursor: Cursor): Query {
  if (cursor.atEnd) throw cursor.errorHere('the query is empty: { } finds every span');
  const part = parsePipeline(cursor, false);
  const hints: Hint[] = [];
  while (cursor.isWord('with')) hints.push(...parseHints(cursor));
  if (!cursor.atEnd) throw cursor.errorHere(`expected the end of the query, found ${cursor.shown()}`);
  switch (part.kind) {
    case 'pipeline':
      return { kind: 'spansets', stages: part.stages, hints };
    case 'wrapped':
      return { kind: 'spansets', stages: [part.node], hints };
    case 'pipelineFilter':
      return { kind: 'spansets', stages: [part.stage], hints };
    case 'metrics':
      return { kind: 'metrics', expression: part.node, after: part.after ?? [], hints };
    default:
      throw cursor.error('this is not a query: it finds no spans', 0);
  }
}

/** Stages up to the end, a `)` or `with`; what is put together from pipelines in parentheses stands alone. */
function parsePipeline(cursor: Cursor, inParentheses: boolean): Part | { kind: 'pipeline'; stages: Stage[] } {
  const stages: Stage[] = [];
  do {
    const { offset } = cursor.next;
    if (stages.length > 0) {
      const metric = parseMetricsFunction(cursor);
      if (metric !== undefined)
        return {
          kind: 'metrics',
          node: { node: 'metrics', stages, metric, after: parseSecondStages(cursor), offset },
          offset,
        };
    } else refuseAtStart(cursor);
    const named = parseNamedStage(cursor, stages.length === 0);
    if (named !== undefined) {
      stages.push(named);
      continue;
    }
    const part = parseParts(cursor, 0);
    if (part.kind === 'spanset') stages.push(part.node);
    else if (part.kind === 'scalarFilter') stages.push(part.stage);
    else if (part.kind === 'scalar' && stages.length > 0 && inParentheses && cursor.isSymbol(')')) {
      if (part.node.node !== 'aggregate') throw cursor.error('expected an aggregate alone', offset);
      const node: ScalarExpression = { node: 'scalarPipeline', stages, aggregate: part.node, offset };
      return { kind: 'scalarPipeline', node, offset };
    } else if (stages.length > 0 || (part.kind === 'scalar' && !inParentheses))
      throw part.kind === 'scalar'
        ? cursor.errorHere(`expected a comparison of the aggregate, found ${cursor.shown()}`)
        : cursor.error('this does not stand after |', offset);
    else if (part.kind === 'metrics') {
      const after = parseSecondStages(cursor);
      return after.length === 0 ? part : { ...part, after };
    } else return part;
  } while (cursor.take('|'));
  return { kind: 'pipeline', stages };
}

function refuseAtStart(cursor: Cursor): void {
  const { next } = cursor;
  if (next.kind === 'attribute' || (next.kind === 'word' && !startWords.has(next.text)))
    throw cursor.errorHere(
      metricsWords.includes((next as { text?: string }).text ?? '')
        ? 'a metrics function comes after a spanset: { } | rate()'
        : 'a query begins with { or an aggregate; conditions stand in { … }',
    );
}

const startWords: ReadonlySet<string> = new Set([...aggregates, 'by', 'select', 'coalesce']);

function parseNamedStage(cursor: Cursor, first: boolean): Stage | undefined {
  const { next } = cursor;
  if (next.kind !== 'word') return undefined;
  const { offset } = next;
  switch (next.text) {
    case 'by': {
      cursor.advance();
      cursor.expect('(');
      const expression = parseExpression(cursor);
      cursor.expect(')', ' or an operator');
      return { node: 'by', expression, offset };
    }
    case 'coalesce':
      if (first) throw cursor.errorHere('coalesce() comes after by(…)');
      cursor.advance();
      cursor.expect('(');
      cursor.expect(')');
      return { node: 'coalesce', offset };
    case 'select':
      cursor.advance();
      return { node: 'select', fields: parseFields(cursor), offset };
    default:
      return undefined;
  }
}

/** Spansets, aggregates, numbers and metrics with operators between them. */
function parseParts(cursor: Cursor, level: number): Part {
  return cursor.nested(() => {
    let left = parsePart(cursor);
    for (;;) {
      const { next } = cursor;
      const binds = next.kind === 'symbol' ? levels[next.text] : undefined;
      if (next.kind !== 'symbol' || binds === undefined || binds <= level) return left;
      if (left.kind === 'metrics' && comparisons.has(next.text)) return left;
      cursor.advance();
      const right = parseParts(cursor, next.text === '^' ? binds - 1 : binds);
      left = combine(cursor, next.text, left, right, next.offset);
    }
  });
}

function parsePart(cursor: Cursor): Part {
  const { next } = cursor;
  const { offset } = next;
  if (cursor.isSymbol('{'))
    return { kind: 'spanset', node: parseFilter(cursor), inParentheses: false, offset };
  if (cursor.isSymbol('(')) return parseParenthesised(cursor);
  if (next.kind === 'word' && aggregates.has(next.text)) {
    cursor.advance();
    cursor.expect('(');
    const operand = next.text === 'count' ? undefined : parseExpression(cursor);
    cursor.expect(')');
    const node: ScalarExpression = { node: 'aggregate', name: next.text as AggregateName, operand, offset };
    return { kind: 'scalar', node, offset };
  }
  if (next.kind === 'int' || next.kind === 'float' || next.kind === 'duration' || cursor.isSymbol('-'))
    return { kind: 'number', value: parseNumberOperand(cursor), offset };
  throw cursor.errorHere(`expected {, ( or an aggregate, found ${cursor.shown()}`);
}

function parseParenthesised(cursor: Cursor): Part {
  const { offset } = cursor.advance();
  const inner = cursor.nested(() => parsePipeline(cursor, true));
  cursor.expect(')', ' or |');
  if (inner.kind === 'pipeline') {
    const [first] = inner.stages;
    if (inner.stages.length === 1 && isSpanset(first))
      return { kind: 'spanset', node: first, inParentheses: true, offset };
    return { kind: 'wrapped', node: { node: 'pipeline', stages: inner.stages, offset }, offset };
  }
  if (inner.kind === 'pipelineFilter' || (inner.kind === 'metrics' && inner.after !== undefined))
    throw cursor.error('this does not stand in parentheses', offset);
  return inner;
}

function isSpanset(stage: Stage): stage is SpansetExpression {
  return stage.node === 'filter' || stage.node === 'operation' || stage.node === 'pipeline';
}

function parseHints(cursor: Cursor): Hint[] {
  cursor.advance();
  cursor.expect('(');
  const hints: Hint[] = [];
  do {
    const { next } = cursor;
    if (next.kind !== 'word') throw cursor.errorHere(`expected the name of a hint, found ${cursor.shown()}`);
    cursor.advance();
    cursor.expect('=');
    hints.push({ name: next.text, value: parseStatic(cursor) });
  } while (cursor.take(','));
  cursor.expect(')', ' or a comma');
  return hints;
}
