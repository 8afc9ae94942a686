// `npm run check`: types, lint, imports, manifest, sizes. Every step runs; the exit code says whether all passed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = name => fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));

/** Biome colours what nobody sees as well. */
const colors = process.stdout.isTTY ? [] : ['--colors=off'];

const steps = [
  ['types of src', bin('tsc'), '-p', 'tsconfig.json'],
  ['types of webview', bin('tsc'), '-p', 'webview/tsconfig.json'],
  ['types of test and bench', bin('tsc'), '-p', 'test/tsconfig.json'],
  ['types of build', bin('tsc'), '-p', 'build/tsconfig.json'],
  ['lint and format', bin('biome'), 'ci', '--error-on-warnings', ...colors, '.'],
  ['imports', process.execPath, 'build/check-imports.mjs'],
  ['manifest', process.execPath, 'build/check-manifest.mjs'],
  ['texts', process.execPath, 'build/l10n.mjs', '--check'],
  ['rule pages', process.execPath, 'build/rules.mjs', '--check'],
  ['sizes', process.execPath, 'build/check-sizes.mjs'],
].filter(([, command, script]) => command !== process.execPath || existsSync(`${root}${script}`));

const failed = [];
for (const [name, command, ...args] of steps) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  console.log(`${status === 0 ? 'ok' : 'FAILED'}: ${name}`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`check failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
