import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { accessibilityTree, heard, listen, namelessOf, type SpokenNode } from './support/accessibility.ts';
import { fileOfTraces, tracesOfFile } from './support/fileOfTraces.ts';
import { generateSpans, spanIdAt, traceId } from './support/generatedTrace.ts';
import type { PanelPage } from './support/panelPage.ts';
import { panelTests } from './support/panelTests.ts';
import { grid, rendered, settled } from './support/rows.ts';
import { StoreHost } from './support/storeHost.ts';

describe('accessibility tree', function () {
  this.timeout(60_000);
  let panel: PanelPage;
  const { open, openFile, openPage } = panelTests(opened => {
    panel = opened;
  });

  const tree = () => accessibilityTree(panel.page);
  const of = (nodes: readonly SpokenNode[], role: string) => nodes.filter(node => node.role === role);
  const focused = () =>
    panel.page.evaluate(() => {
      const { activeElement } = document;
      return activeElement === null || activeElement === document.body ? 'nothing' : activeElement.className;
    });

  describe('names and states', () => {
    it('gives every control of a trace and its details a name', async () => {
      await open(new StoreHost(generateSpans(100)));
      // With an exception, logs and a source line.
      await panel.page.locator(`#span-${spanIdAt(24)}`).click();
      await panel.page.getByText('src/checkout.ts:42').waitFor();
      await panel.page.locator('.details .stack').first().waitFor();
      const nodes = await tree();
      assert.deepEqual(namelessOf(nodes), []);
      assert.ok(of(nodes, 'button').length > 40);
      assert.equal(of(nodes, 'textbox').length, 2);
      assert.deepEqual(
        of(nodes, 'separator')
          .map(({ name }) => name)
          .sort(),
        ['Width of the details', 'Width of the span column'],
      );
      const [treegrid] = of(nodes, 'treegrid');
      assert.equal(treegrid.name, 'Spans of the trace, in order of their start');
    });

    it('tells level, folding and selection of each row', async () => {
      const host = new StoreHost(generateSpans(200));
      await open(host);
      await grid(panel).focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowLeft']) await panel.page.keyboard.press(key);
      await settled(panel);
      const rows = await rendered(panel);
      const nodes = of(await tree(), 'row');
      for (const { label, level, expanded } of rows) {
        const states = { level, expanded: expanded === null ? undefined : expanded === 'true' };
        const isSaid = nodes.some(node => node.name === label && hasStates(node, states));
        assert.ok(isSaid, `${label}: ${JSON.stringify(states)}`);
      }
      const active = await grid(panel).getAttribute('aria-activedescendant');
      assert.deepEqual(
        nodes.filter(node => hasStates(node, { selected: true })).map(({ name }) => name),
        [rows.find(row => row.id === active)?.label],
      );
    });

    it('tells places among siblings as they are, folded and filtered too', async () => {
      const host = new StoreHost(generateSpans(200));
      await open(host);
      await grid(panel).focus();
      await panel.page.keyboard.press('ArrowRight');
      await panel.page.keyboard.press('ArrowLeft');
      await settled(panel);
      assertPlaces(await rendered(panel));
      await panel.page.getByRole('textbox', { name: 'Filter spans' }).fill('SELECT');
      await panel.page.locator('.row.match').first().waitFor();
      await settled(panel);
      assertPlaces(await rendered(panel));
    });

    it('tells what is switched on, and what would change nothing', async () => {
      await open(new StoreHost(generateSpans(50)));
      const button = async (name: string) =>
        (await tree()).find(node => /button/i.test(node.role) && node.name.startsWith(name));
      assert.equal((await button('Critical path'))?.states.pressed, 'false');
      assert.equal((await button('Show the whole trace'))?.states.disabled, true);
      await panel.page.getByRole('button', { name: 'Critical path' }).click();
      await panel.page.getByRole('button', { name: 'Zoom in' }).click();
      assert.equal((await button('Critical path'))?.states.pressed, 'true');
      assert.ok(!(await button('Show the whole trace'))?.states.disabled);
      await panel.page.getByRole('button', { name: 'Pin' }).click();
      await panel.page.locator('[aria-pressed="true"][title^="Pin"]').waitFor();
      assert.equal((await button('Pin: keep this trace'))?.states.pressed, 'true', 'its name stays');
    });

    it('gives every control of a file of traces a name, with the time of each trace', async () => {
      await openFile(fileOfTraces(new StoreHost(generateSpans(5))));
      const nodes = await tree();
      assert.deepEqual(namelessOf(nodes), []);
      const names = of(nodes, 'button').map(({ name }) => name);
      assert.equal(names.length, tracesOfFile.length);
      assert.match(
        names[0],
        /^POST .*confirm, gateway, 142 ms, 1,204 spans, 12 errors, .*\d\d:\d\d:09\.123$/,
      );
      assert.match(names[1], /^GET \/health, gateway, 242 ms, 1 span, .*\d\d:\d\d:09\.123$/);
      assert.match(names[2], /, 8 spans, 1 error, /);
    });

    it('names what stands in place of a trace', async () => {
      const host = new StoreHost(generateSpans(5));
      host.shownTraceId = 'f'.repeat(32);
      await openPage(host.handlers);
      await panel.page.getByRole('heading', { name: 'not in the store' }).waitFor();
      assert.deepEqual(namelessOf(await tree()), []);
    });
  });

  describe('live regions', () => {
    it('say once what was found, filtered, lost and failed', async () => {
      const host = new StoreHost(generateSpans(300));
      await openPage({
        ...host.handlers,
        'trace/pin': () => {
          throw new Error('the pinned traces fill half of the budget');
        },
      });
      await panel.page.locator('.row.active').waitFor();
      await listen(panel.page);
      const find = panel.page.getByRole('textbox', { name: 'Find in trace' });
      const filter = panel.page.getByRole('textbox', { name: 'Filter spans' });
      await find.fill('nowhere');
      await panel.page.locator('.toolbar .count', { hasText: 'No results' }).waitFor();
      await settled(panel);
      assert.deepEqual(await heard(panel.page), ['No results']);
      await filter.fill('nowhere');
      await panel.page.getByRole('heading', { name: 'No span matches' }).waitFor();
      await settled(panel);
      assert.deepEqual(await heard(panel.page), ['0 found']);
      await filter.fill('');
      await panel.page.locator('.grid[aria-rowcount="301"]').waitFor();
      await settled(panel);
      await heard(panel.page);
      panel.host.notify('engine/lost', {});
      await panel.page.locator('.notices .banner').waitFor();
      assert.deepEqual(await heard(panel.page), [
        'The receiver is not answering. Waiting for it to come back…',
      ]);
      panel.host.notify('engine/restarted', {});
      await panel.page.locator('.notices .banner').waitFor({ state: 'detached' });
      await settled(panel);
      await panel.page.getByTitle('Pin: keep this trace').click();
      await panel.page.locator('.notices .banner').waitFor();
      assert.deepEqual(await heard(panel.page), [
        'The trace could not be shown: the pinned traces fill half of the budget',
      ]);
    });

    it('say once how many traces of a file are left', async () => {
      await openFile(fileOfTraces(new StoreHost(generateSpans(5))));
      await listen(panel.page);
      await panel.page.getByRole('textbox', { name: 'Filter traces' }).fill('nowhere');
      await panel.page.getByRole('heading', { name: 'No trace matches' }).waitFor();
      assert.deepEqual(await heard(panel.page), ['0 of 0 shown']);
    });
  });

  describe('focus', () => {
    it('stays in the details when they show another span', async () => {
      const [root, ...others] = generateSpans(10);
      const links = [{ traceId, spanId: spanIdAt(5) }];
      await open(new StoreHost([{ ...root, span: { ...root.span, links } }, ...others]));
      await panel.page.getByRole('button', { name: 'Show span' }).focus();
      await panel.page.keyboard.press('Enter');
      await panel.page.locator(`#span-${spanIdAt(5)}.active`).waitFor();
      await panel.page.locator('.details .field code', { hasText: spanIdAt(5) }).waitFor();
      assert.equal(await focused(), 'details');
      await panel.page.keyboard.press('Escape');
      assert.equal(await focused(), 'grid');
    });

    it('goes to the grid when the details go', async () => {
      await open(new StoreHost(generateSpans(10)));
      const copy = panel.page.getByRole('button', { name: 'Copy value: url.path' });
      await copy.focus();
      panel.host.notify('panel/command', { command: 'toggleDetails' });
      await panel.page.locator('.details').waitFor({ state: 'detached' });
      assert.equal(await focused(), 'grid');
    });

    it('goes to the grid when what clears a filter goes, and stays on a button that has done all it can', async () => {
      await open(new StoreHost(generateSpans(50)));
      await panel.page.getByRole('textbox', { name: 'Filter spans' }).fill('nowhere');
      await panel.page.getByRole('button', { name: 'Clear filter' }).focus();
      await panel.page.keyboard.press('Enter');
      await panel.page.locator('.grid[aria-rowcount="51"]').waitFor();
      assert.equal(await focused(), 'grid');
      await panel.page.keyboard.press('+');
      const reset = panel.page.getByRole('button', { name: 'Show the whole trace' });
      await reset.focus();
      await panel.page.keyboard.press('Enter');
      await panel.page.locator('.minimap-window:not(.zoomed)').waitFor({ state: 'attached' });
      assert.match(await focused(), /icon-button/);
    });

    it('has an active row that is in the page, whatever rows come and go', async () => {
      const host = new StoreHost(generateSpans(400), 100);
      await open(host);
      await grid(panel).focus();
      const activeIsThere = () =>
        grid(panel).evaluate(element => {
          const id = element.getAttribute('aria-activedescendant');
          return id === null || document.getElementById(id) !== null;
        });
      for (const act of [
        () => panel.page.keyboard.press('End'),
        () => panel.page.getByTitle('Collapse all').click(),
        () => panel.page.getByTitle('Expand all').click(),
        async () => {
          host.receive(400);
          host.tellChanges(panel);
          await panel.page.locator('.grid[aria-rowcount="401"]').waitFor();
        },
        () => panel.page.getByRole('textbox', { name: 'Filter spans' }).fill('SELECT'),
        () => panel.page.getByRole('textbox', { name: 'Filter spans' }).fill(''),
      ]) {
        await act();
        await settled(panel);
        assert.ok(await activeIsThere(), String(act));
      }
    });
  });
});

function hasStates(node: SpokenNode, states: SpokenNode['states']): boolean {
  return Object.entries(states).every(([name, value]) => node.states[name] === value);
}

/** Rows follow one another as `aria-level`, `aria-posinset` and `aria-setsize` say. */
function assertPlaces(
  rows: readonly { index: number; level: number; posInSet: string | null; setSize: string | null }[],
) {
  const places: { place: number; size: number }[] = [];
  assert.ok(rows.length > 5);
  assert.equal(rows[0].index, 0);
  for (const { level, posInSet, setSize } of rows) {
    assert.ok(level <= places.length + 1, 'no level is left out');
    places.length = level;
    const before = places[level - 1];
    const place = Number(posInSet);
    const size = Number(setSize);
    assert.equal(place, (before?.place ?? 0) + 1);
    assert.ok(place <= size);
    if (before) assert.equal(size, before.size);
    places[level - 1] = { place, size };
  }
}
