import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { querySeries } from '../../../src/query/metricsQuery.ts';
import { intrinsicSpellings } from '../../../src/query/traceql/fields.ts';
import { metricsWords } from '../../../src/query/traceql/parse/metricsParser.ts';
import { parseQuery } from '../../../src/query/traceql/parser.ts';
import { TraceSummaries } from '../../../src/query/traceSummary.ts';
import { runQuery, shopStore } from './queryStore.ts';

const guide = readFileSync('docs/guide/traceql.md', 'utf8');
const examples = [...guide.matchAll(/```traceql\n(.*?)```/gs)].flatMap(([, block]) =>
  block.trim().split('\n'),
);

describe('the guide to TraceQL', () => {
  const store = shopStore();

  it('has examples', () => {
    assert.ok(examples.length > 30, `${examples.length}`);
  });

  for (const query of examples)
    it(query, async () => {
      if (parseQuery(query).kind === 'metrics')
        await querySeries(store, new TraceSummaries(store), { query });
      else await runQuery(store, query);
    });

  it('names every intrinsic and every metrics function', () => {
    const missing = [...intrinsicSpellings, ...metricsWords].filter(
      word => !guide.includes(`\`${word}`) && !guide.includes(`, \`${word}\``),
    );
    assert.deepEqual(missing, []);
  });
});
