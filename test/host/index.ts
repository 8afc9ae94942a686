// What VS Code's extension host runs: what is in the folder of one launch (test/host/suite, test/host/bench, …).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Mocha from 'mocha';
import { finish, print } from './harness/page.ts';

/** @throws when a test failed, which VS Code turns into its exit code. */
export async function run(): Promise<void> {
  const folder = join(import.meta.dirname, process.env['SPANLINE_TEST_LAUNCH'] ?? 'suite');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(test|bench)\.js$/.test(name))
    .map(name => join(folder, name))
    .sort();
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 30_000,
    color: process.env['SPANLINE_TEST_COLOR'] === '1',
    grep: process.env['SPANLINE_TEST_GREP'],
  });
  let printed = Promise.resolve();
  Mocha.reporters.Base.consoleLog = (message = '', ...values: unknown[]) => {
    printed = printed.then(() => print(message, ...values));
  };
  for (const file of files) {
    // Mocha would `require` the file first, and in VS Code 1.103 the hook that serves `vscode` then waits for itself.
    mocha.suite.emit('pre-require', globalThis, file, mocha);
    await import(pathToFileURL(file).href);
    mocha.suite.emit('post-require', globalThis, file, mocha);
  }
  const { stats } = await new Promise<Mocha.Runner>(resolve => {
    const runner = mocha.run(() => resolve(runner));
  });
  await printed;
  const { passes: passed = 0, failures: failed = 0, pending = 0 } = stats ?? {};
  await finish({ passed, failed, pending, files });
  if (failed > 0) throw new Error(`${failed} failed`);
}
