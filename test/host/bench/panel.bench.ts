import { median, short } from '../../../bench/harness.ts';
import { Page } from '../harness/page.ts';
import { rowsWhen, run, runningApi, startAfresh } from '../support.ts';
import { report, send } from './measure.ts';

const rounds = short ? 3 : 7;
const frames = 240;
/** At 60 frames a second a frame has 16.7 ms; a late one takes the place of the next. */
const lateAfter = 17.5;
const rootName = 'POST /checkout';

describe('the panel of a large trace', () => {
  for (const spans of [10_000, 100_000]) {
    it(`R2: from the click to the first rows of ${spans} spans`, async function () {
      this.timeout(180_000);
      const { endpoint } = await runningApi();
      await startAfresh();
      await send(endpoint, { kind: 'trace', spans });
      const count = new Intl.NumberFormat('en').format(spans);
      await rowsWhen('Traces', 'the trace', rows =>
        rows.some(row => row.description.includes(`${count} spans`)),
      );
      await markClicks();
      const times: number[] = [];
      for (let opened = 0; opened < rounds; opened++) {
        times.push(await timeToRows());
        if (opened < rounds - 1) await run('workbench.action.closeAllEditors');
      }
      const suffix = `${spans / 1000}k`;
      await report({
        name: `R2-host.${suffix}`,
        value: Math.round(median(times)),
        unit: 'ms',
        note: `click on the tree to first rows; each: ${times.map(Math.round).join(' ')}`,
      });
      const late: number[] = [];
      for (let turn = 0; turn < rounds; turn++) late.push(await lateFrames());
      await report({
        name: `R1-host.${suffix}`,
        value: Math.min(...late),
        unit: `late of ${frames} frames`,
        note: `three rows a frame; all rounds: ${late.join(' ')}`,
      });
    });
  }
});

async function markClicks(): Promise<void> {
  await Page.own.evaluate('workbench', () => {
    addEventListener('click', () => performance.mark('click', { detail: Date.now() }), { capture: true });
  });
}

/** Opens the trace as a user does, and tells how long they waited, in milliseconds. */
async function timeToRows(): Promise<number> {
  await Page.own.click('workbench', `[role=treeitem]:has-text("${rootName}")`);
  const drawn = await Page.own.waitFor('panel', () => {
    const mark = performance.getEntriesByName('spanline.rows')[0];
    return mark && performance.timeOrigin + mark.startTime;
  });
  const clicked = await Page.own.evaluate('workbench', () => {
    const mark = performance.getEntriesByName('click').at(-1);
    return mark ? performance.timeOrigin + mark.startTime : Number.NaN;
  });
  return drawn - clicked;
}

/** Scrolls three rows a frame and counts the frames that came late. */
async function lateFrames(): Promise<number> {
  const intervals = await Page.own.evaluate(
    'panel',
    wanted =>
      new Promise<number[]>(resolve => {
        const viewport = document.querySelector('.viewport') as Element;
        viewport.scrollTop = 0;
        const intervals: number[] = [];
        let last = 0;
        const frame = (time: number) => {
          if (last > 0) intervals.push(time - last);
          last = time;
          viewport.scrollTop += 3 * 22;
          if (intervals.length < wanted) requestAnimationFrame(frame);
          else resolve(intervals);
        };
        setTimeout(() => requestAnimationFrame(frame), 300);
      }),
    frames,
  );
  return intervals.filter(interval => interval > lateAfter).length;
}
