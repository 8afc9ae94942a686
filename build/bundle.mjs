// Bundles the product into dist/ (and, with --tests, the tests into out/). `--watch` rebuilds on change.
// dist/meta.json says which source gave how many bytes to which file; check-sizes.mjs reads it.

import { readdirSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { thirdPartyNotices } from './notices.mjs';
import { webviewBuild } from './webview.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const watch = process.argv.includes('--watch');
const tests = process.argv.includes('--tests');
const minify = !process.argv.includes('--no-minify') && !watch;

/** CommonJS dependencies inside an ES module bundle still call `require` for Node's own modules and ask for `__filename`. */
const requireBanner = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
].join('\n');

/**
 * undici carries its HTTP parser twice, for processors with and without SIMD. Node 20 and VS Code run on none without.
 * @type {import('esbuild').Plugin}
 */
const oneParser = {
  name: 'one-parser',
  setup(build) {
    build.onResolve({ filter: /\/llhttp-wasm\.js$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace('llhttp-wasm', 'llhttp_simd-wasm')),
    }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const node = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minify,
  legalComments: 'none',
  logLevel: 'warning',
  banner: { js: requireBanner },
  mainFields: ['module', 'main'],
  conditions: ['module', 'import', 'node'],
  plugins: [oneParser],
};

/** One build per process: an entry must not share chunks with a process that outlives it. */
/** @type {import('esbuild').BuildOptions[]} */
const product = [
  {
    ...node,
    entryPoints: ['src/extension.ts'],
    outdir: 'dist',
    splitting: true,
    chunkNames: 'extension/[name]-[hash]',
    external: ['vscode'],
  },
  { ...node, entryPoints: ['src/engine.ts'], outfile: 'dist/engine.js' },
  { ...node, entryPoints: ['src/languageServer.ts'], outfile: 'dist/languageServer.js' },
  {
    ...node,
    // The second is a thread of the first.
    entryPoints: ['src/cli.ts', 'src/cli/lintThread.ts'],
    outbase: 'src',
    outdir: 'dist',
    splitting: true,
    chunkNames: 'cli/[name]-[hash]',
  },
  { ...webviewBuild, minify },
];

/** Test files are bundled with splitting, so that a module exists once however many tests import it. */
/** @type {() => import('esbuild').BuildOptions[]} */
const testBuilds = () => [
  {
    ...node,
    minify: false,
    sourcemap: 'inline',
    entryPoints: ['test/unit', 'test/dom', 'test/interop', 'bench'].flatMap(sourcesBelow),
    outbase: '.',
    outdir: 'out',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  },
  {
    ...node,
    minify: false,
    sourcemap: 'inline',
    entryPoints: sourcesBelow('test/host'),
    outbase: '.',
    outdir: 'out',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    external: ['vscode', 'mocha', 'playwright-core'],
  },
];

const builds = tests ? testBuilds() : product;
await rm(join(root, tests ? 'out' : 'dist'), { recursive: true, force: true });
if (watch) {
  for (const build of builds) await (await esbuild.context(build)).watch();
} else {
  const results = await Promise.all(
    builds.filter(build => hasEntries(build)).map(build => esbuild.build({ ...build, metafile: true })),
  );
  if (!tests) await writeMeta(results.map(result => result.metafile));
}
if (!tests) await copyGrammars();

function sourcesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map(name => join(folder, name));
}

function hasEntries(build) {
  return !Array.isArray(build.entryPoints) || build.entryPoints.length > 0;
}

/** @param {esbuild.Metafile[]} metafiles */
async function writeMeta(metafiles) {
  const inputs = Object.assign({}, ...metafiles.map(({ inputs }) => inputs));
  const outputs = Object.assign({}, ...metafiles.map(({ outputs }) => outputs));
  await writeFile(join(root, 'dist/meta.json'), JSON.stringify({ outputs }));
  await writeFile(join(root, 'dist/ThirdPartyNotices.txt'), thirdPartyNotices(root, Object.keys(inputs)));
}

/** The grammars are data for the language server; they are loaded when a file of that language is first seen. */
async function copyGrammars() {
  const from = join(
    dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm/package.json')),
    'wasm',
  );
  const to = join(root, 'dist/grammars');
  await mkdir(to, { recursive: true });
  const names = [
    'tree-sitter',
    'tree-sitter-javascript',
    'tree-sitter-typescript',
    'tree-sitter-tsx',
    'tree-sitter-python',
    'tree-sitter-go',
    'tree-sitter-java',
    'tree-sitter-c-sharp',
  ];
  await Promise.all(names.map(name => cp(join(from, `${name}.wasm`), join(to, `${name}.wasm`))));
}
