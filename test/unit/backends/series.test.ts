import assert from 'node:assert/strict';
import type { Backend } from '../../../src/backends/backend.ts';
import { openBackend } from '../../../src/backends/openBackend.ts';
import { remoteQuery, remoteSeries } from '../../../src/query/remoteQuery.ts';
import { FakeBackend, json, never } from './fakeBackend.ts';

const rate = '{ } | rate() by (resource.service.name)';
const start = 1_700_000_000;

describe('metrics of backends', () => {
  let fake: FakeBackend;
  let tempo: Backend;

  before(async () => {
    fake = await FakeBackend.start();
    tempo = await openBackend({ url: fake.url, kind: 'tempo' }, never);
  });
  beforeEach(() => fake.reset());
  after(async () => {
    await tempo.close();
    await fake.stop();
  });

  const asked = (more: object = {}) =>
    remoteSeries({
      query: rate,
      startUnixNano: `${start}000000001`,
      endUnixNano: `${start + 600}000000000`,
      ...more,
    });

  it('come from Tempo as it writes them: zeros left out, times in milliseconds', async () => {
    fake.answers['/api/metrics/query_range'] = json({
      series: [
        {
          labels: [{ key: 'resource.service.name', value: { stringValue: 'cart' } }],
          samples: [
            { timestampMs: `${start}000` },
            { timestampMs: `${start + 10}000`, value: 0.05 },
            { timestampMs: `${start + 20}000`, value: 'NaN' },
            { value: 3 },
          ],
          exemplars: [{ value: 0.05, timestampMs: `${start}000` }],
        },
        { labels: [{ key: 'p', value: { doubleValue: 0.5 } }, 'nonsense'], samples: [] },
      ],
      metrics: { completedJobs: 1 },
    });
    const { series, warnings } = await tempo.series!(asked(), never);
    assert.deepEqual(series, [
      {
        labels: { 'resource.service.name': 'cart' },
        samples: [
          { timeUnixNano: `${start}000000000`, value: 0 },
          { timeUnixNano: `${start + 10}000000000`, value: 0.05 },
        ],
      },
      { labels: { p: 0.5 }, samples: [] },
    ]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(Object.fromEntries(fake.asked[0].query), {
      q: rate,
      start: `${start}000000001`,
      end: `${start + 600}000000000`,
      step: '9.000000000',
    });
  });

  it('are said to be in part where they are, and refused where Tempo refuses', async () => {
    fake.answers['/api/metrics/query_range'] = json({ status: 'PARTIAL', message: 'too many series' });
    assert.deepEqual(await tempo.series!(asked({ stepNano: '500000000' }), never), {
      series: [],
      warnings: ['too many series'],
    });
    assert.equal(fake.asked[0].query.get('step'), '0.500000000');
    fake.answers['/api/metrics/query_range'] = (_, response) =>
      response.writeHead(400, { 'content-type': 'text/plain' }).end('time range exceeds the maximum of 3h');
    await assert.rejects(tempo.series!(asked(), never), /answers 400: time range exceeds the maximum of 3h/);
  });

  it('are asked for the last hour where no time is given', () => {
    const { start: from, end, step } = remoteSeries({ query: rate });
    assert.equal(end - from, 3600n * 1_000_000_000n);
    assert.equal(step, 60n * 1_000_000_000n);
    const short = remoteSeries({ query: rate, startUnixNano: '5000000000', endUnixNano: '6000000000' });
    assert.equal(short.step, 1_000_000_000n);
  });

  it('are told apart from searches, before anybody is asked', () => {
    assert.throws(() => remoteSeries({ query: '{ }' }), /makes no metrics: end it with \| rate\(\)/);
    assert.throws(() => remoteQuery(rate), /this query makes metrics, and finds no traces/);
    assert.throws(
      () => remoteSeries({ query: rate, startUnixNano: '2', endUnixNano: '1' }),
      /end of the time lies before its start/,
    );
  });
});
