// VS Code windows in a headless Chromium.
import { chromium } from 'playwright-core';
import { chromiumPath } from './chromium.mjs';

/** @returns {Promise<import('playwright-core').Browser>} */
export async function launchBrowser() {
  return chromium.launch({ ...(await chromiumPath()), headless: true });
}

/**
 * Opens a window and waits until its workbench is drawn.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @param {object} [listeners]
 * @param {(type: string, args: unknown[]) => void} [listeners.onLog] what the extension host under test prints.
 * @param {(code: number) => void} [listeners.onExit] the end of the tests that `address` names.
 * @returns {Promise<import('playwright-core').Page>}
 */
export async function openWindow(browser, address, { onLog, onExit } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  if (onLog) await page.exposeFunction('codeAutomationLog', onLog);
  if (onExit) await page.exposeFunction('codeAutomationExit', onExit);
  await page.goto(address);
  await page.locator('.monaco-workbench .part.activitybar').waitFor({ timeout: 60_000 });
  return page;
}
