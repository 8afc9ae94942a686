import type { SearchCriteria } from '../../model/backend.ts';
import type { BackendSearch } from '../backend.ts';
import type { QueryParameters } from '../http/backendClient.ts';

/** `GET /api/v3/traces`; versions before 2.14 know the names with underscores only, later ones prefer the others. */
export function parametersOfV3(
  { limit, start, end }: BackendSearch,
  criteria: SearchCriteria,
): QueryParameters {
  const tags = tagsOf(criteria);
  return [
    ...both('serviceName', 'service_name', criteria.serviceName),
    ...both('operationName', 'operation_name', criteria.spanName),
    ...both('startTimeMin', 'start_time_min', instantOf(start)),
    ...both('startTimeMax', 'start_time_max', instantOf(end)),
    ...both('durationMin', 'duration_min', durationOf(criteria.minDuration)),
    ...both('durationMax', 'duration_max', durationOf(criteria.maxDuration)),
    ...both('searchDepth', 'search_depth', `${limit}`),
    ['query.num_traces', `${limit}`],
    ...optional('query.attributes', tags),
  ];
}

/** `GET /api/traces` of the UI. */
export function parametersOfV1(
  { limit, start, end }: BackendSearch,
  criteria: SearchCriteria,
): QueryParameters {
  return [
    ...optional('service', criteria.serviceName),
    ...optional('operation', criteria.spanName),
    ['start', `${start / 1000n}`],
    ['end', `${end / 1000n}`],
    ...optional('minDuration', durationOf(criteria.minDuration)),
    ...optional('maxDuration', durationOf(criteria.maxDuration)),
    ['limit', `${limit}`],
    ...optional('tags', tagsOf(criteria)),
  ];
}

function tagsOf({ attributes, errorsOnly }: SearchCriteria): string | undefined {
  const tags = Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
  if (errorsOnly) tags['error'] = 'true';
  return Object.keys(tags).length === 0 ? undefined : JSON.stringify(tags);
}

function both(name: string, older: string, value: string | undefined): [string, string][] {
  return [...optional(`query.${name}`, value), ...optional(`query.${older}`, value)];
}

function optional(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

/** RFC 3339 with nanoseconds. */
function instantOf(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** As Go writes durations. */
function durationOf(nanoseconds: number | undefined): string | undefined {
  return nanoseconds === undefined ? undefined : `${Math.round(nanoseconds)}ns`;
}
