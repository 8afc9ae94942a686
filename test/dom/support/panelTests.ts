import assert from 'node:assert/strict';
import { after, afterEach, before } from 'mocha';
import { PanelBrowser, type PanelHandlers, type PanelPage, type PanelPageOptions } from './panelPage.ts';
import type { StoreHost } from './storeHost.ts';

/**
 * Sets up a suite in which every test opens one panel: one browser for all of them, and after each its page must have thrown
 * nothing. `opened` is told of each panel.
 */
export function panelTests(opened: (panel: PanelPage) => void) {
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await PanelBrowser.launch();
  });
  after(() => browser.close());
  afterEach(async () => {
    assert.deepEqual(panel.problems, [], 'the page threw nothing and broke no policy');
    await panel.close();
  });

  /** Opens a page, and waits for nothing. */
  async function openPage(handlers: PanelHandlers, options?: PanelPageOptions): Promise<void> {
    panel = await browser.open(handlers, options);
    opened(panel);
  }

  return {
    openPage,
    /** Opens a trace, until its rows are there. */
    async open(host: StoreHost, options?: PanelPageOptions): Promise<void> {
      await openPage(host.handlers, options);
      await panel.page.locator('.row.active').waitFor();
    },
    /** Opens a file with several traces, until their list is there. */
    async openFile(handlers: PanelHandlers, options?: PanelPageOptions): Promise<void> {
      await openPage(handlers, options);
      await panel.page.locator('.file-trace').first().waitFor();
    },
  };
}
