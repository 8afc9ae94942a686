// A place of its own for a VS Code under test: data, settings, free ports, and an engine that is not the user's.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What makes a workbench quiet: nothing that asks, fetches, or moves by itself. */
const quiet = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * @param {Record<string, unknown>} [settings] on top of the quiet ones.
 * @returns {Promise<{ folder: string, dataDir: string, env: NodeJS.ProcessEnv, settings: Record<string, unknown>,
 *   dispose: () => Promise<void> }>} `dispose` ends the engine and deletes the folder.
 */
export async function createEnvironment(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'spanline-'));
  const dataDir = join(folder, 'vscode');
  const state = join(folder, 'state');
  const runtime = join(folder, 'run');
  await Promise.all([dataDir, state, runtime].map(path => mkdir(path, { recursive: true, mode: 0o700 })));
  const [http, grpc] = await freePorts(2);
  return {
    folder,
    dataDir,
    env: {
      ...withoutOurs(process.env),
      XDG_STATE_HOME: state,
      XDG_RUNTIME_DIR: runtime,
      EXTENSIONS_GALLERY: '{}',
    },
    settings: {
      ...quiet,
      'spanline.receiver.otlpHttpPort': http,
      'spanline.receiver.otlpGrpcPort': grpc,
      ...settings,
    },
    dispose: async () => {
      await endEngine(join(state, 'spanline', 'engine.json'));
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** What npm, a debugger or an instrumented shell has put into our environment is not for the windows under test. */
function withoutOurs(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(npm_|OTEL_|VSCODE_|NODE_OPTIONS$|ELECTRON_)/i.test(name)),
  );
}

/** Ports that were free on both loopback addresses a moment ago. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    ports.push(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    server.close();
    await once(server, 'close');
  }
  return ports;
}

/** The engine outlives its windows for a while; here nobody comes back to it. */
async function endEngine(discoveryFile) {
  if (!existsSync(discoveryFile)) return;
  const { pid } = JSON.parse(await readFile(discoveryFile, 'utf8'));
  try {
    process.kill(pid);
    for (let waited = 0; waited < 5000; waited += 50) {
      process.kill(pid, 0);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
