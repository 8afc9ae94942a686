import { median, short } from '../../../bench/harness.ts';
import { extensionId } from '../../../src/workbench/names.ts';
import { Page } from '../harness/page.ts';
import { runningApi } from '../support.ts';
import { report, round } from './measure.ts';

const windows = short ? 2 : 5;

describe('activation', () => {
  it('H2: what the extension takes of the start of a window', async function () {
    this.timeout(180_000);
    await runningApi();
    const [{ duration }] = performance.getEntriesByName('spanline.activate');
    await report({
      name: 'H2',
      value: round(duration),
      unit: 'ms',
      note: 'activate, in the first window',
    });
    const counted: number[] = [];
    for (let opened = 0; opened < windows; opened++) {
      const page = await Page.open();
      counted.push(await activationShown(page));
      await page.close();
    }
    await report({
      name: 'H2-load',
      value: median(counted),
      unit: 'ms',
      note: `loading the code and activate, as VS Code counts it; windows: ${counted.join(' ')}`,
    });
  });
});

/** Milliseconds that VS Code shows in its list of running extensions. */
async function activationShown(page: Page): Promise<number> {
  await page.press('F1');
  await page.waitFor('workbench', () =>
    document.querySelector('.quick-input-widget input')?.checkVisibility(),
  );
  await page.type('Developer: Show Running Extensions');
  await page.waitFor('workbench', () =>
    document
      .querySelector('.quick-input-widget .monaco-list-row')
      ?.textContent?.includes('Show Running Extensions'),
  );
  await page.press('Enter');
  return page.waitFor(
    'workbench',
    id => {
      const rows = [...document.querySelectorAll('.runtime-extensions-editor .extension')];
      const row = rows.find(each => each.querySelector('.name')?.textContent === id);
      return Number(/(\d+)\s*ms/.exec(row?.textContent ?? '')?.[1]);
    },
    extensionId,
  );
}
