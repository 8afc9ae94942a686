// A real VS Code that is served to a browser on loopback, with data, settings and extensions of its own.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installServer } from './install.mjs';

/**
 * @typedef {object} ServerOptions
 * @property {'4.139.1' | '4.103.2'} version
 * @property {string} dataDir an empty or earlier data folder of this server; its log is `server.log` there.
 * @property {Record<string, unknown>} settings the user's settings.
 * @property {NodeJS.ProcessEnv} env of the server and of the extension hosts that it starts.
 * @property {boolean} [trust] ask whether a folder is trusted; without it every folder is.
 *
 * @typedef {object} Server
 * @property {string} origin
 * @property {(window: { folder: string, extension: string, tests?: string }) => string} address of a window.
 * @property {(settings: Record<string, unknown>) => Promise<void>} configure puts other settings in place of those that
 *   it was started with; open windows follow.
 * @property {() => Promise<void>} stop
 */

/**
 * @param {ServerOptions} options
 * @returns {Promise<Server>}
 * @throws when it does not listen within a minute.
 */
export async function startServer({ version, dataDir, settings, env, trust = false }) {
  const { node, main } = await installServer(version);
  await writeSettings(dataDir, settings);
  const token = randomBytes(16).toString('hex');
  const log = createWriteStream(join(dataDir, 'server.log'));
  const child = spawn(
    node,
    [
      main,
      ...['--host', '127.0.0.1', '--port', '0', '--connection-token', token],
      ...['--server-data-dir', dataDir, '--extensions-dir', join(dataDir, 'extensions')],
      ...['--accept-server-license-terms', '--enable-smoke-test-driver', '--disable-telemetry'],
      ...(trust ? [] : ['--disable-workspace-trust']),
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' },
  );
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = new Promise(resolve => child.once('exit', resolve));
  const stop = async () => {
    child.kill();
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    endGroup(child.pid);
    log.end();
  };
  try {
    const port = await listeningPort(child);
    const origin = `http://127.0.0.1:${port}`;
    return {
      origin,
      address: window => windowAddress(origin, token, window),
      configure: other => writeSettings(dataDir, other),
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`VS Code's server did not start (see ${join(dataDir, 'server.log')})`, { cause: error });
  }
}

/** An extension host that hangs does not notice that its server is gone. (Windows has no groups of processes.) */
function endGroup(pid) {
  if (process.platform === 'win32') return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Machine settings are read from the server's own file, the others from the user's. */
async function writeSettings(dataDir, settings) {
  for (const place of ['User', 'Machine']) {
    await mkdir(join(dataDir, 'data', place), { recursive: true });
    await writeFile(join(dataDir, 'data', place, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
  }
}

function listeningPort(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error('it did not listen within a minute')), 60_000);
    child.stdout.on('data', data => {
      output += data;
      const port = /^Extension host agent listening on (\d+)/m.exec(output)?.[1];
      if (!port) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`it ended with code ${code}`)));
  });
}

/**
 * `payload` is what the desktop takes as command-line flags; it is honoured by the smoke-test driver's flag only.
 *
 * @param {string} origin
 * @param {string} token
 * @param {{ folder: string, extension: string, tests?: string }} window
 */
function windowAddress(origin, token, { folder, extension, tests }) {
  const remote = path => `vscode-remote://${new URL(origin).host}${pathToFileURL(path).pathname}`;
  const payload = [
    ['extensionDevelopmentPath', remote(extension)],
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ['skipWelcome', 'true'],
  ];
  const address = new URL(origin);
  address.searchParams.set('tkn', token);
  address.searchParams.set('folder', pathToFileURL(folder).pathname);
  address.searchParams.set('payload', JSON.stringify(payload));
  return address.href;
}
