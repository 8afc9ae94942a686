// `npm run bench -- [--json] [--short] [--gates] [--against <binary>]… [suite…]`: bundles bench/<suite>.ts and runs each in
// a process of its own. A suite prints JSON lines (bench/harness.ts) on stdout; what it has to say beside them is for people.
// `--gates` compares with bench/gates.json, in the short form; machines are noisy, so a suite has three attempts.
// `--against` sets the engine beside programs of others (bench/against.ts); `--over` names folders of programs to lint (bench/recall.ts).
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    short: { type: 'boolean' },
    gates: { type: 'boolean' },
    against: { type: 'string', multiple: true, default: [] },
    over: { type: 'string', multiple: true, default: [] },
  },
});
/** Suite → name of a number → what its ratio (or value, where there is no baseline) has to be: `{ least }` or `{ most }`. */
const gates = JSON.parse(readFileSync(join(root, 'bench/gates.json'), 'utf8'));
const attempts = values.gates ? 3 : 1;

const suites = readdirSync(join(root, 'bench'))
  .filter(name => name.endsWith('.ts') && name !== 'harness.ts')
  .map(name => name.slice(0, -3));
const unknown = positionals.filter(name => !suites.includes(name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are: ${suites.join(', ')}`);
  process.exit(2);
}
const peers = values.against.map(path => resolve(path));
const folders = values.over.map(path => resolve(path));
const chosen = chosenSuites();

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

const failures = [];
for (const suite of chosen) {
  const open = new Map(values.gates ? Object.entries(gates[suite] ?? {}) : []);
  for (let attempt = 0; attempt < attempts && (attempt === 0 || open.size > 0); attempt++)
    for (const line of run(suite)) {
      const gate = open.get(line.name);
      if (gate !== undefined && holds(gate, line)) open.delete(line.name);
    }
  for (const [name, { least, most }] of open)
    failures.push(`${name} is ${least === undefined ? `over ${most}` : `under ${least}`}`);
}
for (const failure of failures) console.error(`FAILED: ${failure} in each of ${attempts} attempts`);
if (failures.length > 0) process.exitCode = 1;
else if (values.gates) console.error('all gates hold');

function chosenSuites() {
  if (positionals.length > 0) return positionals;
  if (values.gates) return Object.keys(gates);
  // Other people's programs are compared with when they are named, and ten minutes are a long time.
  if (folders.length > 0) return ['recall'];
  return peers.length > 0
    ? ['against']
    : suites.filter(name => !['against', 'recall', 'soak'].includes(name));
}

/** The lines of a suite, which are shown as well. */
function run(suite) {
  const { status, signal, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', join(root, `out/bench-suites/${suite}.js`)],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', values.json ? 'ignore' : 'inherit'],
      encoding: 'utf8',
      env: {
        ...process.env,
        SPANLINE_BENCH: values.short || values.gates ? 'short' : 'full',
        SPANLINE_PEERS: JSON.stringify(peers),
        SPANLINE_OVER: JSON.stringify(folders),
      },
      timeout: 900_000,
    },
  );
  const lines = [];
  for (const text of stdout.split('\n').filter(Boolean)) {
    if (!text.startsWith('{')) {
      console.error(text);
      continue;
    }
    const line = JSON.parse(text);
    lines.push(line);
    console.log(values.json ? text : forPeople(line));
  }
  if (status !== 0) {
    console.error(`bench/${suite}.ts failed: ${signal ?? `exit code ${status}`}`);
    process.exitCode = 1;
  }
  return lines;
}

function holds({ least, most }, { ratio, value }) {
  const number = ratio ?? value;
  return (least === undefined || number >= least) && (most === undefined || number <= most);
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
