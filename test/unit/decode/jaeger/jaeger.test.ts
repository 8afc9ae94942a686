import assert from 'node:assert/strict';
import { Random } from '../../../../bench/support/random.ts';
import type { JaegerBatch } from '../../../../src/decode/jaeger/jaegerSpan.ts';
import { isJaegerJson, readJaegerJson } from '../../../../src/decode/jaeger/json.ts';
import { readPostSpans } from '../../../../src/decode/jaeger/protobuf.ts';
import { readDatagram, readThriftBatch } from '../../../../src/decode/jaeger/thrift.ts';
import { DecodeError } from '../../../../src/decode/protobuf/decodeError.ts';
import { thriftCall, thriftStruct } from '../thriftLibrary.ts';
import { jaegerDocument, postSpans, thriftBatch } from './jaegerBodies.ts';
import { RandomBatches } from './randomBatches.ts';

const seed = Number(process.env.SPANLINE_SEED ?? Date.now() % 1_000_000);
const messages = 10_000;

const forms: { readonly [form: string]: (batch: JaegerBatch) => JaegerBatch } = {
  'Thrift over HTTP': batch => readThriftBatch(thriftStruct('binary', thriftBatch(batch))),
  'compact datagrams': batch => readDatagram(call('compact', batch)),
  'binary datagrams': batch => readDatagram(call('binary', batch)),
  'binary datagrams of old clients': batch => readDatagram(call('old binary', batch)),
};

function call(encoding: Parameters<typeof thriftCall>[0], batch: JaegerBatch): Uint8Array {
  return thriftCall(encoding, 'emitBatch', { 1: ['struct', thriftBatch(batch)] });
}

describe('Jaeger messages', function () {
  this.timeout(30_000);

  for (const [form, read] of Object.entries(forms))
    it(`reads ${messages} random ${form} as Apache's library writes them (seed ${seed})`, () => {
      const batches = new RandomBatches(new Random(seed));
      for (let count = 0; count < messages; count++) {
        const batch = batches.next(true);
        assert.deepEqual(plain(read(batch)), plain(batch));
      }
    });

  it(`reads ${messages} random protobuf requests as protobufjs writes them (seed ${seed})`, () => {
    const batches = new RandomBatches(new Random(seed));
    for (let count = 0; count < messages; count++) {
      const batch = batches.next(false);
      const read = readPostSpans(postSpans(batch));
      assert.deepEqual(plain(read), batch.spans.length > 0 ? plain([batch]) : []);
    }
  });

  it(`reads ${messages} random JSON documents (seed ${seed})`, () => {
    const batches = new RandomBatches(new Random(seed));
    for (let count = 0; count < messages; count++) {
      const batch = batches.next(true);
      const document: unknown = JSON.parse(JSON.stringify(jaegerDocument(batch)));
      assert.ok(isJaegerJson(document));
      assert.deepEqual(plain(readJaegerJson(document)), batch.spans.length > 0 ? plain([batch]) : []);
    }
  });

  it('gives a span in protobuf its own process, if it has one', () => {
    const batches = new RandomBatches(new Random(1));
    let batch = batches.next(false);
    while (batch.spans.length < 2) batch = batches.next(false);
    const own = { serviceName: 'own', tags: [] };
    const read = readPostSpans(postSpans(batch, own));
    assert.deepEqual(
      read.map(({ process, spans }) => [process.serviceName, spans.map(({ spanId }) => spanId)]),
      [
        ['own', [batch.spans[0].spanId]],
        [batch.process.serviceName, batch.spans.slice(1).map(({ spanId }) => spanId)],
      ],
    );
  });

  it('takes the value that the type names, as some clients write all', () => {
    const tag = { 1: ['string', 'n'], 2: ['i32', 3], 3: ['string', ''], 4: ['double', 0] } as const;
    const rest = { 5: ['bool', false], 6: ['i64', -7n], 7: ['string', new Uint8Array(0)] } as const;
    const body = thriftStruct('binary', {
      1: ['struct', { 1: ['string', 'shop'], 2: ['list', [{ ...tag, ...rest }]] }],
      2: ['list', []],
    });
    assert.deepEqual(readThriftBatch(body).process.tags, [{ key: 'n', value: -7n }]);
  });

  it('refuses what is no batch, and lengths that lie', () => {
    const wrong: readonly [body: Uint8Array, reason: RegExp][] = [
      [Buffer.alloc(0), /cut off/],
      [thriftCall('compact', 'emitZipkinBatch', { 1: ['list', []] }), /'emitZipkinBatch' is called/],
      [thriftCall('binary', 'emitBatch', {}), /is called, emitBatch is expected|no process/],
      [Buffer.from('8221000965', 'hex'), /cut off/],
      [Buffer.from('80020004', 'hex'), /version/],
      [Buffer.from('hello'), /cut off|length/],
    ];
    for (const [body, reason] of wrong) assert.throws(() => readDatagram(body), refusal(reason));
    const list = Buffer.from('0f00020c7fffffff', 'hex');
    assert.throws(() => readThriftBatch(list), refusal(/elements are announced/));
    const text = Buffer.from('0c00010b00017fffffff00', 'hex');
    assert.throws(() => readThriftBatch(text), refusal(/cut off/));
    const deep = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from('0c0001', 'hex')));
    assert.throws(() => readThriftBatch(deep), refusal(/nested too deeply/));
  });
});

function refusal(reason: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DecodeError, String(error));
    assert.match(error.message, reason);
    return true;
  };
}

/** Bytes as hex: whatever view of a buffer they are. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
