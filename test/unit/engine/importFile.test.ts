import assert from 'node:assert/strict';
import { tracesToJaeger } from '../../../src/decode/jaeger/fromTraces.ts';
import { tracesToZipkin } from '../../../src/decode/zipkin/fromTraces.ts';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import type { Span, TracesData } from '../../../src/model/span.ts';
import { postTraces, sampleTrace } from '../cli/telemetry.ts';
import { Processes } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();
const spanCount = 20_000;

/** Traces of 20 spans each: about 10 MB of JSON. */
function manyTraces(first: number): TracesData {
  const attributes = [{ key: 'db.query.text', value: { stringValue: `SELECT ${'x'.repeat(200)}` } }];
  const span = (number: number): Span => ({
    traceId: (first + Math.floor(number / 20)).toString(16).padStart(32, '0'),
    spanId: (number + 1).toString(16).padStart(16, '0'),
    name: `operation ${number}`,
    kind: 1,
    startTimeUnixNano: '1790000000000000000',
    endTimeUnixNano: '1790000000000500000',
    attributes,
  });
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  const spans = Array.from({ length: spanCount }, (_, number) => span(number));
  return { resourceSpans: [{ scopeSpans: [{ scope: {}, spans }], resource }] };
}

describe('importing large files', function () {
  this.timeout(60_000);
  let processes: Processes;
  let endpoint: string;
  let engine: ControlClient;

  before(async () => {
    const directory = await temporary.make();
    processes = new Processes(directory);
    const flags = ['--otlp-http', '0', '--otlp-grpc', 'off', '--data-dir', directory];
    const { control, endpoints } = await processes.serve(flags);
    endpoint = endpoints.otlpHttp!;
    engine = await connectToEngine({ control });
  });
  after(async () => {
    engine.dispose();
    await processes.end();
    await temporary.remove();
  });

  /** Imports a document, and sends traces until that is done. */
  async function importWhileSending(text: string) {
    let isDone = false;
    const importing = engine
      .request('traces/import', { path: 'large.json', data: Buffer.from(text) })
      .finally(() => {
        isDone = true;
      });
    let acknowledged = 0;
    for (; !isDone; acknowledged++)
      await postTraces(
        endpoint,
        sampleTrace((acknowledged + 1).toString(16).padStart(32, 'e'), 1_790_000_000),
      );
    return { acknowledged, ...(await importing) };
  }

  const forms: { readonly [format: string]: (traces: TracesData) => object } = {
    'OTLP JSON': traces => traces,
    'Jaeger JSON': tracesToJaeger,
    'Zipkin JSON': tracesToZipkin,
  };
  Object.entries(forms).forEach(([name, form], at) => {
    it(`${name}: what is sent meanwhile is acknowledged`, async () => {
      const text = JSON.stringify(form(manyTraces(1 + at * spanCount)));
      const { acknowledged, format, spans, traces, warnings } = await importWhileSending(text);
      assert.deepEqual([format, spans, traces, warnings], [name, spanCount, spanCount / 20, []]);
      // Read at once, the file would let one through, or two.
      assert.ok(acknowledged >= 10, `${acknowledged} acknowledged`);
    });

    it(`${name}: one that was cut off gives what it has, and says where it ends`, async () => {
      const text = JSON.stringify(form(manyTraces(1 + (at + 5) * spanCount)), undefined, 1);
      const cut = text.slice(0, Math.floor(text.length * 0.9));
      const { spans, warnings } = await importWhileSending(cut);
      assert.ok(spans > spanCount * 0.8 && spans < spanCount, `${spans} spans`);
      assert.deepEqual(warnings.length, 1);
      const line = cut.split('\n').length;
      assert.match(
        warnings[0],
        new RegExp(`^the document is broken in line ${line}, what comes before is kept: `),
      );
    });
  });
});
