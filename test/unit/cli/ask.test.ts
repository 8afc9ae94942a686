import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Processes, type Served } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { postTraces, sampleTrace } from './telemetry.ts';

const temporary = new TemporaryDirectories();
const older = '000000000000000000000000000000a0';
const newer = '000000000000000000000000000000b0';
const startSeconds = 1_700_000_000;

describe('spanline, asking an engine', function () {
  this.timeout(20_000);
  let directory: string;
  let processes: Processes;
  let served: Served;

  before(async () => {
    directory = await temporary.make();
    processes = new Processes(directory);
    served = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0']);
    await postTraces(served.endpoints.otlpHttp!, sampleTrace(older, startSeconds));
    await postTraces(served.endpoints.otlpHttp!, sampleTrace(newer, startSeconds + 60));
  });
  after(async () => {
    await processes.end();
    await temporary.remove();
  });

  async function json(...args: string[]) {
    const { code, stdout, stderr } = await processes.spanline([...args, '--json']);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    return JSON.parse(stdout);
  }

  async function text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await processes.spanline(args);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function fails(code: number, message: RegExp, ...args: string[]): Promise<void> {
    const finished = await processes.spanline(args);
    assert.equal(finished.code, code, finished.stderr);
    assert.equal(finished.stdout, '');
    assert.match(finished.stderr, message);
    assert.equal(finished.stderr.trimEnd().split('\n').length, 1, finished.stderr);
  }

  it('status', async () => {
    const status = await json('status');
    assert.deepEqual(
      {
        spansReceived: status.spansReceived,
        spansStored: status.spansStored,
        spansRejected: status.spansRejected,
        spansEvicted: status.spansEvicted,
        logsStored: status.logsStored,
        metricPointsReceived: status.metricPointsReceived,
        tracesStored: status.tracesStored,
        budgetBytes: status.budgetBytes,
        backends: status.backends,
        portConflicts: status.portConflicts,
        endpoints: status.endpoints,
      },
      {
        spansReceived: 6,
        spansStored: 6,
        spansRejected: 0,
        spansEvicted: 0,
        logsStored: 0,
        metricPointsReceived: 0,
        tracesStored: 2,
        budgetBytes: 512_000_000,
        backends: [],
        portConflicts: [],
        endpoints: served.endpoints,
      },
    );
    for (const field of ['bytesStored', 'rssBytes', 'uptimeSeconds']) assert.ok(status[field] > 0, field);
    assert.match(await text('status'), /spans +6 stored, 6 received/);
  });

  it('query: everything, newest first', async () => {
    const { traces } = await json('query', '{}');
    assert.deepEqual(
      traces.map((trace: { traceId: string }) => trace.traceId),
      [newer, older],
    );
    const { matchedSpans, ...trace } = traces[1];
    assert.deepEqual(trace, {
      traceId: older,
      rootServiceName: 'gateway',
      rootSpanName: 'GET /checkout',
      startTimeUnixNano: `${startSeconds}000000000`,
      durationNano: '1000000000',
      spanCount: 3,
      errorCount: 1,
      serviceNames: ['gateway', 'orders'],
      matchedCount: 3,
    });
    assert.equal(matchedSpans.length, 3);
  });

  it('query: a match with the attributes that it names', async () => {
    const { traces } = await json(
      'query',
      '{ .order.items = 3 && resource.service.name = "orders" }',
      '--limit',
      '1',
    );
    assert.equal(traces.length, 1);
    assert.equal(traces[0].matchedCount, 1);
    assert.deepEqual(traces[0].matchedSpans, [
      {
        spanId: '00000000000000b1',
        name: 'POST /orders',
        serviceName: 'orders',
        startTimeUnixNano: `${startSeconds + 60}200000000`,
        durationNano: '600000000',
        attributes: { 'order.items': '3', 'service.name': 'orders' },
      },
    ]);
  });

  it('query: limits and times', async () => {
    const one = await json('query', '{}', '--limit', '1', '--spans-per-trace', '1');
    assert.deepEqual([one.traces.length, one.traces[0].matchedSpans.length], [1, 1]);
    assert.match(await text('query', '{}', '--spans-per-trace', '1'), /^ +and 2 more$/m);
    const ids = async (...range: string[]) =>
      (await json('query', '{}', ...range)).traces.map((trace: { traceId: string }) => trace.traceId);
    assert.deepEqual(await ids('--start', `${startSeconds + 30}`), [newer]);
    assert.deepEqual(await ids('--end', new Date((startSeconds + 30) * 1000).toISOString()), [older]);
    assert.deepEqual(await ids('--start', '1970-01-01T00:00:00+01:00', '--end', '10.5'), []);
    const [, printed] =
      / (\d{4}-\d{2}-\d{2} [\d:.]{12}) /.exec(await text('query', '{}', '--limit', '1')) ?? [];
    assert.deepEqual(await ids('--start', printed), [newer]);
    assert.match(await text('query', '{}'), new RegExp(`${newer}[^]*${older}`));
    assert.equal(await text('query', '{ name = "nobody" }'), 'No trace matches.\n');
  });

  it('query: metrics', async () => {
    const count = '{ name != "POST" } | count_over_time() by (resource.service.name)';
    const start = String(startSeconds - 20);
    const { series } = await json(
      'query',
      count,
      '--start',
      start,
      '--end',
      String(startSeconds + 100),
      '--step',
      '1m',
    );
    const at = (seconds: number, value: number) => ({
      timeUnixNano: String(BigInt(startSeconds + seconds) * 1_000_000_000n),
      value,
    });
    const samples = [at(-20, 0), at(40, 1), at(100, 1)];
    assert.deepEqual(series, [
      { labels: { 'resource.service.name': 'gateway' }, samples },
      { labels: { 'resource.service.name': 'orders' }, samples },
    ]);
    assert.match(await text('query', count), /resource\.service\.name=orders +[▁█ ]+ +0 +1 +0\n.* to /s);
    assert.deepEqual(await json('query', '{ name = "nobody" } | rate() by (name)'), { series: [] });
    assert.equal(await text('query', '{ name = "nobody" } | rate() by (name)'), 'No series.\n');
  });

  it('query: relations and aggregates', async () => {
    const { traces } = await json(
      'query',
      '{ status = error } >> { } | count() = 1 | select(span.order.items)',
    );
    assert.deepEqual(
      traces.map((trace: { matchedSpans: { name: string; attributes: object }[] }) => [
        trace.matchedSpans[0].name,
        trace.matchedSpans[0].attributes,
      ]),
      [
        ['POST /orders', { 'order.items': '3' }],
        ['POST /orders', { 'order.items': '3' }],
      ],
    );
  });

  it('query: what is wrong, and where', async () => {
    await fails(2, /line 1, column 10/, 'query', '{ name = = 3 }');
    await fails(2, /line 2, column \d+/, 'query', '{ name =\n= 3 }', '--json');
    await fails(2, /--step goes with a metrics query/, 'query', '{}', '--step', '1m');
    await fails(2, /--step must be a duration/, 'query', '{} | rate()', '--step', 'often');
    await fails(2, /not supported.*line 1, column 3/, 'query', '{ parent.a = 1 }');
    await fails(2, /--limit must be a whole number/, 'query', '{}', '--limit', 'many');
    for (const time of ['yesterday', '2026-02-30T00:00:00Z', '2026-01-01T25:00:00Z', '2026-01-01'])
      await fails(2, /--start must be a time like .*RFC 3339/, 'query', '{}', '--start', time);
    await fails(2, /--start is after --end/, 'query', '{}', '--start', '2', '--end', '1');
    await fails(2, /usage: spanline query/, 'query');
    await fails(2, /usage: spanline query/, 'query', '{}', '{}');
  });

  it('trace: as OTLP JSON, as it was sent', async () => {
    const data = await json('trace', older);
    const spans = spansOf(data);
    assert.deepEqual(spans, spansOf(sampleTrace(older, startSeconds)));
    assert.deepEqual(await json('trace', older.toUpperCase()), data);
    assert.deepEqual(JSON.parse(await text('trace', older)), data);
  });

  it('trace: as a summary', async () => {
    const summary = await json('trace', older, '--format', 'summary');
    assert.deepEqual(Object.keys(summary).sort(), [
      'criticalPath',
      'durationNano',
      'findings',
      'rootSpanIds',
      'selfTimeNano',
      'spanCount',
      'statistics',
      'traceId',
    ]);
    assert.equal(summary.traceId, older);
    assert.deepEqual(summary.rootSpanIds, ['00000000000000a1']);
    assert.equal(summary.durationNano, '1000000000');
    assert.equal(summary.spanCount, 3);
    assert.deepEqual(summary.selfTimeNano, {
      '00000000000000a1': '200000000',
      '00000000000000a2': '200000000',
      '00000000000000b1': '600000000',
    });
    const at = (milliseconds: number) => `${startSeconds}${String(milliseconds).padStart(3, '0')}000000`;
    const section = (spanId: string, start: number, end: number) => ({
      spanId: `00000000000000${spanId}`,
      startTimeUnixNano: at(start),
      endTimeUnixNano: end === 1000 ? `${startSeconds + 1}000000000` : at(end),
    });
    assert.deepEqual(summary.criticalPath, [
      section('a1', 0, 100),
      section('a2', 100, 200),
      section('b1', 200, 800),
      section('a2', 800, 900),
      section('a1', 900, 1000),
    ]);
    const checkout = summary.statistics.find((each: { name: string }) => each.name === 'GET /checkout');
    assert.deepEqual(
      { ...checkout, p50Nano: undefined, p95Nano: undefined },
      {
        serviceName: 'gateway',
        name: 'GET /checkout',
        count: 1,
        totalNano: '1000000000',
        selfNano: '200000000',
        p50Nano: undefined,
        p95Nano: undefined,
        errors: 0,
      },
    );
    assert.deepEqual(
      summary.findings.map(({ ruleId }: { ruleId: string }) => ruleId),
      ['SPL704', 'SPL704', 'SPL709'],
    );
  });

  it('trace: as a tree', async () => {
    const tree = await text('trace', older, '--format', 'tree');
    const lines = tree.trimEnd().split('\n');
    assert.equal(lines[0], 'gateway: GET /checkout');
    assert.match(lines[1], new RegExp(`${older}.*1\\.00 s, 3 spans, 1 with errors`));
    assert.match(lines[2], /^gateway: GET \/checkout +1\.00 s █+$/);
    assert.match(lines[3], /^ {2}✗ gateway: POST +800 ms +█+$/);
    assert.match(lines[4], /^ {4}orders: POST \/orders +600 ms +█+$/);
    assert.equal(lines.length, 5);
  });

  it('trace: one that is not there, and an id that is none', async () => {
    const missing = 'ffffffffffffffffffffffffffffffff';
    await fails(1, new RegExp(`no trace ${missing}`), 'trace', missing);
    await fails(1, /no trace/, 'trace', missing, '--format', 'summary', '--json');
    await fails(1, /no trace/, 'trace', missing, '--format', 'tree');
    await fails(2, /32 hexadecimal digits/, 'trace', 'abc');
    await fails(2, /--format must be one of/, 'trace', older, '--format', 'xml');
    await fails(2, /--json goes with/, 'trace', older, '--format', 'tree', '--json');
  });

  it('services', async () => {
    const { services } = await json('services');
    const gateway = services.find((each: { serviceName: string }) => each.serviceName === 'gateway');
    assert.deepEqual([gateway.spanCount, gateway.errorCount], [4, 2]);
    const operation = gateway.operations.find((each: { name: string }) => each.name === 'POST');
    assert.deepEqual(Object.keys(operation).sort(), [
      'count',
      'errors',
      'kind',
      'name',
      'p50Nano',
      'p95Nano',
      'p99Nano',
      'ratePerSecond',
    ]);
    assert.deepEqual([operation.count, operation.errors, operation.kind], [2, 2, 3]);
    // The histogram is exact to one percent.
    assert.ok(Math.abs(Number(operation.p95Nano) / 8e8 - 1) < 0.01, operation.p95Nano);
    assert.match(await text('services'), /gateway +4 +2\n/);
  });

  it('export and import give back what was received', async () => {
    const all = join(directory, 'all.json');
    const lines = join(directory, 'lines.jsonl');
    assert.equal(await text('export', '--output', all), '');
    let both = '';
    for (const id of [older, newer]) {
      const line = await text(
        'export',
        '--format',
        'otlp-jsonl',
        '--query',
        `{ trace:id = "${id}" && name = "POST" }`,
      );
      assert.match(line, /^[^\n]+\n$/, 'a document a line');
      both += line;
    }
    await writeFile(lines, both);
    const one = JSON.parse(
      await text('export', '--format', 'otlp-json', '--query', `{ trace:id = "${older}" }`),
    );
    assert.deepEqual(spansOf(one), spansOf(sampleTrace(older, startSeconds)));
    assert.deepEqual(JSON.parse(await text('export', '--query', '{ name = "nobody" }')), {
      resourceSpans: [],
    });
    const zipped = join(directory, 'zipped.json.gz');
    await writeFile(zipped, gzipSync(await readFile(all)));

    const other = ['--control', join(directory, 'other.sock')];
    const engine = await processes.serve(['--otlp-http', 'off', '--otlp-grpc', 'off', ...other]);
    const imported = await json('import', lines, zipped, ...other);
    assert.deepEqual(
      { ...imported, files: undefined },
      { tracesImported: 4, spansImported: 12, spansRejected: 0, files: undefined },
    );
    assert.deepEqual(
      imported.files.map((file: { format: string; spans: number; warnings: string[] }) => [
        file.format,
        file.spans,
        file.warnings,
      ]),
      [
        ['OTLP JSON Lines', 6, []],
        ['OTLP JSON', 6, []],
      ],
    );
    const status = await json('status', ...other);
    assert.equal(status.spansStored, 6, 'the same spans again are the same spans');
    assert.deepEqual(spansOf(await json('trace', newer, ...other)), spansOf(await json('trace', newer)));
    engine.child.kill('SIGTERM');
    await once(engine.child, 'exit');
  });

  it('export: what is wrong', async () => {
    await fails(2, /--format must be one of/, 'export', '--format', 'csv');
    await fails(2, /bad query: .*line 1, column/, 'export', '--query', '{ nonsense ~ }');
    const missing = join(directory, 'missing', 'file');
    await fails(2, /cannot write .*file: no such file or directory$/m, 'export', '--output', missing);
  });

  it('import: a bad file does not keep the good ones out', async () => {
    const good = join(directory, 'good.json');
    const bad = join(directory, 'bad.json');
    await writeFile(good, JSON.stringify(sampleTrace(older, startSeconds)));
    await writeFile(bad, 'x\u001b[31m<html>');
    const { code, stdout, stderr } = await processes.spanline(
      ['import', '--json', 'bad.json', 'good.json', 'missing.json'],
      { cwd: directory },
    );
    assert.equal(code, 2);
    assert.deepEqual(JSON.parse(stdout), {
      tracesImported: 1,
      spansImported: 3,
      spansRejected: 0,
      files: [{ path: 'good.json', format: 'OTLP JSON', spans: 3, warnings: [] }],
    });
    const [first, second, end] = stderr.split('\n');
    assert.match(first, /^spanline: bad\.json is not JSON: [^\u001b]*$/);
    assert.deepEqual([second, end], ['spanline: missing.json: no such file or directory', '']);
  });

  it('says how it is used', async () => {
    const help = await text('--help');
    for (const name of ['serve', 'status', 'query', 'trace', 'services', 'import', 'export']) {
      assert.match(help, new RegExp(`^ {2}${name} `, 'm'));
      assert.match(await text(name, '--help'), new RegExp(`^Usage: spanline ${name} `));
      assert.equal(await text(name, '-h'), await text(name, '--help'));
    }
    const nothing = await processes.spanline([]);
    assert.equal(nothing.code, 2);
    assert.match(await text('--version'), /^\d+\.\d+\.\d+\n$/);
    assert.equal(await text('help', 'query'), await text('query', '--help'));
    await fails(2, /unknown command shout/, 'shout');
    await fails(2, /unknown command shout/, 'help', 'shout');
    await fails(2, /unknown command stat; did you mean status\?/, 'stat');
    await fails(2, /'--limit' argument is ambiguous \(usage: spanline query/, 'query', '{}', '--limit', '-1');
    await fails(2, /Unknown option '--newest' \(usage: spanline query/, 'query', '--newest', '{}');
    await fails(2, /unknown command constructor/, 'constructor');
    await fails(2, /: is a directory$/m, 'analyze', directory);
    await fails(2, /no engine is listening at/, 'status', '--control', join(directory, 'nobody.sock'));
  });

  it('takes a variable that is set to nothing as not set', async () => {
    const { code, stderr } = await processes.spanline(['status'], { env: { SPANLINE_CONTROL: '' } });
    assert.deepEqual([code, stderr], [0, '']);
  });

  it('keeps numbers in sight beside long names, and says when there is no name', async () => {
    const engine = await processes.serve([
      ...['--otlp-http', '0', '--otlp-grpc', 'off', '--no-journal'],
      ...['--control', join(directory, 'odd.sock'), '--data-dir', join(directory, 'odd')],
    ]);
    const here = ['--control', engine.control];
    assert.equal(await text('services', ...here), 'No services.\n');
    const names = { gateway: 's'.repeat(300), 'GET /checkout': '', POST: 'n'.repeat(300) };
    const data = JSON.parse(JSON.stringify(sampleTrace(older, startSeconds)), (_, value) =>
      Object.hasOwn(names, value) ? names[value as keyof typeof names] : value,
    );
    await postTraces(engine.endpoints.otlpHttp!, data);
    const services = await text('services', ...here);
    assert.match(services, /^ {2}n{59}… .* 800 ms/m);
    assert.match(services, /^ {2}\(no name\) .* 1\.00 s/m);
    const tree = await text('trace', older, '--format', 'tree', ...here);
    assert.match(tree, /^s{19}…: \(no name\) +1\.00 s/m);
    assert.match(tree, /^ {2}✗ s{19}…: n+… +800 ms/m);
    engine.child.kill('SIGTERM');
    await once(engine.child, 'exit');
  });

  it('takes arguments that start with a dash after --', async () => {
    await fails(2, /32 hexadecimal digits.*'-x'/, 'trace', '--', '-x');
    await fails(2, /-x/, 'trace', '-x');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const child = spawn(process.execPath, [resolve('dist/cli.js'), 'trace', older], {
      env: processes.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', chunk => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });
});

interface Spans {
  resourceSpans: readonly { scopeSpans: readonly { spans: readonly { spanId: string }[] }[] }[];
}

function spansOf(data: Spans) {
  return data.resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
}
