import { readFile } from 'node:fs/promises';
import { CancellationToken } from 'vscode-jsonrpc/node';
import type { Backend, FoundSeries, FoundTrace } from '../backends/backend.ts';
import { openBackend } from '../backends/openBackend.ts';
import { decodeTraces } from '../decode/otlp/requests.ts';
import { Readers } from '../engine/answers/readers.ts';
import { traceAnswers } from '../engine/answers/traceAnswers.ts';
import { viewAnswers } from '../engine/answers/viewAnswers.ts';
import type { ControlClient } from '../engine/controlClient.ts';
import type { ControlAnswers } from '../engine/controlConnection.ts';
import { type BackendKind, type BackendTarget, backendKinds } from '../model/backend.ts';
import { SpanBatch } from '../model/spanBatch.ts';
import {
  type RemoteSearch,
  type RemoteSeriesQuery,
  remoteSearch,
  remoteSeries,
} from '../query/remoteQuery.ts';
import { QueryError } from '../query/traceql/errors.ts';
import { TraceViews } from '../query/traceViews.ts';
import { TraceStore } from '../store/traceStore.ts';
import { CommandError, type OptionSpecs, type OptionValues } from './command.ts';
import { printError } from './output.ts';
import { secretHeader } from './values.ts';

/** Options of the commands that can ask a backend instead of an engine. */
export const backendOptions = {
  backend: {
    value: '<url>',
    description:
      'ask Jaeger, Tempo or Zipkin: jaeger, tempo or zipkin on this machine, a URL, or tempo+<url>',
  },
  'backend-header': {
    value: '<name>=<variable>',
    description: 'header for the backend, its value from an environment variable; may be repeated',
    multiple: true,
  },
  'backend-ca': { value: '<file>', description: 'trust the certificates in this PEM file as well' },
  'backend-proxy': {
    value: '<url>',
    description: 'go through this proxy (default: HTTPS_PROXY, HTTP_PROXY, NO_PROXY)',
  },
  'backend-insecure': { description: "do not verify the backend's certificate" },
} as const satisfies OptionSpecs;

type BackendFlags = OptionValues<typeof backendOptions>;

const usualUrls: { readonly [kind in BackendKind]: string } = {
  jaeger: 'http://localhost:16686',
  tempo: 'http://localhost:3200',
  zipkin: 'http://localhost:9411',
};
const budgetBytes = 2 ** 30;

/** Undefined: the engine is meant. Throws a `CommandError`. */
export async function backendTarget(flags: BackendFlags): Promise<BackendTarget | undefined> {
  const { backend: name, 'backend-ca': ca, 'backend-proxy': proxy } = flags;
  if (name === undefined) {
    const other = Object.keys(flags).find(flag => flag.startsWith('backend-'));
    if (other !== undefined) throw new CommandError(`--${other} without --backend`);
    return undefined;
  }
  const headers = (flags['backend-header'] ?? []).map(header => secretHeader('backend-header', header));
  return {
    ...placeOf(name),
    headers: Object.fromEntries(headers),
    insecure: flags['backend-insecure'] === true,
    ...(ca !== undefined && { ca: await readFile(ca, 'utf8') }),
    ...(proxy !== undefined && { proxy }),
  };
}

/** `tempo`, `http://…` or `tempo+http://…` */
function placeOf(name: string): { kind?: BackendKind; url: string } {
  const kind = backendKinds.find(each => name === each || name.startsWith(`${each}+`));
  if (kind === undefined) return { url: name };
  return { kind, url: name === kind ? usualUrls[kind] : name.slice(kind.length + 1) };
}

/** Throws `BackendError`s and `CommandError`s. */
export async function searchBackend(target: BackendTarget, search: RemoteSearch): Promise<FoundTrace[]> {
  return goodQuery(async () => {
    const asked = remoteSearch(search);
    return withBackend(target, (backend, signal) => backend.search(asked, signal));
  });
}

/** Throws `BackendError`s and `CommandError`s. */
export async function seriesOfBackend(
  target: BackendTarget,
  query: RemoteSeriesQuery,
): Promise<FoundSeries['series']> {
  return goodQuery(async () => {
    const asked = remoteSeries(query);
    const { series, warnings } = await withBackend(target, (backend, signal) => {
      if (backend.series === undefined)
        throw new CommandError(
          `${backend.kind} makes no metrics of its traces: of the backends only Tempo does; without --backend, the engine does`,
        );
      return backend.series(asked, signal);
    });
    for (const warning of warnings) printError(warning);
    return series;
  });
}

async function goodQuery<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof QueryError ? new CommandError(`bad query: ${error.message}`) : error;
  }
}

/**
 * The trace, to be asked like an engine that has only this one; undefined if the backend has no such. Throws `BackendError`s.
 */
export async function fetchTrace(
  target: BackendTarget,
  traceId: string,
): Promise<Pick<ControlClient, 'request'> | undefined> {
  const fetched = await withBackend(target, (backend, signal) => backend.trace(traceId, signal));
  if (fetched === undefined) return undefined;
  for (const warning of fetched.warnings) printError(warning);
  const store = new TraceStore({ budgetBytes });
  const batch = new SpanBatch();
  for (const request of fetched.requests) {
    decodeTraces(request, 'protobuf', batch);
    store.append(batch);
  }
  if (store.traces.rowOf(traceId) < 0)
    throw new CommandError(`what the backend sent is not trace ${traceId}`);
  const readers = new Readers(store);
  const answers = {
    ...traceAnswers({ store, readers }),
    ...viewAnswers({ views: new TraceViews(store, readers.summaries) }),
  } as Pick<ControlAnswers, keyof ReturnType<typeof traceAnswers> | keyof ReturnType<typeof viewAnswers>>;
  return {
    request: async (name, params) => {
      if (!Object.hasOwn(answers, name)) throw new Error(`${name} is not for one trace`);
      return (answers as ControlAnswers)[name](params, CancellationToken.None);
    },
  };
}

async function withBackend<T>(
  target: BackendTarget,
  ask: (backend: Backend, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal } = new AbortController();
  const backend = await openBackend(target, signal);
  try {
    return await ask(backend, signal);
  } finally {
    await backend.close();
  }
}
