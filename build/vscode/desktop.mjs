// VS Code with a window of its own on this machine's display: the installed one, else one that is downloaded.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cache, root } from './packages.mjs';

/** A download that has not begun to arrive after this many milliseconds will not. */
const patience = 20_000;

/** Whether a window can be shown. */
export function hasDisplay() {
  const { DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION } = process.env;
  if (process.platform === 'linux') return Boolean(DISPLAY || WAYLAND_DISPLAY);
  return SSH_CONNECTION === undefined;
}

/**
 * @returns {Promise<string | undefined>} the path of a desktop VS Code; `undefined` if there is none and none can be had.
 */
export async function desktopPath() {
  return installedPath() ?? (await downloadedPath());
}

function installedPath() {
  const suffix = process.platform === 'win32' ? '.cmd' : '';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  if (process.platform === 'darwin')
    folders.push('/Applications/Visual Studio Code.app/Contents/Resources/app/bin');
  return ['code', 'code-insiders', 'codium']
    .flatMap(name => folders.map(folder => join(folder, name + suffix)))
    .find(path => existsSync(path));
}

async function downloadedPath() {
  const { downloadAndUnzipVSCode, SilentReporter, resolveCliPathFromVSCodeExecutablePath } = await import(
    '@vscode/test-electron'
  );
  try {
    const executable = await downloadAndUnzipVSCode({
      version: 'stable',
      cachePath: cache,
      timeout: patience,
      reporter: new SilentReporter(),
    });
    return resolveCliPathFromVSCodeExecutablePath(executable);
  } catch (error) {
    console.log(`VS Code cannot be downloaded (${error instanceof Error ? error.message : error})`);
    return undefined;
  }
}

/**
 * Opens a window that has the extension of this checkout.
 *
 * @param {string} path of the command line `code`.
 * @param {string} folder
 */
export function openDesktop(path, folder) {
  const child = spawn(path, ['--new-window', `--extensionDevelopmentPath=${root}`, folder], {
    stdio: 'ignore',
    shell: process.platform === 'win32',
  });
  child.once('error', error => console.error(`${path} cannot be run: ${error.message}`));
}
