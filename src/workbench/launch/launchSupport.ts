import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/events.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { terminalProfile } from '../names.ts';
import { readSetting } from '../settings.ts';
import { workspaceUri } from '../workspace.ts';
import { type Environment, launchEnvironment, readEnvFile } from './launchEnvironment.ts';

/** A launch is not held up for longer than this by a receiver that does not start. */
const longestWaitMs = 5000;
const largestEnvFile = 1_000_000;

/** Debug types that are not the user's program: extensions under development, and browsers. */
const foreignTypes = /^(?:pwa-)?(?:extensionHost|chrome|msedge|firefox|webkit)$|^editor-browser$/;

/** Gives the programs that VS Code launches for the user the environment in which their traces arrive here. */
export class LaunchSupport implements Disposable, vscode.TerminalProfileProvider {
  readonly #link: EngineLink;
  readonly #control: ReceiverControl;
  readonly #log: vscode.LogOutputChannel;
  readonly #owned = new DisposableStore();

  constructor(link: EngineLink, control: ReceiverControl, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#control = control;
    this.#log = log;
    this.#owned.add(vscode.window.registerTerminalProfileProvider(terminalProfile, this));
    this.#owned.add(
      vscode.debug.registerDebugConfigurationProvider('*', {
        resolveDebugConfigurationWithSubstitutedVariables: (_folder, configuration) =>
          this.#withTracing(configuration),
      }),
    );
  }

  async provideTerminalProfile(): Promise<vscode.TerminalProfile> {
    return new vscode.TerminalProfile(await this.#terminalOptions());
  }

  async openTerminal(): Promise<void> {
    vscode.window.createTerminal(await this.#terminalOptions()).show();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** A terminal of ours is asked for by name, so that the endpoint is set whatever the shell inherits. */
  async #terminalOptions(): Promise<vscode.TerminalOptions> {
    if (!vscode.workspace.isTrusted)
      throw new Error(vscode.l10n.t('Programs are launched with tracing in trusted workspaces only.'));
    await this.#control.require();
    return {
      name: vscode.l10n.t('Spanline Terminal'),
      iconPath: new vscode.ThemeIcon('pulse'),
      env: launchEnvironment(this.#link.endpoints, workspaceUri(), {
        OTEL_RESOURCE_ATTRIBUTES: process.env['OTEL_RESOURCE_ATTRIBUTES'],
      }),
      isTransient: true,
    };
  }

  async #withTracing(configuration: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration> {
    if (configuration.request !== 'launch' || foreignTypes.test(configuration.type)) return configuration;
    if (!vscode.workspace.isTrusted || !readSetting('launch.injectEnvironment')) return configuration;
    if (!(await this.#isReady())) return configuration;
    const own = launchVariables(configuration);
    const existing = { ...process.env, ...(await this.#envFiles(configuration)), ...own };
    const added = launchEnvironment(this.#link.endpoints, workspaceUri(), existing);
    this.#log.info(`launch: ${configuration.name}: ${Object.keys(added).join(', ') || 'nothing to add'}`);
    return withVariables(configuration, added);
  }

  async #isReady(): Promise<boolean> {
    const timeout = new Promise<false>(resolve => setTimeout(() => resolve(false), longestWaitMs).unref());
    const ready = await Promise.race([this.#control.ensure('launch'), timeout]);
    if (!ready) this.#log.info('launch: the receiver does not run; nothing is added to the environment');
    return ready;
  }

  /** Debug adapters add these beneath `env`, so that what we add would hide what the user wrote there. */
  async #envFiles({ envFile }: vscode.DebugConfiguration): Promise<Environment> {
    const variables: { [name: string]: string } = {};
    for (const path of [envFile].flat()) {
      if (typeof path !== 'string' || path === '') continue;
      try {
        const file = vscode.Uri.file(path);
        const { size } = await vscode.workspace.fs.stat(file);
        if (size > largestEnvFile) throw new Error(`it is larger than ${largestEnvFile} bytes`);
        const content = await vscode.workspace.fs.readFile(file);
        Object.assign(variables, readEnvFile(new TextDecoder().decode(content)));
      } catch (error) {
        // The debug adapter tells the user what is wrong with it.
        this.#log.warn(`launch: ${path} is not read: ${error instanceof Error ? error.message : error}`);
      }
    }
    return variables;
  }
}

/** The C++ debugger has a list of its own in place of `env`. */
function usesList({ type }: vscode.DebugConfiguration): boolean {
  return type === 'cppdbg' || type === 'cppvsdbg';
}

function launchVariables(configuration: vscode.DebugConfiguration): Environment {
  if (!usesList(configuration)) return (configuration['env'] ?? {}) as Environment;
  const list = (configuration['environment'] ?? []) as { name: string; value: string }[];
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

function withVariables(
  configuration: vscode.DebugConfiguration,
  added: { readonly [name: string]: string },
): vscode.DebugConfiguration {
  if (!usesList(configuration)) return { ...configuration, env: { ...configuration['env'], ...added } };
  const kept = ((configuration['environment'] ?? []) as { name: string }[]).filter(
    ({ name }) => added[name] === undefined,
  );
  const list = Object.entries(added).map(([name, value]) => ({ name, value }));
  return { ...configuration, environment: [...kept, ...list] };
}
