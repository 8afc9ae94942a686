import type { CallTarget } from '../../model/evidence.ts';
import { kinds, type ObservedSpan } from './observedSpan.ts';
import { pathTemplate } from './templates.ts';

/** What a client or producer calls, or a server or consumer was called for. */
export interface Call {
  /** For answers: what varies is `{}`. */
  readonly target: CallTarget;
  /** Both sides of one call have the same: transport, method and the path as it was, or the destination. */
  readonly match: string;
  readonly hostName: string | undefined;
}

const databaseKeys = ['db.system', 'db.system.name'] as const;
/** Requests that nobody traces on purpose. */
const probes =
  /^\/(?:-\/)?(?:health|healthz|healthcheck|health-check|ready|readyz|readiness|live|livez|liveness|ping|metrics|status|favicon\.ico)(?:\/|$)/i;

/** `undefined` for database calls, health checks, and spans that do not say what they called. */
export function callOf(span: ObservedSpan): Call | undefined {
  if (span.text(...databaseKeys) !== undefined) return undefined;
  return messagingCall(span) ?? grpcCall(span) ?? httpCall(span);
}

function messagingCall(span: ObservedSpan): Call | undefined {
  const system = span.text('messaging.system');
  if (system === undefined) return undefined;
  const destination = span.text(
    'messaging.destination.name',
    'messaging.destination',
    'messaging.rabbitmq.destination.routing_key',
  );
  if (destination === undefined || destination === '') return undefined;
  const match = `messaging\n${system}\n${destination}`;
  return { target: { transport: 'messaging', destination }, match, hostName: undefined };
}

function grpcCall(span: ObservedSpan): Call | undefined {
  const system = span.text('rpc.system', 'rpc.system.name');
  if (system !== 'grpc' && system !== 'connect_rpc') return undefined;
  const service = span.text('rpc.service');
  const method = span.text('rpc.method');
  // The newest conventions put both into `rpc.method`.
  const rpc = service === undefined || method?.includes('/') ? method : `${service}/${method ?? ''}`;
  if (rpc === undefined) return undefined;
  return { target: { transport: 'grpc', rpc }, match: `grpc\n${rpc}`, hostName: undefined };
}

function httpCall(span: ObservedSpan): Call | undefined {
  const method = span.text('http.request.method', 'http.method')?.toUpperCase();
  if (method === undefined) return undefined;
  const url = urlOf(span.text('url.full', 'http.url'));
  const path = withoutQuery(span.text('url.path', 'http.target')) ?? url?.path;
  if (path === undefined || probes.test(path)) return undefined;
  const host = hostOf(span) ?? url?.host;
  const target = {
    transport: 'http' as const,
    method,
    path: pathTemplate(path),
    ...(host !== undefined && { host }),
  };
  return { target, match: `http\n${method}\n${path}`, hostName: host?.replace(/:\d+$/, '').toLowerCase() };
}

/** On spans of servers, older conventions have the caller as the peer, and as `http.host` what the caller wrote. */
function hostOf(span: ObservedSpan): string | undefined {
  const isServer = span.kind === kinds.server;
  const name = isServer
    ? span.text('server.address', 'http.host', 'net.host.name')
    : span.text('server.address', 'net.peer.name', 'http.host');
  if (name === undefined || name === '') return undefined;
  const port = span.text('server.port', isServer ? 'net.host.port' : 'net.peer.port');
  return port === undefined || name.includes(':') ? name : `${name}:${port}`;
}

function withoutQuery(path: string | undefined): string | undefined {
  return path === undefined ? undefined : path.split(/[?#]/, 1)[0];
}

function urlOf(text: string | undefined): { host: string; path: string } | undefined {
  const found =
    text === undefined ? null : /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]*)([^?#]*)/i.exec(text);
  return found === null ? undefined : { host: found[1], path: found[2] === '' ? '/' : found[2] };
}

export function isCaller(kind: number): boolean {
  return kind === kinds.client || kind === kinds.producer;
}

export function isReceiver(kind: number): boolean {
  return kind === kinds.server || kind === kinds.consumer;
}

const operationKeys = [
  'messaging.operation.type',
  'messaging.operation',
  'messaging.operation.name',
] as const;
const fetches = /^(?:receive|settle|poll|ack|nack|reject|commit)$/i;
const deliveries = /^(?:process|deliver|consume)$/i;

/** A client span that takes messages calls nobody. */
export function isSending(span: ObservedSpan): boolean {
  const operation = span.text(...operationKeys);
  return operation === undefined || !(fetches.test(operation) || deliveries.test(operation));
}

/** Asking for messages begins a trace of its own, by right; working on one does not. */
export function isTaking(span: ObservedSpan): boolean {
  return !fetches.test(span.text(...operationKeys) ?? '');
}
