// `npm run bench -- [--json] [--short] [suite…]`: bundles bench/<suite>.ts and runs each in a process of its own.
// A suite prints JSON lines (bench/harness.ts) on stdout; what it has to say beside them is for people.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, short: { type: 'boolean' } },
});

const suites = readdirSync(join(root, 'bench'))
  .filter(name => name.endsWith('.ts') && name !== 'harness.ts')
  .map(name => name.slice(0, -3));
const unknown = positionals.filter(name => !suites.includes(name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are: ${suites.join(', ')}`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : suites;

// In the editor the product itself is measured, by code that is bundled as the tests are.
if (chosen.includes('host')) for (const tests of [[], ['--tests']]) bundle(...tests);

await esbuild.build({
  absWorkingDir: root,
  entryPoints: chosen.map(name => `bench/${name}.ts`),
  outbase: 'bench',
  outdir: 'out/bench-suites',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});

for (const suite of chosen) {
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', join(root, `out/bench-suites/${suite}.js`)],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', values.json ? 'ignore' : 'inherit'],
      encoding: 'utf8',
      env: { ...process.env, SPANLINE_BENCH: values.short ? 'short' : 'full' },
      timeout: 600_000,
    },
  );
  for (const line of stdout.split('\n').filter(Boolean)) {
    if (!line.startsWith('{')) console.error(line);
    else console.log(values.json ? line : forPeople(JSON.parse(line)));
  }
  if (status !== 0) {
    console.error(`bench/${suite}.ts failed: ${signal ?? `exit code ${status}`}`);
    process.exitCode = 1;
  }
}

function bundle(...args) {
  const { status } = spawnSync(process.execPath, [join(root, 'build/bundle.mjs'), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}

function forPeople({ name, value, unit, baseline, ratio, note }) {
  const against = baseline === undefined ? '' : `, baseline ${baseline} ${unit}`;
  return `${name}: ${value} ${unit}${against}${ratio === undefined ? '' : `, ratio ${ratio}`}${note ? ` (${note})` : ''}`;
}
