/**
 * Real OpenTelemetry SDKs of other languages against a running engine: every span they say they sent is there once, with
 * the same fields. A language whose toolchain is not on this machine is skipped, loudly.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { ResourceSpans, Span, TracesData } from '../../src/model/span.ts';

const run = promisify(execFile);
const root = process.cwd();
const here = join(root, 'test/interop');
const cache = join(root, 'out/interop');
const traceCount = 100;

interface Sent {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  start: string;
  end: string;
  events: [string, string][];
}

interface Emitter {
  language: string;
  /** A command whose success says that the toolchain is here. */
  probe: string[];
  /** Installs and builds; returns the command line to which the emitter's arguments are appended. */
  prepare(): Promise<string[]>;
  /** Go wants `host:port`, the others a URL. */
  endpoint(url: string): string;
}

const emitters: Emitter[] = [
  {
    language: 'python',
    probe: ['python3', '--version'],
    async prepare() {
      const environment = join(cache, 'python');
      const python = join(environment, 'bin/python');
      if (!existsSync(python)) await run('python3', ['-m', 'venv', environment]);
      await run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(here, 'python/requirements.txt')]);
      return [python, join(here, 'python/emitter.py')];
    },
    endpoint: url => url,
  },
  {
    language: 'go',
    probe: ['go', 'version'],
    async prepare() {
      const binary = join(cache, 'go-emitter');
      await run('go', ['build', '-o', binary, '.'], { cwd: join(here, 'go') });
      return [binary];
    },
    endpoint: url => new URL(url).host,
  },
  {
    language: 'java',
    probe: ['mvn', '--version'],
    async prepare() {
      const project = join(here, 'java');
      const classes = join(cache, 'java');
      const classpathFile = join(cache, 'java.classpath');
      await run('mvn', ['-q', '-B', 'dependency:build-classpath', `-Dmdep.outputFile=${classpathFile}`], {
        cwd: project,
      });
      const classpath = (await run('cat', [classpathFile])).stdout.trim();
      await run('javac', ['-d', classes, '-cp', classpath, join(project, 'src/main/java/Emitter.java')]);
      return ['java', '-cp', `${classes}:${classpath}`, 'Emitter'];
    },
    endpoint: url => url,
  },
];

describe('OpenTelemetry SDKs of other languages', function () {
  this.timeout(300_000);

  let engine: ChildProcess;
  let state: string;
  let control: string;
  let endpoints: { otlpHttp: string; otlpGrpc: string };

  before(async () => {
    state = mkdtempSync(join(tmpdir(), 'spanline-interop-'));
    control = join(state, 'control.sock');
    const args = [
      'serve',
      '--otlp-http',
      '0',
      '--otlp-grpc',
      '0',
      '--data-dir',
      state,
      '--control',
      control,
      '--json',
    ];
    engine = spawn(process.execPath, [join(root, 'dist/cli.js'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(engine.stdout);
    for await (const line of createInterface(engine.stdout)) {
      endpoints = (JSON.parse(line) as { endpoints: typeof endpoints }).endpoints;
      break;
    }
  });

  after(async () => {
    const exited = once(engine, 'exit');
    engine.kill('SIGTERM');
    await exited;
    rmSync(state, { recursive: true, force: true });
  });

  for (const emitter of emitters) {
    describe(emitter.language, () => {
      let command: string[];

      before(async function () {
        const [program, ...args] = emitter.probe;
        if (spawnSync(program, args).status !== 0) {
          console.warn(`SKIPPED: no ${program} on this machine, the ${emitter.language} SDK is not tested`);
          this.skip();
        }
        command = await emitter.prepare();
      });

      for (const protocol of ['http', 'grpc'] as const) {
        for (const compression of ['none', 'gzip'] as const) {
          it(`delivers every field over ${protocol}, compression ${compression}`, async () => {
            const url = protocol === 'http' ? endpoints.otlpHttp : `http://${endpoints.otlpGrpc}`;
            const [program, ...args] = command;
            const { stdout } = await run(
              program,
              [...args, protocol, emitter.endpoint(url), compression, String(traceCount)],
              {
                maxBuffer: 64 << 20,
              },
            );
            const sent = stdout
              .trim()
              .split('\n')
              .map(line => JSON.parse(line) as Sent);
            assert.equal(sent.length, 2 * traceCount);
            const received = await exported(`interop-${emitter.language}-${protocol}-${compression}`);
            assert.equal(received.size, sent.length);
            for (const span of sent) compare(span, received.get(span.spanId));
          });
        }
      }
    });
  }

  /** All spans of a service, by id; a span that is there twice fails. */
  async function exported(service: string): Promise<Map<string, Span>> {
    const query = `{ resource.service.name = "${service}" }`;
    const args = [
      join(root, 'dist/cli.js'),
      'export',
      '--control',
      control,
      '--format',
      'otlp-json',
      '--query',
      query,
    ];
    const { stdout } = await run(process.execPath, args, { maxBuffer: 256 << 20 });
    const spans = new Map<string, Span>();
    for (const { scopeSpans } of (JSON.parse(stdout) as TracesData).resourceSpans as ResourceSpans[])
      for (const { scope, spans: own } of scopeSpans)
        for (const span of own) {
          assert.equal(spans.has(span.spanId), false, `span ${span.spanId} is there twice`);
          assert.deepEqual([scope?.name, scope?.version], ['interop', '1.2.3']);
          spans.set(span.spanId, span);
        }
    return spans;
  }
});

function compare(sent: Sent, span: Span | undefined): void {
  assert.ok(span, `span ${sent.spanId} did not arrive`);
  assert.equal(span.traceId, sent.traceId);
  assert.equal(span.parentSpanId ?? '', sent.parentSpanId);
  assert.equal(span.name, sent.name);
  assert.equal(span.startTimeUnixNano, sent.start);
  assert.equal(span.endTimeUnixNano, sent.end);
  assert.deepEqual(
    (span.events ?? []).map(event => [event.name, event.timeUnixNano]),
    sent.events,
  );
  const attributes = new Map((span.attributes ?? []).map(({ key, value }) => [key, value]));
  if (sent.name === 'checkout') {
    assert.equal(span.kind, 2);
    assert.deepEqual(attributes.get('text'), { stringValue: 'grüße ☂' });
    assert.deepEqual(attributes.get('large'), { intValue: '9007199254740993' });
    assert.deepEqual(attributes.get('ratio'), { doubleValue: 0.1 });
    assert.deepEqual(attributes.get('yes'), { boolValue: true });
    assert.deepEqual(attributes.get('list'), {
      arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] },
    });
    assert.deepEqual(attributes.get('numbers'), {
      arrayValue: { values: [{ intValue: '1' }, { intValue: '-2' }] },
    });
  } else {
    assert.equal(span.kind, 3);
    assert.deepEqual(span.status, { code: 2, message: 'card declined' });
    assert.deepEqual(span.events?.[0].attributes, [{ key: 'code', value: { intValue: '51' } }]);
    assert.deepEqual(
      span.links?.map(({ traceId, spanId, attributes }) => ({ traceId, spanId, attributes })),
      [
        {
          traceId: sent.traceId,
          spanId: sent.parentSpanId,
          attributes: [{ key: 'why', value: { stringValue: 'retry' } }],
        },
      ],
    );
  }
}
