import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeTraces } from '../../../src/decode/otlp/requests.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import type { Span, SpanKind } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { wholeLayout } from '../../../src/store/sealed/spanLayout.ts';
import type { Segment } from '../../../src/store/segment.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, epoch, resourceOf, span, spanId } from './testSpans.ts';

const budgetBytes = 4 << 20;
/** Two slabs of this budget. */
const filling = 2 * (budgetBytes / 8);

/** Adds spans that follow each other until two segments are full. */
function fill(store: TraceStore, make: (number: number) => Partial<Span>): void {
  let number = 0;
  while (store.segments().length < 3)
    add(
      store,
      Array.from({ length: 100 }, () => span(number, { start: number, ...make(number++) })),
    );
  assert.ok(number * 20 < filling);
}

const ordinary = (number: number): Partial<Span> => ({
  kind: (1 + (number % 5)) as SpanKind,
  ...(number % 7 === 0 ? {} : { parentSpanId: spanId(number - 1) }),
  attributes: [
    { key: 'http.route', value: { stringValue: `/cart/${number % 10}` } },
    { key: 'http.status_code', value: { intValue: String(200 + (number % 3)) } },
    { key: 'padding', value: { stringValue: 'x'.repeat(100) } },
  ],
  ...(number % 50 === 0 ? { status: { code: 2, message: 'failed' } } : {}),
  ...(number % 90 === 0
    ? { events: [{ name: 'exception', timeUnixNano: String(epoch) }], traceState: 'a=1,b=2', flags: 257 }
    : {}),
});

function messages(store: TraceStore): string[] {
  return store
    .segments()
    .flatMap(segment =>
      Array.from({ length: segment.count }, (_, row) => (segment.isLive(row) ? message(segment, row) : '')),
    );
}

/** Read, and the same when it is copied. */
function message(segment: Segment, row: number): string {
  const bytes = Buffer.from(segment.bytes(row)).toString('hex');
  const length = segment.messageBytes(row);
  const copy = Buffer.alloc(length + 2);
  segment.copyMessage(row, copy, 1);
  assert.equal(copy.toString('hex'), `00${bytes}00`);
  assert.equal(length, bytes.length / 2);
  return bytes;
}

describe('sealing', () => {
  it('gives the same bytes from a fraction of the memory', () => {
    const raw = new TraceStore({ budgetBytes, sealing: false });
    const store = new TraceStore({ budgetBytes });
    fill(raw, ordinary);
    fill(store, ordinary);
    store.sealNow();
    const [sealed] = store.segments();
    assert.ok(sealed.sealed !== undefined);
    assert.equal(sealed.sealed.parts.wholeRows.length, 0);
    assert.deepEqual(messages(store), messages(raw));
    assert.ok(sealed.heldBytes * 2 < raw.segments()[0].heldBytes, `${sealed.heldBytes} bytes`);
    assert.ok(store.counters.bytesStored < raw.counters.bytesStored);
  });

  it('takes spans apart as they come in a flood, and gives the same bytes', () => {
    const raw = new TraceStore({ budgetBytes: 16 * budgetBytes, sealing: false });
    const store = new TraceStore({ budgetBytes: 4 * budgetBytes });
    for (let number = 0; number < 40_000; number += 100)
      for (const to of [raw, store])
        add(
          to,
          Array.from({ length: 100 }, (_, i) =>
            span(number + i, { start: number + i, ...ordinary(number + i) }),
          ),
        );
    // No turn of the event loop, no call: what is full is sealed by the appends, and nothing is left waiting.
    const waiting = store.segments().filter(({ full, sealed }) => full && sealed === undefined);
    assert.ok(store.segments().length > 4);
    assert.ok(waiting.length <= 1, `${waiting.length} segments`);
    assert.equal(raw.counters.spansEvicted, 0);
    assert.deepEqual(messages(store), messages(raw));
  });

  it('keeps messages whole that it could not put together again', () => {
    const odd: readonly [string, (message: Buffer) => Buffer][] = [
      ['attributes after the status', message => Buffer.concat([message, attribute])],
      ['a header field twice', message => Buffer.concat([message, message.subarray(0, 18)])],
      ['a length of more bytes than it takes', message => Buffer.concat([message, longAttribute])],
      ['an attribute tag of more bytes', message => Buffer.concat([message, Buffer.from([0xca, 0]), inner])],
      [
        'a kind of more bytes than it takes',
        message => Buffer.concat([message, Buffer.from([0x30, 0x81, 0])]),
      ],
      ['a kind that nobody knows', message => Buffer.concat([message, Buffer.from([0x30, 9])])],
      ['a parent of no bytes', message => Buffer.concat([message, Buffer.from([0x22, 0])])],
    ];
    const exact: typeof odd = [
      ['another order', message => Buffer.concat([message.subarray(18), message.subarray(0, 18)])],
      [
        'header fields after the attributes',
        message => Buffer.concat([message, Buffer.from([0x50, 1, 0x30, 1])]),
      ],
      ['two links amid the header', message => Buffer.concat([Buffer.from([0x6a, 0, 0x6a, 0]), message])],
      ['unknown fields', message => Buffer.concat([message, Buffer.from([0xf8, 0x3f, 1])])],
      ['a long varint in the rest', message => Buffer.concat([message, Buffer.from([0x50, 0x81, 0])])],
      [
        'an attribute that is no message',
        message => Buffer.concat([message, Buffer.from([0x4a, 2, 0xff, 0xff])]),
      ],
      ['an attribute of no bytes', message => Buffer.concat([message, Buffer.from([0x4a, 0])])],
      ['a parent of zeros', message => Buffer.concat([message, Buffer.from([0x22, 8, ...Buffer.alloc(8)])])],
    ];
    const inner = Buffer.from([3, 0x0a, 1, 0x61]);
    const attribute = Buffer.concat([Buffer.from([0x7a, 0, 0x4a]), inner]);
    const longAttribute = Buffer.from([0x4a, 0x83, 0, 0x0a, 1, 0x61]);
    const kinds = [...odd, ...exact];
    const store = new TraceStore({ budgetBytes });
    const expected: string[] = [];
    let number = 0;
    while (store.segments().length < 2) {
      const list = Array.from({ length: 200 }, () => {
        const one = span(number, { attributes: [{ key: 'k', value: { stringValue: 'v'.repeat(300) } }] });
        return kinds[number++ % kinds.length][1](messageOf(one));
      });
      expected.push(...list.map(message => message.toString('hex')));
      const batch = new SpanBatch();
      decodeTraces(requestOf(list), 'protobuf', batch);
      assert.equal(store.append(batch).added, list.length, batch.rejectedReason);
    }
    store.sealNow();
    const [{ sealed, count }] = store.segments();
    assert.ok(sealed !== undefined);
    assert.deepEqual(messages(store), expected);
    for (let row = 0; row < count; row++) {
      const [name] = kinds[row % kinds.length];
      assert.equal(sealed.parts.layout[row] === wholeLayout, row % kinds.length < odd.length, name);
    }
  });

  it('gives times back whatever they are', () => {
    const instants = [
      0n,
      1n,
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 53n - 1n,
      2n ** 53n + 1n,
      epoch,
      2n ** 64n - 1n,
    ];
    const pairs = instants.flatMap(start => instants.map(end => [start, end] as const));
    const times = (number: number) => pairs[number % pairs.length];
    const make = (number: number): Partial<Span> => ({
      ...ordinary(number),
      startTimeUnixNano: String(times(number)[0]),
      endTimeUnixNano: String(times(number)[1]),
    });
    const raw = new TraceStore({ budgetBytes, sealing: false });
    const store = new TraceStore({ budgetBytes });
    fill(raw, make);
    fill(store, make);
    store.sealNow();
    assert.deepEqual(messages(store), messages(raw));
    const [{ sealed, count }] = store.segments();
    assert.ok(sealed !== undefined && count > pairs.length);
    for (let row = 0; row < count; row++) {
      const [start, end] = times(row);
      const length = end > start ? end - start : start - end;
      assert.equal(
        sealed.parts.layout[row] === wholeLayout,
        end !== 0n && length >= 2n ** 53n,
        `${start} ${end}`,
      );
    }
  });

  it('keeps messages whole whose attributes are new when all ids are taken', () => {
    const attributes = (values: readonly number[]) =>
      values.map(value => ({ key: 'v', value: { intValue: String(value) } }));
    const make = (number: number) =>
      attributes(
        number < 1000
          ? Array.from({ length: 10 }, (_, i) => i)
          : Array.from({ length: 12 }, (_, i) => (number % 2 === 0 ? i : 100 + 12 * number + i)),
      );
    const [raw, store] = [false, true].map(sealing => new TraceStore({ budgetBytes: 64 << 20, sealing }));
    for (let first = 0; first < 20_000; first += 1000) {
      const spans = Array.from({ length: 1000 }, (_, i) => span(first + i, { attributes: make(first + i) }));
      for (const each of [raw, store]) add(each, spans);
    }
    for (const each of [raw, store])
      while (each.segments().length < 2) add(each, [padded(each.counters.spansReceived)]);
    store.sealNow();
    assert.deepEqual(messages(store), messages(raw));
    const [{ sealed }] = store.segments();
    assert.ok(sealed !== undefined);
    const { layout, wholeRows, entryKey } = sealed.parts;
    assert.equal(entryKey.length, 0xffff);
    assert.ok(wholeRows.length > 1000);
    assert.ok(layout[wholeRows[0] + 1] !== wholeLayout, 'attributes that are known still have ids');
  });

  it('knows spans again by their bytes, and tells others under their ids apart', () => {
    const store = new TraceStore({ budgetBytes });
    fill(store, ordinary);
    store.sealNow();
    const spans = Array.from({ length: 100 }, (_, i) => span(i, { start: i, ...ordinary(i) }));
    assert.deepEqual(add(store, spans), { added: 0, duplicates: 100 });
    assert.deepEqual(add(store, [{ ...spans[3], name: 'other' }]), { added: 1, duplicates: 0 });
    assert.deepEqual(add(store, [{ ...spans[3], name: 'other' }]), { added: 0, duplicates: 1 });
  });

  it('leaves segments alone whose attributes are all different', () => {
    const store = new TraceStore({ budgetBytes });
    fill(store, number => ({
      attributes: Array.from({ length: 10 }, (_, i) => ({
        key: 'id',
        value: { stringValue: `${number} ${i}` },
      })),
    }));
    store.sealNow();
    assert.ok(store.segments().every(({ sealed }) => sealed === undefined));
    assert.ok(store.segments()[0].unsealable);
  });

  it('seals by itself when nothing comes in, rows that died meanwhile stay dead', async () => {
    const store = new TraceStore({ budgetBytes });
    fill(store, ordinary);
    while (store.segments()[1].sealed === undefined) await sleep(5);
    assert.equal(store.segments()[2].sealed, undefined);
    store.dropOldest();
    assert.equal(store.counters.spansStored, 0);
  });

  it('knows when the spans of a segment were', () => {
    const store = new TraceStore({ budgetBytes });
    add(store, [span(0, { start: 5_000, duration: 70_000 }), span(1, { start: 2_000, duration: -9 })]);
    const { earliest, latest } = store.segments()[0].times;
    assert.ok(earliest <= Number(epoch) + 2_000 && earliest > Number(epoch));
    assert.ok(latest >= Number(epoch) + 75_000 && latest < Number(epoch) + 78_000);
  });
});

/** A span that is large, and has attributes that many have. */
function padded(number: number): Span {
  return span(number, { status: { code: 2, message: 'x'.repeat(100_000) } });
}

/** The message of one span, without its envelopes. */
function messageOf(one: Span): Buffer {
  const batch = new SpanBatch();
  decodeTraces(
    writeTraces({
      resourceSpans: [{ resource: resourceOf('shop'), scopeSpans: [{ scope: { name: 't' }, spans: [one] }] }],
    }),
    'protobuf',
    batch,
  );
  return Buffer.from(batch.bytes.subarray(batch.spanOffset[0], batch.spanOffset[0] + batch.spanLength[0]));
}

function requestOf(spans: readonly Buffer[]): Buffer {
  return field(0x0a, field(0x12, Buffer.concat(spans.map(one => field(0x12, one)))));
}

function field(tag: number, content: Buffer): Buffer {
  const length: number[] = [];
  let left = content.length;
  for (; left > 127; left >>>= 7) length.push((left & 127) | 128);
  return Buffer.concat([Buffer.from([tag, ...length, left]), content]);
}
