// A child of build/test.mjs: runs the given test files with mocha and reports the counts to its parent, if there is one.
import Mocha from 'mocha';

const [grep, ...files] = process.argv.slice(2);

const mocha = new Mocha({ ui: 'bdd', timeout: 30_000, color: process.stdout.isTTY, grep: grep || undefined });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
const runner = mocha.run(() => {
  const { passes: passed, failures: failed } = runner.stats;
  const exit = () => process.exit(failed > 0 ? 1 : 0);
  if (process.send) process.send({ passed, failed }, exit);
  else exit();
});
