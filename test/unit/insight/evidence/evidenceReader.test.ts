import assert from 'node:assert/strict';
import { normalizeLogs } from '../../../../src/decode/otlp/requests.ts';
import { EvidenceReader } from '../../../../src/insight/evidence/evidenceReader.ts';
import type { LogRecord } from '../../../../src/model/span.ts';
import { TraceStore } from '../../../../src/store/traceStore.ts';
import { add, resourceOf, span, spanId, traceId } from '../../store/testSpans.ts';
import { evidenceOf } from './evidenceOf.ts';

const complete = () => Number.POSITIVE_INFINITY;
const millisecond = 1_000_000;

describe('EvidenceReader', () => {
  it('says the same as one that begins anew, while traces come, grow and go', async () => {
    const store = new TraceStore({ budgetBytes: 1 << 20 });
    const reader = new EvidenceReader(store, complete);
    for (let n = 0; n < 400; n++) {
      add(
        store,
        Array.from({ length: 50 }, (_, i) =>
          span(i + 50 * (n % 3), {
            traceId: traceId(Math.floor(n / 3)),
            name: i % 7 === 0 ? `job ${n}` : `work ${i % 5}`,
            kind: i % 2 === 0 ? 1 : 3,
            parentSpanId: i === 0 ? undefined : spanId(i % 11 === 0 ? 9999 : 0),
            start: i * millisecond,
            duration: 100_000,
            attributes: [
              { key: 'owner.email', value: { stringValue: i % 9 === 0 ? `ada${n}@lovelace.org` : '-' } },
            ],
          }),
        ),
        n % 4 === 0 ? 'cart' : 'shop',
      );
      if (n % 23 !== 0) continue;
      const { evidence } = await reader.read();
      assert.deepEqual(evidence, await evidenceOf(store));
      assert.equal(evidence.spans, store.counters.spansStored);
      assert.equal(evidence.traces, store.counters.tracesStored);
    }
    assert.ok(store.counters.spansEvicted > 5000);
    store.clear();
    assert.equal((await reader.read()).evidence.spans, 0);
  });

  it('leaves nothing out and nothing counted twice of a trace that grows while it is read', async () => {
    const store = new TraceStore({ budgetBytes: 64 << 20 });
    const reader = new EvidenceReader(store, complete);
    const more = (from: number) =>
      add(
        store,
        Array.from({ length: 5000 }, (_, i) => span(from + i, { name: 'work' })),
      );
    for (let from = 0; from < 40_000; from += 5000) more(from);
    let growing = true;
    const grow = (from: number): void => {
      if (!growing || from >= 80_000) return;
      more(from);
      setImmediate(grow, from + 5000);
    };
    setImmediate(grow, 40_000);
    await reader.read();
    growing = false;
    const { evidence } = await reader.read();
    assert.equal(evidence.spans, store.counters.spansStored);
    assert.deepEqual(evidence, await evidenceOf(store));
  });

  it('answers many questions at a time with one reading', async () => {
    const store = new TraceStore({ budgetBytes: 8 << 20 });
    const reader = new EvidenceReader(store);
    add(store, [span(0)]);
    const [first, second] = await Promise.all([reader.read(), reader.read()]);
    assert.equal(first, second);
    assert.equal(await reader.read(), first);
    add(store, [span(1)]);
    assert.equal((await reader.read()).generation, first.generation + 1);
  });

  it('waits for a parent that may still come', async () => {
    const store = new TraceStore({ budgetBytes: 8 << 20 });
    let now = 1_700_000_001_000;
    const reader = new EvidenceReader(store, () => now);
    add(store, [span(1, { name: 'child', kind: 1, parentSpanId: spanId(0), duration: 500 * millisecond })]);
    const early = await reader.read();
    assert.deepEqual([early.evidence.missingParents, early.changesAt], [[], 1_700_000_030_500]);
    now = 1_700_000_030_500;
    const late = await reader.read();
    assert.deepEqual(
      late.evidence.missingParents.map(({ spanName, parent }) => [spanName, parent]),
      [['child', 'local']],
    );
    assert.deepEqual([late.generation > early.generation, late.changesAt], [true, undefined]);
    add(store, [span(0, { name: 'parent', duration: 600 * millisecond })]);
    assert.deepEqual((await reader.read()).evidence.missingParents, []);
  });

  it('knows of traces that were not sampled from their log records', async () => {
    const store = new TraceStore({ budgetBytes: 8 << 20 });
    const log = (trace: number, more: Partial<LogRecord>): LogRecord => ({
      ...{ timeUnixNano: '1000', severityNumber: 9, traceId: traceId(trace), spanId: spanId(0), ...more },
    });
    const logRecords = [
      ...[log(1, { flags: 0 }), log(1, { flags: 0 }), log(2, { flags: 1 }), log(3, { flags: 0 })],
      ...[log(4, { flags: 0 }), { timeUnixNano: '1000', body: { stringValue: 'outside' } }],
    ];
    const request = {
      resourceLogs: [{ resource: resourceOf('shop'), scopeLogs: [{ scope: {}, logRecords }] }],
    };
    store.appendLogs(normalizeLogs(Buffer.from(JSON.stringify(request)), 'json').body);
    add(store, [span(0, { traceId: traceId(4) })]);
    assert.deepEqual((await evidenceOf(store)).samplingGaps, [{ serviceName: 'shop', traces: 2 }]);
  });
});
