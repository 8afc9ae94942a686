import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { descendantsOf, generateSpans, serviceNames, spanIdAt } from './support/generatedTrace.ts';
import type { PanelPage } from './support/panelPage.ts';
import { panelTests } from './support/panelTests.ts';
import { activeName, grid, rendered, scrollTo, settled } from './support/rows.ts';
import { StoreHost } from './support/storeHost.ts';

describe('waterfall', function () {
  this.timeout(60_000);
  let panel: PanelPage;
  const { open } = panelTests(opened => {
    panel = opened;
  });

  it('is a treegrid: each row says its place, level, siblings, state and a sentence', async () => {
    const spans = generateSpans(300);
    const descendants = descendantsOf(spans);
    await open(new StoreHost(spans));
    assert.equal(await grid(panel).getAttribute('aria-rowcount'), '301');
    const rows = await rendered(panel);
    assert.ok(rows.length > 20);
    rows.forEach((row, at) => {
      const { span, depth, service } = spans[at];
      assert.equal(row.index, at);
      assert.equal(row.name, span.name);
      assert.equal(row.level, depth + 1);
      assert.equal(row.id, `span-${span.spanId}`);
      assert.equal(row.expanded, descendants[at] > 0 ? 'true' : null);
      assert.ok(row.label?.startsWith(`${span.name}, ${serviceNames[service]}, `), row.label ?? '');
      assert.equal(row.label?.includes(', error'), span.status?.code === 2);
    });
    assert.equal(rows[0].posInSet, '1');
    assert.equal(rows[0].setSize, '1');
  });

  it('has one tab stop, and names its active row by a stable id', async () => {
    await open(new StoreHost(generateSpans(300)));
    assert.equal(await panel.page.locator('.grid [tabindex="0"]').count(), 0);
    await grid(panel).focus();
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('ArrowDown');
    await settled(panel);
    assert.equal(await grid(panel).getAttribute('aria-activedescendant'), `span-${spanIdAt(2)}`);
    assert.equal(await panel.page.locator('.row[aria-selected="true"]').count(), 1);
    assert.ok(await grid(panel).evaluate(element => element === document.activeElement));
  });

  it('is walked by keys: down, up, ends, pages, parent and first child', async () => {
    const host = new StoreHost(generateSpans(1000));
    await open(host);
    const press = async (...keys: string[]) => {
      for (const key of keys) await panel.page.keyboard.press(key);
      await settled(panel);
      return Number((await activeName(panel)).replace('span-', '0x')) - 1;
    };
    await grid(panel).focus();
    assert.equal(await press('ArrowDown', 'ArrowDown', 'ArrowUp'), 1);
    assert.equal(await press('End'), 999);
    assert.equal(await press('ArrowLeft'), host.spans[999].parent);
    assert.equal(await press('Home', 'ArrowRight'), 1);
    const page = await press('PageDown');
    assert.ok(page > 10 && page < 60, `a page is what fits: ${page}`);
    assert.equal(await press('PageUp'), 1);
  });

  it('folds and unfolds by keys and by the twistie, and keeps the rows above in place', async () => {
    const host = new StoreHost(generateSpans(300));
    const descendants = descendantsOf(host.spans);
    const parent = firstParent(descendants);
    await open(host);
    await grid(panel).focus();
    for (let step = 0; step < parent; step++) await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('ArrowLeft');
    await panel.page.locator('.row.active.collapsed').waitFor();
    const hidden = descendants[parent];
    assert.equal(await grid(panel).getAttribute('aria-rowcount'), String(301 - hidden));
    const rows = await rendered(panel);
    for (let row = 0; row <= parent; row++) assert.equal(rows[row].id, `span-${spanIdAt(row)}`);
    assert.equal(rows[parent].expanded, 'false');
    assert.equal(rows[parent].hidden, `+${hidden}`);
    assert.equal(rows[parent + 1].id, `span-${spanIdAt(parent + hidden + 1)}`);
    await panel.page.keyboard.press('ArrowRight');
    await panel.page.locator('.row.active.expanded').waitFor();
    assert.equal((await rendered(panel))[parent + 1].id, `span-${spanIdAt(parent + 1)}`);
    await panel.page.locator(`#span-${spanIdAt(0)} .twistie`).click();
    await panel.page.locator('.row.collapsed').waitFor();
    assert.equal((await rendered(panel)).length, 1);
  });

  it('moves the selection to the folded row that hides it', async () => {
    const host = new StoreHost(generateSpans(300));
    const parent = firstParent(descendantsOf(host.spans));
    await open(host);
    await panel.page.locator(`#span-${spanIdAt(parent + 1)}`).click();
    await panel.page.locator(`#span-${spanIdAt(parent + 1)}.active`).waitFor();
    await panel.page.locator(`#span-${spanIdAt(parent)} .twistie`).click();
    await panel.page.locator(`#span-${spanIdAt(parent)}.active`).waitFor();
  });

  it('folds level by level and all at once', async () => {
    const host = new StoreHost(generateSpans(300));
    await open(host);
    await panel.page.getByTitle('Collapse all').click();
    await panel.page.locator('.row.collapsed').waitFor();
    assert.equal(await grid(panel).getAttribute('aria-rowcount'), '2');
    await panel.page.getByTitle('Expand one level').click();
    const children = host.spans.filter(({ depth }) => depth <= 1).length;
    await panel.page.locator(`.grid[aria-rowcount="${children + 1}"]`).waitFor();
    await panel.page.getByTitle('Expand all').click();
    await panel.page.locator('.grid[aria-rowcount="301"]').waitFor();
  });

  it('shows the right rows wherever 100,000 are scrolled to', async () => {
    const host = new StoreHost(generateSpans(100_000));
    await open(host);
    for (const share of [0.5, 0.111, 1, 0.73, 0]) {
      await scrollTo(panel, share * 22 * 100_000);
      const rows = await rendered(panel);
      assert.ok(rows.length > 20);
      for (const row of rows) assert.equal(row.id, `span-${spanIdAt(row.index)}`);
      const height = 22 * 100_000;
      assert.ok(rows.some(row => Math.abs(row.index * 22 - share * height) < 1500));
    }
    assert.ok((await panel.page.locator('.row').count()) < 80, 'the pool is as large as the screen');
  });

  it('draws each bar where its span lies', async () => {
    const host = new StoreHost(generateSpans(300));
    await open(host);
    const boxes = await panel.page.evaluate(() => {
      const left = (document.querySelector('.row .timeline-cell') as Element).getBoundingClientRect();
      return [...document.querySelectorAll<HTMLElement>('.row:not([hidden])')].map(row => {
        const bar = (row.querySelector('.bar') as Element).getBoundingClientRect();
        return {
          row: Number(row.getAttribute('aria-rowindex')) - 2,
          start: (bar.left - left.left - 8) / (left.width - 16),
          length: bar.width / (left.width - 16),
        };
      });
    });
    for (const { row, start, length } of boxes) {
      const span = host.spans[row];
      const whole = host.spans[0].duration;
      assert.ok(Math.abs(start - span.start / whole) < 0.006, `row ${row} starts at ${start}`);
      assert.ok(Math.abs(length - span.duration / whole) < 0.008, `row ${row} is ${length} long`);
    }
  });
});

/** The first span below the root that has children. */
function firstParent(descendants: readonly number[]): number {
  return descendants.findIndex((below, index) => index > 0 && below > 0);
}
