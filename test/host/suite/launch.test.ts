import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { eventually, run, runningApi } from '../support.ts';

describe('launches with tracing', () => {
  let endpoint: string;
  let folder: string;

  before(async () => {
    ({ endpoint } = await runningApi());
    folder = await mkdtemp(join(tmpdir(), 'spanline-launch-'));
    await writeFile(
      join(folder, 'main.cjs'),
      "require('node:fs').writeFileSync(process.argv[2], JSON.stringify(process.env));",
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Debugs a program that writes down its environment. */
  async function environmentOf(name: string, configuration: object): Promise<{ [name: string]: string }> {
    const output = join(folder, `${name}.json`);
    const ended = new Promise<void>(resolve => {
      const subscription = vscode.debug.onDidTerminateDebugSession(session => {
        if (session.parentSession !== undefined) return;
        subscription.dispose();
        resolve();
      });
    });
    const isStarted = await vscode.debug.startDebugging(undefined, {
      type: 'node',
      request: 'launch',
      name,
      program: join(folder, 'main.cjs'),
      args: [output],
      console: 'internalConsole',
      ...configuration,
    });
    assert.ok(isStarted, 'the debug session starts');
    await ended;
    return JSON.parse(await eventually(`${name} has run`, () => readFile(output, 'utf8').catch(() => '')));
  }

  it('gives a debugged program the endpoint and says whose it is', async () => {
    const env = await environmentOf('plain', {});
    assert.equal(env['OTEL_EXPORTER_OTLP_ENDPOINT'], endpoint);
    assert.equal(env['OTEL_EXPORTER_OTLP_PROTOCOL'], 'http/protobuf');
    const own = vscode.workspace.workspaceFolders?.[0]?.uri.toString() ?? '';
    assert.equal(env['OTEL_RESOURCE_ATTRIBUTES'], `spanline.workspace=${encodeURIComponent(own)}`);
  });

  it('leaves what the user has set, in env and in an env file', async () => {
    await writeFile(join(folder, '.env'), 'OTEL_BSP_SCHEDULE_DELAY="1000"\n');
    const env = await environmentOf('own', {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_RESOURCE_ATTRIBUTES: 'team=a' },
      envFile: join(folder, '.env'),
    });
    assert.equal(env['OTEL_EXPORTER_OTLP_ENDPOINT'], 'http://collector:4318');
    assert.equal(env['OTEL_BSP_SCHEDULE_DELAY'], '1000');
    assert.match(env['OTEL_RESOURCE_ATTRIBUTES'], /^team=a,spanline\.workspace=/);
  });

  it('adds nothing when the setting is off', async () => {
    const settings = vscode.workspace.getConfiguration('spanline');
    await settings.update('launch.injectEnvironment', false, vscode.ConfigurationTarget.Global);
    try {
      const env = await environmentOf('off', {});
      assert.equal(env['OTEL_EXPORTER_OTLP_ENDPOINT'], undefined);
    } finally {
      await settings.update('launch.injectEnvironment', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('opens a terminal with the endpoint', async () => {
    await run(commands.openTerminal);
    const terminal = await eventually('the terminal', () =>
      vscode.window.terminals.find(({ name }) => name === 'Spanline Terminal'),
    );
    const { env } = terminal.creationOptions as vscode.TerminalOptions;
    assert.equal(env?.['OTEL_EXPORTER_OTLP_ENDPOINT'], endpoint);
    terminal.dispose();
  });
});
