import type { BackendKind, BackendTarget } from '../model/backend.ts';
import type { Backend } from './backend.ts';
import { BackendClient, type BackendLimits } from './http/backendClient.ts';
import { BackendError } from './http/backendError.ts';
import { JaegerBackend } from './jaeger/jaegerBackend.ts';
import { TempoBackend } from './tempo/tempoBackend.ts';
import { ZipkinBackend } from './zipkin/zipkinBackend.ts';

const usualPorts: { readonly [port: string]: BackendKind } = {
  16686: 'jaeger',
  3200: 'tempo',
  9411: 'zipkin',
};

const kinds: { readonly [kind in BackendKind]: new (client: BackendClient) => Backend } = {
  jaeger: JaegerBackend,
  tempo: TempoBackend,
  zipkin: ZipkinBackend,
};

/** Something that only one of them answers with success and no page. */
const signs: readonly (readonly [BackendKind, string])[] = [
  ['tempo', '/api/echo'],
  ['jaeger', '/api/v3/services'],
  ['jaeger', '/api/services'],
  ['zipkin', '/api/v2/services'],
];

/** A backend of the kind that its target says, or its port, or that it is found to be. Throws a `BackendError`. */
export async function openBackend(
  target: BackendTarget,
  signal: AbortSignal,
  limits: Partial<BackendLimits> = {},
): Promise<Backend> {
  const client = new BackendClient(target, limits);
  try {
    const kind = target.kind ?? usualPorts[client.endpoint.port] ?? (await findKind(client, signal));
    return new kinds[kind](client);
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function findKind(client: BackendClient, signal: AbortSignal): Promise<BackendKind> {
  for (const [kind, path] of signs) {
    const { status, contentType } = await client.get(path, { accept: '*/*', signal });
    if (status !== 404 && contentType !== 'text/html') return kind;
  }
  throw new BackendError(
    'refused',
    `${client.endpoint.host} is none of Jaeger, Tempo and Zipkin, as far as it tells: say which it is`,
  );
}
