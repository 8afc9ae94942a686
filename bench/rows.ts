// R2 inside the engine: to open a trace, read what fits on a screen, fold and unfold it, search it.
// I1: 10,000 rows from one process to another over the control socket's framing, packed against JSON.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc/node';
import { idHex } from '../src/model/ids.ts';
import { FrameReader, FrameWriter } from '../src/protocol/framing.ts';
import { readRowColumns } from '../src/protocol/rowColumns.ts';
import type { RowWindow } from '../src/protocol/traceView.ts';
import type { TraceView } from '../src/query/traceView.ts';
import { spanIdAt } from '../test/dom/support/generatedTrace.ts';
import {
  type Contender,
  interleave,
  median,
  ratioOfMinima,
  report,
  reportMachine,
  short,
} from './harness.ts';
import { type RowObject, rowObjects, sumOfColumns, sumOfObjects } from './support/rowObjects.ts';
import { StoredTrace } from './support/storedTrace.ts';

const longestFrame = 1 << 30;
const packedRows = 10_000;
/** Rows on a large screen. */
const screenful = 50;

const address = process.argv[2];
if (address !== undefined) serveRows(address);
else {
  reportMachine();
  measureView(10_000);
  measureView(100_000);
  await measureTransport();
}

function measureView(spans: number): void {
  const trace = new StoredTrace(spans);
  const suffix = `${spans / 1000}k`;
  const measure = (name: string, note: string, run: (view: TraceView, round: number) => unknown) => {
    const times = Array.from({ length: short ? 5 : 15 }, (_, round) => {
      const view = trace.open();
      globalThis.gc?.();
      const from = performance.now();
      run(view, round);
      return performance.now() - from;
    });
    const value = Number(median(times).toPrecision(3));
    report({
      name: `${name}.${suffix}`,
      value,
      unit: 'ms',
      note: `${note}; first ${times[0].toPrecision(3)} ms`,
    });
  };
  measure('R2-open', 'the rows of the trace are made', () => assert.equal(trace.open().head.rowCount, spans));
  measure('R2-rows', `${screenful} rows from the middle`, view =>
    assert.equal(view.rows(spans / 2, screenful).count, screenful),
  );
  measure('R2-collapse', 'all collapsed, the first rows read', view => {
    view.expand(false, { all: true });
    assert.equal(view.rows(0, screenful).count, 1);
  });
  measure('R2-filter', 'one of five names, the first rows read', view => {
    assert.ok(view.filter('compute totals').head.matchCount > spans / 10);
    assert.equal(view.rows(0, screenful).count, screenful);
  });
  measure('R2-find', 'one of five names, from the middle', (view, round) =>
    assert.ok(view.find('compute totals', spans / 2 + round, false).matchCount > spans / 10),
  );
  const folded = trace.open();
  measure('R2-expand', 'all expanded after all collapsed, the first rows read', () => {
    folded.expand(false, { all: true });
    folded.expand(true, { all: true });
    assert.equal(folded.rows(0, screenful).count, screenful);
  });
}

async function measureTransport(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'spanline-bench-'));
  const path =
    process.platform === 'win32' ? `\\\\.\\pipe\\spanline-bench-${process.pid}` : join(folder, 's');
  const engine = fork(fileURLToPath(import.meta.url), [path]);
  try {
    await once(engine, 'message');
    const socket = createConnection(path);
    await once(socket, 'connect');
    const connection = connectionOver(socket);
    const packed = () => connection.sendRequest<RowWindow>('rows/packed', {});
    const json = () => connection.sendRequest<{ rows: RowObject[] }>('rows/json', {});
    verify(await packed(), (await json()).rows);
    const requests = 10;
    const [ours, baseline] = await interleave([
      repeat(requests, async () => sumOfColumns(await packed())),
      repeat(requests, async () => sumOfObjects((await json()).rows)),
    ]);
    const each = (times: readonly number[]) => Number((median(times) / requests).toPrecision(3));
    report({
      name: 'I1',
      value: each(ours),
      unit: 'ms',
      baseline: each(baseline),
      ratio: Math.round(ratioOfMinima(ours, baseline) * 10) / 10,
      note: `${packedRows} rows from request to read answer; baseline: the same rows as JSON objects`,
    });
    connection.dispose();
    socket.destroy();
  } finally {
    engine.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
}

function repeat(count: number, request: () => Promise<number>): Contender {
  return {
    run: async () => {
      for (let i = 0; i < count; i++) await request();
    },
  };
}

/** What both ways bring is the same, and is what was sent: rows in the order in which the spans were generated. */
function verify(packed: RowWindow, objects: readonly RowObject[]): void {
  assert.deepEqual(rowObjects(packed), objects);
  const { spanId } = readRowColumns(packed.columns);
  assert.equal(objects.length, packedRows);
  for (let row = 0; row < packedRows; row++) assert.equal(idHex(spanId, 2 * row, 2), spanIdAt(row));
  assert.equal(sumOfColumns(packed), sumOfObjects(objects));
}

/** The engine's end, in a process of its own until the parent goes away. Both answers are made before they are asked for. */
function serveRows(path: string): void {
  const packed = new StoredTrace(packedRows).open().rows(0, packedRows);
  const rows = rowObjects(packed);
  const server = createServer(socket => {
    const connection = connectionOver(socket);
    connection.onRequest('rows/packed', () => packed);
    connection.onRequest('rows/json', () => ({ rows }));
  });
  server.listen(path, () => process.send?.('listening'));
  process.on('disconnect', () => process.exit());
}

function connectionOver(socket: Socket): MessageConnection {
  const connection = createMessageConnection(new FrameReader(socket, longestFrame), new FrameWriter(socket));
  connection.listen();
  return connection;
}
