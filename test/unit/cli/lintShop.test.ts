import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEdits } from '../../../src/lint/fixes/apply.ts';
import { Processes, type Served } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { filesBelow, lintFiles } from '../lint/workspace.ts';

/** See → jump → fix → run again → compare: what the linter finds in the shop, and what its fixes do to the traces. */
describe('the shop, linted and fixed', function () {
  this.timeout(90_000);
  const temporary = new TemporaryDirectories();
  let processes: Processes;
  let shop: string;

  before(async () => {
    processes = new Processes(await temporary.make());
    // Inside the project, so that the shop finds its packages.
    shop = await mkdtemp(join(process.cwd(), 'out/shop-'));
    await cp('examples/shop', shop, { recursive: true });
  });
  after(async () => {
    await processes.end();
    await temporary.remove();
    await rm(shop, { recursive: true });
  });

  async function runShop({ endpoints }: Served): Promise<void> {
    const child = fork(join(shop, 'start.mjs'), ['--requests', '30', '--rate', '30'], {
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoints.otlpHttp,
        OTEL_EXPORTER_OTLP_GRPC_ENDPOINT: `http://${endpoints.otlpGrpc}`,
        OTEL_RESOURCE_ATTRIBUTES: '',
      },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  }

  async function query(served: Served, traceQl: string) {
    const { code, stdout, stderr } = await processes.spanline([
      'query',
      traceQl,
      '--limit',
      '100',
      '--json',
      '--control',
      served.control,
    ]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).traces as { rootSpanName: string; serviceNames: string[] }[];
  }

  const lint = async () =>
    (await lintFiles(filesBelow(shop))).filter(
      ({ severity }) => severity === 'error' || severity === 'warning',
    );

  it('has the gaps that its code says it has, and one connected trace after their fixes', async () => {
    const findings = await lint();
    assert.deepEqual(
      findings.map(({ rule, path }) => `${path} ${rule.id}`),
      ['gateway.js SPL201', 'orders.js SPL101'],
    );

    const before = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0', '--no-journal']);
    await runShop(before);
    const lost = await query(before, '{ name = "POST /receipts" }');
    assert.ok(lost.length > 0 && lost.every(({ rootSpanName }) => rootSpanName === 'POST /receipts'));
    assert.ok((await query(before, '{ span.customer.email != nil }')).length > 0);
    await processes.end();

    for (const { path, fixes } of findings) {
      const file = join(shop, path);
      await writeFile(file, applyEdits(await readFile(file, 'utf8'), fixes[0].edits));
    }
    assert.deepEqual(await lint(), []);

    const after = await processes.serve(['--otlp-http', '0', '--otlp-grpc', '0', '--no-journal']);
    await runShop(after);
    const kept = await query(after, '{ name = "POST /receipts" }');
    assert.ok(kept.length > 0);
    for (const { rootSpanName, serviceNames } of kept) {
      assert.notEqual(rootSpanName, 'POST /receipts');
      assert.ok(serviceNames.length >= 3, serviceNames.join());
    }
    assert.deepEqual(await query(after, '{ span.customer.email != nil }'), []);
  });
});
