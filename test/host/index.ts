// What VS Code's extension host runs: the suites of one launch (test/host/suite, test/host/restricted, …).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { finish, print } from './harness/page.ts';

/** @throws when a test failed, which VS Code turns into its exit code. */
export async function run(): Promise<void> {
  const folder = join(import.meta.dirname, process.env['SPANLINE_TEST_LAUNCH'] ?? 'suite');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.js'))
    .map(name => join(folder, name))
    .sort();
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: 30_000,
    color: true,
    grep: process.env['SPANLINE_TEST_GREP'],
  });
  for (const file of files) mocha.addFile(file);
  let printed = Promise.resolve();
  Mocha.reporters.Base.consoleLog = (message = '', ...values: unknown[]) => {
    printed = printed.then(() => print(message, ...values));
  };
  await mocha.loadFilesAsync();
  const { stats } = await new Promise<Mocha.Runner>(resolve => {
    const runner = mocha.run(() => resolve(runner));
  });
  await printed;
  const { passes: passed = 0, failures: failed = 0, pending = 0 } = stats ?? {};
  await finish({ passed, failed, pending, files });
  if (failed > 0) throw new Error(`${failed} failed`);
}
