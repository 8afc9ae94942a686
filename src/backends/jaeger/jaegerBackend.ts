import { tracesFromJson } from '../../decode/otlp/requests.ts';
import type { SearchCriteria } from '../../model/backend.ts';
import type { Backend, BackendSearch, FetchedTrace, FoundTrace } from '../backend.ts';
import { fetchedTrace, readingTrace } from '../fetchedTrace.ts';
import { foundTraces, newestFirst } from '../foundTraces.ts';
import type { BackendAnswer, BackendClient, QueryParameters } from '../http/backendClient.ts';
import { BackendError } from '../http/backendError.ts';
import { jsonDocumentsOf, listOf, objectOf, textsOf } from '../http/looseJson.ts';
import { spansOfOtlp, spansOfV1, summariesOf } from './answers.ts';
import { parametersOfV1, parametersOfV3 } from './parameters.ts';

/** One of the ways to search that versions of Jaeger have, the best first. */
interface SearchPath {
  readonly path: string;
  parameters(search: BackendSearch, criteria: SearchCriteria): QueryParameters;
  /** One trace may be spread over several documents. */
  traces(documents: readonly unknown[], criteria: SearchCriteria, spansPerTrace: number): FoundTrace[];
}

const searchPaths: readonly SearchPath[] = [
  // Since 2.19; the only one that does not answer with whole traces.
  {
    path: '/api/v3/trace-summaries',
    parameters: parametersOfV3,
    traces: documents => documents.flatMap(summariesOf),
  },
  {
    path: '/api/v3/traces',
    parameters: parametersOfV3,
    traces: (documents, criteria, spansPerTrace) => {
      const traces = foundTraces(documents.flatMap(spansOfOtlp), criteria, spansPerTrace);
      // Older versions take attributes for something that they do not know.
      return criteria.attributes.length === 0
        ? traces
        : traces.filter(({ matchedCount }) => matchedCount > 0);
    },
  },
  // Gone since 2.21.
  {
    path: '/api/traces',
    parameters: parametersOfV1,
    traces: (documents, criteria, spansPerTrace) =>
      foundTraces(documents.flatMap(spansOfV1), criteria, spansPerTrace),
  },
];

/** Jaeger's query service: the API v3, which answers in OTLP, then the older one of its UI. */
export class JaegerBackend implements Backend {
  readonly kind = 'jaeger';
  readonly #client: BackendClient;
  /** The way to search that was found to work. */
  #searchPath: SearchPath | undefined;

  constructor(client: BackendClient) {
    this.#client = client;
  }

  async search(search: BackendSearch, signal: AbortSignal): Promise<FoundTrace[]> {
    const criteria = search.criteria();
    if (criteria.serviceName === undefined) throw await this.#serviceMissing(signal);
    for (const way of this.#searchPath === undefined ? searchPaths : [this.#searchPath]) {
      const query = way.parameters(search, criteria);
      const answer = await this.#client.get(way.path, { query, signal });
      if (!isOfApi(answer)) continue;
      this.#searchPath = way;
      // No trace matches.
      if (answer.status === 404) return [];
      const found = way.traces(this.#documents(answer), criteria, search.spansPerTrace);
      return newestFirst(found).slice(0, search.limit);
    }
    throw this.#unknown('search for traces');
  }

  async trace(traceId: string, signal: AbortSignal): Promise<FetchedTrace | undefined> {
    for (const path of [`/api/v3/traces/${traceId}`, `/api/traces/${traceId}`]) {
      const answer = await this.#client.get(path, { signal });
      if (!isOfApi(answer)) continue;
      if (answer.status === 404) return undefined;
      return path.startsWith('/api/v3')
        ? this.#otlp(answer)
        : fetchedTrace(answer, this.#client.endpoint.host);
    }
    throw this.#unknown('read a trace');
  }

  async services(signal: AbortSignal): Promise<string[]> {
    for (const [path, key] of [
      ['/api/v3/services', 'services'],
      ['/api/services', 'data'],
    ]) {
      const answer = await this.#client.get(path, { signal });
      if (!isOfApi(answer)) continue;
      return this.#documents(answer)
        .flatMap(document => textsOf(objectOf(document)[key]))
        .sort();
    }
    throw this.#unknown('list services');
  }

  async attributeNames(): Promise<string[]> {
    return ['resource.service.name', 'name', 'duration', 'status'];
  }

  async attributeValues(name: string, signal: AbortSignal): Promise<string[]> {
    if (name === 'status') return ['error'];
    return name === 'resource.service.name'
      ? (await this.services(signal)).map(each => JSON.stringify(each))
      : [];
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** `{"result": TracesData}`, perhaps in several documents. */
  #otlp(answer: BackendAnswer): Promise<FetchedTrace> {
    const parts = this.#documents(answer).map(document => objectOf(document)['result']);
    return readingTrace(this.#client.endpoint.host, () => ({
      requests: parts.map(part => tracesFromJson(part).body),
      warnings: [],
    }));
  }

  #documents(answer: BackendAnswer): unknown[] {
    return jsonDocumentsOf(answer, this.#client.endpoint.host).flatMap(document =>
      Array.isArray(document) ? listOf(document) : [document],
    );
  }

  async #serviceMissing(signal: AbortSignal): Promise<BackendError> {
    const known = await this.services(signal);
    const names = known.slice(0, 10).join(', ');
    return new BackendError(
      'refused',
      `Jaeger searches one service at a time: { resource.service.name = "…" }${known.length === 0 ? '' : `; it knows ${names}${known.length > 10 ? ', …' : ''}`}`,
    );
  }

  #unknown(what: string): BackendError {
    const { host } = this.#client.endpoint;
    return new BackendError(
      'refused',
      `${host} has no way to ${what} that is known here: is this the address of Jaeger's query service?`,
    );
  }
}

/** A path that a version does not have is answered with 404 in plain text, or with the page of the UI. */
function isOfApi({ status, contentType, body }: BackendAnswer): boolean {
  if (contentType === 'text/html') return false;
  return status !== 404 || /^\s*\{/.test(new TextDecoder().decode(body.subarray(0, 100)));
}
