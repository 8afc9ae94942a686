import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { short } from '../../../bench/harness.ts';
import { type EventLoopDelay, eventLoopDelay } from '../../../bench/support/eventLoopDelay.ts';
import { rowsWhen, runningApi, startAfresh } from '../support.ts';
import { report, send, start } from './measure.ts';

const seconds = short ? 5 : 10;
/** Before the measurement begins under load. */
const warmupSeconds = 2;

describe('the event loop of the extension host', () => {
  it('H1: how late it is while the engine receives at full speed', async function () {
    this.timeout(120_000);
    const { endpoint } = await runningApi();
    await startAfresh();
    await sleep(2000);
    const bystander = start('bystander');
    const idle = await delays(bystander);
    const sending = send(endpoint, { kind: 'flood', seconds: warmupSeconds + seconds, connections: 8 });
    await sleep(warmupSeconds * 1000);
    const loaded = await delays(bystander);
    const { spans } = await sending;
    bystander.disconnect();
    await rowsWhen('Traces', 'the traces of the load', rows => rows.length > 0);
    const speed = Math.round(spans / (warmupSeconds + seconds) / 1000);
    await report({
      name: 'H1',
      value: loaded.own.p99,
      unit: 'ms',
      baseline: idle.own.p99,
      note: `p99 at ${speed},000 spans/s, the traces in view; baseline: idle; longest ${loaded.own.longest}, idle ${idle.own.longest}`,
    });
    await report({
      name: 'H1-beside',
      value: loaded.own.p99,
      unit: 'ms',
      baseline: loaded.bystander.p99,
      note: `baseline: a process that does nothing, at the same time; idle it has ${idle.bystander.p99}`,
    });
    await startAfresh();
  });
});

/** Of this process, and of one that has nothing to do with it, at the same time. */
async function delays(process: ChildProcess): Promise<{ own: EventLoopDelay; bystander: EventLoopDelay }> {
  process.send(seconds * 1000);
  const [own, [bystander]] = await Promise.all([eventLoopDelay(seconds * 1000), once(process, 'message')]);
  return { own, bystander };
}
