import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { fileOfTraces, tracesOfFile } from './support/fileOfTraces.ts';
import { generateSpans, spanIdAt } from './support/generatedTrace.ts';
import type { PanelPage } from './support/panelPage.ts';
import { panelTests } from './support/panelTests.ts';
import { StoreHost } from './support/storeHost.ts';
import { type ThemeName, themes } from './support/themes.ts';

/** What is left of a window of 1280 × 1024 at 200 % and at 400 % (WCAG 2.2, 1.4.10), and a narrow column of the editor. */
const sizes = [
  { width: 640, height: 512 },
  { width: 320, height: 256 },
  { width: 300, height: 700 },
];

describe('reflow', function () {
  this.timeout(60_000);
  let panel: PanelPage;
  const { open, openFile } = panelTests(opened => {
    panel = opened;
  });

  for (const viewport of sizes) {
    const size = `${viewport.width} × ${viewport.height}`;
    for (const theme of Object.keys(themes) as ThemeName[])
      it(`shows all of a trace at ${size} in ${theme}, by scrolling one way`, async () => {
        await open(new StoreHost(generateSpans(100)), { viewport, theme });
        await panel.page.locator(`#span-${spanIdAt(0)}`).click();
        await panel.page.getByText('src/checkout.ts:42').waitFor();
        panel.host.notify('engine/lost', {});
        await panel.page.getByText('The receiver is not answering').waitFor();
        await screenshot(`trace-${viewport.width}-${theme}`);
        assert.deepEqual(await outOfReach(), []);
        assert.ok(((await panel.page.locator('.grid-body').boundingBox())?.height ?? 0) >= 66, 'three rows');
      });

    it(`shows all of a file's traces at ${size}`, async () => {
      await openFile(fileOfTraces(new StoreHost(generateSpans(5))), { viewport });
      await screenshot(`file-${viewport.width}`);
      assert.deepEqual(await outOfReach(), []);
      for (const shown of ['.file-trace-number >> nth=0', '.file-trace-number >> nth=1', '.file-trace-start'])
        assert.ok(await isWhole(shown), `${shown} is cut off`);
      assert.match(
        (await panel.page.locator('.file-trace-start').first().innerText()) ?? '',
        /\d\d:\d\d:09\.123/,
      );
      assert.equal(await panel.page.locator('.file-trace').count(), tracesOfFile.length);
    });
  }

  it('lays what passes over the page: no row moves when it comes and goes', async () => {
    await open(new StoreHost(generateSpans(100)));
    const row = panel.page.locator(`#span-${spanIdAt(7)}`);
    const before = await row.boundingBox();
    panel.host.notify('engine/lost', {});
    const notice = panel.page.getByText('The receiver is not answering');
    await notice.waitFor();
    assert.deepEqual(await row.boundingBox(), before);
    const box = await notice.boundingBox();
    assert.ok(box && before && box.y + box.height < before.y, 'it covers no row');
    panel.host.notify('engine/restarted', {});
    await notice.waitFor({ state: 'detached' });
    assert.deepEqual(await row.boundingBox(), before);
  });

  async function screenshot(name: string): Promise<void> {
    await panel.page.screenshot({ path: `out/screenshots/reflow-${name}.png` });
  }

  /** Whether the text of an element has all the room it needs. */
  function isWhole(selector: string): Promise<boolean> {
    return panel.page
      .locator(selector)
      .first()
      .evaluate(element => element.scrollWidth <= element.clientWidth && element.getClientRects().length > 0);
  }

  /** Controls that cannot be brought into the window without scrolling sideways. */
  function outOfReach(): Promise<string[]> {
    return panel.page.evaluate(() => {
      const missed: string[] = [];
      if (document.documentElement.scrollWidth > innerWidth) missed.push('the page is wider than the window');
      for (const scroller of document.querySelectorAll('#root, .details, .file-traces'))
        if (scroller.scrollWidth > scroller.clientWidth)
          missed.push(`${scroller.className} scrolls sideways`);
      for (const control of document.querySelectorAll(
        'button, vscode-button, vscode-text-field, .grid, .row.active',
      )) {
        control.scrollIntoView({ block: 'nearest' });
        const { left, right, top, bottom, width } = control.getBoundingClientRect();
        const inside = left >= -1 && right <= innerWidth + 1 && top >= -1 && bottom <= innerHeight + 1;
        if (width > 0 && !inside)
          missed.push(control.getAttribute('aria-label') ?? control.textContent ?? control.className);
      }
      document.querySelector('#root')?.scrollTo(0, 0);
      return missed;
    });
  }
});
