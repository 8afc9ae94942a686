// `npm run package [-- --out <file>] [--as-built]`: builds (or takes what is in dist/) and makes the VSIX.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'spanline.vsix' },
    'as-built': { type: 'boolean', default: false },
  },
});

if (!values['as-built']) {
  const { status } = spawnSync(process.execPath, ['build/bundle.mjs'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
await createVSIX({
  cwd: root,
  packagePath: values.out,
  dependencies: false,
  rewriteRelativeLinks: false,
  allowMissingRepository: true,
});
console.log(`${values.out}: ${Math.round(statSync(values.out).size / 1000)} kB`);
