/**
 * Real servers of Zipkin, Jaeger and Tempo, asked through the command line and forwarded to. A server whose file is not given, in
 * `ZIPKIN_JAR`, `JAEGER_BIN` or `TEMPO_BIN`, is skipped, loudly.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openBackend } from '../../src/backends/openBackend.ts';
import { backendKinds } from '../../src/model/backend.ts';
import type { TracesData } from '../../src/model/span.ts';
import { type BackendServer, missingFor, startServer } from './backendServers.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const traceId = '00a1b2c3d4e5f60718293a4b5c6d7e8f';
const forwardedId = '00a1b2c3d4e5f60718293a4b5c6d7e90';
const root = '00000000000000a1';
/** Milliseconds since 1970: Tempo makes no metrics of the last 30 seconds, nor of the minute that has begun. */
const start = Date.now() - 100_000;

describe('real servers of other systems', function () {
  this.timeout(180_000);
  for (const kind of backendKinds)
    describe(kind, () => {
      let server: BackendServer;
      let isStarted = false;

      before(async function () {
        const missing = missingFor(kind);
        if (missing !== undefined) {
          console.warn(`      SKIPPED: ${kind} (${missing})`);
          return this.skip();
        }
        server = await startServer(kind);
        isStarted = true;
        await post(server.intake, kind === 'zipkin' ? zipkinTrace() : otlpTrace(traceId));
        await found(server, service('Gateway'));
      });
      after(async () => {
        if (isStarted) await server.stop();
      });

      it('is found out, searched, and tells of no trace where there is none', async () => {
        const query = '{ resource.service.name = "Gateway" && .http.route = "/cart" && duration < 1s }';
        const [trace] = await found(server, query);
        assert.equal(trace.traceId, traceId);
        assert.equal(trace.rootSpanName.toLowerCase(), 'get /cart');
        assert.deepEqual({ spans: trace.spanCount, errors: trace.errorCount }, { spans: 2, errors: 1 });
        assert.equal(
          (await search(server, '{ resource.service.name = "cart" && status = error }')).length,
          1,
        );
        assert.deepEqual(await search(server, '{ resource.service.name = "Gateway" && status = error }'), []);
        assert.deepEqual(await search(server, service('nobody')), []);
        const absent = await spanline('trace', 'f'.repeat(32), '--backend', named(server)).catch(
          error => error,
        );
        assert.equal(absent.code, 1, absent.stderr);
      });

      it('gives the trace whole', async () => {
        const args = ['trace', traceId, '--backend', server.url];
        const { spanCount, rootSpanIds } = await spanline(...args, '--format', 'summary');
        assert.deepEqual({ spanCount, rootSpanIds }, { spanCount: 2, rootSpanIds: [root] });
        const { resourceSpans } = (await spanline(...args)) as TracesData;
        const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans));
        const [parent, child] = spans.sort((a, b) => (a.spanId < b.spanId ? -1 : 1));
        assert.equal(parent.traceId, traceId);
        assert.equal(child.parentSpanId, root);
        assert.equal(child.status?.code, 2);
        assert.equal(parent.startTimeUnixNano, `${start}000000`);
        assert.equal(parent.endTimeUnixNano, `${start + 20}000000`);
        assert.equal(parent.kind, 2);
        assert.deepEqual(parent.attributes?.find(({ key }) => key === 'http.route')?.value, {
          stringValue: '/cart',
        });
      });

      it('completes names and values', async () => {
        const backend = await openBackend({ url: server.url }, signal);
        try {
          assert.equal(backend.kind, kind);
          assert.ok((await backend.attributeNames(signal)).includes('resource.service.name'));
          const names = await backend.attributeValues('resource.service.name', signal);
          assert.deepEqual(names.map(name => name.toLowerCase()).sort(), ['"cart"', '"gateway"']);
          if (kind === 'tempo') {
            assert.ok((await backend.attributeNames(signal)).includes('span.http.route'));
            assert.deepEqual(await backend.attributeValues('span.http.route', signal), ['"/cart"']);
          }
        } finally {
          await backend.close();
        }
      });

      if (kind === 'tempo')
        it('makes metrics', async () => {
          const query = '{ } | count_over_time() by (resource.service.name)';
          const { series } = await spanline('query', query, '--backend', named(server));
          const totals = (series as { labels: object; samples: { value: number }[] }[]).map(
            ({ labels, samples }) => [labels, samples.reduce((sum, { value }) => sum + value, 0)],
          );
          assert.deepEqual(totals, [
            [{ 'resource.service.name': 'Gateway' }, 1],
            [{ 'resource.service.name': 'cart' }, 1],
          ]);
        });
      else
        it('makes no metrics, and is not asked for any', async () => {
          const failure = await spanline('query', '{ } | rate()', '--backend', named(server)).catch(
            error => error,
          );
          assert.equal(failure.code, 2);
          assert.match(failure.stderr, /makes no metrics of its traces/);
        });

      if (kind !== 'zipkin')
        it('takes what is forwarded to it', async () => {
          const directory = mkdtempSync(join(tmpdir(), 'spanline-forward-'));
          const control = join(directory, 'control.sock');
          const forward = server.intake.replace('/v1/traces', '');
          const ports = ['--otlp-http', '0', '--otlp-grpc', 'off'];
          const serve = [
            'serve',
            ...ports,
            '--data-dir',
            directory,
            '--control',
            control,
            '--forward',
            forward,
          ];
          const engine = spawn(process.execPath, ['dist/cli.js', ...serve], {
            stdio: ['ignore', 'pipe', 'ignore'],
          });
          try {
            const [line] = (await once(createInterface(engine.stdout), 'line')) as [string];
            await post(`${JSON.parse(line).endpoints.otlpHttp}/v1/traces`, otlpTrace(forwardedId));
            for (let attempt = 0; attempt < 300; attempt++) {
              const traces = await search(server, service('Gateway'));
              if (traces.some(trace => trace.traceId === forwardedId)) return;
              await sleep(200);
            }
            const { forward: status } = await spanline('status', '--control', control);
            assert.fail(`it did not arrive: ${JSON.stringify(status)}`);
          } finally {
            engine.kill('SIGTERM');
            await once(engine, 'exit');
            rmSync(directory, { recursive: true });
          }
        });
    });
});

interface Found {
  traceId: string;
  rootSpanName: string;
  spanCount: number;
  errorCount: number;
}

function service(name: string): string {
  return `{ resource.service.name = "${name}" }`;
}

function named({ kind, url }: BackendServer): string {
  return `${kind}+${url}`;
}

async function spanline(...args: string[]) {
  const { stdout } = await run(process.execPath, ['dist/cli.js', ...args, '--json']);
  return JSON.parse(stdout);
}

/** Its kind is found out by asking. */
async function search({ url }: BackendServer, query: string): Promise<Found[]> {
  return (await spanline('query', query, '--backend', url)).traces;
}

/** What was sent is found after a while. */
async function found(server: BackendServer, query: string): Promise<Found[]> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const traces = await search(server, query);
    if (traces.length > 0 && traces[0].spanCount === 2) return traces;
    await sleep(200);
  }
  return assert.fail(`${server.kind} never found ${query}`);
}

async function post(url: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { ok, status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(ok, `${url} answers ${status}`);
}

function zipkinTrace(): object[] {
  const timestamp = start * 1000;
  return [
    {
      ...{ traceId, id: root, name: 'GET /cart', kind: 'SERVER', timestamp, duration: 20_000 },
      ...{ localEndpoint: { serviceName: 'Gateway' }, tags: { 'http.route': '/cart' } },
    },
    {
      ...{ traceId, id: '00000000000000b1', parentId: root, name: 'SELECT', kind: 'CLIENT' },
      ...{ timestamp, duration: 1_000, localEndpoint: { serviceName: 'cart' }, tags: { error: '' } },
    },
  ];
}

function otlpTrace(id: string): TracesData {
  const resource = (name: string) => ({
    attributes: [{ key: 'service.name', value: { stringValue: name } }],
  });
  const at = (milliseconds: number) => `${start + milliseconds}000000`;
  return {
    resourceSpans: [
      {
        resource: resource('Gateway'),
        scopeSpans: [
          {
            spans: [
              {
                ...{ traceId: id, spanId: root, name: 'GET /cart', kind: 2 },
                ...{ startTimeUnixNano: at(0), endTimeUnixNano: at(20) },
                attributes: [{ key: 'http.route', value: { stringValue: '/cart' } }],
              },
            ],
          },
        ],
      },
      {
        resource: resource('cart'),
        scopeSpans: [
          {
            spans: [
              {
                ...{ traceId: id, spanId: '00000000000000b1', parentSpanId: root, name: 'SELECT', kind: 3 },
                ...{ startTimeUnixNano: at(1), endTimeUnixNano: at(2) },
                ...{ attributes: [], status: { code: 2 } },
              },
            ],
          },
        ],
      },
    ],
  };
}
