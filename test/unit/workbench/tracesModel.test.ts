import assert from 'node:assert/strict';
import { connectToEngine } from '../../../src/engine/client.ts';
import type { ControlClient } from '../../../src/engine/controlClient.ts';
import type { ControlRequests } from '../../../src/protocol/control.ts';
import { defaultIntent, TracesModel, type TraceTreeNode } from '../../../src/workbench/traces/tracesModel.ts';
import { postTraces } from '../cli/telemetry.ts';
import { Processes } from '../engine/processes.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';

const temporary = new TemporaryDirectories();

const names = (nodes: readonly TraceTreeNode[]) =>
  nodes.map(node => {
    if (node.kind === 'trace') return node.summary.rootSpanName;
    return node.kind === 'group' ? node.group.rootSpanName : `+${node.hidden}`;
  });

describe('the model of the traces tree', function () {
  this.timeout(20_000);
  let processes: Processes;
  let endpoint: string;
  let engine: ControlClient;
  let model: TracesModel;
  let asked: string[];
  let changes: (readonly TraceTreeNode[] | undefined)[];
  let sent = 0;

  before(async () => {
    processes = new Processes(await temporary.make());
    const { control, endpoints } = await processes.serve(['--otlp-http', '0', '--otlp-grpc', 'off']);
    endpoint = endpoints.otlpHttp!;
    engine = await connectToEngine({ control });
  });
  after(async () => {
    engine.dispose();
    await processes.end();
    await temporary.remove();
  });

  beforeEach(async () => {
    await engine.request('store/clear', {});
    asked = [];
    changes = [];
    const request = <K extends keyof ControlRequests>(name: K, params: ControlRequests[K][0]) => {
      asked.push(name);
      return engine.request(name, params);
    };
    model = new TracesModel({ request }, 'file:///own', defaultIntent);
    model.onDidChange(nodes => changes.push(nodes));
    model.onDidFail(error => assert.fail(String(error)));
  });
  afterEach(() => model.dispose());

  /** Sends a trace of one span, newer than all before; its id. */
  async function add(name: string, workspace?: string): Promise<string> {
    sent++;
    const traceId = sent.toString(16).padStart(32, '0');
    await addSpan(traceId, name, undefined, workspace);
    return traceId;
  }

  async function addSpan(
    traceId: string,
    name: string,
    parentSpanId?: string,
    workspace?: string,
  ): Promise<void> {
    const start = 1_700_000_000_000_000_000n + BigInt(sent) * 1_000_000n;
    const attributes = workspace ? [{ key: 'spanline.workspace', value: { stringValue: workspace } }] : [];
    const spanId = parentSpanId === undefined ? '00000000000000aa' : '00000000000000bb';
    const span = {
      traceId,
      spanId,
      parentSpanId,
      name,
      startTimeUnixNano: `${start}`,
      endTimeUnixNano: `${start + 1000n}`,
    };
    await postTraces(endpoint, {
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }],
    });
  }

  /** One more span in a trace. */
  const grow = (traceId: string) => addSpan(traceId, 'child', '00000000000000aa');

  /** Any change of intent reads the store anew. */
  const refresh = () => model.setIntent({});

  it('keeps nodes, and names only those that differ', async () => {
    const first = await add('a');
    await add('b');
    await refresh();
    const before = [...model.roots];
    assert.deepEqual(changes, [undefined]);
    await refresh();
    assert.deepEqual(changes[1], [], 'nothing differs');
    await grow(first);
    await refresh();
    assert.deepEqual(changes[2], [before[1]]);
    assert.ok(model.roots.every((node, at) => node === before[at]));
  });

  it('names everything when a trace comes', async () => {
    await add('a');
    await refresh();
    const [old] = model.roots;
    await add('b');
    await refresh();
    assert.equal(changes[1], undefined);
    assert.deepEqual(names(model.roots), ['b', 'a']);
    assert.equal(model.roots[1], old);
  });

  it('reads a burst of changes once, and once more at its end', async () => {
    model.setLive(true);
    for (let change = 0; change < 100; change++) model.storeChanged();
    await add('late');
    await new Promise(resolve => setTimeout(resolve, 600));
    assert.deepEqual(names(model.roots), ['late']);
    const reads = asked.filter(name => name === 'traces/list').length;
    // Each reading may first look for traces of the workspace.
    assert.ok(reads >= 2 && reads <= 4, `${reads} requests`);
  });

  it('reads nothing while nobody looks or it is paused, and catches up', async () => {
    await add('a');
    model.storeChanged();
    await new Promise(resolve => setTimeout(resolve, 300));
    assert.deepEqual(asked, []);
    await model.setPaused(true);
    model.setLive(true);
    model.storeChanged();
    await new Promise(resolve => setTimeout(resolve, 300));
    assert.deepEqual(asked, []);
    assert.equal(model.isBehind, true);
    await model.setPaused(false);
    assert.deepEqual(names(model.roots), ['a']);
    assert.equal(model.isBehind, false);
  });

  it('does not read the end of a burst in which it was paused', async () => {
    model.setLive(true);
    await refresh();
    model.storeChanged();
    model.storeChanged();
    await model.setPaused(true);
    const before = names(model.roots);
    await add('meanwhile');
    await new Promise(resolve => setTimeout(resolve, 400));
    assert.deepEqual(names(model.roots), before);
  });

  it('turns to the traces of the workspace when there are any', async () => {
    await add('theirs');
    await refresh();
    assert.equal(model.attribution.kind, 'all');
    await add('ours', 'file:///own');
    await refresh();
    assert.deepEqual(model.attribution, { kind: 'workspace', uri: 'file:///own' });
    assert.deepEqual(names(model.roots), ['ours']);
    await model.setIntent({ scope: 'all' });
    assert.deepEqual(names(model.roots), ['ours', 'theirs']);
    await model.setIntent({ scope: 'unattributed' });
    assert.deepEqual(names(model.roots), ['theirs']);
  });

  it('leaves out what is beyond the limit, until more is wanted', async () => {
    await Promise.all(Array.from({ length: 150 }, () => add('a')));
    await refresh();
    assert.equal(model.roots.length, 101);
    assert.deepEqual(names(model.roots.slice(-1)), ['+50']);
    await model.loadMore(undefined);
    assert.equal(model.roots.length, 150);
  });

  it('reads a group when it is opened, and follows it while it is', async () => {
    await add('a');
    await add('b');
    await model.setIntent({ grouped: true });
    const group = model.roots.find(node => names([node])[0] === 'a');
    assert.ok(group?.kind === 'group');
    assert.deepEqual(names(await model.children(group)), ['a']);
    const grown = await add('a');
    await refresh();
    assert.deepEqual(names(await model.children(group)), ['a', 'a']);
    await grow(grown);
    changes.length = 0;
    await refresh();
    assert.deepEqual(
      changes[0]?.map(node => node.kind),
      ['trace'],
    );
    model.collapsed(group);
    asked.length = 0;
    await refresh();
    // One to look for traces of the workspace, none for the group.
    assert.deepEqual(asked.toSorted(), ['traces/groups', 'traces/list']);
  });
});
