// Writes docs/rules/: a page for each rule and a table of all, from the rules' own metadata. `--check` only compares.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'docs/rules');
const bundle = join(root, 'out', `rules-${process.pid}.mjs`);
await esbuild.build({
  absWorkingDir: root,
  stdin: {
    contents: [
      "import { rulePages } from './src/lint/report/rulePages.ts';",
      "import { allRules } from './src/lint/rules/allRules.ts';",
      "import { runtimeRules } from './src/insight/findings/runtimeRules.ts';",
      'export const pages = rulePages([...allRules, ...runtimeRules]);',
    ].join('\n'),
    resolveDir: root,
    loader: 'ts',
  },
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});
const { pages: made } = await import(pathToFileURL(bundle).href);
rmSync(bundle);

const pages = new Map(Object.entries(made));
const present = readFolder();
if (process.argv.includes('--check')) {
  const different = [...new Set([...pages.keys(), ...present.keys()])].filter(
    name => pages.get(name) !== present.get(name),
  );
  for (const name of different) console.error(`docs/rules/${name} differs from the rules; run npm run rules`);
  process.exitCode = different.length > 0 ? 1 : 0;
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of present.keys()) if (!pages.has(name)) rmSync(join(folder, name));
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
  console.log(`${pages.size} pages in docs/rules`);
}

function readFolder() {
  try {
    return new Map(
      readdirSync(folder)
        .filter(name => name.endsWith('.md'))
        .map(name => [name, readFileSync(join(folder, name), 'utf8')]),
    );
  } catch {
    return new Map();
  }
}
