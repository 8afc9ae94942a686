import { isIPv4 } from 'node:net';
import protobuf from 'protobufjs';
import type { Random } from '../../../../bench/support/random.ts';
import type { Fields, Typed } from '../thriftLibrary.ts';
import type { V1Span } from './expectedV1.ts';
import type { ZipkinEndpoint, ZipkinSpan } from './zipkinSpan.ts';

// Spans of Zipkin's second model as senders write them; the numbers are those of zipkin-api.

const kindNames = [undefined, undefined, 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

export function v2Json(spans: readonly ZipkinSpan[]): object[] {
  return spans.map(span => ({
    traceId: span.traceId,
    id: span.id,
    ...(span.parentId !== '' && { parentId: span.parentId }),
    name: span.name,
    kind: kindNames[span.kind],
    ...(span.start !== undefined && { timestamp: Number(span.start / 1000n) }),
    ...(span.duration !== undefined && { duration: Number(span.duration / 1000n) }),
    localEndpoint: endpoint(span.local),
    remoteEndpoint: endpoint(span.remote),
    annotations: span.annotations.map(({ time, value }) => ({ timestamp: Number(time / 1000n), value })),
    tags: Object.fromEntries(span.tags),
    ...(span.shared && { shared: true }),
  }));
}

function endpoint({ serviceName, ip, port }: ZipkinEndpoint) {
  return {
    ...(serviceName !== '' && { serviceName }),
    ...(ip !== '' && { [isIPv4(ip) ? 'ipv4' : 'ipv6']: ip }),
    ...(port !== 0 && { port }),
  };
}

export const listOfSpansType = protobuf
  .parse(`
  syntax = "proto3";
  message Endpoint { string service_name = 1; bytes ipv4 = 2; bytes ipv6 = 3; int32 port = 4; }
  message Annotation { fixed64 timestamp = 1; string value = 2; }
  message Span {
    bytes trace_id = 1; bytes parent_id = 2; bytes id = 3; int32 kind = 4; string name = 5;
    fixed64 timestamp = 6; uint64 duration = 7; Endpoint local_endpoint = 8; Endpoint remote_endpoint = 9;
    repeated Annotation annotations = 10; map<string, string> tags = 11; bool debug = 12; bool shared = 13;
  }
  message ListOfSpans { repeated Span spans = 1; }
`)
  .root.lookupType('ListOfSpans');

const kindNumbers = [0, 0, 2, 1, 3, 4];

export function v2Protobuf(spans: readonly ZipkinSpan[]): Uint8Array {
  const message = spans.map(span => ({
    traceId: Buffer.from(span.traceId, 'hex'),
    parentId: Buffer.from(span.parentId, 'hex'),
    id: Buffer.from(span.id, 'hex'),
    kind: kindNumbers[span.kind],
    name: span.name,
    timestamp: String((span.start ?? 0n) / 1000n),
    duration: String((span.duration ?? 0n) / 1000n),
    localEndpoint: protobufEndpoint(span.local),
    remoteEndpoint: protobufEndpoint(span.remote),
    annotations: span.annotations.map(({ time, value }) => ({ timestamp: String(time / 1000n), value })),
    tags: Object.fromEntries(span.tags),
    shared: span.shared,
  }));
  return listOfSpansType.encode(listOfSpansType.fromObject({ spans: message })).finish();
}

function protobufEndpoint({ serviceName, ip, port }: ZipkinEndpoint) {
  const bytes = isIPv4(ip) ? Buffer.from(ip.split('.').map(Number)) : addresses.get(ip);
  return { serviceName, port, ...(ip !== '' && { [isIPv4(ip) ? 'ipv4' : 'ipv6']: bytes }) };
}

const addresses: ReadonlyMap<string, Buffer> = new Map([
  ['::1', Buffer.from('00000000000000000000000000000001', 'hex')],
  ['2001:db8::7', Buffer.from('20010db8000000000000000000000007', 'hex')],
  ['1:0:0:2::3', Buffer.from('00010000000000020000000000000003', 'hex')],
]);
const words = ['', 'get /users', 'größe', '日本', '🙂 "quoted" \\ \n', 'a'.repeat(300), 'error', '__proto__'];
/** Keys with a meaning of their own, and values with one. */
const keys = [
  ...['error', 'otel.status_code', 'otel.status_description', 'otel.scope.name', 'otel.library.name'],
  ...['otel.scope.version', 'otel.library.version', 'peer.service', 'net.peer.ip', 'net.peer.port'],
  ...[
    'service.name',
    'service.version',
    'service.names',
    'telemetry.sdk.name',
    'host.name',
    'hosts',
    'os.type',
  ],
  ...[
    'k8s.pod.name',
    'otlp.link.0',
    'otlp.link.1',
    'otlp.link.x',
    'process.pid',
    'cloud.region',
    'servicename',
  ],
];
const link = `${'ab'.repeat(16)}|${'cd'.repeat(8)}`;
const values = [
  ...[
    'true',
    'false',
    'OK',
    'error',
    'STATUS_CODE_ERROR',
    `${link}|a=b|{"n":1,"x|y":"z"}|0`,
    `${link}||{}|0`,
  ],
  ...[`${link}|0`, 'no|link', '"retry": {"n":1.5,"ok":true,"list":[1]}', 'sent|{"a":"b"}|0', 'sent|{"a":|0'],
  ...['"a\\"b": {}', '{}', '0', '|{}|7'],
];

export function randomSpan(random: Random): ZipkinSpan {
  const text = () => random.pick(words);
  const micros = () => random.pick([1n, BigInt(random.between(1, 2 ** 31)), 1_790_000_000_123_456n]) * 1000n;
  const maybe = <T>(value: T) => (random.next() < 0.7 ? value : undefined);
  const place = (): ZipkinEndpoint => ({
    serviceName: text(),
    ip: random.pick(['', '10.0.0.1', ...addresses.keys()]),
    port: random.pick([0, 8080, 65535]),
  });
  // Each key once, as in an object.
  const value = () => random.pick([text(), random.pick(values)]);
  const ownKeys = new Set(
    Array.from({ length: random.between(0, 6) }, () => random.pick([text(), random.pick(keys)])),
  );
  ownKeys.delete('__proto__');
  return {
    traceId: random.pick([random.hex(32), random.hex(16).padStart(32, '0')]),
    id: random.hex(16),
    parentId: maybe(random.hex(16)) ?? '',
    name: text(),
    kind: random.pick([1, 2, 3, 4, 5] as const),
    start: maybe(micros()),
    duration: maybe(micros()),
    local: place(),
    remote: place(),
    annotations: Array.from({ length: random.between(0, 3) }, () => ({ time: micros(), value: value() })),
    tags: [...ownKeys].map(key => [key, value()] as const),
    shared: random.next() < 0.2,
  };
}

/** A span of the first model in both encodings. */
export function randomV1(random: Random): { span: V1Span; json: object; thrift: Fields } {
  const traceId = random.hex(32);
  const id = random.hex(16);
  const parentId = random.pick([undefined, random.hex(16)]);
  const name = random.pick(['get', '', 'größe']);
  const start = random.pick([undefined, random.between(1, 2 ** 31)]);
  const duration = random.pick([undefined, random.between(1, 2 ** 31)]);
  const services = ['a', 'b', ''];
  const place = () => {
    const serviceName = random.pick(services);
    const port = random.pick([0, 80, 40_000]);
    return {
      object: { serviceName, ip: '10.0.0.1', port },
      json: { serviceName, ipv4: '10.0.0.1', ...(port !== 0 && { port }) },
      thrift: {
        1: ['i32', 0x0a000001],
        2: ['i16', (port << 16) >> 16],
        3: ['string', serviceName],
      } satisfies Fields,
    };
  };
  const annotations = Array.from({ length: random.between(0, 4) }, () => {
    const value = random.pick(['cs', 'cr', 'sr', 'ss', 'ms', 'mr', 'ws', 'retry']);
    const timestamp = random.between(1, 2 ** 31);
    const endpoint = place();
    return {
      object: { time: BigInt(timestamp) * 1000n, value, endpoint: endpoint.object },
      json: { timestamp, value, endpoint: endpoint.json },
      thrift: {
        1: ['i64', BigInt(timestamp)],
        2: ['string', value],
        3: ['struct', endpoint.thrift],
      } satisfies Fields,
    };
  });
  const binaries = Array.from({ length: random.between(1, 3) }, () => {
    const endpoint = place();
    const address = random.next() < 0.4;
    const key = address ? random.pick(['sa', 'ca', 'ma']) : random.pick(['lc', 'http.path', 'ö']);
    const value = random.pick(['', 'x', '/größe']);
    return {
      object: { key, value: address ? 'true' : value, endpoint: endpoint.object, isTrue: address },
      json: { key, value: address ? true : value, endpoint: endpoint.json },
      thrift: {
        1: ['string', key],
        2: ['string', address ? Uint8Array.of(1) : value],
        3: ['i32', address ? 0 : 6],
        4: ['struct', endpoint.thrift],
      } satisfies Fields,
    };
  });
  const i64 = (hex: string): Typed => ['i64', BigInt(`0x${hex}`)];
  const nanos = (micros: number | undefined) => (micros === undefined ? undefined : BigInt(micros) * 1000n);
  return {
    span: {
      ...{ traceId, id, parentId: parentId ?? '', name, start: nanos(start), duration: nanos(duration) },
      annotations: annotations.map(each => each.object),
      binaryAnnotations: binaries.map(each => each.object),
    },
    json: {
      ...{ traceId, id, parentId, name, timestamp: start, duration },
      annotations: annotations.map(each => each.json),
      binaryAnnotations: binaries.map(each => each.json),
    },
    thrift: {
      1: i64(traceId.slice(16)),
      3: ['string', name],
      4: i64(id),
      5: parentId === undefined ? undefined : i64(parentId),
      6: ['list', annotations.map(each => each.thrift)],
      8: ['list', binaries.map(each => each.thrift)],
      10: start === undefined ? undefined : ['i64', BigInt(start)],
      11: duration === undefined ? undefined : ['i64', BigInt(duration)],
      12: i64(traceId.slice(0, 16)),
    },
  };
}
