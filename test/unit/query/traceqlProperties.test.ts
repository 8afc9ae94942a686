import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import type { KeyValue } from '../../../src/model/anyValue.ts';
import type { Span, SpanKind } from '../../../src/model/span.ts';
import { querySeries } from '../../../src/query/metricsQuery.ts';
import { QueryError } from '../../../src/query/traceql/errors.ts';
import { parseQuery } from '../../../src/query/traceql/parser.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';

import { add, span, spanId, traceId } from '../store/testSpans.ts';
import { attributes, runQuery } from './queryStore.ts';

const traces = 40;
const services = ['a', 'b', 'c'];

/** Random traces; parents are drawn from all of a trace, so there are circles and orphans too. By service. */
function randomSpans(random: Random): Map<string, Span[]> {
  const byService = new Map<string, Span[]>(services.map(service => [service, []]));
  for (let trace = 0; trace < traces; trace++) {
    const count = 1 + below(random, 12);
    for (let i = 0; i < count; i++) {
      const number = 100 * trace + i;
      const parent = 100 * trace + below(random, count + 1);
      byService.get(services[below(random, 3)])!.push({
        ...span(number, {
          start: 1000 * number + i,
          duration: below(random, 6) * 1000,
          name: `op ${below(random, 4)}`,
          kind: below(random, 6) as SpanKind,
          attributes: randomAttributes(random),
        }),
        traceId: traceId(trace),
        ...(i > 0 && below(random, 10) > 0 && { parentSpanId: spanId(parent) }),
        ...(below(random, 4) === 0 && { status: { code: 2 } }),
      });
    }
  }
  return byService;
}

function randomAttributes(random: Random): KeyValue[] {
  const all: KeyValue[] = [
    ...attributes({
      n: below(random, 5),
      s: `v${below(random, 3)}`,
      f: below(random, 4) / 2,
      b: below(random, 2) === 1,
    }),
    {
      key: 'list',
      value: { arrayValue: { values: [{ stringValue: `v${below(random, 3)}` }, { stringValue: 'v1' }] } },
    },
  ];
  return all.filter(() => below(random, 3) > 0);
}

function randomCondition(random: Random, depth = 0): string {
  const pick = (...texts: string[]): string => texts[below(random, texts.length)];
  if (depth < 3 && below(random, 3) === 0) {
    const [a, b] = [randomCondition(random, depth + 1), randomCondition(random, depth + 1)];
    return pick(`(${a} && ${b})`, `(${a} || ${b})`, `!(${a})`);
  }
  const compare = pick('=', '!=', '<', '<=', '>', '>=');
  return pick(
    `span.n ${compare} ${below(random, 5)}`,
    `.n ${compare} ${below(random, 5)}`,
    `span.f ${compare} ${below(random, 4) / 2}`,
    `.s ${pick('=', '!=', '=~', '!~')} "v${below(random, 3)}"`,
    `span.list ${pick('=', '!=', '=~', '!~')} "v${below(random, 3)}"`,
    `span.s ${pick('=', '!=')} nil`,
    `.service.name ${pick('=', '!=')} "${pick(...services)}"`,
    `.s ${pick('=', '!=')} nil`,
    `resource.service.name ${pick('=', '!=', '=~')} "${pick(...services)}"`,
    `name ${pick('=', '!=')} "op ${below(random, 4)}"`,
    `kind ${pick('=', '!=')} ${pick('server', 'client', 'internal')}`,
    `status ${pick('=', '!=')} error`,
    `duration ${compare} ${below(random, 6)}us`,
    `span.n + 1 ${compare} ${below(random, 5)}`,
    `span.b = ${pick('true', 'false')}`,
    `span:childCount ${compare} ${below(random, 3)}`,
    `nestedSetParent ${compare} ${below(random, 9) - 1}`,
    `trace:id != "${traceId(below(random, traces))}"`,
    'true',
  );
}

const relations = ['>', '>>', '<', '<<', '~'];

describe('TraceQL, properties', function () {
  this.timeout(30_000);
  for (const sealed of [false, true])
    describe(sealed ? 'on sealed segments' : 'on segments as they came', () => {
      const random = new Random(sealed ? 7 : 3);
      const store = new TraceStore({ budgetBytes: 4 << 20 });
      const all = randomSpans(random);
      for (const [service, spans] of all) add(store, spans, service);
      if (sealed) {
        // What does not fit into the first segment makes it full.
        const large = attributes({ large: 'x'.repeat(600_000) });
        add(store, [span(0, { traceId: traceId(1e6), attributes: large })]);
        store.sealNow();
        assert.ok(
          store.segments().some(segment => segment.sealed !== undefined),
          'nothing was sealed',
        );
      }
      /** Span ids by trace. */
      const find = async (query: string): Promise<Map<string, Set<string>>> => {
        const found = await runQuery(store, query, { spansPerTrace: 1e6 });
        return new Map(
          found
            .filter(trace => trace.traceId !== traceId(1e6))
            .map(trace => [trace.traceId, new Set(trace.matchedSpans.map(each => each.spanId))]),
        );
      };

      it('finds the same by columns and searches as span by span', async () => {
        for (let i = 0; i < 80; i++) {
          const condition = randomCondition(random);
          assert.deepEqual(await find(`{ ${condition} }`), await find(`{ !(!(${condition})) }`), condition);
        }
      });

      it('relates spansets as pairs of spans are related', async () => {
        const tree = await find('{ }');
        // What the shape is, the nested sets say: cut circles, orphans.
        const sets = new Map<string, { left: number; right: number; parent: number; trace: string }>();
        for (const { traceId: trace, matchedSpans } of await runQuery(
          store,
          '{ } | select(nestedSetLeft, nestedSetRight, nestedSetParent)',
        ))
          for (const { spanId: id, attributes: shown } of matchedSpans)
            sets.set(id, {
              left: Number(shown['nestedSetLeft']),
              right: Number(shown['nestedSetRight']),
              parent: Number(shown['nestedSetParent']),
              trace,
            });
        const holds: { [relation: string]: (a: string, b: string) => boolean } = {
          '>': (a, b) => sets.get(b)!.parent === sets.get(a)!.left,
          '>>': (a, b) => sets.get(b)!.left > sets.get(a)!.left && sets.get(b)!.right < sets.get(a)!.right,
          '<': (a, b) => sets.get(a)!.parent === sets.get(b)!.left,
          '<<': (a, b) => sets.get(a)!.left > sets.get(b)!.left && sets.get(a)!.right < sets.get(b)!.right,
          '~': (a, b) => a !== b && sets.get(a)!.parent === sets.get(b)!.parent,
        };
        for (let i = 0; i < 30; i++) {
          const [a, b] = [randomCondition(random, 2), randomCondition(random, 2)];
          const [left, right] = [await find(`{ ${a} }`), await find(`{ ${b} }`)];
          const of = (set: Map<string, Set<string>>, trace: string) => [...(set.get(trace) ?? [])];
          const relation = relations[i % relations.length];
          const expected = (choose: (l: string[], r: string[]) => string[]): Map<string, Set<string>> => {
            const chosen = [...tree.keys()].map(
              trace => [trace, new Set(choose(of(left, trace), of(right, trace)))] as const,
            );
            return new Map(chosen.filter(([, spans]) => spans.size > 0));
          };
          const related = holds[relation];
          const cases: [operator: string, expected: Map<string, Set<string>>][] = [
            [relation, expected((l, r) => r.filter(y => l.some(x => related(x, y))))],
            [`!${relation}`, expected((l, r) => r.filter(y => !l.some(x => related(x, y))))],
            [
              `&${relation}`,
              expected((l, r) => [
                ...l.filter(x => r.some(y => related(x, y))),
                ...r.filter(y => l.some(x => related(x, y))),
              ]),
            ],
            ['&&', expected((l, r) => (l.length > 0 && r.length > 0 ? [...l, ...r] : []))],
            ['||', expected((l, r) => [...l, ...r])],
          ];
          for (const [operator, spans] of cases) {
            const query = `{ ${a} } ${operator} { ${b} }`;
            assert.deepEqual(sorted(await find(query)), sorted(spans), query);
          }
        }
      });

      it('counts in metrics what it finds in traces', async () => {
        for (let i = 0; i < 60; i++) {
          const [a, b] = [randomCondition(random), randomCondition(random)];
          const query = i % 2 === 0 ? `{ ${a} }` : `{ ${a} } ${relations[i % relations.length]} { ${b} }`;
          const found = (await runQuery(store, query, { spansPerTrace: 0 })).reduce(
            (n, t) => n + t.matchedCount,
            0,
          );
          const series = await querySeries(store, new TraceSummaries(store), {
            query: `${query} | count_over_time() by (kind)`,
          });
          const counted = series.flatMap(({ samples }) => samples).reduce((sum, { value }) => sum + value, 0);
          assert.equal(counted, found, query);
        }
      });
    });

  it('refuses what it does not understand with a place, whatever comes', async () => {
    const random = new Random(11);
    const store = new TraceStore({ budgetBytes: 4 << 20 });
    for (const [service, spans] of randomSpans(random)) add(store, spans, service);
    const summaries = new TraceSummaries(store);
    const pieces = (
      '{ } ( ) | && || > >> < << ~ !> !>> !~ &> &>> &~ = != >= <= =~ !~ + - * / % ^ ! , . ' +
      'span.n .s resource.service.name parent.x event.e link.l instrumentation.i span."odd key" ' +
      'name duration kind status rootName trace:id span:childCount nestedSetLeft event:name nil true error server minInt ' +
      '1 2.5 10ms 1h30m "v1" `op.*` "[" count() avg(duration) max(span.n) by(name) by( select(name) select( coalesce() ' +
      'rate() count_over_time() quantile_over_time(duration,.9) histogram_over_time(duration) compare({status=error}) ' +
      'topk(2) bottomk(1) with(sample=0.1) /* // */ \\ " ` § 😀'
    ).split(' ');
    const whole = [
      '{ span.n > 1 && ( name = "op 1" || kind = server ) }',
      '{ .s =~ `v.*` } >> { status = error } | count() > 1 | select( name , span.n )',
      '( { } | by(name) | coalesce() ) && ( { span.n != nil } | max(span.n) >= 2 )',
      '{ } !~ { duration > 1us } | by( span.s ) | avg(duration) < 1 + 2',
      '{ } | rate() by ( name , .s ) | topk(2) > 0 with(sample=0.1)',
      '100 * ( { status = error } | rate() ) / ( { } | count_over_time() ) - 1 > 0.5',
      '{ } | quantile_over_time( duration , 0.5 , 1 ) by ( kind )',
      '{ } | compare( { status = error } , 3 )',
    ].map(query => query.split(' '));
    let accepted = 0;
    for (let i = 0; i < 3000; i++) {
      const tokens = [...whole[i % whole.length]];
      for (let changes = 1 + below(random, 3); changes > 0; changes--)
        tokens.splice(
          below(random, tokens.length + 1),
          below(random, 2),
          ...(below(random, 3) > 0 ? [pieces[below(random, pieces.length)]] : []),
        );
      const query = tokens.join(' ');
      try {
        const { kind } = parseQuery(query);
        accepted++;
        if (kind === 'metrics') await querySeries(store, summaries, { query });
        else await runQuery(store, query);
      } catch (error) {
        assert.ok(error instanceof QueryError, `${query}\n${error instanceof Error ? error.stack : error}`);
        assert.ok(error.line >= 1 && error.column >= 1 && error.column <= query.length + 1, query);
      }
    }
    assert.ok(accepted > 100, `only ${accepted} were accepted`);
  });
});

function sorted(found: Map<string, Set<string>>): [string, string[]][] {
  return [...found]
    .map(([trace, spans]): [string, string[]] => [trace, [...spans].sort()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A whole number from 0 to below a limit. */
function below(random: Random, limit: number): number {
  return random.between(0, limit - 1);
}
