import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeTraces } from '../../../src/decode/otlp/writeProtobuf.ts';
import { Ingest } from '../../../src/engine/ingest.ts';
import type { Span } from '../../../src/model/span.ts';
import { Journal, JournalInUseError, type JournalOptions } from '../../../src/store/journal/journal.ts';
import { JournalLane } from '../../../src/store/journal/journalLane.ts';
import { replayFile } from '../../../src/store/journal/replayFile.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { TemporaryDirectories } from '../engine/temporary.ts';
import { resourceOf, span, spanId, traceId } from './testSpans.ts';

const budgetBytes = 1 << 20;
/** Of traces, at this budget: files go whole. */
const fileBytes = budgetBytes / 8;
const directories = new TemporaryDirectories();

/** A store with its journal. */
interface Kept {
  readonly store: TraceStore;
  readonly journal: Journal;
  readonly ingest: Ingest;
  readonly reports: string[];
}

async function open(directory: string, more: Partial<JournalOptions> = {}): Promise<Kept> {
  const store = new TraceStore({ budgetBytes });
  const reports: string[] = [];
  const journal = await Journal.open({
    directory,
    store,
    budgetBytes,
    claim: async () => async () => {},
    report: event => reports.push(event),
    retryMs: 20,
    ...more,
  });
  const log = { write: (line: string) => assert.fail(line) };
  return { store, journal, ingest: new Ingest(store, log, journal), reports };
}

/** A trace of ten spans of about 400 bytes. */
function trace(number: number): Span[] {
  return Array.from({ length: 10 }, (_, i) =>
    span(i, {
      traceId: traceId(number),
      start: number * 1000 + i,
      attributes: [{ key: 'padding', value: { stringValue: `${number} ${'x'.repeat(300)}` } }],
    }),
  );
}

function request(spans: readonly Span[]): Uint8Array {
  const scopeSpans = [{ scope: { name: 'test' }, spans, schemaUrl: 'https://example.test/scope' }];
  return writeTraces({
    resourceSpans: [{ resource: resourceOf('shop'), scopeSpans, schemaUrl: 'https://example.test/resource' }],
  });
}

async function send({ ingest }: Kept, spans: readonly Span[]): Promise<void> {
  const { kind } = await ingest.receive('traces', 'protobuf', request(spans));
  assert.equal(kind, 'accepted');
}

function sendLog({ ingest }: Kept, body: string): unknown {
  const logRecords = [
    { timeUnixNano: '5', body: { stringValue: body }, traceId: traceId(0), spanId: spanId(0) },
  ];
  const logs = { resourceLogs: [{ resource: resourceOf('shop'), scopeLogs: [{ logRecords }] }] };
  return ingest.receive('logs', 'json', Buffer.from(JSON.stringify(logs)));
}

/** Every span with its bytes and what it belongs to, in an order that does not depend on that of arrival. */
function contents(kept: Kept): string[] {
  return inOrder(kept).sort();
}

/** The same in the order of arrival. */
function inOrder({ store }: Kept): string[] {
  const spans: string[] = [];
  for (const segment of store.segments()) {
    for (let at = 0; at < segment.count; at++) {
      if (!segment.isLive(at)) continue;
      const { serviceName, schemaUrl } = store.resources.get(segment.resource[at]);
      const scope = store.scopes.get(segment.scope[at]);
      const bytes = Buffer.from(segment.bytes(at)).toString('base64');
      spans.push([serviceName, schemaUrl, scope.name, scope.schemaUrl, bytes].join(' '));
    }
  }
  return spans;
}

/** What the stored spans had on the wire. */
function wireBytes({ store }: Kept): number {
  let sum = 0;
  for (const segment of store.segments())
    for (let row = 0; row < segment.count; row++) if (segment.isLive(row)) sum += segment.bytes(row).length;
  return sum;
}

async function files(directory: string, kind = 'traces'): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter(name => name.startsWith(`${kind}-`))
    .sort()
    .map(name => join(directory, name));
}

async function bytesIn(directory: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(directory)) sum += (await stat(join(directory, name))).size;
  return sum;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

describe('journal', function () {
  this.timeout(60_000);
  let directory: string;

  beforeEach(async () => {
    directory = join(await directories.make(), 'journal');
  });
  afterEach(() => directories.remove());

  it('brings back what was acknowledged, byte for byte, when its process just ended', async () => {
    const before = await open(directory);
    for (let i = 0; i < 20; i++) await send(before, trace(i));
    await sendLog(before, 'hello');
    const metrics = {
      resourceMetrics: [
        {
          scopeMetrics: [
            { metrics: [{ name: 'requests', sum: { dataPoints: [{ timeUnixNano: '7', asInt: '3' }] } }] },
          ],
        },
      ],
    };
    await before.ingest.receive('metrics', 'json', Buffer.from(JSON.stringify(metrics)));

    const after = await open(directory);
    assert.equal(after.store.counters.spansStored, 200);
    assert.ok(contents(after).join() === contents(before).join());
    assert.deepEqual(after.store.logs.forSpan(traceId(0), spanId(0))[0].body, { stringValue: 'hello' });
    assert.deepEqual(
      after.store.metrics.latest().map(({ name, latest }) => [name, latest]),
      [['requests', { intValue: '3' }]],
    );
    assert.equal(after.journal.replayed.spans, 200);
    assert.equal(after.journal.replayed.points, 1);
    assert.match(after.reports.join(), /200 spans of 3 files replayed/);
  });

  it('acknowledges nothing before it is written, and writes what came together in one go', async () => {
    const kept = await open(directory);
    await send(kept, trace(0));
    const [file] = await files(directory);
    const { size } = statSync(file);
    const answers = [1, 2, 3].map(number =>
      kept.ingest.receive('traces', 'protobuf', request(trace(number))),
    );
    assert.equal(kept.store.counters.spansStored, 40, 'can be queried at once');
    assert.equal(statSync(file).size, size);
    await answers[0];
    assert.ok(statSync(file).size > size + 3 * 10 * 300, 'all three are written with the first');
    await Promise.all(answers);
    assert.deepEqual(kept.reports, [], 'the disk refused nothing');
  });

  it('writes nothing twice', async () => {
    const kept = await open(directory);
    await send(kept, trace(0));
    const bytes = kept.journal.status.bytes;
    await send(kept, trace(0));
    assert.equal(kept.journal.status.bytes, bytes);
    const again = await open(directory);
    await send(again, trace(0));
    await send(again, trace(1));
    assert.equal((await files(directory)).length, 1, 'goes on in the file of the earlier process');
    assert.equal((await open(directory)).store.counters.spansStored, 20);
  });

  it('keeps what is before a tail that was not written to the end, wherever it ends', async () => {
    const before = await open(directory);
    await send(before, trace(0));
    const [file] = await files(directory);
    const whole = (await readFile(file)).length;
    await send(before, trace(1));
    const bytes = await readFile(file);
    for (const length of [whole + 1, whole + 7, whole + 13, whole + 2000, bytes.length - 5]) {
      await writeFile(file, bytes.subarray(0, length));
      const after = await open(directory);
      assert.equal(after.store.counters.spansStored, 10, `${length} of ${bytes.length} bytes`);
      assert.match(after.reports.join('\n'), /last \d+ bytes of .* are damaged/);
      await send(after, trace(2));
      assert.equal(
        (await open(directory)).store.counters.spansStored,
        20,
        'the next request takes its place',
      );
    }
  });

  it('keeps what is before a damaged byte', async () => {
    const before = await open(directory);
    for (let i = 0; i < 3; i++) await send(before, trace(i));
    const [file] = await files(directory);
    const bytes = await readFile(file);
    const second = bytes.indexOf(Buffer.from(traceId(1), 'hex'));
    bytes[second + 1000] ^= 1;
    await writeFile(file, bytes);
    const after = await open(directory);
    assert.equal(after.store.counters.spansStored, 10);
    assert.match(after.reports.join('\n'), /the 1 requests before them were kept/);
  });

  it('leaves files that it cannot read where they are, and takes the others', async () => {
    const before = await open(directory);
    await send(before, trace(0));
    const [file] = await files(directory);
    const newer = await readFile(file);
    newer.writeUInt32LE(2, 8);
    await writeFile(file.replace('00000001', '00000002'), newer);
    await writeFile(file.replace('00000001', '00000003'), 'no journal');
    await truncate(file.replace('00000001', '00000003'), 3);
    const after = await open(directory);
    await send(after, trace(1));
    assert.equal(after.store.counters.spansStored, 20);
    assert.match(after.reports.join('\n'), /00000002.*its version is 2[\s\S]*00000003.*no journal file/);
    assert.equal((await files(directory)).length, 3);
  });

  it('holds what the store holds, in files that do not grow beyond it', async () => {
    let kept = await open(directory);
    for (let i = 0; i < 3000; i++) {
      await send(kept, trace(i));
      if (i % 500 !== 499) continue;
      const bytes = await bytesIn(directory);
      // The first file may hold hardly anything that is stored, the last one hardly anything, and one waits to be used again.
      assert.ok(bytes < 1.1 * wireBytes(kept) + 3 * fileBytes, `${bytes} bytes for ${wireBytes(kept)}`);
      // With so small a budget nothing is sealed, and as segments begin elsewhere, one of the oldest spans may be gone.
      const held = inOrder(kept);
      assert.ok(held.length > 500);
      const newer = held.slice(held.length / 4);
      kept = await open(directory);
      const replayed = new Set(contents(kept));
      assert.equal(newer.filter(each => !replayed.has(each)).length, 0, 'lost');
    }
  });

  it('brings back spans that evictions went past', async () => {
    const before = await open(directory);
    await send(before, trace(0));
    assert.ok(before.store.pin(before.store.traces.rowOf(traceId(0)), true));
    for (let i = 1; i < 1000; i++) await send(before, trace(i));
    assert.equal(before.store.traces.rowOf(traceId(1)), -1);
    assert.ok(!(await files(directory))[0].includes('00000001'), 'its first file is gone');
    const after = await open(directory);
    const row = after.store.traces.rowOf(traceId(0));
    assert.equal(after.store.traces.spanCount[row], 10);
  });

  it('brings back pins, and takes them back', async () => {
    const before = await open(directory);
    for (let i = 0; i < 3; i++) await send(before, trace(i));
    for (const i of [0, 2]) {
      before.store.pin(before.store.traces.rowOf(traceId(i)), true);
      await before.journal.savePins();
    }
    const after = await open(directory);
    const isPinned = (kept: Kept) =>
      [0, 1, 2].map(i => kept.store.traces.pinned[kept.store.traces.rowOf(traceId(i))]);
    assert.deepEqual(isPinned(after), [1, 0, 1]);
    for (let i = 3; i < 1000; i++) await send(after, trace(i));
    const later = await open(directory);
    assert.equal(later.store.traces.pinned[later.store.traces.rowOf(traceId(2))], 1);
    later.store.pin(later.store.traces.rowOf(traceId(2)), false);
    await later.journal.savePins();
    const last = await open(directory);
    assert.equal(last.store.traces.pinned[last.store.traces.rowOf(traceId(0))], 1);
    assert.equal(last.store.traces.pinned[last.store.traces.rowOf(traceId(2))], 0);
  });

  it('keeps logs as long as the store', async () => {
    const before = await open(directory);
    for (let i = 0; i < 2000; i++) await sendLog(before, `${i} ${'x'.repeat(200)}`);
    const bodies = (kept: Kept) =>
      kept.store.logs.forSpan(traceId(0), spanId(0)).map(({ body }) => JSON.stringify(body).slice(0, 25));
    const after = await open(directory);
    const replayed = new Set(bodies(after));
    assert.ok(bodies(before).length > 100);
    assert.deepEqual(
      bodies(before).filter(body => !replayed.has(body)),
      [],
    );
    assert.ok((await bytesIn(directory)) < budgetBytes / 2);
  });

  it('is erased with the store', async () => {
    const before = await open(directory);
    for (let i = 0; i < 1000; i++) await send(before, trace(i));
    const late = before.ingest.receive('traces', 'protobuf', request(trace(2000)));
    before.store.clear();
    before.journal.clear();
    await late;
    assert.equal(await bytesIn(directory), 0);
    await send(before, trace(3000));
    assert.equal((await open(directory)).store.counters.spansStored, 10);
  });

  it('goes on in memory where it cannot write, and catches up', async () => {
    await writeFile(directory, 'a file');
    const kept = await open(directory);
    for (let i = 0; i < 30; i++) await send(kept, trace(i));
    await sendLog(kept, 'hello');
    assert.match(JSON.stringify(kept.journal.status), /"degraded".*EEXIST/);
    assert.equal(kept.reports.filter(report => report.includes('in memory only')).length, 1, 'told once');
    await rm(directory);
    await until(() => kept.journal.status.state === 'on');
    assert.match(kept.reports.join('\n'), /is written again, with all that is stored/);
    await send(kept, trace(30));
    const after = await open(directory);
    assert.ok(contents(after).join() === contents(kept).join());
    assert.equal(after.store.logs.count, 1);
  });

  it('catches up with what came while it could not write, once each', async () => {
    const kept = await open(directory);
    for (let i = 0; i < 10; i++) await send(kept, trace(i));
    const first = (await files(directory))[0];
    const bytes = await readFile(first);
    // The directory goes away under it: the open file takes the rest unseen until a new one is needed.
    await rm(directory, { recursive: true });
    await writeFile(directory, 'a file');
    for (let i = 10; kept.journal.status.state === 'on'; i++) await send(kept, trace(i));
    await send(kept, trace(5000));
    await rm(directory);
    await until(() => kept.journal.status.state === 'on');
    const [second] = await files(directory);
    assert.ok(
      !(await readFile(second)).includes(Buffer.from(traceId(3), 'hex')),
      'not what was written before',
    );
    assert.ok((await readFile(second)).includes(Buffer.from(traceId(5000), 'hex')));
    await writeFile(first, bytes);
    assert.ok((await open(directory)).store.traces.rowOf(traceId(5000)) >= 0);
    for (let i = 6000; i < 7000; i++) await send(kept, trace(i));
    assert.equal(kept.journal.status.state, 'on', 'files that are gone can be given up');
  });

  it('leaves the files of another process alone', async () => {
    const owner = await open(directory);
    await send(owner, trace(0));
    const other = await open(directory, {
      claim: () => Promise.reject(new JournalInUseError('the engine at /x keeps its journal there')),
    });
    assert.equal(other.store.counters.spansStored, 0);
    await send(other, trace(1));
    other.store.clear();
    other.journal.clear();
    assert.match(other.journal.status.reason ?? '', /the engine at \/x/);
    assert.equal((await open(directory)).store.counters.spansStored, 10);
  });

  it('uses the space of a file again, and nothing of what was in it', async () => {
    await mkdir(directory);
    const lane = new JournalLane(directory, 'traces', 1000);
    for (let mark = 1; mark <= 20; mark++) {
      lane.write([Buffer.alloc(900, mark)], mark);
      lane.prune(mark - 1);
    }
    lane.write([Buffer.from('x'.repeat(100))], 21);
    assert.ok(lane.bytes < 5000);
    const last = lane.files.at(-1)!;
    assert.ok((await stat(last.path)).size > 900, 'was used before');
    const found: string[] = [];
    const replayed = await replayFile(last.path, ({ content }) => found.push(String(content)));
    assert.equal(found.length, 1);
    assert.equal(found[0], 'x'.repeat(100));
    assert.ok('lostBytes' in replayed && replayed.lostBytes === 0);
    lane.close();
  });
});
