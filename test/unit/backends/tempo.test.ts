import assert from 'node:assert/strict';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { searchFor, second, startOfTrace, trace, traceId, useFakeBackend, varint } from './asking.ts';
import { json, never } from './fakeBackend.ts';

describe('Tempo as a backend', () => {
  const asking = useFakeBackend();
  const { backend, stored, paths, query } = asking;

  const found = {
    traces: [
      {
        // Leading zeros are left out.
        traceID: traceId.replace(/^0+/, ''),
        rootServiceName: 'gateway',
        rootTraceName: 'GET /cart',
        startTimeUnixNano: `${startOfTrace}`,
        durationMs: 2000,
        spanSets: [
          {
            spans: [
              {
                spanID: 'b1',
                name: 'SELECT',
                startTimeUnixNano: `${startOfTrace + second}`,
                durationNanos: '5',
                attributes: [
                  { key: 'service.name', value: { stringValue: 'cart' } },
                  { key: 'http.route', value: { stringValue: 'nil' } },
                  { key: 'status', value: { stringValue: 'error' } },
                ],
              },
            ],
            matched: 4,
          },
        ],
        serviceStats: { gateway: { spanCount: 1 }, cart: { spanCount: 5, errorCount: 1 } },
      },
      { traceID: 'no id' },
      'nonsense',
    ],
    metrics: {},
  };

  it('searches in TraceQL', async () => {
    asking.fake.answers['/api/search'] = json(found);
    const traces = await (await backend('tempo')).search(searchFor('{ status = error }'), never);
    assert.deepEqual(query(), {
      q: '{ status = error } | select(name, resource.service.name)',
      limit: '20',
      spss: '3',
      start: '1699999940',
      end: '1700000061',
    });
    assert.deepEqual(traces, [
      {
        traceId,
        rootServiceName: 'gateway',
        rootSpanName: 'GET /cart',
        startTimeUnixNano: `${startOfTrace}`,
        durationNano: '2000000000',
        spanCount: 6,
        errorCount: 1,
        serviceNames: ['gateway', 'cart'],
        matchedCount: 4,
        matchedSpans: [
          {
            spanId: '00000000000000b1',
            name: 'SELECT',
            serviceName: 'cart',
            startTimeUnixNano: `${startOfTrace + second}`,
            durationNano: '5',
            attributes: { status: 'error' },
          },
        ],
      },
    ]);
  });

  it('selects nothing behind hints, where nothing may stand', async () => {
    asking.fake.answers['/api/search'] = json({ traces: [] });
    const hinted = '{ } with (most_recent=true)';
    await (await backend('tempo')).search(searchFor(hinted), never);
    assert.equal(query()['q'], hinted);
  });

  it('looks for plain words in names', async () => {
    asking.fake.answers['/api/search'] = json({ traces: [] });
    await (await backend('tempo')).search(searchFor('GET c*rt'), never);
    assert.equal(
      query()['q'],
      String.raw`{ (name =~ "(?i).*GET.*" || resource.service.name =~ "(?i).*GET.*") && (name =~ "(?i).*c\\*rt.*" || resource.service.name =~ "(?i).*c\\*rt.*") } | select(name, resource.service.name)`,
    );
  });

  it('reads a trace as protobuf, of the newer API and of the older', async () => {
    const protobuf = { 'content-type': 'application/protobuf' };
    const plain = writeTraces(trace);
    // TraceByIDResponse { trace = 1, status = 3: PARTIAL, message = 4 }
    const wrapped = Buffer.concat([
      varint(0x0a),
      varint(plain.length),
      plain,
      Buffer.from([0x18, 1, 0x22, 3]),
      Buffer.from('cut'),
    ]);
    asking.fake.answers[`/api/v2/traces/${traceId}`] = (_, response) =>
      response.writeHead(200, protobuf).end(wrapped);
    const fetched = await (await backend('tempo')).trace(traceId, never);
    assert.deepEqual(fetched?.warnings, ['cut']);
    assert.deepEqual(await stored('tempo'), trace);
    assert.equal(asking.fake.asked[0].headers['accept'], 'application/protobuf');
    asking.fake.reset();
    asking.fake.answers[`/api/traces/${traceId}`] = (_, response) =>
      response.writeHead(200, protobuf).end(plain);
    assert.deepEqual(await stored('tempo'), trace);
    assert.deepEqual(paths(), [`/api/v2/traces/${traceId}`, `/api/traces/${traceId}`]);
  });

  it('knows a trace that is not there from one that is broken', async () => {
    assert.equal(await (await backend('tempo')).trace(traceId, never), undefined);
    // What Tempo 3 answers: an empty trace, and empty metrics; if it could not look everywhere, a status and a message.
    const answers = (hex: string) => {
      asking.fake.answers[`/api/v2/traces/${traceId}`] = (_, response) =>
        response.writeHead(200, { 'content-type': 'application/protobuf' }).end(Buffer.from(hex, 'hex'));
    };
    answers('0a001200');
    assert.equal(await (await backend('tempo')).trace(traceId, never), undefined);
    answers('0a0018012203637574');
    await assert.rejects((await backend('tempo')).trace(traceId, never), /cannot be read: cut/);
    asking.fake.answers[`/api/v2/traces/${traceId}`] = (_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/protobuf' })
        .end(Buffer.from([0x0a, 0xff, 0x01]));
    await assert.rejects(stored('tempo'), /a trace from 127\.0\.0\.1:\d+ cannot be read/);
  });

  it('completes names and values', async () => {
    asking.fake.answers['/api/v2/search/tags'] = json({
      scopes: [
        { name: 'resource', tags: ['service.name'] },
        { name: 'span', tags: ['http.route', 7] },
        { name: 'intrinsic', tags: ['duration'] },
      ],
    });
    asking.fake.answers['/api/v2/search/tag/resource.service.name/values'] = json({
      tagValues: [{ type: 'string', value: 'gateway' }, { value: 3 }],
    });
    const tempo = await backend('tempo');
    assert.deepEqual(await tempo.attributeNames(never), [
      'resource.service.name',
      'span.http.route',
      'duration',
    ]);
    assert.deepEqual(await tempo.services(never), ['gateway']);
    assert.deepEqual(await tempo.attributeValues('resource.service.name', never), ['"gateway"']);
  });

  it('completes values as TraceQL writes them', async () => {
    asking.fake.answers['/api/v2/search/tag/.mixed/values'] = json({
      tagValues: [
        { type: 'string', value: 'say "hi"' },
        { type: 'string', value: '200' },
        { type: 'int', value: '200' },
        { type: 'keyword', value: 'error' },
        { type: 'bool', value: 'true' },
      ],
    });
    const values = await (await backend('tempo')).attributeValues('.mixed', never);
    assert.deepEqual(values, ['"say \\"hi\\""', '"200"', '200', 'error', 'true']);
  });
});
