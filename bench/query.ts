// Q1: service, name and duration over a million spans against Array.filter on objects. Q2: any attribute equality over sealed
// segments against a walk over raw ones. Q3: a structural query against Q1's. Q1 and Q3 are asked as users ask: in TraceQL.
import assert from 'node:assert/strict';
import { setEngineFlags } from '../src/engine/v8Flags.ts';
import type { AnyValue } from '../src/model/anyValue.ts';
import { search } from '../src/query/search.ts';
import { TraceSummaries } from '../src/query/traceSummary.ts';
import { rowsWithAttribute } from '../src/store/attributeSearch.ts';
import { TraceStore } from '../src/store/traceStore.ts';
import { type Contender, interleave, median, ratioOfMinima, report, reportMachine } from './harness.ts';
import { Feeder } from './support/feeder.ts';

const million = 1 << 20;
const limit = 20;

const headerQuery = '{ resource.service.name = "cart" && name = "GET /api/quote" && duration > 100ms }';
const structuralQuery =
  '{ name = "POST /api/quote" && status = error } >> { name = "GET" && duration > 50ms }';

interface SlimSpan {
  readonly serviceName: string;
  readonly name: string;
  readonly duration: number;
}

/** What a program has at hand that keeps its spans as objects, no more than Q1 asks for. */
function objectsOf(store: TraceStore): SlimSpan[] {
  const spans: SlimSpan[] = [];
  for (const { count, name, resource, duration } of store.segments())
    for (let row = 0; row < count; row++)
      spans.push({
        serviceName: store.resources.get(resource[row]).serviceName,
        name: store.names.string(name[row]),
        duration: duration[row],
      });
  return spans;
}

function attributeSearch(store: TraceStore, key: string, wanted: string): Contender & { found: number } {
  const bytes = Buffer.from(key);
  const rows = new Uint8Array(1 << 20);
  const test = (value: AnyValue) =>
    'stringValue' in value ? value.stringValue === wanted : 'intValue' in value && value.intValue === wanted;
  return {
    found: 0,
    run() {
      this.found = 0;
      for (const segment of store.segments()) {
        const marking = rowsWithAttribute(segment, bytes, test, rows);
        let step = marking.next();
        while (step.done !== true) step = marking.next();
        this.found += step.value;
      }
    },
  };
}

setEngineFlags();
reportMachine();
const store = new TraceStore({ budgetBytes: 1 << 30 });
/** Sealed and raw, the same million spans. */
new Feeder().fill(store, million);
store.sealNow();
const raw = new TraceStore({ budgetBytes: 1 << 30, sealing: false });
new Feeder().fill(raw, million);
assert.equal(raw.counters.spansStored, store.counters.spansStored);

const objects = objectsOf(store);
const summaries = new TraceSummaries(store);
const ask = (query: string) => search(store, summaries, { query, limit, spansPerTrace: 3 });
const filtered = () =>
  objects.filter(
    ({ serviceName, name, duration }) =>
      serviceName === 'cart' && name === 'GET /api/quote' && duration > 100e6,
  );
const all = await search(store, summaries, { query: headerQuery, limit: million, spansPerTrace: 0 });
assert.ok(filtered().length > 0);
assert.equal(
  all.reduce((sum, { matchedCount }) => sum + matchedCount, 0),
  filtered().length,
);
/** As a search that has to look at everything does: nothing matches, nothing ends it early. */
const missing = headerQuery.replace('100ms', '400h');
assert.equal((await ask(missing)).length, 0);

/** Many rounds, for code of a search that was collected is compiled again, which is not what is measured here. */
const groups = 40;
const [q1, baseline, q3] = await interleave(
  [{ run: () => ask(missing) }, { run: filtered }, { run: () => ask(structuralQuery) }],
  groups,
  false,
);
report({
  name: 'Q1',
  ...inMilliseconds(q1, baseline),
  note: `${store.counters.spansStored} spans; baseline: Array.filter on objects`,
});
report({
  name: 'Q3',
  value: hundredths(median(q3)),
  unit: 'ms',
  baseline: hundredths(median(q1)),
  ratio: hundredths(1 / ratioOfMinima(q3, q1)),
  note: `${structuralQuery}; baseline: Q1's scan`,
});

for (const [name, key, wanted] of [
  ['Q2', 'http.response.status_code', '500'],
  ['Q2-rare', 'http.response.body.size', '4242'],
  ['Q2-absent', 'no.such.key', 'x'],
] as const) {
  const contenders = [attributeSearch(store, key, wanted), attributeSearch(raw, key, wanted)];
  const [sealed, walked] = await interleave(contenders, 1);
  assert.equal(contenders[0].found, contenders[1].found);
  report({
    name,
    value: hundredths(median(sealed)),
    unit: 'ms',
    baseline: hundredths(median(walked)),
    ratio: Math.round((1 / ratioOfMinima(sealed, walked)) * 1000) / 1000,
    note: `${key} = ${wanted}, ${contenders[0].found} found; baseline: raw segments`,
  });
}

function inMilliseconds(ours: readonly number[], theirs: readonly number[]) {
  return {
    value: hundredths(median(ours)),
    unit: 'ms',
    baseline: hundredths(median(theirs)),
    ratio: hundredths(ratioOfMinima(ours, theirs)),
  };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
