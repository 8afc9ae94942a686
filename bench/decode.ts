// D1: OTLP protobuf → columns, and → columns of the store, against protobufjs. D3: the same for OTLP/JSON.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decodeTraces } from '../src/decode/otlp/requests.ts';
import { scanTraces } from '../src/decode/otlp/scanTraces.ts';
import { writeTraces } from '../src/decode/otlp/writeProtobuf.ts';
import { setEngineFlags } from '../src/engine/v8Flags.ts';
import { idHex } from '../src/model/ids.ts';
import { SpanBatch } from '../src/model/spanBatch.ts';
import { nanosOfWords } from '../src/model/time.ts';
import { TraceStore } from '../src/store/traceStore.ts';
import { oracle, toOtlpJson } from '../test/fixtures/otlpOracle.ts';
import { type Contender, interleave, median, ratioOfMinima, report, reportMachine } from './harness.ts';
import { traceRequests } from './support/spans.ts';

const requests = traceRequests(48, 512);
const bodies = requests.map(writeTraces);
const texts = requests.map(request => Buffer.from(JSON.stringify(request)));
const spans = 48 * 512;
const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
const hash = createHash('sha256');
for (const body of bodies) hash.update(body);
setEngineFlags();
reportMachine();
console.error(
  `${spans} spans, ${(bytes / spans).toFixed(0)} bytes each, payload ${hash.digest('hex').slice(0, 12)}`,
);

const parsedNames = new Map<string, number>();
const parsedColumns = {
  traceId: new Uint32Array(4 * 512),
  spanId: new Uint32Array(2 * 512),
  start: new BigUint64Array(512),
  end: new BigUint64Array(512),
  kindStatus: new Uint8Array(512),
  name: new Uint32Array(512),
};

const batch = new SpanBatch();
for (const [index, body] of bodies.entries()) {
  scanTraces(body, batch);
  verify(body, batch);
  decodeTraces(texts[index], 'json', batch);
  verify(body, batch);
}

// As in a running engine at its budget: segments, tables and dictionaries are warm, the oldest spans go.
const store = new TraceStore({ budgetBytes: 64 << 20, sealing: false });
let pass = 0;
const times = await interleave([
  forEach(bodies, body => scanTraces(body, batch)),
  {
    run: () => {
      pass++;
      for (const body of bodies) {
        scanTraces(body, batch);
        renumber(batch, pass);
        store.append(batch);
      }
    },
  },
  forEach(bodies, body => oracle.traces.decode(body)),
  forEach(texts, text => decodeTraces(text, 'json', batch)),
  forEach(texts, text => columnsOfParsed(JSON.parse(text.toString()))),
]);
const [scan, stored, protobufjs, json, parsed] = times;
const perSpan = (list: number[]) => Math.round((median(list) * 1e6) / spans);
report({
  name: 'D1',
  value: perSpan(scan),
  unit: 'ns/span',
  baseline: perSpan(protobufjs),
  ratio: round(ratioOfMinima(scan, protobufjs)),
  note: 'scanTraces into a SpanBatch; baseline: protobufjs decode',
});
report({
  name: 'D1-store',
  value: perSpan(stored),
  unit: 'ns/span',
  baseline: perSpan(protobufjs),
  ratio: round(ratioOfMinima(stored, protobufjs)),
  note: 'scanTraces and TraceStore.append with eviction; baseline: protobufjs decode, dropped',
});
report({
  name: 'D3',
  value: perSpan(json),
  unit: 'ns/span',
  baseline: perSpan(parsed),
  ratio: round(ratioOfMinima(json, parsed)),
  note: 'decodeTraces of JSON; baseline: JSON.parse and columns',
});

function forEach(payload: readonly Uint8Array[], decode: (body: Uint8Array) => unknown): Contender {
  return {
    run: () => {
      for (const body of payload) decode(body);
    },
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Gives all spans ids that no earlier pass had, at the cost of an addition each. */
function renumber(target: SpanBatch, by: number): void {
  for (let i = 0; i < target.count; i++) {
    target.traceId[4 * i] = (target.traceId[4 * i] + by) >>> 0;
    target.spanId[2 * i] = (target.spanId[2 * i] + by) >>> 0;
  }
}

function verify(body: Uint8Array, columns: SpanBatch): void {
  const { resourceSpans } = toOtlpJson(
    oracle.traces,
    oracle.traces.decode(body),
  ) as (typeof requests)[number];
  let i = 0;
  for (const { scopeSpans } of resourceSpans)
    for (const { spans: decoded } of scopeSpans)
      for (const span of decoded) {
        assert.equal(idHex(columns.traceId, 4 * i, 4), span.traceId);
        assert.equal(idHex(columns.spanId, 2 * i, 2), span.spanId);
        assert.equal(idHex(columns.parentSpanId, 2 * i, 2), span.parentSpanId ?? '0'.repeat(16));
        assert.equal(columns.kindStatus[i], (span.kind ?? 0) | ((span.status?.code ?? 0) << 4));
        assert.equal(words(columns.start, i), span.startTimeUnixNano);
        assert.equal(words(columns.end, i), span.endTimeUnixNano);
        const { nameOffset, nameLength } = columns;
        const name = columns.bytes.subarray(nameOffset[i], nameOffset[i] + nameLength[i]);
        assert.equal(Buffer.from(name).toString(), span.name);
        i++;
      }
  assert.equal(i, columns.count);
}

function words(column: Uint32Array, i: number): string {
  return nanosOfWords(column[2 * i], column[2 * i + 1]).toString();
}

/** What a straightforward reader of OTLP/JSON does after `JSON.parse`. */
function columnsOfParsed(parsedRequest: (typeof requests)[number]): number {
  let count = 0;
  for (const { scopeSpans } of parsedRequest.resourceSpans)
    for (const { spans: list } of scopeSpans)
      for (const span of list) {
        const row = count++ % 512;
        for (let word = 0; word < 4; word++)
          parsedColumns.traceId[4 * row + word] = Number.parseInt(
            span.traceId.slice(8 * word, 8 * word + 8),
            16,
          );
        for (let word = 0; word < 2; word++)
          parsedColumns.spanId[2 * row + word] = Number.parseInt(
            span.spanId.slice(8 * word, 8 * word + 8),
            16,
          );
        parsedColumns.start[row] = BigInt(span.startTimeUnixNano);
        parsedColumns.end[row] = BigInt(span.endTimeUnixNano);
        parsedColumns.kindStatus[row] = (span.kind ?? 0) | ((span.status?.code ?? 0) << 4);
        let name = parsedNames.get(span.name);
        if (name === undefined) parsedNames.set(span.name, (name = parsedNames.size));
        parsedColumns.name[row] = name;
      }
  return count;
}
