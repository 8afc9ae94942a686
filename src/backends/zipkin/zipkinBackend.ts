import type { SearchCriteria } from '../../model/backend.ts';
import type { Backend, BackendSearch, FetchedTrace, FoundTrace } from '../backend.ts';
import { fetchedTrace } from '../fetchedTrace.ts';
import { foundTraces, type ListedSpan } from '../foundTraces.ts';
import type { BackendAnswer, BackendClient, QueryParameters } from '../http/backendClient.ts';
import { BackendError } from '../http/backendError.ts';
import { idOf, jsonOf, listOf, nanosOf, objectOf, textOf, textsOf } from '../http/looseJson.ts';

/** Zipkin's API v2 (https://zipkin.io/zipkin-api/). A search answers with whole traces; of them only what a list shows is kept. */
export class ZipkinBackend implements Backend {
  readonly kind = 'zipkin';
  readonly #client: BackendClient;

  constructor(client: BackendClient) {
    this.#client = client;
  }

  async search(search: BackendSearch, signal: AbortSignal): Promise<FoundTrace[]> {
    const criteria = search.criteria();
    const answer = await this.#json('/traces', parametersOf(search, criteria), signal);
    const spans = listOf(answer).flatMap(trace => listOf(trace).flatMap(listedSpan));
    return foundTraces(spans, criteria, search.spansPerTrace);
  }

  async trace(traceId: string, signal: AbortSignal): Promise<FetchedTrace | undefined> {
    const short = traceId.replace(/^0{16}/, '');
    const answer = await this.#client.get(`/api/v2/trace/${short}`, { signal });
    return answer.status === 404 ? undefined : fetchedTrace(answer, this.#client.endpoint.host);
  }

  async services(signal: AbortSignal): Promise<string[]> {
    return textsOf(await this.#json('/services', [], signal));
  }

  async attributeNames(signal: AbortSignal): Promise<string[]> {
    const keys = textsOf(await this.#json('/autocompleteKeys', [], signal));
    return ['resource.service.name', 'name', 'duration', 'status', ...keys.map(key => `.${key}`)];
  }

  async attributeValues(name: string, signal: AbortSignal): Promise<string[]> {
    if (name === 'status') return ['error'];
    const key = name.replace(/^(?:span|resource)?\./, '');
    const values =
      name === 'resource.service.name'
        ? await this.services(signal)
        : textsOf(await this.#json('/autocompleteValues', [['key', key]], signal));
    return values.map(value => JSON.stringify(value));
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #json(path: string, query: QueryParameters, signal: AbortSignal): Promise<unknown> {
    const { host } = this.#client.endpoint;
    const answer: BackendAnswer = await this.#client.get(`/api/v2${path}`, { query, signal });
    if (answer.status === 404)
      throw new BackendError(
        'refused',
        `${host} knows no /api/v2${path}: is this the address of Zipkin's API?`,
      );
    return jsonOf(answer, host);
  }
}

function parametersOf({ start, end, limit }: BackendSearch, criteria: SearchCriteria): QueryParameters {
  const { serviceName, spanName, minDuration, maxDuration, errorsOnly } = criteria;
  const annotations = [
    ...(errorsOnly ? ['error'] : []),
    ...criteria.attributes.map(({ key, value }) => `${key}=${value}`),
  ];
  const endMs = end / 1_000_000n + 1n;
  return [
    ...optional('serviceName', serviceName),
    ...optional('spanName', spanName),
    ...optional('annotationQuery', annotations.length === 0 ? undefined : annotations.join(' and ')),
    // Microseconds; there must be a shortest one if there is a longest.
    ...optional('minDuration', minDuration ?? (maxDuration === undefined ? undefined : 1), 1e3),
    ...optional('maxDuration', maxDuration, 1e3),
    ['endTs', `${endMs}`],
    ['lookback', `${endMs - start / 1_000_000n}`],
    ['limit', `${limit}`],
  ];
}

function optional(name: string, value: string | number | undefined, unit = 1): [string, string][] {
  if (value === undefined) return [];
  return [[name, typeof value === 'string' ? value : `${Math.max(1, Math.ceil(value / unit))}`]];
}

/** Of what is no span, nothing. Both halves of a shared span are listed. */
function listedSpan(value: unknown): ListedSpan[] {
  const span = objectOf(value);
  const traceId = idOf(span['traceId'], 32);
  const spanId = idOf(span['id'], 16);
  if (traceId === '' || spanId === '') return [];
  const start = nanosOf(span['timestamp']) * 1000n;
  const parentId = idOf(span['parentId'], 16);
  return [
    {
      traceId,
      spanId,
      parentId: parentId === spanId ? '' : parentId,
      name: textOf(span['name']),
      serviceName: textOf(objectOf(span['localEndpoint'])['serviceName']),
      start,
      end: start + nanosOf(span['duration']) * 1000n,
      // A tag `error` of any value, but for the one that says there is none.
      isError: (objectOf(span['tags'])['error'] ?? 'false') !== 'false',
    },
  ];
}
