import assert from 'node:assert/strict';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { Ingest } from '../../../src/engine/ingest.ts';
import { spanMetricsSource } from '../../../src/engine/spanMetricsSource.ts';
import type { Span } from '../../../src/model/span.ts';
import { mostSeries, SpanMetrics } from '../../../src/query/spanMetrics.ts';
import { spanMetricsText } from '../../../src/query/spanMetricsText.ts';
import { BodyMemory } from '../../../src/receive/bodyMemory.ts';
import { startPrometheus } from '../../../src/receive/prometheus.ts';
import { smallestBudget, TraceStore } from '../../../src/store/traceStore.ts';

let id = 0;
const hex = (digits: number) => (++id).toString(16).padStart(digits, '0');

function span(over: Partial<Span> = {}, milliseconds = 3): Span {
  const start = 1_700_000_000_000_000_000n;
  return {
    traceId: hex(32),
    spanId: hex(16),
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + BigInt(milliseconds * 1e6)}`,
    ...over,
  };
}

class Metered {
  readonly store: TraceStore;
  readonly metrics: SpanMetrics;
  readonly #ingest: Ingest;

  constructor(budgetBytes = 64_000_000) {
    this.store = new TraceStore({ budgetBytes });
    this.metrics = new SpanMetrics(this.store);
    this.#ingest = new Ingest(this.store, { write: assert.fail });
  }

  add(service: string, ...spans: Span[]): void {
    const attributes = [{ key: 'service.name', value: { stringValue: service } }];
    const body = writeTraces({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] });
    this.#ingest.addTraces('protobuf', body);
  }

  samples(): Map<string, number> {
    const lines = spanMetricsText(this.metrics, 'prometheus')
      .split('\n')
      .filter(line => /^[^#]/.test(line));
    return new Map(
      lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  calls(): number {
    return [...this.samples()].reduce(
      (sum, [name, value]) => (name.includes('_calls_total') ? sum + value : sum),
      0,
    );
  }
}

describe('Span metrics', () => {
  it('count calls and durations by service, name, kind and status', () => {
    const metered = new Metered();
    metered.add('shop', span(), span({}, 7), span({ status: { code: 2 } }, 20_000), span({ name: 'a"\\\n' }));
    metered.add('other', span({ kind: 3 }), span({ endTimeUnixNano: '0' }));
    const samples = metered.samples();
    const labels =
      'service_name="shop",span_name="GET /",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_UNSET"';
    const failed = labels.replace('UNSET', 'ERROR');
    const duration = 'traces_span_metrics_duration_seconds';
    assert.equal(samples.get(`traces_span_metrics_calls_total{${labels}}`), 2);
    assert.equal(samples.get(`traces_span_metrics_calls_total{${failed}}`), 1);
    assert.deepEqual(
      ['0.002', '0.004', '0.006', '0.008', '15', '+Inf'].map(le =>
        samples.get(`${duration}_bucket{${labels},le="${le}"}`),
      ),
      [0, 1, 1, 2, 2, 2],
    );
    assert.ok(Math.abs(samples.get(`${duration}_sum{${labels}}`)! - 0.01) < 1e-12);
    assert.equal(samples.get(`${duration}_count{${labels}}`), 2);
    assert.equal(samples.get(`${duration}_bucket{${failed},le="15"}`), 0);
    assert.equal(samples.get(`${duration}_bucket{${failed},le="+Inf"}`), 1);
    assert.ok([...samples.keys()].some(name => name.includes('span_name="a\\"\\\\\\n"')));
    const unended =
      'service_name="other",span_name="GET /",span_kind="SPAN_KIND_SERVER",status_code="STATUS_CODE_UNSET"';
    assert.equal(samples.get(`traces_span_metrics_calls_total{${unended}}`), 1);
    assert.equal(samples.get(`${duration}_count{${unended}}`), 0);
  });

  it('count a span once however often it comes, and what was there before not at all', () => {
    const metered = new Metered();
    const twice = [span(), span()];
    metered.add('shop', ...twice);
    metered.add('shop', ...twice, span());
    assert.equal(metered.calls(), 3);
    const late = new SpanMetrics(metered.store);
    assert.deepEqual([...late.series], []);
    metered.add('shop', span());
    assert.deepEqual(
      [...late.series].map(({ calls }) => calls),
      [1],
    );
    late.dispose();
    metered.add('shop', span());
    assert.deepEqual(
      [...late.series].map(({ calls }) => calls),
      [1],
    );
  });

  it('go on counting while spans are evicted and cleared, and never attribute them to others', () => {
    const metered = new Metered(smallestBudget * 24);
    let sent = 0;
    const perName = new Map<string, number>();
    for (let round = 0; round < 700; round++) {
      const spans = Array.from({ length: 60 }, (_, i) =>
        span({ name: `op ${(round + i) % 200} ${'x'.repeat(200)}` }),
      );
      for (const { name } of spans) perName.set(name, (perName.get(name) ?? 0) + 1);
      metered.add(`service ${round % 7}`, ...spans);
      sent += spans.length;
      if (round === 500) metered.store.clear();
    }
    assert.ok(metered.store.counters.spansEvicted > 1_000);
    assert.equal(metered.calls(), sent);
    const counted = new Map<string, number>();
    for (const { spanName, calls } of metered.metrics.series)
      counted.set(spanName, (counted.get(spanName) ?? 0) + calls);
    assert.deepEqual([...counted].sort(), [...perName].sort());
  });

  it('count nothing again that is carried over', () => {
    const metered = new Metered();
    const spans = Array.from({ length: 100 }, () => span());
    metered.add('shop', ...spans);
    for (const { traceId } of spans.slice(40, 60))
      metered.store.pin(metered.store.traces.rowOf(traceId), true);
    for (let round = 0; round < 5; round++) {
      metered.store.dropOldest();
      metered.add('shop', span());
    }
    assert.equal(metered.store.counters.spansStored, 21);
    assert.equal(metered.calls(), 105);
  });

  it('keep to their number of label sets', () => {
    const metered = new Metered();
    for (let batch = 0; batch < 60; batch++)
      metered.add(
        'shop',
        ...Array.from({ length: 100 }, (_, i) => span({ name: `user ${batch * 100 + i}` })),
      );
    const samples = metered.samples();
    assert.equal(
      samples.get('traces_span_metrics_calls_total{otel_metric_overflow="true"}'),
      6_000 - mostSeries,
    );
    assert.equal([...samples.keys()].filter(name => name.includes('_calls_total')).length, mostSeries + 1);
    assert.equal(metered.calls(), 6_000);
  });

  it('are served in both formats, with exemplars where the format has them', async () => {
    const metered = new Metered();
    const receiver = await startPrometheus({
      port: 0,
      policy: {},
      memory: new BodyMemory(),
      source: spanMetricsSource(metered.store),
      onRefused: () => {},
    });
    const get = (headers: Record<string, string> = {}, path = '/metrics', method = 'GET') =>
      fetch(`http://127.0.0.1:${receiver.port}${path}`, { headers, method });
    const only = span({}, 5);
    metered.add('shop', only);
    const plain = await get({ 'accept-encoding': 'identity' });
    assert.equal(plain.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(
      await plain.text(),
      /# TYPE traces_span_metrics_calls_total counter\ntraces_span_metrics_calls_total\{.*\} 1\n/,
    );
    const open = await get({ accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1' });
    assert.match(open.headers.get('content-type')!, /^application\/openmetrics-text; version=1\.0\.0/);
    const text = await open.text();
    assert.ok(text.endsWith('# EOF\n'));
    assert.match(text, /# TYPE traces_span_metrics_calls counter\n/);
    const exemplar = new RegExp(
      `le="0.006"\\} 1 # \\{trace_id="${only.traceId}",span_id="${only.spanId}"\\} 0.005 \\d+`,
    );
    assert.match(text, exemplar);
    assert.match(text, /le="15\.0"\} 1\n/);
    assert.equal((text.match(/trace_id/g) ?? []).length, 1);

    assert.equal((await get({}, '/')).status, 404);
    assert.equal((await get({}, '/metrics', 'POST')).status, 405);
    assert.equal((await get({ origin: 'http://localhost:3000' })).status, 403);
    assert.equal((await get({ origin: 'https://evil.example' })).status, 403);
    await receiver.close();
  });
});
