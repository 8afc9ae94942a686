import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import { OpenFiles } from '../../../src/engine/openFiles.ts';
import { controlErrors } from '../../../src/protocol/control.ts';
import { sampleTrace } from '../cli/telemetry.ts';
import { Processes } from './processes.ts';
import { TemporaryDirectories } from './temporary.ts';

const temporary = new TemporaryDirectories();
const intent = { collapsed: [], filter: '' };
const ids = [0xa0, 0xa1].map(id => id.toString(16).padStart(32, '0'));
const lines = ids.map((id, at) => JSON.stringify(sampleTrace(id, 1_700_000_000 + at)));

describe('files of traces in the engine', function () {
  this.timeout(20_000);
  let processes: Processes;
  let engine: ControlClient;

  before(async () => {
    const directory = await temporary.make();
    processes = new Processes(directory);
    const flags = ['--otlp-http', '0', '--otlp-grpc', 'off', '--data-dir', directory];
    engine = await connectToEngine({ control: (await processes.serve(flags)).control });
  });
  after(async () => {
    engine.dispose();
    await processes.end();
    await temporary.remove();
  });

  const open = (text: string, path = 'shop.otlp.jsonl') =>
    engine.request('file/open', { path, data: Buffer.from(text) });

  it('are shown like received traces, and kept apart from them and from each other', async () => {
    const both = await open(lines.join('\n'));
    assert.deepEqual(
      { ...both, fileId: 0 },
      {
        fileId: 0,
        format: 'OTLP JSON Lines',
        spans: 6,
        traces: 2,
        rejected: 0,
        warnings: [],
      },
    );
    const { fileId } = await open(lines[0], 'one.otlp.json');
    const listed = await engine.request('file/traces', { fileId: both.fileId, text: ids[1], limit: 10 });
    assert.deepEqual([listed.total, listed.traces.map(trace => trace.traceId)], [1, [ids[1]]]);
    assert.equal((await engine.request('file/traces', { fileId, text: '', limit: 10 })).total, 1);

    assert.equal(await engine.request('view/open', { traceId: ids[0], intent }), null);
    assert.equal(await engine.request('view/open', { traceId: ids[1], intent, fileId }), null);
    const view = await engine.request('view/open', { traceId: ids[1], intent, fileId: both.fileId });
    assert.equal(view?.head.spanCount, 3);
    assert.equal((await engine.request('view/rows', { viewId: view.viewId, first: 0, count: 9 })).count, 3);
    const details = { traceId: ids[1], spanId: '00000000000000b1' };
    assert.equal(await engine.request('span/details', details), null);
    const found = await engine.request('span/details', { ...details, fileId: both.fileId });
    assert.equal(found?.serviceName, 'orders');
    assert.equal((await engine.request('status', {})).spansStored, 0);

    await engine.request('file/close', { fileId: both.fileId });
    await assert.rejects(engine.request('view/rows', { viewId: view.viewId, first: 0, count: 9 }), {
      code: controlErrors.noSuchView,
    });
    assert.equal((await engine.request('trace/summary', { traceId: ids[0], fileId }))?.spanCount, 3);
  });

  it('give what they have when they are broken, with what is wrong and where', async () => {
    const cutOff = await open(`${lines[0]}\n${lines[1].slice(0, 200)}`);
    assert.deepEqual([cutOff.traces, cutOff.warnings.length], [1, 1]);
    assert.match(cutOff.warnings[0], /^line 2 left out: .*the file ends in the middle of it/);
    await assert.rejects(open('traces: none', 'notes.json'), {
      code: controlErrors.badFile,
      message: /notes\.json/,
    });
  });
});

describe('open files', () => {
  it('are bounded in number: the oldest is to be opened again', async () => {
    const files = new OpenFiles();
    const opened: { fileId: number }[] = [];
    for (let at = 0; at < 9; at++)
      opened.push(await files.open({ path: 'one.json', data: Buffer.from(lines[0]) }));
    assert.throws(() => files.get(opened[0].fileId), { code: controlErrors.noSuchFile });
    assert.equal(files.get(opened[8].fileId).store.counters.spansStored, 3);
  });
});
