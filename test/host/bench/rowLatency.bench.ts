import assert from 'node:assert/strict';
import { percentile, short } from '../../../bench/harness.ts';
import { Page } from '../harness/page.ts';
import { rowsWhen, runningApi, startAfresh } from '../support.ts';
import { report, send } from './measure.ts';

const seconds = short ? 5 : 15;
const tracesPerSecond = 20;
const spansPerTrace = 50;

describe('a row of the tree', () => {
  it('L-row: from the request of an exporter until it is drawn', async function () {
    this.timeout(120_000);
    const { endpoint } = await runningApi();
    await startAfresh();
    await watchRows((seconds + 5) * 1000);
    const { sent } = await send(endpoint, { kind: 'paced', seconds, tracesPerSecond, spansPerTrace });
    const last = `load ${sent.length - 1}`;
    await rowsWhen('Traces', 'the last trace', rows => rows.some(row => row.label === last));
    const drawn = await drawnRows();
    const latencies = sent.map((at, n) => {
      assert.ok(`load ${n}` in drawn, `load ${n} was never drawn`);
      return drawn[`load ${n}`] - at;
    });
    const [p50, p95, longest] = [0.5, 0.95, 1].map(share => Math.round(percentile(latencies, share)));
    const note = `${tracesPerSecond * spansPerTrace} spans/s in ${tracesPerSecond} traces/s, ${sent.length} rows`;
    await report({ name: 'L-row', value: p95, unit: 'ms', note: `p95; ${note}; longest ${longest}` });
    await report({ name: 'L-row.p50', value: p50, unit: 'ms', note });
  });
});

/** Looks in each frame for rows of the load, for `ms` milliseconds, and marks when it sees one for the first time. */
async function watchRows(ms: number): Promise<void> {
  await Page.own.evaluate(
    'workbench',
    duration => {
      const seen = new Set<string>();
      const end = performance.now() + duration;
      const look = () => {
        for (const label of document.querySelectorAll('.pane [role=treeitem] .label-name')) {
          const name = label.textContent ?? '';
          if (seen.has(name) || !name.startsWith('load ')) continue;
          seen.add(name);
          performance.mark(name, { detail: Date.now() });
        }
        if (performance.now() < end) requestAnimationFrame(look);
      };
      look();
    },
    ms,
  );
}

/** Name → milliseconds since 1970. */
function drawnRows(): Promise<{ [name: string]: number }> {
  return Page.own.evaluate('workbench', () =>
    Object.fromEntries(
      performance
        .getEntriesByType('mark')
        .filter(({ name }) => name.startsWith('load '))
        .map(mark => [mark.name, Number((mark as PerformanceMark).detail)]),
    ),
  );
}
