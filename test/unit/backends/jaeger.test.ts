import assert from 'node:assert/strict';
import { outline, searchFor, second, startOfTrace, trace, traceId, useFakeBackend } from './asking.ts';
import { json, never } from './fakeBackend.ts';

describe('Jaeger as a backend', () => {
  const asking = useFakeBackend();
  const { backend, stored, paths, query } = asking;

  const older = {
    data: [
      {
        traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f',
        processes: { p1: { serviceName: 'gateway' }, p2: { serviceName: 'cart' } },
        spans: [
          {
            traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f',
            spanID: 'a1',
            operationName: 'GET /cart',
            references: [],
            startTime: 1_700_000_000_000_000,
            duration: 2_000_000,
            tags: [],
            processID: 'p1',
          },
          {
            traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f',
            spanID: 'b1',
            operationName: 'SELECT',
            references: [{ refType: 'CHILD_OF', traceID: 'a1b2c3d4e5f60718293a4b5c6d7e8f', spanID: 'a1' }],
            startTime: 1_700_000_001_000_000,
            duration: 3,
            tags: [{ key: 'error', type: 'bool', value: true }],
            processID: 'p2',
          },
        ],
      },
    ],
  };
  const noMatch = json({ error: { httpCode: 404, message: 'No traces found' } }, 404);
  const asked =
    '{ resource.service.name = "cart" && name = "SELECT" && duration >= 1ms && duration < 2s && status = error && .db = "x" }';

  it('asks for summaries where there are some', async () => {
    asking.fake.answers['/api/v3/trace-summaries'] = json({
      summaries: [
        {
          traceId,
          rootServiceName: 'gateway',
          rootOperationName: 'GET /cart',
          minStartTimeUnixNano: `${startOfTrace}`,
          maxEndTimeUnixNano: `${startOfTrace + 2n * second}`,
          spanCount: 2,
          errorSpanCount: 1,
          services: [
            { name: 'cart', spanCount: 1 },
            { name: 'gateway', spanCount: 1 },
          ],
        },
      ],
    });
    const jaeger = await backend('jaeger');
    const [found] = await jaeger.search(searchFor(asked), never);
    assert.deepEqual(found, {
      traceId,
      rootServiceName: 'gateway',
      rootSpanName: 'GET /cart',
      startTimeUnixNano: `${startOfTrace}`,
      durationNano: `${2n * second}`,
      spanCount: 2,
      errorCount: 1,
      serviceNames: ['cart', 'gateway'],
      matchedCount: 0,
      matchedSpans: [],
    });
    const parameters = query();
    assert.equal(parameters['query.serviceName'], 'cart');
    assert.equal(parameters['query.operationName'], 'SELECT');
    assert.equal(parameters['query.startTimeMin'], '2023-11-14T22:12:20.000000000Z');
    assert.equal(parameters['query.startTimeMax'], '2023-11-14T22:14:20.000000000Z');
    assert.equal(parameters['query.durationMin'], '1000000ns');
    assert.equal(parameters['query.durationMax'], '2000000000ns');
    assert.equal(parameters['query.searchDepth'], '20');
    assert.deepEqual(JSON.parse(parameters['query.attributes']), { db: 'x', error: 'true' });
    asking.fake.answers['/api/v3/trace-summaries'] = noMatch;
    assert.deepEqual(await jaeger.search(searchFor(asked), never), []);
    assert.deepEqual(new Set(paths()), new Set(['/api/v3/trace-summaries']));
  });

  it('reads lists out of whole traces in OTLP, in one document or several', async () => {
    const chunks = trace.resourceSpans
      .map(each => JSON.stringify({ result: { resourceSpans: [each] } }))
      .join('\n');
    for (const body of [JSON.stringify({ result: trace }), chunks]) {
      asking.fake.reset();
      asking.fake.answers['/api/v3/traces'] = (_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      const jaeger = await backend('jaeger');
      const found = await jaeger.search(searchFor('{ resource.service.name = "cart" }'), never);
      assert.equal(found.length, 1);
      const { matchedSpans, ...whole } = found[0];
      assert.deepEqual(whole, {
        traceId,
        rootServiceName: 'gateway',
        rootSpanName: 'GET /cart',
        startTimeUnixNano: `${startOfTrace}`,
        durationNano: `${2n * second}`,
        spanCount: 2,
        errorCount: 1,
        serviceNames: ['gateway', 'cart'],
        matchedCount: 1,
      });
      assert.deepEqual(
        matchedSpans.map(({ name }) => name),
        ['SELECT'],
      );
      assert.deepEqual(
        await jaeger.search(searchFor('{ resource.service.name = "cart" && .db = "x" }'), never),
        [],
      );
    }
  });

  it('falls back to the API of the older UI', async () => {
    // Paths that a version does not know are the page of its UI.
    asking.fake.otherwise = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    asking.fake.answers['/api/traces'] = json(older);
    const jaeger = await backend('jaeger');
    const [found] = await jaeger.search(
      searchFor('{ resource.service.name = "cart" && status = error }'),
      never,
    );
    assert.deepEqual(paths(), ['/api/v3/trace-summaries', '/api/v3/traces', '/api/traces']);
    assert.deepEqual(query(2), {
      service: 'cart',
      start: '1699999940000000',
      end: '1700000060000000',
      limit: '20',
      tags: '{"error":"true"}',
    });
    assert.equal(found.traceId, traceId);
    assert.equal(found.rootSpanName, 'GET /cart');
    assert.equal(found.durationNano, `${2n * second}`);
    assert.deepEqual(found.matchedSpans, [
      {
        spanId: '00000000000000b1',
        name: 'SELECT',
        serviceName: 'cart',
        startTimeUnixNano: `${startOfTrace + second}`,
        durationNano: '3000',
        attributes: {},
      },
    ]);
    // What works is remembered.
    await jaeger.search(searchFor('{ resource.service.name = "cart" }'), never);
    assert.equal(asking.fake.asked.length, 4);
  });

  it('reads a trace of the older API', async () => {
    asking.fake.answers[`/api/traces/${traceId}`] = json(older);
    assert.deepEqual(outline(await stored('jaeger')), [
      ['gateway', 'GET /cart', 2, undefined],
      ['cart', 'SELECT', 2, '00000000000000a1'],
    ]);
  });

  it('needs a service, and says which there are', async () => {
    asking.fake.answers['/api/v3/services'] = json({ services: ['gateway', 'cart'] });
    await assert.rejects(
      (await backend('jaeger')).search(searchFor('{ status = error }'), never),
      /one service at a time.*it knows cart, gateway$/,
    );
  });

  it('reads a trace', async () => {
    asking.fake.answers[`/api/v3/traces/${traceId}`] = json({ result: trace });
    assert.deepEqual(await stored('jaeger'), trace);
    asking.fake.answers[`/api/v3/traces/${traceId}`] = noMatch;
    assert.equal(await (await backend('jaeger')).trace(traceId, never), undefined);
  });
});
