// The engine, asked through the command line that everybody has.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

/**
 * @param {string[]} args a subcommand and its flags.
 * @param {NodeJS.ProcessEnv} env says whose engine.
 * @returns {Promise<any>} the JSON it prints.
 */
export async function askEngine(args, env) {
  const { stdout } = await run(process.execPath, [cli, ...args, '--json'], { env, maxBuffer: 64 << 20 });
  return JSON.parse(stdout);
}

/**
 * Waits until a window has started the engine.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {number} timeout in milliseconds
 * @returns {Promise<{ otlpHttp: string, otlpGrpc: string }>} where it listens.
 * @throws with what the command line said last, when it does not listen in time.
 */
export async function engineEndpoints(env, timeout) {
  const deadline = Date.now() + timeout;
  for (;;) {
    try {
      const { endpoints } = await askEngine(['status'], env);
      if (endpoints.otlpHttp && endpoints.otlpGrpc) return endpoints;
      throw new Error(`it listens at ${JSON.stringify(endpoints)} only`);
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`no engine after ${timeout / 1000} seconds: ${error.stderr ?? error.message}`);
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }
}
