/**
 * Real clients of Zipkin, Jaeger and Datadog in Python and Go against a running engine: their two spans are one trace, with
 * name, kind, status and attributes. A language whose toolchain is not on this machine is skipped, loudly.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { plainAttributes } from '../../src/model/anyValue.ts';
import type { Span, TracesData } from '../../src/model/span.ts';

const run = promisify(execFile);
const root = process.cwd();
const here = join(root, 'test/interop/senders');
const cache = join(root, 'out/interop/senders');
const cli = join(root, 'dist/cli.js');

interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
}

interface Language {
  readonly name: string;
  /** Its success says that the toolchain is here. */
  readonly probe: readonly [string, ...string[]];
  /** Format → endpoint of the engine. */
  readonly formats: { readonly [format: string]: string };
  /** Installs and builds; returns the command. */
  prepare(): Promise<readonly [string, ...string[]]>;
}

async function preparePython(requirements: string): Promise<readonly [string, ...string[]]> {
  const environment = join(cache, requirements.replace('.txt', ''));
  const python = join(environment, 'bin/python');
  if (!existsSync(python)) await run('python3', ['-m', 'venv', environment]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(here, 'python', requirements)]);
  return [python, join(here, 'python/emitter.py')];
}

const languages: readonly Language[] = [
  {
    name: 'python',
    probe: ['python3', '--version'],
    formats: {
      'zipkin-json': 'zipkin',
      'zipkin-protobuf': 'zipkin',
      'datadog-v0.4': 'datadog',
      'datadog-v0.5': 'datadog',
    },
    prepare: () => preparePython('requirements.txt'),
  },
  {
    name: 'python of Jaeger',
    probe: ['python3', '--version'],
    formats: { 'jaeger-udp': 'jaegerUdpCompact', 'jaeger-http': 'jaegerHttp', 'jaeger-grpc': 'jaegerGrpc' },
    prepare: () => preparePython('requirements-jaeger.txt'),
  },
  {
    name: 'go',
    probe: ['go', 'version'],
    formats: {
      'zipkin-json': 'zipkin',
      'jaeger-udp': 'jaegerUdpCompact',
      'jaeger-http': 'jaegerHttp',
      datadog: 'datadog',
    },
    async prepare() {
      const binary = join(cache, 'go-senders');
      await run('go', ['build', '-o', binary, '.'], { cwd: join(here, 'go') });
      return [binary];
    },
  },
];

describe('clients of other tracing systems', function () {
  this.timeout(600_000);

  let engine: ChildProcess;
  let state: string;
  let control: string;
  let endpoints: { readonly [receiver: string]: string };

  before(async () => {
    state = mkdtempSync(join(tmpdir(), 'spanline-senders-'));
    control = join(state, 'control.sock');
    const receivers = [
      'zipkin',
      'jaeger-http',
      'jaeger-grpc',
      'jaeger-udp-compact',
      'jaeger-udp-binary',
      'datadog',
    ];
    const ports = ['otlp-http', 'otlp-grpc', ...receivers].flatMap(name => [`--${name}`, '0']);
    engine = spawn(process.execPath, [cli, 'serve', ...ports, '--data-dir', state, '--control', control], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(engine.stdout);
    const [line] = (await once(createInterface(engine.stdout), 'line')) as [string];
    endpoints = (JSON.parse(line) as { endpoints: typeof endpoints }).endpoints;
  });

  after(async () => {
    engine.kill('SIGTERM');
    await once(engine, 'exit');
    rmSync(state, { recursive: true });
  });

  for (const language of languages)
    describe(language.name, () => {
      let command: readonly [string, ...string[]];

      before(async function () {
        const [program, ...args] = language.probe;
        if (spawnSync(program, args).status !== 0) {
          console.warn(`SKIPPED: no ${program} on this machine, clients in ${language.name} are not tested`);
          this.skip();
        }
        command = await language.prepare();
      });

      for (const [format, receiver] of Object.entries(language.formats))
        it(`sends ${format}`, async () => {
          const service = `interop-${language.name.replaceAll(' ', '-')}-${format}`;
          const [program, ...args] = command;
          const { stdout } = await run(program, [...args, format, endpoints[receiver], service]);
          const sent = stdout
            .trim()
            .split('\n')
            .map(line => JSON.parse(line) as Sent);
          assert.equal(sent.length, 2);
          const spans = await received(service, sent.length);
          for (const { spanId, ...expected } of sent) {
            const span = spans.get(spanId);
            assert.ok(span, `span ${spanId} did not arrive`);
            const { traceId, parentSpanId = '', name } = span;
            assert.deepEqual({ traceId, parentSpanId, name }, expected);
          }
          const charge = [...spans.values()].find(({ name }) => name === 'charge');
          assert.ok(charge);
          assert.equal(charge.kind, 3);
          assert.equal(charge.status?.code, 2);
          assert.equal(plainAttributes(charge.attributes ?? [])['text'], 'grüße ☂');
        });
    });

  /** Some clients do not wait for an answer, and UDP has none. */
  async function received(service: string, count: number): Promise<Map<string, Span>> {
    const query = `{ resource.service.name = "${service}" }`;
    const spans = new Map<string, Span>();
    for (let attempt = 0; attempt < 50 && spans.size < count; attempt++) {
      if (attempt > 0) await sleep(200);
      const args = [cli, 'export', '--control', control, '--format', 'otlp-json', '--query', query];
      const { stdout } = await run(process.execPath, args);
      for (const { scopeSpans } of (JSON.parse(stdout) as TracesData).resourceSpans)
        for (const span of scopeSpans.flatMap(scope => scope.spans)) spans.set(span.spanId, span);
    }
    return spans;
  }
});
