import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { readLogRecord, readResource, readScope, readSpan } from '../../../src/decode/otlp/readSpan.ts';
import {
  readEventMarks,
  readLinkTargets,
  readSpanAttributes,
} from '../../../src/decode/otlp/readSpanParts.ts';
import { scanLogs } from '../../../src/decode/otlp/scanLogs.ts';
import { scanMetrics } from '../../../src/decode/otlp/scanMetrics.ts';
import { scanTraces } from '../../../src/decode/otlp/scanTraces.ts';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { DecodeError } from '../../../src/decode/protobuf/decodeError.ts';
import { idHex } from '../../../src/model/ids.ts';
import type { Span, TracesData } from '../../../src/model/span.ts';
import { SpanBatch } from '../../../src/model/spanBatch.ts';
import { nanosOfWords } from '../../../src/model/time.ts';
import { fromOtlpJson, oracle, toOtlpJson } from '../../fixtures/otlpOracle.ts';
import { RandomTraces } from './randomTraces.ts';

function spansOf(traces: TracesData): Span[] {
  return traces.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function scan(body: Uint8Array): SpanBatch {
  const batch = new SpanBatch();
  scanTraces(body, batch);
  return batch;
}

function message(batch: SpanBatch, i: number): Uint8Array {
  return batch.bytes.subarray(batch.spanOffset[i], batch.spanOffset[i] + batch.spanLength[i]);
}

function slice(batch: SpanBatch, from: number, length: number): Uint8Array {
  return batch.bytes.subarray(from, from + length);
}

/** Entry `index` of a batch's `resources` or `scopes`. */
function entry(list: readonly number[], index: number) {
  const [from, length, urlFrom, urlLength] = list.slice(4 * index);
  return { from, length, urlFrom, urlLength };
}

/** A field of type bytes (wire type 2). */
function field(number: number, ...content: (Uint8Array | readonly number[])[]): Buffer {
  const value = Buffer.concat(content.map(part => Buffer.from(part)));
  return Buffer.concat([varint((number << 3) | 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest > 127 ? (rest % 128) | 128 : rest);
    if (rest <= 127) return Buffer.from(bytes);
  }
}

const trace = Buffer.alloc(16, 1);
const own = Buffer.alloc(8, 2);

/** A request with one span that consists of these fields. */
function request(...fields: Buffer[]): Buffer {
  return field(1, field(2, field(2, ...fields)));
}

describe('OTLP in protobuf', function () {
  this.timeout(60_000);

  it('reads what protobufjs writes: 300 random requests, every field', () => {
    const random = new RandomTraces(1);
    let count = 0;
    for (let i = 0; i < 300; i++) {
      const traces = random.next();
      const batch = scan(oracle.traces.encode(fromOtlpJson(oracle.traces, traces)).finish());
      const spans = spansOf(traces);
      assert.equal(batch.count, spans.length);
      assert.equal(batch.rejected, 0);
      for (const [row, span] of spans.entries()) {
        assert.deepEqual(readSpan(message(batch, row)), span);
        assert.equal(idHex(batch.traceId, 4 * row, 4), span.traceId);
        assert.equal(idHex(batch.spanId, 2 * row, 2), span.spanId);
        assert.equal(idHex(batch.parentSpanId, 2 * row, 2), span.parentSpanId ?? '0'.repeat(16));
        assert.equal(batch.kindStatus[row], (span.kind ?? 0) | ((span.status?.code ?? 0) << 4));
        const start = nanosOfWords(batch.start[2 * row], batch.start[2 * row + 1]);
        const end = nanosOfWords(batch.end[2 * row], batch.end[2 * row + 1]);
        assert.deepEqual([String(start), String(end)], [span.startTimeUnixNano, span.endTimeUnixNano]);
        assert.deepEqual(readSpanAttributes(message(batch, row)), span.attributes ?? []);
        assert.equal(readEventMarks(message(batch, row)).length, span.events?.length ?? 0);
        assert.deepEqual(
          readLinkTargets(message(batch, row)),
          (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
        );
        count++;
      }
      let row = 0;
      for (const { resource, scopeSpans, schemaUrl = '' } of traces.resourceSpans)
        for (const { scope, spans: own, schemaUrl: scopeUrl = '' } of scopeSpans)
          for (const _ of own) {
            const of = entry(batch.resources, batch.resource[row]);
            assert.deepEqual(readResource(slice(batch, of.from, of.length)), resource ?? {});
            assert.equal(Buffer.from(slice(batch, of.urlFrom, of.urlLength)).toString(), schemaUrl);
            const by = entry(batch.scopes, batch.scope[row]);
            assert.deepEqual(readScope(slice(batch, by.from, by.length)), scope ?? {});
            assert.equal(Buffer.from(slice(batch, by.urlFrom, by.urlLength)).toString(), scopeUrl);
            row++;
          }
    }
    assert.ok(count > 500, `${count} spans`);
  });

  it('writes what protobufjs reads: 300 random requests', () => {
    const random = new RandomTraces(2);
    for (let i = 0; i < 300; i++) {
      const traces = random.next();
      const decoded = toOtlpJson(oracle.traces, oracle.traces.decode(writeTraces(traces)));
      assert.deepEqual(decoded, toOtlpJson(oracle.traces, fromOtlpJson(oracle.traces, traces)));
    }
  });

  it('finds resource and scope after the spans', () => {
    const resource = field(1, field(1, field(1, Buffer.from('k'))));
    const scope = field(1, field(1, Buffer.from('scope')));
    const span = field(2, field(1, trace), field(2, own));
    const batch = scan(
      field(
        1,
        field(3, Buffer.from('url')),
        field(2, span, field(3, Buffer.from('scope url')), scope),
        resource,
      ),
    );
    assert.equal(batch.count, 1);
    const [from, length, urlFrom, urlLength] = batch.resources.slice(4 * batch.resource[0]);
    assert.equal(readResource(slice(batch, from, length)).attributes?.[0].key, 'k');
    assert.equal(Buffer.from(slice(batch, urlFrom, urlLength)).toString(), 'url');
    const [scopeFrom, scopeLength] = batch.scopes.slice(4 * batch.scope[0]);
    assert.equal(readScope(slice(batch, scopeFrom, scopeLength)).name, 'scope');
  });

  it('rejects a span with an impossible id alone, with the reason', () => {
    const good = [field(1, trace), field(2, own)];
    const cases: [Buffer[], string][] = [
      [[field(2, own)], 'trace id is missing'],
      [[field(1, trace)], 'span id is missing'],
      [[field(1, trace.subarray(1)), field(2, own)], 'trace id has 15 bytes instead of 16'],
      [[field(1, trace), field(2, trace)], 'span id has 16 bytes instead of 8'],
      [[field(1, Buffer.alloc(16)), field(2, own)], 'trace id is all zeros'],
      [[field(1, trace), field(2, Buffer.alloc(8))], 'span id is all zeros'],
      [[...good, field(4, [1, 2, 3])], 'parent span id has 3 bytes instead of 8'],
      [[field(1, Buffer.from('z'.repeat(32))), field(2, own)], 'trace id has 32 bytes instead of 16'],
    ];
    for (const [fields, reason] of cases) {
      const batch = scan(Buffer.concat([request(...good), request(...fields), request(...good)]));
      assert.deepEqual([batch.count, batch.rejected, batch.rejectedReason], [2, 1, reason]);
    }
  });

  it('takes ids written as hex digits, and a parent of zeros for none', () => {
    const batch = scan(
      Buffer.concat([
        request(
          field(1, Buffer.from('0123456789abcdef0123456789ABCDEF')),
          field(2, Buffer.from('fedcba9876543210')),
        ),
        request(field(1, trace), field(2, own), field(4, Buffer.alloc(8))),
      ]),
    );
    assert.equal(batch.rejected, 0);
    assert.equal(idHex(batch.traceId, 0, 4), '0123456789abcdef0123456789abcdef');
    assert.equal(idHex(batch.spanId, 0, 2), 'fedcba9876543210');
    const { traceId, spanId } = readSpan(message(batch, 0));
    assert.deepEqual([traceId, spanId], ['0123456789abcdef0123456789abcdef', 'fedcba9876543210']);
    assert.equal(readSpan(message(batch, 1)).parentSpanId, undefined);
  });

  it('skips unknown fields of every wire type, and refuses groups', () => {
    const unknown = Buffer.concat([
      Buffer.from([0x98, 0x06, 0x96, 0x01]),
      Buffer.from([0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8]),
      field(99, [1, 2, 3]),
      Buffer.from([0x9d, 0x06, 1, 2, 3, 4]),
    ]);
    const batch = scan(
      Buffer.concat([
        unknown,
        field(1, unknown, field(2, unknown, field(2, field(1, trace), unknown, field(2, own)))),
      ]),
    );
    assert.equal(batch.count, 1);
    assert.throws(() => scan(request(Buffer.from([0x9b, 0x06]))), DecodeError);
    assert.throws(() => scan(Buffer.from([0x0c])), DecodeError);
    assert.throws(() => scan(Buffer.from([0x00, 0x00])), DecodeError);
  });

  it('refuses lengths that lie, at every level', () => {
    const lies = [
      [0x7f],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    ];
    for (const lie of lies) {
      for (const tag of [0x0a, 0x12, 0x22, 0x2a, 0x4a, 0x5a, 0x6a, 0x7a, 0x1a]) {
        assert.throws(() => scan(request(Buffer.from([tag, ...lie]))), DecodeError);
        assert.throws(() => scan(field(1, field(2, [tag, ...lie]))), DecodeError);
        assert.throws(() => scan(field(1, [tag, ...lie])), DecodeError);
      }
      assert.throws(() => scan(Buffer.from([0x0a, ...lie])), DecodeError);
    }
    assert.throws(() => scan(request(Buffer.from([0x39, 1, 2, 3]))), DecodeError);
    assert.throws(() => scan(request(Buffer.from([0x30, 0xff]))), DecodeError);
    assert.throws(() => scan(Buffer.from([0x0a, ...Array.from({ length: 11 }, () => 0xff)])), DecodeError);
  });

  it('refuses every truncation of a request, or reads a part that is whole', () => {
    const body = writeTraces({ resourceSpans: new RandomTraces(3).next().resourceSpans.slice(0, 1) });
    for (let length = 0; length < body.length; length++) {
      try {
        assert.equal(scan(body.subarray(0, length)).count, 0);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }
  });

  it('survives 6,000 mutated requests: a DecodeError or columns within the body, and details without a throw', () => {
    const random = new Random(4);
    const requests = new RandomTraces(5);
    let readable = 0;
    for (let i = 0; i < 200; i++) {
      const body = Buffer.from(writeTraces(requests.next()));
      for (let k = 0; k < 30 && body.length > 0; k++) {
        const mutant = Buffer.from(body);
        for (let flips = random.between(1, 4); flips > 0; flips--)
          mutant[random.between(0, mutant.length - 1)] = random.between(0, 255);
        try {
          const batch = scan(mutant);
          for (let row = 0; row < batch.count; row++) {
            assert.ok(batch.spanOffset[row] + batch.spanLength[row] <= mutant.length);
            assert.ok(batch.nameOffset[row] + batch.nameLength[row] <= mutant.length);
            readSpan(message(batch, row));
            readSpanAttributes(message(batch, row));
            readEventMarks(message(batch, row));
            readLinkTargets(message(batch, row));
            readable++;
          }
          scanLogs(mutant).forEach(log => void readLogRecord(mutant.subarray(log.from, log.to)));
          scanMetrics(mutant);
        } catch (error) {
          assert.ok(error instanceof DecodeError, (error as Error).stack);
        }
      }
    }
    assert.ok(readable > 1000, `${readable} spans read`);
  });

  it('marks what cannot be read inside a span and keeps the rest', () => {
    const attribute = field(9, field(1, Buffer.from('good')), field(2, [0x10, 1]));
    const broken = field(9, field(1, Buffer.from('bad')), [0x12, 0x7f]);
    const batch = scan(request(field(1, trace), field(2, own), broken, attribute));
    const attributes = readSpan(message(batch, 0)).attributes ?? [];
    assert.deepEqual(attributes[0], { key: 'good', value: { boolValue: true } });
    assert.equal(attributes[1].key, 'spanline.decode_error');
    assert.equal(attributes.length, 2);
  });

  it('cuts values nested 100,000 deep, without a deep stack', () => {
    let inner = Buffer.from([0x10, 1]);
    const layers: Buffer[] = [];
    let length = inner.length;
    for (let depth = 0; depth < 100_000; depth++) {
      // AnyValue.array_value { values { … } }
      const values = Buffer.concat([Buffer.from([0x0a]), varint(length)]);
      const array = Buffer.concat([Buffer.from([0x2a]), varint(length + values.length)]);
      layers.push(Buffer.concat([array, values]));
      length += array.length + values.length;
    }
    inner = Buffer.concat([...layers.reverse(), inner]);
    const batch = scan(request(field(1, trace), field(2, own), field(9, field(1, [0x6b]), field(2, inner))));
    let value: unknown = readSpan(message(batch, 0)).attributes?.[0].value;
    let depth = 0;
    for (; ; depth++) {
      const array = (value as { arrayValue?: { values: unknown[] } }).arrayValue;
      if (array === undefined) break;
      value = array.values[0];
    }
    assert.equal(depth, 64);
    assert.deepEqual(value, { stringValue: '[nested more than 64 levels deep]' });
  });

  it('refuses millions of empty messages before they take memory, and forgets empty groups', () => {
    const empty = (tag: number, count: number) => {
      const bytes = Buffer.alloc(2 * count);
      for (let i = 0; i < bytes.length; i += 2) bytes[i] = tag;
      return bytes;
    };
    const million = 1 << 20;
    assert.equal(scan(field(1, field(2, empty(0x12, million)))).rejected, million);
    assert.throws(() => scan(field(1, field(2, empty(0x12, million + 1)))), /more than 1048576 items/);
    assert.throws(() => scanLogs(field(1, field(2, empty(0x12, million + 1)))), /more than 1048576 items/);
    assert.throws(() => scanLogs(field(1, empty(0x12, million + 1))), /more than 1048576 items/);
    assert.throws(() => scanMetrics(field(1, field(2, empty(0x12, million + 1)))), /more than 1048576 items/);
    const batch = scan(Buffer.concat([empty(0x0a, 2 * million), field(1, empty(0x12, 2 * million))]));
    assert.deepEqual([batch.resources.length, batch.scopes.length], [0, 0]);
  });
});
