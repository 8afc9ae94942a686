// What a test suite inside the extension host cannot do by itself: look at the windows as a user sees them, and touch
// them. Served on loopback; test/host/harness/page.ts is the other end.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { firstAnswer, panelFrame, reloadWindow } from './workbench.mjs';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {{ passed: number, failed: number, pending: number, files: string[] }} Result
 *
 * @param {object} options
 * @param {() => Promise<Page>} options.openWindow opens one more window on the same server.
 * @param {(text: string) => void} options.print
 * @param {string} options.screenshots folder for them.
 * @returns {Promise<{ address: string, addWindow: (page: Page) => number, result: () => Result | undefined, close: () => Promise<void> }>}
 */
export async function startPageServer({ openWindow, print, screenshots }) {
  /** @type {Page[]} */
  const windows = [];
  /** @type {Result | undefined} */
  let result;

  /** One method a request; the arguments are the body. `window` is the index of a window, 0 runs the tests. */
  const methods = {
    print,
    finish: value => {
      result = value;
    },
    open: async () => windows.push(await openWindow()) - 1,
    close: window => windows[window].close(),
    reload: window => reloadWindow(windows[window]),
    evaluate: async (window, place, expression, arg) =>
      (await frameOf(window, place)).evaluate(expression, arg),
    waitFor: (window, place, expression, timeout) =>
      firstAnswer(async () => (await frameOf(window, place, 0)).evaluate(expression), timeout),
    click: async (window, place, selector, options) =>
      (await frameOf(window, place)).click(selector, options),
    hover: async (window, place, selector, options) =>
      (await frameOf(window, place)).hover(selector, options),
    press: (window, keys) => windows[window].keyboard.press(keys),
    type: (window, text) => windows[window].keyboard.type(text),
    screenshot: async (window, name) => {
      await mkdir(screenshots, { recursive: true });
      const path = join(screenshots, `${name}.png`);
      await windows[window].screenshot({ path });
      return path;
    },
  };

  function frameOf(window, place, timeout) {
    return place === 'panel' ? panelFrame(windows[window], timeout) : windows[window].mainFrame();
  }

  const path = `/${randomBytes(16).toString('hex')}/`;
  const server = createServer(async (request, response) => {
    try {
      const method = request.url?.startsWith(path) ? methods[request.url.slice(path.length)] : undefined;
      if (request.method !== 'POST' || !method) throw new Error(`no such method: ${request.url}`);
      const value = await method(...JSON.parse(await text(request)));
      response.end(JSON.stringify(value ?? null));
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify(error instanceof Error ? error.message : String(error)));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    address: `http://127.0.0.1:${port}${path}`,
    addWindow: page => windows.push(page) - 1,
    result: () => result,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function text(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
