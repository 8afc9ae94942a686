// The three ways to see Spanline with the demo shop: a desktop window, a window in the browser, no window.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { askEngine, engineEndpoints } from '../engine.mjs';
import { launchBrowser, openWindow } from './browser.mjs';
import { openDesktop } from './desktop.mjs';
import { createEnvironment } from './environment.mjs';
import { newest } from './install.mjs';
import { cache, root } from './packages.mjs';
import { startServer } from './server.mjs';
import { panelFrame, showContainer, topRows, treeOf } from './workbench.mjs';

export const shop = join(root, 'examples/shop');
const window = { folder: shop, extension: root };

/** A demo shows at least so many traces. */
const enough = 20;
const services = ['gateway', 'orders', 'payments'];

/**
 * @param {string} path of a desktop VS Code's command line.
 * @param {AbortSignal} signal
 */
export async function startOnDesktop(path, signal) {
  openDesktop(path, shop);
  console.log('VS Code is opening; its Spanline view shows the traces of the shop');
  const endpoints = await engineEndpoints(process.env, 120_000);
  console.log(`receiving at ${endpoints.otlpHttp} and ${endpoints.otlpGrpc}; Ctrl+C closes the shop`);
  await runShop(endpoints, process.env, { signal });
}

/** @param {AbortSignal} signal */
export async function startInBrowser(signal) {
  const environment = await createEnvironment({
    'spanline.receiver.start': 'always',
    'spanline.receiver.otlpHttpPort': 4318,
    'spanline.receiver.otlpGrpcPort': 4317,
  });
  const server = await startServer({ version: newest, ...environment });
  try {
    console.log(`\nOpen ${server.address(window)}\n\nCtrl+C ends VS Code and the shop.`);
    const endpoints = await engineWhenOpened(environment.env, signal);
    if (endpoints) console.log(`receiving at ${endpoints.otlpHttp} and ${endpoints.otlpGrpc}`);
    if (endpoints) await runShop(endpoints, environment.env, { signal });
  } finally {
    await server.stop();
    await environment.dispose();
  }
}

/** Shows the shop's traces in a window that nobody sees, and leaves a screenshot. */
export async function startHeadless() {
  const environment = await createEnvironment({ 'spanline.receiver.start': 'always' });
  const server = await startServer({ version: newest, ...environment });
  const browser = await launchBrowser();
  const screenshot = join(cache, 'screenshots', 'start.png');
  await mkdir(join(cache, 'screenshots'), { recursive: true });
  let page;
  try {
    page = await openWindow(browser, server.address(window));
    await runShop(await engineEndpoints(environment.env, 60_000), environment.env, { requests: 40 });
    const seen = await tracesInTree(page);
    await openTrace(page);
    await page.screenshot({ path: screenshot });
    console.log(`screenshot: ${screenshot}`);
    const { traces } = await askEngine(['query', '{}', '--limit', '1000'], environment.env);
    const senders = new Set(traces.flatMap(trace => trace.serviceNames));
    console.log(
      `${seen.count} traces seen from ${seen.services.length} services (${seen.services.join(', ')})`,
    );
    if (services.some(name => !senders.has(name) || !seen.services.includes(name)) || seen.count < enough)
      throw new Error(
        `expected ${enough} traces or more from ${services.join(', ')}; the engine has ${traces.length}`,
      );
  } catch (error) {
    await page?.screenshot({ path: screenshot });
    console.error(`what the window showed: ${screenshot}`);
    throw error;
  } finally {
    await browser.close();
    await server.stop();
    await environment.dispose();
  }
}

/** What the Traces view, a flat list at first, and the Services view show. */
async function tracesInTree(page) {
  await showContainer(page);
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { count } = await topRows(treeOf(page, 'Traces'));
    const { labels } = await topRows(treeOf(page, 'Services'));
    if ((count >= enough && labels.length >= services.length) || Date.now() > deadline)
      return { count, services: labels.sort() };
    await page.waitForTimeout(200);
  }
}

/** Opens a checkout, which passes through all services, and waits for its waterfall. */
async function openTrace(page) {
  await treeOf(page, 'Traces').locator('[role=treeitem]', { hasText: 'checkout' }).first().click();
  const panel = await panelFrame(page);
  await panel.locator('[role=treegrid] [role=row]').nth(5).waitFor();
}

/** The window starts the engine, and the user opens the window when they like. */
async function engineWhenOpened(env, signal) {
  while (!signal.aborted) {
    const endpoints = await engineEndpoints(env, 1000).catch(() => undefined);
    if (endpoints) return endpoints;
  }
  return undefined;
}

/**
 * Runs the shop until the signal aborts, or for a number of requests.
 *
 * @param {{ otlpHttp: string, otlpGrpc: string }} endpoints
 * @param {NodeJS.ProcessEnv} env
 * @param {{ requests?: number, signal?: AbortSignal }} options
 */
export async function runShop(endpoints, env, { requests, signal }) {
  const args = requests === undefined ? [] : ['--requests', String(requests), '--rate', '20'];
  const child = fork(join(shop, 'start.mjs'), args, {
    env: {
      ...env,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoints.otlpHttp,
      OTEL_EXPORTER_OTLP_GRPC_ENDPOINT: `http://${endpoints.otlpGrpc}`,
      OTEL_RESOURCE_ATTRIBUTES: `spanline.workspace=${encodeURIComponent(pathToFileURL(shop).href)}`,
    },
  });
  signal?.addEventListener('abort', () => child.disconnect(), { once: true });
  if (signal?.aborted) child.disconnect();
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the shop ended with code ${code}`);
}
