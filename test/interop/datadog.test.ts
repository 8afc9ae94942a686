/**
 * Datadog's tracers for Node, in both major lines and both versions of the trace API that they speak, against the receiver, in the
 * environment that the guide tells.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DatadogIntake } from '../../src/engine/datadogIntake.ts';
import { Ingest } from '../../src/engine/ingest.ts';
import { plainAttributes } from '../../src/model/anyValue.ts';
import { exportTraces } from '../../src/query/exportTraces.ts';
import { BodyMemory } from '../../src/receive/bodyMemory.ts';
import { startDatadog } from '../../src/receive/datadog.ts';
import type { Refusal } from '../../src/receive/receiver.ts';
import { TraceStore } from '../../src/store/traceStore.ts';
import { environmentBlocks } from '../unit/exporters/guideBlocks.ts';

const run = promisify(execFile);
const emitter = join(process.cwd(), 'test/interop/datadog');
const place = join(process.cwd(), 'out/interop/datadog');

describe('Datadog tracers', function () {
  this.timeout(300_000);

  before(async () => {
    mkdirSync(place, { recursive: true });
    for (const file of ['package.json', 'emitter.cjs']) cpSync(join(emitter, file), join(place, file));
    if (existsSync(join(place, 'node_modules/dd-trace-6'))) return;
    await run('npm', ['install', '--ignore-scripts', '--omit=optional', '--no-package-lock'], { cwd: place });
  });

  for (const name of ['dd-trace-5', 'dd-trace-6'])
    for (const protocol of ['0.4', '0.5'])
      it(`${name} sends v${protocol}`, async () => {
        const store = new TraceStore({ budgetBytes: 16_000_000 });
        const refusals: Refusal[] = [];
        const receiver = await startDatadog({
          port: 0,
          policy: {},
          memory: new BodyMemory(),
          sink: new DatadogIntake(new Ingest(store, { write: assert.fail }), store),
          onRefused: refusal => refusals.push(refusal),
        });
        const url = `http://127.0.0.1:${receiver.port}`;
        const guide: { [name: string]: string } = Object.assign({}, ...environmentBlocks('datadog'));
        assert.equal(guide['DD_TRACE_AGENT_URL'], 'http://127.0.0.1:8126');
        const env = {
          ...process.env,
          ...guide,
          DD_TRACE_AGENT_URL: url,
          DD_TRACE_AGENT_PROTOCOL_VERSION: protocol,
          DD_VERSION: '1.2.3',
          DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'true',
        };
        const { stdout } = await run(process.execPath, ['emitter.cjs', name], { cwd: place, env });
        await receiver.close();
        assert.deepEqual(refusals, []);

        const sent = JSON.parse(stdout) as { traceId: string; spanId: string };
        const spans = exportTraces(store, [sent.traceId]).resourceSpans.flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap(scope =>
            scope.spans.map(span => ({
              ...span,
              resource: plainAttributes(resource?.attributes ?? []),
              attributes: plainAttributes(span.attributes ?? []),
            })),
          ),
        );
        const kinds = spans.map(({ name: text, kind }) => `${kind} ${text}`).sort();
        for (const kind of ['1 do work', '2 GET', '3 GET']) assert.ok(kinds.includes(kind), `${kinds}`);
        const work = spans.find(({ spanId }) => spanId === sent.spanId);
        const server = spans.find(({ kind }) => kind === 2);
        assert.ok(work !== undefined && server !== undefined, JSON.stringify(kinds));
        assert.equal(work.parentSpanId, server.spanId);
        assert.deepEqual(work.status, { code: 2, message: 'no such user' });
        assert.equal(work.events?.[0].name, 'exception');
        assert.equal(work.attributes['note'], 'hello');
        assert.equal(Number(work.attributes['answer']), 42);
        assert.equal(work.attributes['dd.span.type'], 'custom');
        assert.equal(work.resource['service.name'], 'shop');
        assert.equal(work.resource['service.version'], '1.2.3');
        assert.equal(work.resource['deployment.environment.name'], 'dev');
        assert.equal(server.attributes['http.method'], 'GET');
        assert.ok(BigInt(work.endTimeUnixNano) >= BigInt(work.startTimeUnixNano));
      });
});
