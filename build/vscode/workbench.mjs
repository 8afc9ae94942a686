// What a user does in a VS Code window, by the words that stand there.

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Frame} Frame
 */

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

/**
 * The document of the webview that is in front. VS Code puts it two frames deep: a host frame of its own, and in it
 * `#active-frame` with the extension's page. Both navigate while they are being set up.
 *
 * @param {Page} page
 * @returns {Promise<Frame>}
 * @throws when there is none within `timeout` milliseconds.
 */
export async function panelFrame(page, timeout = 15_000) {
  return firstAnswer(async () => {
    for (const host of await page.locator('iframe.webview').elementHandles()) {
      if (!(await host.isVisible())) continue;
      const inner = await (await host.contentFrame())?.$('#active-frame');
      const frame = await inner?.contentFrame();
      if (frame) return frame;
    }
    throw new Error('no webview is in front');
  }, timeout);
}

/**
 * Runs a command from the palette.
 *
 * @param {Page} page
 * @param {string} title with its category: `Spanline: Clear Traces`.
 */
export async function runCommand(page, title) {
  await firstAnswer(async () => {
    // What gets the focus in this moment closes the palette: then it is opened again.
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget input[type=text]').fill(`>${title}`, { timeout: 2000 });
    const row = page.locator(`.quick-input-list .monaco-list-row[aria-label^="${title}"]`);
    await row.first().click({ timeout: 2000 });
    return true;
  }, 20_000);
}

/**
 * Reloads as a user does, by VS Code's command: the window then writes what it remembers before it goes. (A reload by the
 * browser loses what was changed in the last seconds.)
 *
 * @param {Page} page
 */
export async function reloadWindow(page) {
  await page.evaluate(() => Object.assign(globalThis, { isOld: true }));
  await runCommand(page, 'Developer: Reload Window');
  await firstAnswer(() => page.evaluate(() => !('isOld' in globalThis)), 30_000);
  await page.locator('.monaco-workbench .part.activitybar').waitFor();
}

/**
 * Asks until the answer is truthy. (Playwright's own `waitForFunction` evaluates text inside the page, which a strict
 * content policy forbids.)
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {number} timeout in milliseconds
 * @returns {Promise<T>}
 * @throws what the last question threw, when none was answered in time.
 */
export async function firstAnswer(ask, timeout) {
  const deadline = Date.now() + timeout;
  let failure;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      failure = new Error(`still ${answer} after ${timeout} ms`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw failure;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
