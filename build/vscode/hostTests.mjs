// Runs the suites of test/host in a real VS Code: one launch for each folder that needs a window of its own kind.
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launchBrowser, openWindow } from './browser.mjs';
import { createEnvironment } from './environment.mjs';
import { floor, newest } from './install.mjs';
import { root } from './packages.mjs';
import { startPageServer } from './pageServer.mjs';
import { startServer } from './server.mjs';

/** A launch runs what is in the folder test/host/<name>. */
const testLaunches = [
  { name: 'suite', trust: false },
  { name: 'restricted', trust: true },
];
export const benchLaunches = [{ name: 'bench', trust: false }];

/** A launch that hangs is ended after this many milliseconds. */
const limit = 5 * 60_000;

const results = join(root, 'out/host-results');

/**
 * The tests must have been bundled to out/test/host, the product to dist.
 *
 * @param {object} options
 * @param {{ name: string, trust: boolean }[]} [options.launches] those of the tests, if none are given.
 * @param {boolean} [options.useFloor] the oldest VS Code that the manifest admits.
 * @param {string} [options.grep]
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runHostTests({ launches = testLaunches, useFloor = false, grep }) {
  const total = { passed: 0, failed: 0 };
  const browser = await launchBrowser();
  try {
    for (const launch of launches) {
      const files = testFiles(launch.name);
      if (files.length === 0) continue;
      const { passed, failed } = await run(browser, launch, files, useFloor ? floor : newest, grep);
      total.passed += passed;
      total.failed += failed;
    }
  } finally {
    await browser.close();
  }
  return total;
}

async function run(browser, { name, trust }, files, version, grep) {
  console.log(`\nhost tests: ${name}, in VS Code ${version.replace(/^4/, '1')}`);
  const environment = await createEnvironment();
  const { dataDir, settings } = environment;
  const window = { folder: join(root, 'examples/shop'), extension: root };
  let address;
  const pages = await startPageServer({
    openWindow: () => openWindow(browser, address),
    print: text => console.log(text),
    screenshots: join(results, 'screenshots'),
  });
  const env = {
    ...environment.env,
    SPANLINE_TEST_PAGES: pages.address,
    SPANLINE_TEST_LAUNCH: name,
    SPANLINE_TEST_COLOR: process.stdout.isTTY ? '1' : '0',
    ...(grep && { SPANLINE_TEST_GREP: grep }),
  };
  let server;
  try {
    server = await startServer({ version, dataDir, settings, env, trust });
    address = server.address(window);
    const tests = join(root, 'out/test/host/index.js');
    let onExit;
    const ended = new Promise(resolve => {
      onExit = resolve;
    });
    const page = await openWindow(browser, server.address({ ...window, tests }), { onExit });
    pages.addWindow(page);
    const timer = setTimeout(onExit, limit);
    const code = await ended;
    clearTimeout(timer);
    return await judge({ name, code, files, result: pages.result(), page, dataDir });
  } finally {
    await Promise.all(browser.contexts().map(context => context.close()));
    await pages.close();
    await server?.stop();
    await environment.dispose();
  }
}

/** The tests' own word counts only when it fits the exit code and the files that are there. */
async function judge({ name, code, files, result, page, dataDir }) {
  const wrong =
    code === undefined
      ? `no end after ${limit / 1000} seconds`
      : result === undefined
        ? `ended with code ${code} before any result`
        : files.find(file => !result.files.includes(file))?.replace(/$/, ' was not loaded');
  if (!wrong && result.failed === 0 && code === 0) return result;
  await mkdir(results, { recursive: true });
  await page.screenshot({ path: join(results, `${name}.png`) });
  await cp(dataDir, join(results, name), {
    recursive: true,
    filter: path => !/[\\/](extensions|CachedExtensionVSIXs)$/.test(path),
  });
  console.error(`host tests: ${name}: ${wrong ?? `${result.failed} failed`}; see ${results}`);
  return { passed: result?.passed ?? 0, failed: Math.max(result?.failed ?? 0, 1) };
}

function testFiles(name) {
  const folder = join(root, 'out/test/host', name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.(test|bench)\.js$/.test(file))
    .map(file => join(folder, file));
}
