import assert from 'node:assert/strict';
import { Random } from '../../../../bench/support/random.ts';
import { JaegerDecoder, type JaegerForm } from '../../../../src/decode/jaeger/jaegerDecoder.ts';
import { isJaegerJson, jaegerJson } from '../../../../src/decode/jaeger/json.ts';
import { DecodeError } from '../../../../src/decode/protobuf/decodeError.ts';
import { plainAttributes } from '../../../../src/model/anyValue.ts';
import { assertSays, tracesIn } from '../otlpTraces.ts';
import { type Fields, thriftCall, thriftStruct } from '../thriftLibrary.ts';
import { jaegerToTraces } from './expectedTraces.ts';
import { jaegerDocument, postSpans, thriftBatch } from './jaegerBodies.ts';
import type { JaegerBatch } from './jaegerSpan.ts';
import { RandomBatches } from './randomBatches.ts';

const seed = Number(process.env.SPANLINE_SEED ?? Date.now() % 1_000_000);
const messages = 10_000;
const decoder = new JaegerDecoder();

const forms: { readonly [form: string]: (batch: JaegerBatch) => readonly [JaegerForm, Uint8Array] } = {
  'Thrift over HTTP': batch => ['batch', thriftStruct('binary', thriftBatch(batch))],
  'compact datagrams': batch => ['datagram', call('compact', batch)],
  'binary datagrams': batch => ['datagram', call('binary', batch)],
  'binary datagrams of old clients': batch => ['datagram', call('old binary', batch)],
};

function call(encoding: Parameters<typeof thriftCall>[0], batch: JaegerBatch): Uint8Array {
  return thriftCall(encoding, 'emitBatch', { 1: ['struct', thriftBatch(batch)] });
}

describe('Jaeger messages', function () {
  this.timeout(30_000);

  for (const [form, bodyOf] of Object.entries(forms))
    it(`reads ${messages} random ${form} as Apache's library writes them (seed ${seed})`, () => {
      const batches = new RandomBatches(new Random(seed));
      for (let count = 0; count < messages; count++) {
        const batch = batches.next(true);
        assertSays(decoder.decode(...bodyOf(batch)), jaegerToTraces([batch]));
      }
    });

  it(`reads ${messages} random protobuf requests as protobufjs writes them (seed ${seed})`, () => {
    const batches = new RandomBatches(new Random(seed));
    for (let count = 0; count < messages; count++) {
      const batch = batches.next(false);
      assertSays(decoder.decode('protobuf', postSpans(batch)), jaegerToTraces([batch]));
    }
  });

  it(`reads ${messages} random JSON documents (seed ${seed})`, () => {
    const batches = new RandomBatches(new Random(seed));
    for (let count = 0; count < messages; count++) {
      const batch = batches.next(true);
      const document: unknown = JSON.parse(JSON.stringify(jaegerDocument(batch)));
      assert.ok(isJaegerJson(document));
      assertSays(jaegerJson(document), jaegerToTraces([batch]));
    }
  });

  it('gives a span in protobuf its own process, if it has one', () => {
    const batches = new RandomBatches(new Random(1));
    let batch = batches.next(false);
    while (batch.spans.length < 2) batch = batches.next(false);
    const own = { serviceName: 'own', tags: [] };
    const [first, ...others] = batch.spans;
    assertSays(
      decoder.decode('protobuf', postSpans(batch, own)),
      jaegerToTraces([
        { process: own, spans: [first] },
        { process: batch.process, spans: others },
      ]),
    );
  });

  it('leaves out fields that nobody knows', () => {
    const batch = new RandomBatches(new Random(3)).next(true);
    const inner: Fields = { 1: ['double', 1], 2: ['bool', true], 3: ['list', [{ 1: ['string', 'x'] }]] };
    const unknown: Fields = { 9: ['struct', inner], 10: ['bool', false], 77: ['i64', -1n] };
    const fields: Fields = { ...thriftBatch(batch), ...unknown };
    for (const encoding of ['binary', 'compact'] as const) {
      const body = thriftCall(encoding, 'emitBatch', { 1: ['struct', fields], 2: ['struct', inner] });
      assertSays(decoder.decode('datagram', body), jaegerToTraces([batch]));
    }
  });

  it('takes spans that come before their process', () => {
    const batch = new RandomBatches(new Random(3)).next(true);
    const { 1: process, 2: spans } = thriftBatch(batch);
    const [early, late] = [thriftStruct('binary', { 2: spans }), thriftStruct('binary', { 1: process })];
    const body = Buffer.concat([early.subarray(0, -1), late]);
    assertSays(decoder.decode('batch', body), jaegerToTraces([batch]));
  });

  it('leaves out spans alone whose ids or times are none', () => {
    const batches = new RandomBatches(new Random(5));
    let batch = batches.next(true);
    while (batch.spans.length === 0) batch = batches.next(true);
    const [good] = batch.spans;
    const process = { serviceName: 'shop', tags: [] };
    const rejects = (form: JaegerForm, body: Uint8Array, reason: RegExp) => {
      const request = decoder.decode(form, body);
      assert.equal(request.rejected, 1);
      assert.match(request.reason, reason);
      assert.equal(tracesIn(request.body).resourceSpans[0].scopeSpans[0].spans.length, 1);
    };
    const spans = (other: object) => ({ process, spans: [{ ...good, ...other }, good] });
    rejects('protobuf', postSpans(spans({ traceId: 'ab'.repeat(17) })), /trace id has 17 bytes/);
    rejects('protobuf', postSpans(spans({ spanId: 'ab'.repeat(9) })), /span id has 9 bytes/);
    rejects('batch', thriftStruct('binary', thriftBatch(spans({ start: -1000n }))), /out of range/);
    rejects(
      'batch',
      thriftStruct('binary', thriftBatch(spans({ start: 2n ** 62n * 1000n }))),
      /out of range/,
    );
    const ended = decoder.decode('batch', thriftStruct('binary', thriftBatch(spans({ duration: -1000n }))));
    assert.equal(ended.rejected, good.start === 0n ? 1 : 0);
    const document = jaegerDocument(spans({ spanId: 'no id' }));
    const { rejected, reason } = jaegerJson(document);
    assert.deepEqual([rejected, reason], [1, '"no id" is no id in hex digits']);
  });

  it('takes the value that the type names, as some clients write all', () => {
    const tag = { 1: ['string', 'n'], 2: ['i32', 3], 3: ['string', ''], 4: ['double', 0] } as const;
    const rest = { 5: ['bool', false], 6: ['i64', -7n], 7: ['string', new Uint8Array(0)] } as const;
    const body = thriftStruct('binary', {
      1: ['struct', { 1: ['string', 'shop'], 2: ['list', [{ ...tag, ...rest }]] }],
      2: ['list', [{}]],
    });
    const [{ resource }] = tracesIn(decoder.decode('batch', body).body).resourceSpans;
    assert.deepEqual(plainAttributes(resource?.attributes ?? []), { 'service.name': 'shop', n: '-7' });
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
    for (const [body, reason] of wrong)
      assert.throws(() => decoder.decode('datagram', body), refusal(reason));
    const list = Buffer.from('0f00020c7fffffff', 'hex');
    assert.throws(() => decoder.decode('batch', list), refusal(/elements are announced/));
    const text = Buffer.from('0c00010b00017fffffff00', 'hex');
    assert.throws(() => decoder.decode('batch', text), refusal(/cut off/));
    const deep = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from('0c0001', 'hex')));
    assert.throws(() => decoder.decode('batch', deep), refusal(/nested too deeply/));
  });
});

function refusal(reason: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DecodeError, String(error));
    assert.match(error.message, reason);
    return true;
  };
}
