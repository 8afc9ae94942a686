// Checks package.json against src/workbench/names.ts and package.nls.json: a name that only one side knows is a defect
// that no compiler sees.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8'));
const names = await loadNames();
const { contributes, capabilities } = manifest;
const problems = [];

same(
  'commands',
  contributes.commands.map(({ command }) => command),
  names.allCommands,
);
same('settings', Object.keys(contributes.configuration.properties), names.settingNames.map(prefixed));
same(
  'views',
  contributes.views[names.views.container].map(({ id }) => id),
  [names.views.traces, names.views.services],
);
same(
  'colors',
  contributes.colors.map(({ id }) => id),
  [...names.colors.services, names.colors.error, names.colors.criticalPath],
);
same(
  'terminal profiles',
  contributes.terminal.profiles.map(({ id }) => id),
  [names.terminalProfile],
);
same(
  'walkthroughs',
  contributes.walkthroughs.map(({ id }) => id),
  [names.walkthrough],
);

known('a command', usedCommands(), names.allCommands);
known('a context key', usedContextKeys(), names.contextKeyNames);
known('a tree item', usedTreeItems(), Object.values(names.treeItems));
known(
  'a setting',
  capabilities.untrustedWorkspaces.restrictedConfigurations,
  names.settingNames.map(prefixed),
);

if (!manifest.activationEvents.includes(`onWebviewPanel:${names.tracePanelType}`))
  problems.push(`activationEvents lack onWebviewPanel:${names.tracePanelType}`);
for (const { command, title, category } of contributes.commands)
  if (category !== 'Spanline' || !title.startsWith('%')) problems.push(`${command}: category or title`);
for (const [id, { scope, default: value, order }] of Object.entries(contributes.configuration.properties))
  if (scope === undefined || value === undefined || order === undefined)
    problems.push(`${id}: needs a scope, a default and an order`);
checkTexts();
checkFiles();

for (const problem of problems) console.error(problem);
console.log(`${contributes.commands.length} commands, ${problems.length} manifest problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** names.ts as a module: it imports nothing that needs VS Code. */
async function loadNames() {
  const outfile = join(root, 'out/check/names.mjs');
  await esbuild.build({
    entryPoints: [join(root, 'src/workbench/names.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  return import(pathToFileURL(outfile).href);
}

function prefixed(name) {
  return `spanline.${name}`;
}

function same(what, declared, coded) {
  for (const name of declared)
    if (!coded.includes(name)) problems.push(`${what}: ${name} is not in names.ts`);
  for (const name of coded)
    if (!declared.includes(name)) problems.push(`${what}: ${name} is not in package.json`);
  if (new Set(declared).size !== declared.length) problems.push(`${what}: a name is declared twice`);
}

function known(what, used, coded) {
  for (const name of new Set(used))
    if (name.startsWith('spanline.') && !coded.includes(name))
      problems.push(`${name} is used as ${what}, and is none`);
}

function usedCommands() {
  const inMenus = Object.values(contributes.menus).flatMap(items => items.map(({ command }) => command));
  const inKeys = contributes.keybindings.map(({ command }) => command);
  const links = JSON.stringify(texts).matchAll(/command:(spanline\.[\w.]+)/g);
  const events = contributes.walkthroughs
    .flatMap(({ steps }) => steps.flatMap(({ completionEvents }) => completionEvents))
    .filter(event => event.startsWith('onCommand:'))
    .map(event => event.slice('onCommand:'.length));
  const focus = `${names.views.traces}.focus`;
  return [...inMenus, ...inKeys, ...events, ...[...links].map(([, id]) => id)].filter(id => id !== focus);
}

function whens() {
  return JSON.stringify(contributes).matchAll(/"(?:when|enablement)":"((?:[^"\\]|\\.)*)"/g);
}

/** Identifiers on the left of an operator, or alone; `spanline.traces` behind `view ==` is a value. */
function usedContextKeys() {
  return [...whens()].flatMap(([, when]) =>
    when
      .split(/&&|\|\|/)
      .map(term => term.trim().replace(/^[(!]+/, ''))
      .map(term => /^spanline\.\w+/.exec(term)?.[0])
      .filter(key => key !== undefined),
  );
}

function usedTreeItems() {
  return [...whens()].flatMap(([, when]) =>
    [...when.matchAll(/viewItem == (spanline[\w.]+)/g)].map(([, id]) => id),
  );
}

function checkTexts() {
  const used = new Set([...JSON.stringify(manifest).matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
  for (const key of used) if (!(key in texts)) problems.push(`package.nls.json lacks ${key}`);
  for (const key of Object.keys(texts))
    if (!used.has(key)) problems.push(`package.nls.json: ${key} is not used`);
}

function checkFiles() {
  for (const [, path] of JSON.stringify(manifest).matchAll(/"(media\/[^"]+)"/g))
    if (!existsSync(join(root, path))) problems.push(`${path} is missing`);
}
