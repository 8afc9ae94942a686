import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { postTraces, sampleTrace } from './telemetry.ts';

const temporary = new TemporaryDirectories();
const withError = '000000000000000000000000000000a0';

describe('spanline sample', function () {
  this.timeout(20_000);
  let directory: string;
  let processes: Processes;

  before(async () => {
    directory = await temporary.make();
    processes = new Processes(directory);
    const { endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off']);
    await postTraces(endpoints.otlpHttp!, sampleTrace(withError, 1_700_000_000));
  });
  after(async () => {
    await processes.end();
    await temporary.remove();
  });

  async function sample(config: string, ...args: string[]) {
    const file = join(directory, 'sampling.yaml');
    await writeFile(file, config);
    return processes.spanline(['sample', '--config', file, ...args]);
  }

  it('tells scripts and people what would be lost', async () => {
    const config = 'policies: [{ name: long, type: latency, latency: { threshold_ms: 2000 } }]';
    const asked = await sample(config, '--json');
    assert.equal(asked.code, 0, asked.stderr);
    assert.deepEqual(JSON.parse(asked.stdout), {
      kept: 0,
      dropped: 1,
      byPolicy: [{ name: 'long', kept: 0 }],
      droppedWithErrors: [withError],
    });
    const { stdout } = await sample(config);
    assert.match(
      stdout,
      /^This configuration would have kept 0 of 1 traces and dropped 1 of 1 with errors\.$/m,
    );
    assert.match(stdout, new RegExp(`^  ${withError}$`, 'm'));
  });

  it('takes the pipeline of a collector that it is told', async () => {
    const config = `
processors:
  tail_sampling/all: { policies: [{ name: all, type: always_sample }] }
  tail_sampling/none: { policies: [{ name: long, type: latency, latency: { threshold_ms: 2000 } }] }
service:
  pipelines: { traces/a: { processors: [tail_sampling/all] }, traces/b: { processors: [tail_sampling/none] } }`;
    const { code, stderr } = await sample(config);
    assert.equal(code, 2);
    assert.match(stderr, /sampling\.yaml: several pipelines sample.* traces\/a, traces\/b with --pipeline$/m);
    const kept = async (name: string) =>
      JSON.parse((await sample(config, '--json', '--pipeline', name)).stdout).kept;
    assert.deepEqual([await kept('traces/a'), await kept('traces/b')], [1, 0]);
  });

  it('names the file and the place that it cannot follow', async () => {
    const { code, stdout, stderr } = await sample('policies: [{ name: a, type: ottl_condition }]');
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /sampling\.yaml: policies\[0\]: conditions in OTTL cannot be previewed/);
    assert.equal((await processes.spanline(['sample'])).code, 2);
    const missing = await processes.spanline(['sample', '--config', join(directory, 'none.yaml')]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /none\.yaml/);
  });
});
