import { plainAttributes } from '../../model/anyValue.ts';
import type {
  Backend,
  BackendSearch,
  BackendSeriesQuery,
  FetchedTrace,
  FoundSeries,
  FoundSpan,
  FoundTrace,
} from '../backend.ts';
import { fetchedTrace } from '../fetchedTrace.ts';
import { newestFirst } from '../foundTraces.ts';
import type { BackendClient, QueryParameters } from '../http/backendClient.ts';
import { BackendError } from '../http/backendError.ts';
import { countOf, idOf, jsonOf, listOf, nanosOf, objectOf, textOf, textsOf } from '../http/looseJson.ts';
import { isKeyValue, seriesOf } from './series.ts';
import { readTraceById } from './traceById.ts';

/** Of names and values for completion. */
const mostNames = 1000;
/** Types of values that TraceQL writes without quotes. */
const bareTypes: ReadonlySet<string> = new Set(['int', 'float', 'bool', 'duration', 'keyword']);

/**
 * Grafana Tempo: search in TraceQL, traces as protobuf (in JSON it writes ids as base64).
 * https://grafana.com/docs/tempo/latest/api_docs/
 */
export class TempoBackend implements Backend {
  readonly kind = 'tempo';
  readonly #client: BackendClient;

  constructor(client: BackendClient) {
    this.#client = client;
  }

  async search(
    { traceQL, limit, spansPerTrace, start, end }: BackendSearch,
    signal: AbortSignal,
  ): Promise<FoundTrace[]> {
    const query: QueryParameters = [
      ['q', traceQL],
      ['limit', `${limit}`],
      ['spss', `${Math.max(1, spansPerTrace)}`],
      ['start', `${start / 1_000_000_000n}`],
      // Whole seconds, and the last one is to be searched too.
      ['end', `${end / 1_000_000_000n + 1n}`],
    ];
    const { traces } = objectOf(await this.#json('/api/search', query, signal));
    return newestFirst(listOf(traces).flatMap(trace => foundTrace(trace, spansPerTrace))).slice(0, limit);
  }

  async series({ traceQL, start, end, step }: BackendSeriesQuery, signal: AbortSignal): Promise<FoundSeries> {
    const query: QueryParameters = [
      ['q', traceQL],
      // Nanoseconds by their number of digits; a step is in seconds.
      ['start', `${start}`],
      ['end', `${end}`],
      ['step', (Number(step) / 1e9).toFixed(9)],
    ];
    return seriesOf(await this.#json('/api/metrics/query_range', query, signal));
  }

  async trace(traceId: string, signal: AbortSignal): Promise<FetchedTrace | undefined> {
    const accept = 'application/protobuf';
    // Before 2.7 there was no v2; that too is a 404.
    for (const version of ['/v2', '']) {
      const answer = await this.#client.get(`/api${version}/traces/${traceId}`, { accept, signal });
      if (answer.status === 404) continue;
      const { host } = this.#client.endpoint;
      const fetched = await fetchedTrace(answer, host, version === '/v2' ? readTraceById : undefined);
      return fetched.requests.length === 0 ? undefined : fetched;
    }
    return undefined;
  }

  async services(signal: AbortSignal): Promise<string[]> {
    return (await this.#values('resource.service.name', signal)).map(({ text }) => text);
  }

  async attributeNames(signal: AbortSignal): Promise<string[]> {
    const { scopes } = objectOf(await this.#json('/api/v2/search/tags', [['limit', `${mostNames}`]], signal));
    return listOf(scopes)
      .map(objectOf)
      .flatMap(({ name: scope, tags }) =>
        textsOf(tags).map(tag => (scope === 'intrinsic' ? tag : `${textOf(scope)}.${tag}`)),
      )
      .slice(0, mostNames);
  }

  async attributeValues(name: string, signal: AbortSignal): Promise<string[]> {
    const values = await this.#values(name, signal);
    return values.map(({ type, text }) => (bareTypes.has(type) ? text : JSON.stringify(text)));
  }

  async #values(name: string, signal: AbortSignal): Promise<{ type: string; text: string }[]> {
    const path = `/api/v2/search/tag/${encodeURIComponent(name)}/values`;
    const { tagValues } = objectOf(await this.#json(path, [['limit', `${mostNames}`]], signal));
    return listOf(tagValues)
      .map(objectOf)
      .map(({ type, value }) => ({ type: textOf(type), text: textOf(value) }))
      .filter(({ text }) => text !== '')
      .slice(0, mostNames);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #json(path: string, query: QueryParameters, signal: AbortSignal): Promise<unknown> {
    const { host } = this.#client.endpoint;
    const answer = await this.#client.get(path, { query, signal });
    if (answer.status === 404)
      throw new BackendError('refused', `${host} knows no ${path}: is this the address of Tempo's API?`);
    return jsonOf(answer, host);
  }
}

/** Of what is no trace, nothing. */
function foundTrace(value: unknown, spansPerTrace: number): FoundTrace[] {
  const trace = objectOf(value);
  const traceId = idOf(trace['traceID'], 32);
  if (traceId === '') return [];
  // One set before there were several.
  const sets = [...listOf(trace['spanSets']), trace['spanSet']].map(objectOf);
  const spans = new Map(
    sets.flatMap(set => listOf(set['spans']).flatMap(foundSpan)).map(span => [span.spanId, span]),
  );
  const services = Object.entries(objectOf(trace['serviceStats'])).map(([name, statistics]) => ({
    name,
    spans: countOf(objectOf(statistics)['spanCount']),
    errors: countOf(objectOf(statistics)['errorCount']),
  }));
  const rootServiceName = textOf(trace['rootServiceName']);
  const duration = trace['durationMs'];
  return [
    {
      traceId,
      rootServiceName,
      rootSpanName: textOf(trace['rootTraceName']),
      startTimeUnixNano: `${nanosOf(trace['startTimeUnixNano'])}`,
      durationNano: `${BigInt(typeof duration === 'number' && duration > 0 ? Math.round(duration) : 0) * 1_000_000n}`,
      spanCount: services.reduce((sum, service) => sum + service.spans, 0),
      errorCount: services.reduce((sum, service) => sum + service.errors, 0),
      serviceNames:
        services.length > 0 ? services.map(({ name }) => name) : [rootServiceName].filter(Boolean),
      matchedCount: Math.max(spans.size, ...sets.map(set => countOf(set['matched']))),
      matchedSpans: [...spans.values()].slice(0, spansPerTrace),
    },
  ];
}

function foundSpan(value: unknown): FoundSpan[] {
  const span = objectOf(value);
  const spanId = idOf(span['spanID'], 16);
  if (spanId === '') return [];
  const selected = plainAttributes(listOf(span['attributes']).filter(isKeyValue));
  // An attribute that is selected and not there is said to be the text "nil".
  const present = Object.entries(selected).filter(([, value]) => value !== 'nil');
  const { 'service.name': serviceName, ...attributes } = Object.fromEntries(present);
  return [
    {
      spanId,
      name: textOf(span['name']),
      serviceName: typeof serviceName === 'string' ? serviceName : '',
      startTimeUnixNano: `${nanosOf(span['startTimeUnixNano'])}`,
      durationNano: `${nanosOf(span['durationNanos'])}`,
      attributes,
    },
  ];
}
