// R1 and R2: late frames while a trace of 100,000 spans is scrolled, and the time from opening it to its first rows.
import { generateSpans } from '../test/dom/support/generatedTrace.ts';
import { PanelBrowser, type PanelPage } from '../test/dom/support/panelPage.ts';
import { settled } from '../test/dom/support/rows.ts';
import { StoreHost } from '../test/dom/support/storeHost.ts';
import { median, report, reportMachine, short } from './harness.ts';

const frames = 240;
/** At 60 frames a second a frame has 16.7 ms; a late one takes the place of the next. */
const lateAfter = 17.5;
const rounds = short ? 3 : 5;

reportMachine();
const browser = await PanelBrowser.launch();
try {
  const spans = generateSpans(100_000);
  const opening: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const panel = await browser.open(new StoreHost(spans).handlers);
    opening.push(await timeToRows(panel));
    if (round === rounds - 1) await measureScrolling(panel);
    await panel.close();
  }
  report({
    name: 'R2',
    value: median(opening),
    unit: 'ms',
    note: 'page start to first rows, rows made in the test process',
  });
} finally {
  await browser.close();
}

async function measureScrolling(panel: PanelPage): Promise<void> {
  const devtools = await panel.page.context().newCDPSession(panel.page);
  for (const [name, rate] of [
    ['R1', 1],
    ['R1.throttled', 4],
  ] as const) {
    await devtools.send('Emulation.setCPUThrottlingRate', { rate });
    const late: number[] = [];
    for (let round = 0; round < rounds; round++) late.push(await lateFrames(panel, 3 * 22));
    report({
      name,
      value: Math.min(...late),
      unit: `late of ${frames} frames`,
      note: `three rows a frame, CPU ×1/${rate}; all rounds: ${late.join(' ')}`,
    });
  }
}

/** Scrolls `step` pixels a frame and counts the frames that came late. */
async function lateFrames(panel: PanelPage, step: number): Promise<number> {
  await panel.page.locator('.viewport').evaluate(viewport => {
    viewport.scrollTop = 0;
  });
  await settled(panel);
  const intervals = await panel.page.evaluate(
    ({ step, frames }) =>
      new Promise<number[]>(resolve => {
        const viewport = document.querySelector('.viewport') as Element;
        const intervals: number[] = [];
        let last = 0;
        const frame = (time: number) => {
          if (last > 0) intervals.push(time - last);
          last = time;
          viewport.scrollTop += step;
          if (intervals.length < frames) requestAnimationFrame(frame);
          else resolve(intervals);
        };
        requestAnimationFrame(frame);
      }),
    { step, frames },
  );
  return intervals.filter(interval => interval > lateAfter).length;
}

/** Milliseconds from the start of the page to the frame in which its first rows are there. */
async function timeToRows({ page }: PanelPage): Promise<number> {
  const shown = await page.waitForFunction(
    () => document.querySelector('.row.active') !== null && performance.now(),
    undefined,
    { polling: 'raf' },
  );
  return Number(await shown.jsonValue());
}
