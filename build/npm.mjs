// npm as this machine has it, so that the user's registry, proxy and certificates apply.
import { spawnSync } from 'node:child_process';

/**
 * Runs npm and waits for it.
 *
 * @param {string[]} args
 * @param {{ cwd: string, quiet?: boolean }} options `quiet`: show npm's output only when it fails.
 * @throws when npm cannot be run or fails.
 */
export function npm(args, { cwd, quiet = false }) {
  const cli = process.env['npm_execpath'];
  const [command, ...first] = cli?.endsWith('.js') ? [process.execPath, cli] : ['npm'];
  const { status, error, stdout, stderr } = spawnSync(command, [...first, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: quiet ? 'pipe' : 'inherit',
    shell: command === 'npm' && process.platform === 'win32',
  });
  if (error) throw new Error(`npm cannot be run: ${error.message}`);
  if (status !== 0)
    throw new Error(`npm ${args.join(' ')} failed with code ${status}\n${stdout ?? ''}${stderr ?? ''}`);
}
