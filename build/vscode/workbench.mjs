// What a user does in a VS Code window, by the words that stand there.

/** @typedef {import('playwright-core').Page} Page */

/**
 * Brings the Spanline container to the front.
 *
 * @param {Page} page
 */
export async function showContainer(page) {
  const traces = pane(page, 'Traces');
  if (await traces.isVisible()) return;
  await page.locator('.activitybar a[aria-label^="Spanline"]').click();
  await traces.waitFor();
}

/**
 * The tree of one of our views, by the view's title.
 *
 * @param {Page} page
 * @param {string} title
 */
export function treeOf(page, title) {
  return pane(page, title).locator('[role=tree]');
}

function pane(page, title) {
  return page.locator(`.pane:has(> .pane-header[aria-label^="${title}"])`);
}

/**
 * The rows of a tree's first level: those that are drawn, and how many there are in all.
 *
 * @param {import('playwright-core').Locator} tree
 * @returns {Promise<{ labels: string[], count: number }>}
 */
export function topRows(tree) {
  return tree.locator('[role=treeitem][aria-level="1"]').evaluateAll(rows => ({
    labels: rows.map(row => row.querySelector('.label-name')?.textContent ?? ''),
    count: Number(rows[0]?.getAttribute('aria-setsize') ?? 0),
  }));
}
