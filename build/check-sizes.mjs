// Compares the bundles in dist/ with their budgets. What the files are made of is in dist/meta.json (build/bundle.mjs).
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const meta = fileURLToPath(new URL('../dist/meta.json', import.meta.url));
if (!existsSync(meta)) {
  console.error('dist/meta.json is missing: run `npm run build` first');
  process.exit(1);
}
/** @type {import('esbuild').Metafile['outputs']} */
const outputs = JSON.parse(readFileSync(meta, 'utf8')).outputs;

const host = Object.keys(outputs).filter(file => /^dist\/extension(\.js$|\/)/.test(file));
const webviews = Object.keys(outputs).filter(file => /^dist\/webview\/.*\.js$/.test(file));

/** In kB of 1,000 bytes, minified. */
const budgets = [
  [
    'S1a',
    'what activation loads, without vscode-jsonrpc',
    60,
    bytes(closure('dist/extension.js'), isNotJsonRpc),
  ],
  ['S1b', 'our own code in the extension host', 300, bytes(host, input => !isPackage(input))],
  ['S1c', 'packages in the extension host, the language client above all', 450, bytes(host, isPackage)],
  ['S1d', 'engine', 1000, outputs['dist/engine.js'].bytes],
  ...webviews.map(file => ['S1e', file, 260, outputs[file].bytes]),
];

for (const [id, what, budget, size] of budgets) {
  const over = size > budget * 1000;
  console.log(`${over ? 'OVER ' : ''}${id} ${what}: ${(size / 1000).toFixed(1)} of ${budget} kB`);
  if (over) process.exitCode = 1;
}

/** A file and all that it imports statically. */
function closure(file, found = new Set()) {
  found.add(file);
  for (const { path, kind } of outputs[file].imports)
    if (kind === 'import-statement' && path in outputs && !found.has(path)) closure(path, found);
  return [...found];
}

/** What the inputs that `counts` accepts give to these files. */
function bytes(files, counts) {
  return files
    .flatMap(file => Object.entries(outputs[file].inputs))
    .filter(([input]) => counts(input))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
}

function isPackage(input) {
  return input.includes('node_modules/');
}

function isNotJsonRpc(input) {
  return !input.includes('node_modules/vscode-jsonrpc/');
}
