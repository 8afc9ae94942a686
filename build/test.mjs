// `npm test [-- unit|dom|host|interop…] [--grep <text>] [--floor] [--long]`: from nothing to a verdict. Without a name: types, lint
// and all suites but interop. `--long`: tests that look for faults by chance do it for hours. The last line is `<n> passed, <n> failed`.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installDependencies } from './install.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const suites = ['unit', 'dom', 'host', 'interop'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    grep: { type: 'string' },
    floor: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
  },
});
/** A suite of mocha that hangs is ended after this many milliseconds. */
const limit = (values.long ? 240 : 20) * 60_000;
const unknown = positionals.find(name => !suites.includes(name));
if (unknown) {
  console.error(`no such suite: ${unknown}; there are ${suites.join(', ')}`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : ['unit', 'dom', 'host'];

const problems = [];
let passed = 0;
let failed = 0;

installDependencies();
build('build/bundle.mjs');
if (positionals.length === 0 && !succeeds('build/check.mjs')) problems.push('check');
build('build/bundle.mjs', '--tests');
problems.push(...misplaced());
for (const suite of chosen) {
  if (testSources(join('test', suite)).length === 0) problems.push(`${suite} has no tests`);
  const counts = suite === 'host' ? await host() : await mocha(suite);
  console.log(`${suite}: ${counts.passed} passed, ${counts.failed} failed`);
  passed += counts.passed;
  failed += counts.failed;
}

for (const problem of problems) console.error(`FAILED: ${problem}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(problems.length > 0 || failed > 0 || passed === 0 ? 1 : 0);

function build(...args) {
  if (succeeds(...args)) return;
  console.error(`FAILED: ${args.join(' ')}; no test was run`);
  process.exit(1);
}

function succeeds(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

async function mocha(suite) {
  console.log(`\n${suite} tests`);
  const sources = testSources(join('test', suite));
  const files = sources.map(source => join(root, 'out', source.replace(/\.ts$/, '.js')));
  const missing = sources.filter((_, index) => !existsSync(files[index]));
  problems.push(...missing.map(source => `${source} was not built`));
  if (missing.length > 0 || files.length === 0) return { passed: 0, failed: missing.length };
  const child = fork(join(root, 'build/mocha.mjs'), [values.grep ?? '', ...files], {
    cwd: root,
    env: { ...process.env, SPANLINE_TESTS: values.long ? 'long' : 'short' },
  });
  let counts;
  child.once('message', message => {
    counts = message;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), limit);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  if (!counts) problems.push(`${suite} tests ended with ${code ?? 'a signal'} before a result`);
  return counts ?? { passed: 0, failed: 1 };
}

async function host() {
  const { runHostTests } = await import('./vscode/hostTests.mjs');
  try {
    return await runHostTests({ useFloor: values.floor, grep: values.grep });
  } catch (error) {
    console.error(error);
    problems.push('host tests could not be run');
    return { passed: 0, failed: 1 };
  }
}

/** A test file in no suite's folder would never run. */
function misplaced() {
  const homes = /^test[\\/](unit|dom|interop|host[\\/](suite|restricted))[\\/]/;
  return testSources('test')
    .filter(source => !homes.test(source) && !source.startsWith(join('test', 'fixtures')))
    .map(source => `${source} is in no suite`);
}

function testSources(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.test\.tsx?$/.test(name))
    .map(name => join(folder, name))
    .sort();
}
