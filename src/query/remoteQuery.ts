import { literally } from '../base/literally.ts';
import type { SearchCriteria } from '../model/backend.ts';
import { nanos } from '../model/time.ts';
import { isTraceQL } from './search.ts';
import type { Expression, Static } from './traceql/ast.ts';
import { QueryError } from './traceql/errors.ts';
import type { Field } from './traceql/fields.ts';
import { parseQuery } from './traceql/parser.ts';

/** How far a search goes back that does not say. */
const usualSpan = 24n * 3600n * 1_000_000_000n;

export interface RemoteSearch {
  readonly query: string;
  readonly limit: number;
  readonly spansPerTrace: number;
  readonly startUnixNano?: string | undefined;
  readonly endUnixNano?: string | undefined;
}

/** What a backend is to be asked; without times, the last 24 hours. Throws a `QueryError`. */
export function remoteSearch({ query, startUnixNano, endUnixNano, ...limits }: RemoteSearch) {
  const end = nanos(endUnixNano ?? BigInt(Date.now()) * 1_000_000n);
  const start = nanos(startUnixNano ?? (end > usualSpan ? end - usualSpan : 0n));
  return { ...remoteQuery(query), ...limits, start, end };
}

/** As Tempo does at most three hours at once, if it is not told otherwise. */
const usualSeriesSpan = 3600n * 1_000_000_000n;
const usualSteps = 60n;

export interface RemoteSeriesQuery {
  readonly query: string;
  readonly startUnixNano?: string | undefined;
  readonly endUnixNano?: string | undefined;
  readonly stepNano?: string | undefined;
}

/** What a backend is to make metrics of; without times, the last hour, in 60 steps of whole seconds. Throws a `QueryError`. */
export function remoteSeries({ query, startUnixNano, endUnixNano, stepNano }: RemoteSeriesQuery) {
  if (parseQuery(query).kind !== 'metrics')
    throw new QueryError('this query finds traces, and makes no metrics: end it with | rate()', query, 0);
  const end = nanos(endUnixNano ?? BigInt(Date.now()) * 1_000_000n);
  const start = nanos(startUnixNano ?? (end > usualSeriesSpan ? end - usualSeriesSpan : 0n));
  if (end < start) throw new QueryError('the end of the time lies before its start', query, 0);
  const second = 1_000_000_000n;
  const usualStep = ((end - start) / usualSteps / second) * second;
  const step = stepNano === undefined ? (usualStep < second ? second : usualStep) : BigInt(stepNano);
  return { traceQL: query, start, end, step };
}

/** A query as other engines take it: in TraceQL, or as what their searches can express. */
export interface RemoteQuery {
  /** Selects the names of spans and services as well. */
  readonly traceQL: string;
  /** Throws a `QueryError` that points at what cannot be expressed. */
  criteria(): SearchCriteria;
}

/** Throws a `QueryError` for bad TraceQL. Plain words are looked for in the names of spans and services. */
export function remoteQuery(text: string): RemoteQuery {
  const traceQL = isTraceQL(text) ? text : wordsAsTraceQL(text);
  const parsed = parseQuery(traceQL);
  if (parsed.kind === 'metrics')
    throw new QueryError('this query makes metrics, and finds no traces', text, parsed.expression.offset);
  return {
    // Tempo tells of the spans that it finds what the query names, and nothing else. Behind hints nothing may stand.
    traceQL: parsed.hints.length > 0 ? traceQL : `${traceQL} | select(name, resource.service.name)`,
    criteria: () => {
      if (!isTraceQL(text) && text.trim() !== '') throw refuse(text, 0);
      const [stage, ...more] = parsed.stages;
      if (stage?.node !== 'filter' || more.length > 0) throw refuse(text, more[0]?.offset ?? 0);
      return criteriaOf(stage.expression, text);
    },
  };
}

function wordsAsTraceQL(text: string): string {
  const words = text.split(/\s+/).filter(Boolean);
  const holds = words.map(word => {
    const pattern = JSON.stringify(`(?i).*${literally(word)}.*`);
    return `(name =~ ${pattern} || resource.service.name =~ ${pattern})`;
  });
  return `{ ${holds.join(' && ')} }`;
}

function refuse(query: string, offset: number): QueryError {
  return new QueryError(
    'this backend only searches for { resource.service.name = "…" && name = "…" && duration > 100ms && status = error && .attribute = "…" }',
    query,
    offset,
  );
}

function criteriaOf(whole: Expression | undefined, query: string): SearchCriteria {
  const found: { -readonly [K in keyof SearchCriteria]: SearchCriteria[K] } & {
    attributes: { key: string; value: string }[];
  } = { attributes: [], errorsOnly: false };
  const left = whole === undefined ? [] : [whole];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next.node !== 'binary') throw refuse(query, next.offset);
    if (next.operator === '&&') {
      left.push(next.right, next.left);
      continue;
    }
    const { left: field, right: constant, operator } = next;
    if (constant.node !== 'static' || (field.node !== 'attribute' && field.node !== 'intrinsic'))
      throw refuse(query, next.offset);
    if (!take(found, field, operator, constant.value)) throw refuse(query, field.offset);
  }
  return found;
}

/** Adds a comparison to the criteria; false if they cannot hold it. */
function take(
  found: { -readonly [K in keyof SearchCriteria]: SearchCriteria[K] } & {
    attributes: { key: string; value: string }[];
  },
  field: Field,
  operator: string,
  constant: Static,
): boolean {
  if (field.node === 'intrinsic' && field.name === 'duration' && constant.type === 'duration') {
    if (operator === '>' || operator === '>=')
      found.minDuration = Math.max(found.minDuration ?? 0, constant.value);
    else if (operator === '<' || operator === '<=')
      found.maxDuration = Math.min(found.maxDuration ?? Number.POSITIVE_INFINITY, constant.value);
    else return false;
    return true;
  }
  if (operator !== '=') return false;
  if (field.node === 'intrinsic') {
    if (field.name === 'name' && constant.type === 'string' && found.spanName === undefined)
      found.spanName = constant.value;
    else if (field.name === 'status' && constant.type === 'status' && constant.value === 2)
      found.errorsOnly = true;
    else return false;
    return true;
  }
  if (!['', 'span', 'resource'].includes(field.scope)) return false;
  if (field.name === 'service.name' && constant.type === 'string' && found.serviceName === undefined)
    found.serviceName = constant.value;
  else found.attributes.push({ key: field.name, value: String(constant.value) });
  return true;
}
