import { Random } from '../../../bench/support/random.ts';
import { readPostSpans } from '../../../src/decode/jaeger/protobuf.ts';
import { readDatagram, readThriftBatch } from '../../../src/decode/jaeger/thrift.ts';
import { jaegerToTraces } from '../../../src/decode/jaeger/toTraces.ts';
import { tracesFromJson } from '../../../src/decode/otlp/requests.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { decodeZipkin, type ZipkinEncoding } from '../../../src/decode/zipkin/decodeZipkin.ts';
import { zipkinToTraces } from '../../../src/decode/zipkin/toTraces.ts';
import type { TracesData } from '../../../src/model/span.ts';
import { postSpans, thriftBatch } from '../decode/jaeger/jaegerBodies.ts';
import { RandomBatches } from '../decode/jaeger/randomBatches.ts';
import { thriftCall, thriftList, thriftStruct } from '../decode/thriftLibrary.ts';
import { randomSpan, randomV1, v2Json, v2Protobuf } from '../decode/zipkin/zipkinBodies.ts';
import { withstandsMutation } from './mutation.ts';

const random = new Random(1);
const batches = new RandomBatches(random);
const four = <T>(make: () => T): T[] => Array.from({ length: 4 }, make);
const thrift = () => thriftBatch(batches.next(true));
const spans = () => four(() => randomSpan(random));

describe('faults: Zipkin and Jaeger', () => {
  decoder(
    'Jaeger over HTTP',
    four(() => thriftStruct('binary', thrift())),
    body => jaegerToTraces([readThriftBatch(body)]),
  );
  const calls = four(() => [
    thriftCall('compact', 'emitBatch', { 1: ['struct', thrift()] }),
    thriftCall('binary', 'emitBatch', { 1: ['struct', thrift()] }),
  ]);
  decoder('Jaeger over UDP', calls.flat(), body => jaegerToTraces([readDatagram(body)]));
  decoder(
    'Jaeger over gRPC',
    four(() => postSpans(batches.next(false))),
    body => jaegerToTraces(readPostSpans(body)),
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
  decoder(`Zipkin in ${encoding}`, seeds, body => zipkinToTraces(decodeZipkin(body, encoding)));
}

function decoder(name: string, seeds: readonly Uint8Array[], read: (body: Uint8Array) => TracesData): void {
  withstandsMutation({
    name,
    seeds,
    decode: body => {
      const { body: request, rejected } = tracesFromJson(read(body));
      return `${rejected} ${Buffer.from(request).toString('base64')}`;
    },
    isRefusal: error => error instanceof DecodeError,
  });
}
