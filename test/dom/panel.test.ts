import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PanelState } from '../../src/protocol/panel.ts';
import {
  descendantsOf,
  type GeneratedSpan,
  generateSpans,
  spanIdAt,
  traceId,
  withAncestors,
} from './support/generatedTrace.ts';
import type { PanelPage } from './support/panelPage.ts';
import { panelTests } from './support/panelTests.ts';
import { grid, rendered, scrollTo, settled } from './support/rows.ts';
import { candidate, StoreHost } from './support/storeHost.ts';
import { type ThemeName, themes } from './support/themes.ts';

describe('trace panel', function () {
  this.timeout(60_000);
  let panel: PanelPage;
  const { open, openPage } = panelTests(opened => {
    panel = opened;
  });

  const waitForActive = (index: number) => panel.page.locator(`#span-${spanIdAt(index)}.active`).waitFor();

  const liveRegion = () => panel.page.locator('.spoken-only[role=status]');
  const spoken = (text: string) => liveRegion().filter({ hasText: text }).waitFor({ state: 'attached' });

  describe('finding and filtering', () => {
    it('goes from match to match, in folded rows too, and says how many there are', async () => {
      const host = new StoreHost(generateSpans(2000));
      const matches = host.spans.flatMap(({ span }, at) => (span.name === 'compute totals' ? [at] : []));
      await open(host);
      await panel.page.getByTitle('Collapse all').click();
      await panel.page.locator('.row.collapsed').waitFor();
      await panel.page.keyboard.press('Control+f');
      await panel.page.keyboard.type('comp total');
      await waitForActive(matches[0]);
      assert.equal(
        await panel.page.locator('.toolbar .count').first().textContent(),
        `1 of ${matches.length}`,
      );
      await panel.page.keyboard.press('Enter');
      await waitForActive(matches[1]);
      await panel.page.keyboard.press('F3');
      await waitForActive(matches[2]);
      await panel.page.keyboard.press('Shift+F3');
      await waitForActive(matches[1]);
      await panel.page.keyboard.press('Escape');
      assert.ok(await grid(panel).evaluate(element => element === document.activeElement));
    });

    it('says when there is no match', async () => {
      await open(new StoreHost(generateSpans(50)));
      await panel.page.keyboard.press('Control+f');
      await panel.page.keyboard.type('nowhere');
      await panel.page.locator('.count', { hasText: 'No results' }).waitFor();
      await spoken('No results');
    });

    it('tells a screen reader at once what was found, and tells it again when it is the same', async () => {
      const host = new StoreHost(generateSpans(300));
      const matches = host.spans.filter(({ span }) => span.name.startsWith('SELECT')).length;
      await open(host);
      await panel.page.getByRole('textbox', { name: 'Find in trace' }).fill('nowhere');
      await spoken('No results');
      await panel.page.getByRole('textbox', { name: 'Filter spans' }).fill('SELECT');
      await spoken(`${matches} found`);
      const copy = panel.page.getByRole('button', { name: 'Copy value: Trace id' });
      await copy.click();
      await spoken('Copied');
      const changes = await liveRegion().evaluate(
        region =>
          new Promise<number>(resolve => {
            new MutationObserver(records => resolve(records.length)).observe(region, {
              characterData: true,
              childList: true,
              subtree: true,
            });
            document.querySelector<HTMLElement>('[aria-label="Copy value: Trace id"]')?.click();
          }),
      );
      assert.ok(changes > 0);
      await spoken('Copied');
    });

    it('shows only matches with their ancestors, marks the matches, and keeps the selection in sight', async () => {
      const host = new StoreHost(generateSpans(300));
      await open(host);
      const isMatch = ({ span }: GeneratedSpan) => span.name.startsWith('SELECT');
      const kept = withAncestors(host.spans, isMatch);
      const chosen = host.spans.findIndex((span, at) => at > 3 && isMatch(span));
      await panel.page.getByRole('textbox', { name: 'Filter spans' }).fill('SELECT');
      await panel.page.locator('.row.match').first().waitFor();
      await settled(panel);
      const rows = await rendered(panel);
      rows.forEach((row, at) => {
        assert.equal(row.id, `span-${spanIdAt(kept[at])}`);
      });
      assert.equal(await grid(panel).getAttribute('aria-rowcount'), String(kept.length + 1));
      await panel.page.locator(`#span-${spanIdAt(chosen)}`).click();
      await waitForActive(chosen);
      await panel.page.getByRole('textbox', { name: 'Filter spans' }).fill('');
      await panel.page.locator('.grid[aria-rowcount="301"]').waitFor();
      await waitForActive(chosen);
    });

    it('offers to clear a filter that nothing matches', async () => {
      await open(new StoreHost(generateSpans(50)));
      await panel.page.getByRole('textbox', { name: 'Filter spans' }).fill('nowhere');
      await panel.page.getByRole('heading', { name: 'No span matches “nowhere”.' }).waitFor();
      await panel.page.getByRole('button', { name: 'Clear filter' }).click();
      await panel.page.locator('.grid[aria-rowcount="51"]').waitFor();
    });
  });

  describe('details', () => {
    it('shows the selected span with its typed attributes, events, logs, resource and scope', async () => {
      const host = new StoreHost(generateSpans(100));
      await open(host);
      await panel.page.locator(`#span-${spanIdAt(24)}`).click();
      const details = panel.page.getByRole('complementary', { name: 'Span details' });
      await details.getByText(spanIdAt(24), { exact: true }).waitFor();
      const attributes = details.getByRole('table', { name: 'Attributes' });
      const keys = await attributes.getByRole('rowheader').allTextContents();
      assert.deepEqual(keys, keys.toSorted());
      assert.equal(await attributes.getByTitle('int', { exact: true }).textContent(), '200');
      assert.equal(await attributes.getByTitle('array', { exact: true }).textContent(), '["a",2]');
      assert.equal(await details.locator('.status').textContent(), 'error');
      assert.match((await details.locator('.stack').first().textContent()) ?? '', /charge\.ts:31:11/);
      assert.equal(await details.getByText('<b>could not charge</b>').count(), 1, 'received text stays text');
      for (const title of ['Span', 'Source', 'Attributes', 'Events', 'Logs', 'Resource', 'Scope'])
        assert.equal(
          await details.getByRole('heading', { level: 3, name: new RegExp(`^${title}`) }).count(),
          1,
        );
    });

    it('cuts long values until all of it is asked for', async () => {
      await open(new StoreHost(generateSpans(10)));
      const more = panel.page.getByRole('button', { name: 'Show all 1,012 characters' });
      await more.click();
      const value = panel.page.locator('.attributes tr', { hasText: 'db.query.text' }).locator('.long-text');
      assert.equal((await value.textContent())?.length, 1012);
    });

    it('draws the first of very many attributes and events until all of them are asked for', async () => {
      const [root, ...others] = generateSpans(10);
      const attributes = Array.from({ length: 400 }, (_, at) => ({
        key: `k${at}`,
        value: { intValue: `${at}` },
      }));
      const events = attributes.map(({ key }) => ({ timeUnixNano: root.span.startTimeUnixNano, name: key }));
      await open(new StoreHost([{ ...root, span: { ...root.span, attributes, events } }, ...others]));
      const shown = async (section: string, items: string) => {
        const body = panel.page.locator(`#section-${section}`);
        const before = await body.locator(items).count();
        await body.getByRole('button', { name: 'Show all 400' }).focus();
        await panel.page.keyboard.press('Enter');
        await body.getByRole('button', { name: 'Show less' }).waitFor();
        const after = await body.locator(items).count();
        await panel.page.keyboard.press('Enter');
        await body.getByRole('button', { name: 'Show all 400' }).waitFor();
        return [before, after, await body.locator(items).count()];
      };
      await panel.page.locator('#section-attributes').waitFor();
      assert.deepEqual(await shown('attributes', 'tr'), [150, 400, 150]);
      assert.deepEqual(await shown('events', 'li'), [150, 400, 150]);
    });

    it('stands below the waterfall where both side by side are too narrow', async () => {
      await open(new StoreHost(generateSpans(100)), { viewport: { width: 320, height: 700 } });
      const boxes = async () => {
        const waterfall = await panel.page.locator('.waterfall').boundingBox();
        const details = await panel.page.locator('aside.details').boundingBox();
        assert.ok(waterfall && details);
        return { waterfall, details };
      };
      const narrow = await boxes();
      assert.equal(narrow.waterfall.width, 320);
      assert.equal(narrow.details.width, 320);
      assert.equal(narrow.details.y, narrow.waterfall.y + narrow.waterfall.height);
      assert.ok(narrow.waterfall.height > 100);
      await panel.page.setViewportSize({ width: 900, height: 700 });
      await panel.page.getByRole('separator', { name: 'Width of the details' }).waitFor();
      const wide = await boxes();
      assert.equal(wide.details.y, wide.waterfall.y);
    });

    it('says that a span has no name, or no end', async () => {
      const [root, first, ...others] = generateSpans(10);
      const nameless = { ...root, span: { ...root.span, name: ' ' } };
      const endless = { ...first, span: { ...first.span, endTimeUnixNano: '0' } };
      await open(new StoreHost([nameless, endless, ...others]));
      const rootRow = panel.page.locator(`#span-${spanIdAt(0)}`);
      assert.equal(await rootRow.locator('.span-name').textContent(), '(no name)');
      assert.match((await rootRow.getAttribute('aria-label')) ?? '', /^\(no name\), gateway/);
      assert.equal(await panel.page.locator('.title-name').textContent(), '(no name)');
      await panel.page.locator('aside.details h2', { hasText: '(no name)' }).waitFor();
      const label = panel.page.locator(`#span-${spanIdAt(1)} .bar-label`);
      assert.equal(await label.textContent(), 'not ended');
    });

    it('copies values and pairs, and filters by a value', async () => {
      const host = new StoreHost(generateSpans(10));
      await open(host);
      await panel.page.getByRole('button', { name: 'Copy value: url.path' }).click();
      await panel.page.getByRole('button', { name: 'Copy key=value: url.path' }).click();
      await panel.page.getByRole('button', { name: 'Filter by this: url.path' }).click();
      await panel.page.locator('.grid[aria-rowcount="2"]').waitFor();
      assert.equal((await rendered(panel))[0].id, `span-${spanIdAt(0)}`);
      assert.deepEqual(host.done, [
        ['clipboard/write', { text: '/orders/0' }],
        ['clipboard/write', { text: 'url.path=/orders/0' }],
      ]);
    });

    it('leads to the source by the line shown and by F12', async () => {
      const host = new StoreHost(generateSpans(10));
      await open(host);
      await panel.page.getByRole('button', { name: 'src/checkout.ts:42', exact: true }).click();
      await grid(panel).focus();
      await panel.page.keyboard.press('ArrowDown');
      await panel.page.keyboard.press('F12');
      await waitForActive(1);
      assert.deepEqual(host.done, [
        ['source/openCandidate', { candidate, beside: false }],
        ['source/open', { traceId, spanId: spanIdAt(1), beside: false }],
      ]);
    });

    it('folds its sections, closes, and opens again by Enter', async () => {
      await open(new StoreHost(generateSpans(10)));
      const section = panel.page.getByRole('button', { name: 'Attributes 6' });
      await section.click();
      assert.equal(await section.getAttribute('aria-expanded'), 'false');
      assert.equal(await panel.page.getByRole('table', { name: 'Attributes' }).count(), 0);
      await panel.page.getByRole('button', { name: 'Close' }).click();
      assert.equal(await panel.page.getByRole('complementary').count(), 0);
      await grid(panel).focus();
      await panel.page.keyboard.press('Enter');
      await panel.page.getByRole('complementary').waitFor();
    });
  });

  describe('time', () => {
    it('zooms by keys around the middle, back to all by 0, and pans', async () => {
      await open(new StoreHost(generateSpans(100)));
      await grid(panel).focus();
      await panel.page.keyboard.press('+');
      await panel.page.keyboard.press('Shift+ArrowRight');
      await panel.page.locator('.minimap-window.zoomed').waitFor();
      const zoomed = await waitForState(panel, state => state.zoom !== undefined);
      assert.deepEqual(zoomed.zoom, { start: 369e6, end: 984e6 });
      await panel.page.keyboard.press('0');
      await waitForState(panel, state => state.zoom === undefined);
    });

    it('zooms to what is swept on the axis and to a span by a double click', async () => {
      const host = new StoreHost(generateSpans(100));
      await open(host);
      const axis = await panel.page.locator('.axis').boundingBox();
      assert.ok(axis);
      const y = axis.y + 10;
      await panel.page.mouse.move(axis.x + 8 + (axis.width - 16) / 4, y);
      await panel.page.mouse.down();
      await panel.page.mouse.move(axis.x + 8 + (axis.width - 16) / 2, y, { steps: 4 });
      await panel.page.mouse.up();
      const swept = await waitForState(panel, state => state.zoom !== undefined);
      assert.ok(swept.zoom && Math.abs(swept.zoom.start - 0.3075e9) < 4e6, JSON.stringify(swept.zoom));
      assert.ok(Math.abs(swept.zoom.end - 0.615e9) < 4e6);
      await panel.page.keyboard.press('0');
      const { start, duration } = host.spans[1];
      await panel.page.locator(`#span-${spanIdAt(1)} .timeline-cell`).dblclick();
      const fitted = await waitForState(
        panel,
        state => state.zoom !== undefined && state.zoom.start !== swept.zoom?.start,
      );
      assert.ok(fitted.zoom && fitted.zoom.start <= start && fitted.zoom.end >= start + duration);
      assert.ok(fitted.zoom.end - fitted.zoom.start < 1.2 * duration);
    });

    it('zooms at the pointer by Ctrl and the wheel, and scrolls by the wheel alone', async () => {
      await open(new StoreHost(generateSpans(1000)));
      const axis = await panel.page.locator('.axis').boundingBox();
      assert.ok(axis);
      await panel.page.mouse.move(axis.x + 8, axis.y + 100);
      await panel.page.keyboard.down('Control');
      await panel.page.mouse.wheel(0, -400);
      await panel.page.keyboard.up('Control');
      const { zoom } = await waitForState(panel, state => state.zoom !== undefined);
      assert.ok(zoom && zoom.start < 5e6 && zoom.end < 1.2e9, JSON.stringify(zoom));
      await panel.page.mouse.wheel(0, 2200);
      await panel.page.locator(`#span-${spanIdAt(100)}`).waitFor();
    });
  });

  describe('life', () => {
    it('grows without moving what is on the screen', async () => {
      // The later half of the spans belongs above, between and below the rows of the earlier.
      const spans = generateSpans(5000);
      const late = new Set(spans.map((_, index) => index).filter(index => index > 0 && index % 5 === 3));
      const leaves = descendantsOf(spans);
      const first = spans.filter((_, index) => !late.has(index) || leaves[index] > 0);
      const host = new StoreHost([...first, ...spans.filter(span => !first.includes(span))], first.length);
      await open(host);
      await scrollTo(panel, 22 * 700 + 7);
      const before = await firstVisible(panel);
      host.receive(5000);
      host.tellChanges(panel);
      await panel.page.locator('.grid[aria-rowcount="5001"]').waitFor();
      await settled(panel);
      assert.deepEqual(await firstVisible(panel), before);
      const index = Number.parseInt(before.id.replace('span-', ''), 16) - 1;
      assert.ok(index > 700, 'rows came in above');
    });

    it('says that the trace is in pieces as long as it is, and leaves the keyboard in the grid', async () => {
      const host = new StoreHost(generateSpans(20));
      await open(host);
      const banner = panel.page.locator('.banner');
      assert.equal(await banner.count(), 0);
      const piece = { kind: 'parentElsewhere', traceId: 'fe'.repeat(16), hasDatadog: false } as const;
      panel.host.notify('panel/breaks', { breaks: [piece] });
      await panel.page.getByRole('status').filter({ hasText: 'fefefefe' }).waitFor();
      const button = banner.getByRole('button');
      await button.focus();
      await panel.page.keyboard.press('Enter');
      panel.host.notify('panel/breaks', { breaks: [] });
      await banner.waitFor({ state: 'detached' });
      assert.deepEqual(host.done, [['trace/open', { traceId: piece.traceId }]]);
      assert.ok(await grid(panel).evaluate(element => element === document.activeElement));
    });

    it('says that the engine is lost, and opens the trace as it was when it is back', async () => {
      const host = new StoreHost(generateSpans(300));
      await open(host);
      await panel.page.getByTitle('Collapse all').click();
      await panel.page.locator('.row.collapsed').waitFor();
      panel.host.notify('engine/lost', {});
      await panel.page.getByText('The receiver is not answering').waitFor();
      host.restart();
      panel.host.notify('engine/restarted', {});
      await panel.page.getByText('The receiver is not answering').waitFor({ state: 'detached' });
      await settled(panel);
      assert.equal(await grid(panel).getAttribute('aria-rowcount'), '2');
    });

    it('opens a view again that the engine has forgotten', async () => {
      const host = new StoreHost(generateSpans(300));
      await open(host);
      host.restart();
      await panel.page.getByTitle('Collapse all').click();
      await panel.page.locator('.row.collapsed').waitFor();
    });

    it('says that a trace is not in the store', async () => {
      const host = new StoreHost(generateSpans(10));
      host.shownTraceId = 'ffffffffffffffffffffffffffffffff';
      await openPage(host.handlers);
      await panel.page.getByRole('heading', { name: 'This trace is not in the store' }).waitFor();
    });

    it('says when a trace was dropped that is gone already', async () => {
      const host = new StoreHost(generateSpans(10));
      const traceId = 'ffffffffffffffffffffffffffffffff';
      const dropped = { timeUnixNano: '1700000000000000000', reason: 'oldest' } as const;
      await openPage({
        ...host.handlers,
        'panel/hello': () => ({ traceId, summary: null, dropped }),
      });
      const text = await panel.page.getByText('when the store reached its budget').textContent();
      assert.match(text ?? '', /^It was dropped at .*\d\d:\d\d:\d\d when/);
    });

    it('says that a trace was dropped, and keeps its rows', async () => {
      const host = new StoreHost(generateSpans(100));
      await open(host);
      host.drop();
      host.tellChanges(panel);
      await panel.page.getByText('This trace was dropped').waitFor();
      assert.ok((await rendered(panel)).length > 10);
    });

    it('says why a request failed', async () => {
      const host = new StoreHost(generateSpans(10), 5);
      const handlers = host.handlers;
      await openPage({
        ...handlers,
        'trace/pin': () => {
          throw new Error('the pinned traces fill half of the budget');
        },
      });
      await panel.page.locator('.row.active').waitFor();
      const reason = panel.page.getByText('the pinned traces fill half of the budget');
      await panel.page.getByTitle('Pin: keep this trace').click();
      await reason.waitFor();
      // What is read anew beside it takes the reason from nobody.
      host.receive(10);
      host.tellChanges(panel);
      await panel.page.locator('.grid[aria-rowcount="11"]').waitFor();
      await settled(panel);
      assert.equal(await reason.count(), 1);
      await panel.page.locator(`#span-${spanIdAt(3)}`).click();
      await reason.waitFor({ state: 'detached' });
    });

    it('comes back as it was left', async () => {
      const host = new StoreHost(generateSpans(500));
      const state: PanelState = {
        version: 1,
        traceId,
        intent: { collapsed: [], filter: '' },
        selectedSpanId: spanIdAt(400),
        zoom: { start: 1e8, end: 9e8 },
        nameColumnWidth: 300,
        detailsOpen: false,
      };
      await open(host, { state });
      await waitForActive(400);
      assert.equal(await panel.page.getByRole('complementary').count(), 0);
      assert.equal(
        await panel.page
          .getByRole('separator', { name: 'Width of the span column' })
          .getAttribute('aria-valuenow'),
        '300',
      );
      const kept = await waitForState(panel, () => true);
      assert.deepEqual(kept.zoom, state.zoom);
      assert.equal(kept.selectedSpanId, state.selectedSpanId);
    });

    it('shows the span that it was opened for', async () => {
      const host = new StoreHost(generateSpans(500));
      host.revealSpanId = spanIdAt(333);
      await open(host);
      await waitForActive(333);
      panel.host.notify('panel/revealSpan', { spanId: spanIdAt(5) });
      await waitForActive(5);
    });

    it('obeys commands of the host', async () => {
      const host = new StoreHost(generateSpans(100));
      await open(host);
      panel.host.notify('panel/command', { command: 'toggleCriticalPath' });
      await panel.page.locator('.critical-section').first().waitFor();
      panel.host.notify('panel/command', { command: 'find' });
      await panel.page.locator('.search-box:focus-within').first().waitFor();
      await panel.page.keyboard.type('x');
      assert.equal(await panel.page.getByRole('textbox', { name: 'Find in trace' }).inputValue(), 'x');
    });

    it('leaves to the editor only the keys that mean nothing here, so that none counts twice', async () => {
      await open(new StoreHost(generateSpans(100)));
      await grid(panel).focus();
      for (const key of ['ArrowDown', 'F3', 'F12', 'Control+f', 'F1']) await panel.page.keyboard.press(key);
      for (let waited = 0; waited < 100 && !panel.keysForEditor.includes('F1'); waited++)
        await panel.page.waitForTimeout(20);
      assert.deepEqual(panel.keysForEditor, ['Control', 'F1']);
    });

    it('moves its splitters by keys', async () => {
      await open(new StoreHost(generateSpans(10)));
      const splitter = panel.page.getByRole('separator', { name: 'Width of the span column' });
      const width = async () => Number(await splitter.getAttribute('aria-valuenow'));
      const before = await width();
      await splitter.focus();
      await panel.page.keyboard.press('ArrowRight');
      assert.equal(await width(), before + 16);
      const cell = await panel.page.locator('.row.active .name-cell').boundingBox();
      assert.equal(cell?.width, before + 16);
    });
  });

  describe('themes', () => {
    for (const theme of Object.keys(themes) as ThemeName[])
      it(`is drawn in ${theme}: texts can be read on what they stand on`, async () => {
        await open(new StoreHost(generateSpans(300)), { theme });
        await panel.page.getByText('src/checkout.ts:42').waitFor();
        await panel.page.screenshot({ path: `out/screenshots/trace-${theme}.png` });
        const contrasts = await panel.page.evaluate(contrastOf, [
          '.title',
          '.row.active .span-name',
          '.row:not(.active) .span-name',
          '.tick-label',
          '.details h2',
          '.field dd',
        ]);
        for (const [selector, contrast] of contrasts)
          assert.ok(contrast >= 4.5, `${selector} has a contrast of ${contrast.toFixed(1)}`);
      });
  });
});

async function waitForState(panel: PanelPage, isMeant: (state: PanelState) => boolean): Promise<PanelState> {
  for (let waited = 0; waited < 200; waited++) {
    const state = panel.state();
    if (state && isMeant(state)) return state;
    await panel.page.waitForTimeout(50);
  }
  throw new assert.AssertionError({ message: `the state stayed ${JSON.stringify(panel.state())}` });
}

/** The first row on the screen, and how far from the top it stands. */
function firstVisible({ page }: PanelPage): Promise<{ id: string; top: number }> {
  return page.evaluate(() => {
    const top = (document.querySelector('.viewport') as Element).getBoundingClientRect().top;
    const rows = [...document.querySelectorAll<HTMLElement>('.row:not([hidden])')]
      .map(row => ({ id: row.id, top: Math.round(row.getBoundingClientRect().top - top) }))
      .filter(row => row.top > -22)
      .sort((a, b) => a.top - b.top);
    return rows[0];
  });
}

/** Runs in the page: the contrast of texts to the first background behind them that is not see-through (WCAG 2.2). */
function contrastOf(selectors: string[]): [string, number][] {
  const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', {
    willReadFrequently: true,
  }) as CanvasRenderingContext2D;
  const luminance = (layers: string[]) => {
    context.clearRect(0, 0, 1, 1);
    for (const layer of layers) {
      context.fillStyle = layer;
      context.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(byte => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return selectors.map(selector => {
    const element = document.querySelector(selector) as HTMLElement;
    const backgrounds: string[] = [];
    for (let at: Element | null = element; at; at = at.parentElement)
      backgrounds.unshift(getComputedStyle(at).backgroundColor);
    const behind = luminance(backgrounds);
    const text = luminance([...backgrounds, getComputedStyle(element).color]);
    return [selector, (Math.max(behind, text) + 0.05) / (Math.min(behind, text) + 0.05)];
  });
}
