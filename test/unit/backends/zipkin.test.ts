import assert from 'node:assert/strict';
import { outline, searchFor, second, startOfTrace, traceId, useFakeBackend } from './asking.ts';
import { json, never } from './fakeBackend.ts';

describe('Zipkin as a backend', () => {
  const asking = useFakeBackend();
  const { backend, stored, paths, query } = asking;

  const spans = [
    {
      traceId: traceId.slice(2),
      id: 'a1',
      name: 'get /cart',
      kind: 'SERVER',
      timestamp: 1_700_000_000_000_000,
      duration: 2_000_000,
      localEndpoint: { serviceName: 'gateway' },
      tags: {},
    },
    {
      traceId: traceId.slice(2),
      id: 'b1',
      parentId: 'a1',
      name: 'select',
      timestamp: 1_700_000_001_000_000,
      duration: 3,
      localEndpoint: { serviceName: 'cart' },
      tags: { error: '' },
    },
  ];

  it('searches', async () => {
    asking.fake.answers['/api/v2/traces'] = json([spans, [{ nonsense: 1 }], 7]);
    const zipkin = await backend('zipkin');
    const found = await zipkin.search(
      searchFor('{ resource.service.name = "Cart" && .db = "x" && status = error && duration < 1s }'),
      never,
    );
    assert.deepEqual(query(), {
      serviceName: 'Cart',
      annotationQuery: 'error and db=x',
      minDuration: '1',
      maxDuration: '1000000',
      endTs: '1700000060001',
      lookback: '120001',
      limit: '20',
    });
    assert.deepEqual(found, [
      {
        traceId,
        rootServiceName: 'gateway',
        rootSpanName: 'get /cart',
        startTimeUnixNano: `${startOfTrace}`,
        durationNano: `${2n * second}`,
        spanCount: 2,
        errorCount: 1,
        serviceNames: ['gateway', 'cart'],
        matchedCount: 1,
        matchedSpans: [
          {
            spanId: '00000000000000b1',
            name: 'select',
            serviceName: 'cart',
            startTimeUnixNano: `${startOfTrace + second}`,
            durationNano: '3000',
            attributes: {},
          },
        ],
      },
    ]);
  });

  it('reads a trace', async () => {
    asking.fake.answers[`/api/v2/trace/${traceId}`] = json(spans.map(span => ({ ...span, traceId })));
    assert.deepEqual(outline(await stored('zipkin')), [
      ['gateway', 'get /cart', 2, undefined],
      ['cart', 'select', 2, '00000000000000a1'],
    ]);
  });

  it('knows no trace by 404', async () => {
    assert.equal(await (await backend('zipkin')).trace(traceId, never), undefined);
    await (await backend('zipkin')).trace('0000000000000000b1b2b3b4b5b6b7b8', never);
    assert.deepEqual(paths(), [`/api/v2/trace/${traceId}`, '/api/v2/trace/b1b2b3b4b5b6b7b8']);
  });
});
