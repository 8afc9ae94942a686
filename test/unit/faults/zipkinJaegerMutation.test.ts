import { Random } from '../../../bench/support/random.ts';
import { JaegerDecoder } from '../../../src/decode/jaeger/jaegerDecoder.ts';
import type { NormalizedRequest } from '../../../src/decode/otlp/requests.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { ZipkinDecoder, type ZipkinEncoding } from '../../../src/decode/zipkin/zipkinDecoder.ts';
import { postSpans, thriftBatch } from '../decode/jaeger/jaegerBodies.ts';
import { RandomBatches } from '../decode/jaeger/randomBatches.ts';
import { thriftCall, thriftList, thriftStruct } from '../decode/thriftLibrary.ts';
import { randomSpan, randomV1, v2Json, v2Protobuf } from '../decode/zipkin/zipkinBodies.ts';
import { withstandsMutation } from './mutation.ts';

const random = new Random(1);
const jaeger = new JaegerDecoder();
const zipkinDecoder = new ZipkinDecoder();
const batches = new RandomBatches(random);
const four = <T>(make: () => T): T[] => Array.from({ length: 4 }, make);
const thrift = () => thriftBatch(batches.next(true));
const spans = () => four(() => randomSpan(random));

describe('faults: Zipkin and Jaeger', () => {
  decoder(
    'Jaeger over HTTP',
    four(() => thriftStruct('binary', thrift())),
    body => jaeger.decode('batch', body),
  );
  const calls = four(() => [
    thriftCall('compact', 'emitBatch', { 1: ['struct', thrift()] }),
    thriftCall('binary', 'emitBatch', { 1: ['struct', thrift()] }),
  ]);
  decoder('Jaeger over UDP', calls.flat(), body => jaeger.decode('datagram', body));
  decoder(
    'Jaeger over gRPC',
    four(() => postSpans(batches.next(false))),
    body => jaeger.decode('protobuf', body),
  );
  zipkin('json', [
    ...four(() => Buffer.from(JSON.stringify(v2Json(spans())))),
    ...four(() => Buffer.from(JSON.stringify(four(() => randomV1(random).json)))),
  ]);
  zipkin(
    'protobuf',
    four(() => v2Protobuf(spans())),
  );
  zipkin(
    'thrift',
    four(() =>
      thriftList(
        'binary',
        four(() => randomV1(random).thrift),
      ),
    ),
  );
});

function zipkin(encoding: ZipkinEncoding, seeds: readonly Uint8Array[]): void {
  decoder(`Zipkin in ${encoding}`, seeds, body => zipkinDecoder.decode(encoding, body));
}

function decoder(
  name: string,
  seeds: readonly Uint8Array[],
  read: (body: Uint8Array) => NormalizedRequest,
): void {
  withstandsMutation({
    name,
    seeds,
    decode: body => {
      const { body: request, rejected } = read(body);
      return `${rejected} ${Buffer.from(request).toString('base64')}`;
    },
    isRefusal: error => error instanceof DecodeError,
  });
}
