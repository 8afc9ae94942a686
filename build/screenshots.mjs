// `npm run screenshots [-- <name>…]`: takes the pictures of the README and the guide in a real VS Code, with the shop.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { installDependencies } from './install.mjs';

installDependencies();
const { cache, root } = await import('./vscode/packages.mjs');
const { status } = spawnSync(process.execPath, ['build/bundle.mjs'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);

const { askEngine, engineEndpoints } = await import('./engine.mjs');
const { launchBrowser, openWindow } = await import('./vscode/browser.mjs');
const { runShop, shop } = await import('./vscode/demo.mjs');
const { createEnvironment } = await import('./vscode/environment.mjs');
const { newest } = await import('./vscode/install.mjs');
const { startServer } = await import('./vscode/server.mjs');
const { firstAnswer, panelFrame, runCommand, showContainer, topRows, treeOf } = await import(
  './vscode/workbench.mjs'
);

const size = { width: 1280, height: 800 };

/** Two rounds of the shop's mix of requests, and one more: the newest trace is then a checkout that failed. */
const requests = 15;

const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
};

/** A still window: no caret that blinks, no animation, nothing beside the work. */
const settings = {
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false,
  'spanline.receiver.start': 'always',
  'workbench.colorTheme': themes.dark,
  'workbench.layoutControl.enabled': false,
  'workbench.reduceMotion': 'on',
};

/**
 * What a scene works with.
 *
 * @typedef {object} Stage
 * @property {import('playwright-core').Page} page
 * @property {(theme: keyof typeof themes) => Promise<void>} paint sets the colour theme.
 * @property {() => Promise<void>} fillShop runs the shop once.
 * @property {() => Promise<void>} fillShopAgain runs it for a moment more.
 * @property {(changes: Record<string, unknown>) => Promise<void>} configure sets some settings, and the others as they were.
 * @property {() => Promise<{ traceId: string, rootServiceName: string, rootSpanName: string, startTimeUnixNano: string,
 *   durationNano: string, spanCount: number, errorCount: number }[]>} newestTraces some stored traces.
 * @property {() => Promise<string[]>} exportLines some stored traces, each as a line of OTLP JSON.
 * @property {(name: string, part: import('playwright-core').Locator) => Promise<void>} check writes a picture to look at, not to publish.
 * @property {(file: string, part?: import('playwright-core').Locator) => Promise<void>} take writes a picture of the window
 *   or of a part of it; `file` is relative to the checkout.
 */

/** In this order: the first needs an empty store, the others the shop's traces. */
const scenes = {
  welcome,
  services,
  search,
  menu,
  receivers,
  forward,
  backends,
  sampling,
  files,
  trace,
  panels,
  details,
  find,
  filter,
  source,
  lint,
};

const { positionals } = parseArgs({ allowPositionals: true });
for (const name of positionals)
  if (!Object.hasOwn(scenes, name))
    throw new Error(`no such scene: ${name}; there are ${Object.keys(scenes)}`);

const environment = await createEnvironment(settings);
const server = await startServer({ version: newest, ...environment });
const browser = await launchBrowser();
let page;
try {
  page = await openWindow(browser, server.address({ folder: shop, extension: root }));
  await page.setViewportSize(size);
  const stage = createStage(page);
  await showContainer(page);
  for (const [name, scene] of Object.entries(scenes)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    if (name !== 'welcome') await stage.fillShop();
    await scene(stage);
  }
} catch (error) {
  const shown = join(cache, 'screenshots', 'failed.png');
  await page?.screenshot({ path: shown });
  console.error(`what the window showed: ${shown}`);
  throw error;
} finally {
  await browser.close();
  await server.stop();
  await environment.dispose();
}

/** @returns {Stage} */
function createStage(page) {
  let isFilled = false;
  /** @type {Stage} */
  const stage = {
    page,
    paint: async theme => {
      await server.configure({ ...environment.settings, 'workbench.colorTheme': themes[theme] });
      const kind = {
        dark: 'vs-dark',
        light: 'vs',
        'high-contrast': 'hc-black',
        'high-contrast-light': 'hc-light',
      };
      await page.locator(`.monaco-workbench.${kind[theme]}`).waitFor();
    },
    fillShop: async () => {
      if (isFilled) return;
      isFilled = true;
      const endpoints = await engineEndpoints(environment.env, 60_000);
      await runShop(endpoints, environment.env, { requests });
      await firstAnswer(async () => (await topRows(treeOf(page, 'Traces'))).count > requests, 30_000);
      // The last spans are here; the views show them with their next refresh.
      await page.waitForTimeout(1500);
    },
    fillShopAgain: async () => {
      const endpoints = await engineEndpoints(environment.env, 60_000);
      await runShop(endpoints, environment.env, { requests: 5 });
      await page.waitForTimeout(1500);
    },
    configure: changes => server.configure({ ...environment.settings, ...changes }),
    newestTraces: async () => (await askEngine(['query', '{}', '--limit', '12'], environment.env)).traces,
    exportLines: async () => {
      const traces = await stage.newestTraces();
      const found = traces.map(({ traceId }) => askEngine(['trace', traceId], environment.env));
      return (await Promise.all(found)).map(trace => JSON.stringify(trace));
    },
    check: async (name, part) => {
      const path = join(cache, 'screenshots', name);
      await mkdir(dirname(path), { recursive: true });
      await page.waitForTimeout(700);
      await part.screenshot({ path, animations: 'disabled', caret: 'hide' });
      console.log(path);
    },
    take: async (file, part) => {
      const path = join(root, file);
      await mkdir(dirname(path), { recursive: true });
      await page.mouse.move(640, 790);
      // Tooltips go, icons and fonts come.
      await page.waitForTimeout(700);
      await (part ?? page).screenshot({ path, animations: 'disabled', caret: 'hide' });
      console.log(file);
    },
  };
  return stage;
}

/** Nothing has arrived yet. @param {Stage} stage */
async function welcome({ page, take }) {
  const view = page.locator('.part.sidebar');
  await view.getByText('waiting for the first trace').waitFor({ timeout: 60_000 });
  await take('docs/images/welcome.png', view);
  await runCommand(page, 'Spanline: Why Are There No Traces?');
  await quickPickRow(page, 'Nothing has arrived').waitFor();
  await take('docs/images/no-traces.png', page.locator('.quick-input-widget'));
  await page.keyboard.press('Escape');
}

/** @param {Stage} stage */
async function services({ page, take }) {
  const rows = treeOf(page, 'Services').locator('[role=treeitem]');
  await rows.filter({ hasText: 'gateway' }).first().click();
  await page.keyboard.press('ArrowRight');
  await take('docs/images/services.png', page.locator('.part.sidebar'));
}

/** @param {Stage} stage */
async function search({ page, take }) {
  await runCommand(page, 'Spanline: Search Traces');
  await page
    .locator('.quick-input-widget input[type=text]')
    .fill('{ span.http.response.status_code >= 500 }');
  await quickPickRow(page, 'POST /checkout').waitFor();
  await take('docs/images/search.png', page.locator('.quick-input-widget'));
  await page.keyboard.press('Escape');
}

/** @param {Stage} stage */
async function menu({ page, take }) {
  await page.locator('.statusbar-item[id$="spanline.receiver"]').first().click();
  await quickPickRow(page, 'Copy Endpoint').waitFor();
  await take('docs/images/menu.png', page.locator('.quick-input-widget'));
  await page.keyboard.press('Escape');
}

/** The receivers beyond OTLP, one of them open. @param {Stage} stage */
async function receivers({ page, take }) {
  await runCommand(page, 'Spanline: Open a Receiver');
  await quickPickRow(page, 'Datadog').click();
  await quickPickRow(page, 'open at').waitFor();
  await take('docs/images/receivers.png', page.locator('.quick-input-widget'));
  await quickPickRow(page, 'open at').click();
  await page.keyboard.press('Escape');
}

/** @param {import('node:http').Server} server @returns {Promise<string>} its address */
async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}`;
}

/** Forwarding to a target that takes everything. @param {Stage} stage */
async function forward({ page, take, fillShopAgain }) {
  const target = createServer((request, response) => request.resume().on('end', () => response.end()));
  const url = await listen(target);
  await runCommand(page, 'Spanline: Start Forwarding');
  await page.locator('.quick-input-widget input[type=text]').fill(url);
  await page.keyboard.press('Enter');
  await quickPickRow(page, 'Stop Forwarding').waitFor();
  await page.keyboard.press('Escape');
  await fillShopAgain();
  await runCommand(page, 'Spanline: Show Forwarding');
  await quickPickRow(page, 'Stop Forwarding').waitFor();
  await take('docs/images/forward.png', page.locator('.quick-input-widget'));
  await quickPickRow(page, 'Stop Forwarding').click();
  target.closeAllConnections();
  target.close();
}

/** A search in a Tempo that has seen the same traces. @param {Stage} stage */
async function backends({ page, take, configure, newestTraces }) {
  const traces = (await newestTraces()).map(trace => ({
    traceID: trace.traceId,
    rootServiceName: trace.rootServiceName,
    rootTraceName: trace.rootSpanName,
    startTimeUnixNano: trace.startTimeUnixNano,
    durationMs: Math.round(Number(trace.durationNano) / 1e6),
    serviceStats: { [trace.rootServiceName]: { spanCount: trace.spanCount, errorCount: trace.errorCount } },
  }));
  const answers = { '/api/search': { traces }, '/api/v2/search/tags': { scopes: [] } };
  const tempo = createServer(({ url }, response) => {
    const { pathname } = new URL(url, 'http://tempo');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[pathname] ?? { tagValues: [] }));
  });
  const url = await listen(tempo);
  await configure({ 'spanline.backends': [{ name: 'Team Tempo', kind: 'tempo', url }] });
  // The window reads a setting a moment after it was written; until then there is no backend to search.
  await firstAnswer(async () => {
    await runCommand(page, 'Spanline: Search a Backend');
    const query = '{ resource.service.name = "gateway" }';
    await page.locator('.quick-input-widget input[type=text]').fill(query, { timeout: 2000 });
    return true;
  }, 30_000);
  await page.keyboard.press('Enter');
  await quickPickRow(page, 'POST /checkout').waitFor();
  await take('docs/images/backends.png', page.locator('.quick-input-widget'));
  await page.keyboard.press('Escape');
  await configure({});
  tempo.closeAllConnections();
  tempo.close();
}

/** What a configuration would lose. @param {Stage} stage */
async function sampling({ page, take }) {
  await openFile(page, 'collector.yaml', [
    'policies:',
    '  - { name: slow, type: latency, latency: { threshold_ms: 500 } }',
    '  - { name: one-in-four, type: probabilistic, probabilistic: { sampling_percentage: 25 } }',
    '',
  ]);
  await page.locator('.editor-group-container.active .view-lines').click();
  await runCommand(page, 'Spanline: Preview a Sampling Configuration');
  await quickPickRow(page, 'traces kept').waitFor({ timeout: 60_000 });
  await take('docs/images/sampling.png', page.locator('.quick-input-widget'));
  await page.keyboard.press('Escape');
}

/** A file of several traces that ends in the middle of one. @param {Stage} stage */
async function files(stage) {
  const { page, take, paint, exportLines } = stage;
  const lines = await exportLines();
  await openFile(page, 'yesterday.otlp.jsonl', [...lines, lines[0].slice(0, 300)]);
  const panel = await panelFrame(page);
  await panel.locator('.file-trace').first().waitFor();
  const editor = page.locator('.part.editor');
  await take('docs/images/file-list.png', editor);
  await panel.locator('.file-trace', { hasText: 'POST /checkout' }).first().click();
  // The panel of the list may still be there for a moment, and goes.
  await firstAnswer(async () => {
    const shown = await panelFrame(page);
    await shown.locator('[role=treegrid] [role=row]').nth(3).waitFor({ timeout: 5000 });
    return true;
  }, 60_000);
  await take('docs/images/file-trace.png', editor);
  for (const theme of /** @type {const} */ (['light', 'high-contrast', 'high-contrast-light', 'dark'])) {
    await paint(theme);
    await stage.check(`file-${theme}.png`, editor);
  }
}

/** Writes a file into a folder that is thrown away, and opens it as a user does. */
async function openFile(page, name, lines) {
  const file = join(environment.dataDir, name);
  await writeFile(file, lines.join('\n'));
  await runCommand(page, 'Go to File...');
  await page.locator('.quick-input-widget input[type=text]').fill(file);
  await quickPickRow(page, name).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.tab', { hasText: name }).waitFor();
}

/** The picture of the README. @param {Stage} stage */
async function trace(stage) {
  await openFailedCheckout(stage);
  const panel = await selectSpan(stage, 'authorise card');
  await runCommand(stage.page, 'Spanline: Toggle Critical Path');
  await panel.locator('.critical-section').first().waitFor();
  await stage.take('media/readme/trace.png');
  await runCommand(stage.page, 'Spanline: Toggle Critical Path');
}

/** The panel in every kind of theme. @param {Stage} stage */
async function panels(stage) {
  await openFailedCheckout(stage);
  await selectSpan(stage, 'price order');
  for (const theme of /** @type {const} */ (['light', 'high-contrast', 'high-contrast-light', 'dark'])) {
    await stage.paint(theme);
    await stage.take(`docs/images/panel-${theme}.png`, stage.page.locator('.part.editor'));
  }
}

/** @param {Stage} stage */
async function details(stage) {
  await openFailedCheckout(stage);
  const panel = await selectSpan(stage, 'authorise card');
  await stage.page.setViewportSize({ width: size.width, height: 1100 });
  await panel.locator('[aria-controls=section-overview]').click();
  await stage.take('docs/images/details.png', panel.locator('aside.details'));
  await panel.locator('[aria-controls=section-overview]').click();
  await stage.page.setViewportSize(size);
}

/** @param {Stage} stage */
async function find(stage) {
  const panel = await openFailedCheckout(stage);
  await box(panel, 'Find in trace').fill('order');
  await panel.getByText(/^\d+ of \d+$/).waitFor();
  await stage.take('docs/images/find.png', stage.page.locator('.part.editor'));
  await box(panel, 'Find in trace').press('Escape');
}

/** @param {Stage} stage */
async function filter(stage) {
  const panel = await openFailedCheckout(stage);
  await box(panel, 'Filter spans').fill('SELECT');
  await panel.getByText(/\d found/).waitFor();
  await stage.take('docs/images/filter.png', stage.page.locator('.part.editor'));
  await box(panel, 'Filter spans').press('Escape');
}

/** @param {Stage} stage */
async function source(stage) {
  await openFailedCheckout(stage);
  await selectSpan(stage, 'authorise card');
  await stage.page.keyboard.press('F12');
  const editor = stage.page.locator('.editor-group-container.active');
  await editor
    .getByText(/span.* · /)
    .first()
    .waitFor();
  await stage.take('docs/images/source.png', stage.page.locator('.part.editor'));
}

/** A finding that traces confirm, with what can be done about it. */
async function lint({ page, take }) {
  await runCommand(page, 'Go to File...');
  await page.keyboard.type('orders.js');
  await page.waitForTimeout(500);
  await page.keyboard.press('Enter');
  const problems = page.locator('.statusbar-item[id="status.problems"]');
  await problems.filter({ hasNotText: /^\s*0\s*0\s*$/ }).waitFor({ timeout: 60_000 });
  // The evidence of the traces comes a moment after the findings.
  await page.waitForTimeout(5_000);
  await page.locator('.editor-group-container.active .view-lines').click();
  await page.keyboard.press('F8');
  await page.locator('.zone-widget .message').first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget .action').first().waitFor();
  await take('docs/images/lint.png');
  await page.keyboard.press('Escape');
}

/** Opens the newest checkout with errors, as a click in the tree does, and waits for its rows. */
async function openFailedCheckout({ page }) {
  const rows = treeOf(page, 'Traces').locator('[role=treeitem]', { hasText: 'POST /checkout' });
  await rows
    .filter({ has: page.locator('.codicon-error') })
    .first()
    .click();
  const panel = await panelFrame(page);
  await panel.locator('[role=treegrid] [role=row]').nth(5).waitFor();
  return panel;
}

/** Selects a span of the panel in front, and waits for its details and its source line. */
async function selectSpan({ page }, name) {
  const panel = await panelFrame(page);
  await panel.locator('.row', { hasText: name }).first().click();
  await panel.locator('aside.details h2', { hasText: name }).waitFor();
  await firstAnswer(() => panel.locator('.candidates .path').count(), 30_000);
  return panel;
}

function quickPickRow(page, text) {
  return page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
}

/** The text box of the panel that shows this text while it is empty. */
function box(panel, placeholder) {
  return panel.locator(`[placeholder="${placeholder}"] input`);
}
