import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { KeyValue } from '../../../src/model/anyValue.ts';
import type { Span, TracesData } from '../../../src/model/span.ts';
import { Processes, type Served } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { epoch, spanId, traceId } from '../store/testSpans.ts';
import { postTraces } from './telemetry.ts';

const temporary = new TemporaryDirectories();
const millisecond = 1_000_000;

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

function made(trace: number, number: number, from: number, to: number, more: Partial<Span>): Span {
  const at = (milliseconds: number) => String(epoch + BigInt(milliseconds * millisecond));
  return {
    ...{ traceId: traceId(trace), spanId: spanId(number), name: 'GET /orders' },
    ...{ startTimeUnixNano: at(from), endTimeUnixNano: at(to), ...more },
  };
}

/** One trace with a query for each of 12 rows, and one with nothing to say about. */
function twoTraces(): TracesData {
  const attributes = ['service.version', 'deployment.environment.name'].map(key => text(key, '1'));
  const query = (n: number) =>
    made(0, n + 1, 10 * n, 10 * n + 8, {
      ...{ name: 'SELECT items', kind: 3, parentSpanId: spanId(0) },
      attributes: [
        text('db.system.name', 'sqlite'),
        text('db.query.text', `SELECT * FROM items WHERE id = ${n}`),
      ],
    });
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'shop'), ...attributes] },
        scopeSpans: [
          {
            scope: { name: 'shop' },
            spans: [
              made(0, 0, 0, 200, { kind: 2 }),
              ...Array.from({ length: 12 }, (_, n) => query(n)),
              made(1, 0, 0, 200, { kind: 2 }),
            ],
          },
        ],
      },
    ],
  };
}

const burst = {
  ruleId: 'SPL703',
  severity: 'warning',
  message:
    '"SELECT * FROM items WHERE id = ?" was called 12 times, one after the other, under "GET /orders" in shop. Ask for all of it at once, or at least side by side.',
  serviceName: 'shop',
  traceIds: [traceId(0)],
};

describe('spanline findings and analyze', function () {
  this.timeout(20_000);
  let processes: Processes;
  let served: Served;
  let file: string;

  before(async () => {
    const directory = await temporary.make();
    processes = new Processes(directory);
    file = join(directory, 'traces.json');
    await writeFile(file, JSON.stringify(twoTraces()));
    served = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0']);
    await postTraces(served.endpoints.otlpHttp!, twoTraces());
  });
  after(async () => {
    await processes.end();
    await temporary.remove();
  });

  async function run(expectedCode: number, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await processes.spanline(args);
    assert.equal(code, expectedCode, stderr);
    return stdout;
  }

  it('findings', async () => {
    const { findings } = JSON.parse(await run(0, 'findings', '--json'));
    assert.equal(findings.length, 1);
    const [{ spanIds, ...finding }] = findings;
    assert.deepEqual(finding, burst);
    assert.ok(spanIds.length > 0 && spanIds.every((id: string) => /^[0-9a-f]{16}$/.test(id)));
    assert.match(await run(0, 'findings'), /^warning {2}"SELECT \* FROM items .* SPL703\n$/);
  });

  it('findings --root has the lines of the spans', async () => {
    const root = join(await temporary.make(), 'shop');
    await mkdir(join(root, 'src'), { recursive: true });
    await writeFile(
      join(root, 'src', 'items.ts'),
      [
        "import { trace } from '@opentelemetry/api';",
        '',
        "const tracer = trace.getTracer('shop');",
        '',
        'export function items(): void {',
        "  tracer.startActiveSpan('SELECT items', span => span.end());",
        '}',
        '',
      ].join('\n'),
    );
    const { findings } = JSON.parse(await run(0, 'findings', '--json', '--root', root));
    assert.deepEqual(findings[0].location, {
      path: relative('', join(root, 'src', 'items.ts')).replaceAll('\\', '/'),
      line: 6,
      column: 10,
    });
    assert.match(
      await run(0, 'findings', '--root', root),
      /^warning {2}[\w./-]*src\/items\.ts:6:10 {2}"SELECT/,
    );
    assert.equal(await run(2, 'findings', '--root', join(root, 'gone')), '');
  });

  it('findings --fail-on', async () => {
    await run(1, 'findings', '--fail-on', 'warning');
    await run(1, 'findings', '--fail-on', 'hint', '--json');
    await run(0, 'findings', '--fail-on', 'error');
    assert.equal(await run(2, 'findings', '--fail-on', 'grave'), '');
  });

  it('trace --format summary has the findings of the trace', async () => {
    const summary = JSON.parse(await run(0, 'trace', '--format', 'summary', '--json', traceId(0)));
    assert.deepEqual(
      summary.findings.map(({ ruleId }: { ruleId: string }) => ruleId),
      ['SPL703'],
    );
    const other = JSON.parse(await run(0, 'trace', '--format', 'summary', '--json', traceId(1)));
    assert.deepEqual(other.findings, []);
  });

  it('analyze reads files without an engine', async () => {
    const elsewhere = ['--control', join('/nowhere', 'control.sock')];
    const { traces } = JSON.parse(await run(0, 'analyze', file, '--json', ...elsewhere));
    assert.deepEqual(traces.map((trace: { traceId: string }) => trace.traceId).sort(), [
      traceId(0),
      traceId(1),
    ]);
    const slow = traces.find((trace: { traceId: string }) => trace.traceId === traceId(0));
    const { findings, selfTimeNano, criticalPath, statistics, ...rest } = slow;
    assert.deepEqual(rest, {
      traceId: traceId(0),
      rootSpanIds: [spanId(0)],
      durationNano: String(200 * millisecond),
      spanCount: 13,
    });
    const [{ spanIds, ...finding }] = findings;
    assert.deepEqual([finding, findings.length, spanIds.length > 0], [burst, 1, true]);
    assert.equal(selfTimeNano[spanId(0)], String((200 - 12 * 8) * millisecond));
    assert.equal(criticalPath.at(-1).spanId, spanId(0));
    assert.deepEqual(
      statistics.map(({ name, count }: { name: string; count: number }) => [name, count]),
      [
        ['GET /orders', 1],
        ['SELECT items', 12],
      ],
    );
    await run(1, 'analyze', file, '--fail-on', 'warning');
    assert.match(await run(0, 'analyze', file), /13 spans, 200 ms[\s\S]*SELECT items[\s\S]*SPL703/);
  });

  it('analyze says once what several traces show', async () => {
    const several = join(await temporary.make(), 'several.json');
    const resource = { attributes: [text('service.name', 'shop')] };
    const resourceSpans = twoTraces().resourceSpans.map(each => ({ ...each, resource }));
    await writeFile(several, JSON.stringify({ resourceSpans }));
    const lines = (await run(0, 'analyze', several)).split('\n');
    assert.equal(lines.filter(line => line.includes('SPL704')).length, 1);
    assert.ok(lines.indexOf('All traces') < lines.findIndex(line => line.includes('SPL704')));
    const { traces } = JSON.parse(await run(0, 'analyze', several, '--json'));
    for (const { findings } of traces)
      assert.ok(findings.some(({ ruleId }: { ruleId: string }) => ruleId === 'SPL704'));
  });

  it('analyze says what is wrong with a file', async () => {
    const { code, stderr, stdout } = await processes.spanline(['analyze', `${file}.gone`, '--json']);
    assert.deepEqual([code, stdout, stderr.trim().split('\n').length], [2, '', 1]);
    assert.match(stderr, /traces\.json\.gone/);
  });
});
