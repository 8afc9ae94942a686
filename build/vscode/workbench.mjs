// What a user does in a VS Code window, by the words that stand there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packages.mjs';

/** @typedef {import('playwright-core').Page} Page */

/**
 * Runs a command of ours from the command palette.
 *
 * @param {Page} page
 * @param {string} id
 */
export async function runCommand(page, id) {
  const command = manifest().contributes.commands.find(({ command }) => command === id);
  if (!command) throw new Error(`the manifest has no command ${id}`);
  await page.keyboard.press('F1');
  await page
    .locator('.quick-input-widget input[type=text]')
    .fill(`>${text(command.category)}: ${text(command.title)}`);
  await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
}

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

function manifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** `%key%` stands for a text of package.nls.json. */
function text(value) {
  const key = /^%(.+)%$/.exec(value)?.[1];
  return key === undefined ? value : JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'))[key];
}
