import * as vscode from 'vscode';
import { byteSize, byteSizeForms } from '../../base/byteSize.ts';
import { type Disposable, DisposableStore } from '../../base/events.ts';
import type { EngineOptions } from '../../engine/engineOptions.ts';
import { setContextKey } from '../contextKeys.ts';
import { onDidChangeSetting, readSetting } from '../settings.ts';
import type { EngineLink } from './engineLink.ts';

/** Somebody needs the receiver without having asked for it. */
export type StartReason = 'window opened' | 'SDK found' | 'launch' | 'view opened' | 'panel restored';

const consentKey = 'receiver.hostConsent';

/** How the engine is to be started, from the settings. */
export function engineOptions(): EngineOptions {
  const host = readSetting('receiver.host').trim();
  return {
    otlpHttpPort: readSetting('receiver.otlpHttpPort'),
    otlpGrpcPort: readSetting('receiver.otlpGrpcPort'),
    ports: portsIn(readSetting('receiver.ports')),
    budgetBytes: budgetBytes(),
    journal: readSetting('store.journal'),
    keepLonger: readSetting('store.keepLonger'),
    ...(host === '' ? {} : { hosts: listenAddresses(host), allowedHosts: [host, 'host.docker.internal'] }),
  };
}

/** The editor offers a field for megabytes; `settings.json` may say `"1 GB"` as well. Throws an error that names the forms. */
function budgetBytes(): number {
  const setting = readSetting('store.budgetMegabytes');
  const bytes = byteSize(`${setting}`, 1_000_000);
  if (bytes === undefined)
    throw new Error(
      vscode.l10n.t(
        'The setting spanline.store.budgetMegabytes must be a number of megabytes, or as {0}, not {1}.',
        byteSizeForms,
        JSON.stringify(setting),
      ),
    );
  return bytes;
}

/** What is no port is left out: the editor has marked it, and the rest is to open. */
function portsIn(setting: Record<string, unknown>): { [receiver: string]: number } {
  const isPort = (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < 65536;
  return Object.fromEntries(
    Object.entries(setting).flatMap(([name, port]) => (isPort(port) ? [[name, port]] : [])),
  );
}

/** An address that stands for all of its family must not be bound beside one of that family. */
function listenAddresses(host: string): string[] {
  if (host === '0.0.0.0') return ['0.0.0.0', '::1'];
  if (host === '::') return ['::'];
  return ['127.0.0.1', '::1', ...(['127.0.0.1', '::1', 'localhost'].includes(host) ? [] : [host])];
}

/** Decides when this window is attached to an engine: the setting, what the user asked for, and what needs it. */
export class ReceiverControl implements Disposable {
  readonly #link: EngineLink;
  readonly #memory: vscode.Memento;
  readonly #log: vscode.LogOutputChannel;
  readonly #owned = new DisposableStore();
  #stoppedByUser = false;

  constructor(link: EngineLink, memory: vscode.Memento, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#memory = memory;
    this.#log = log;
    this.#owned.add(link.onDidChangeState(state => setContextKey('spanline.receiver', state)));
    this.#owned.add(
      onDidChangeSetting('receiver.start', () => {
        if (readSetting('receiver.start') === 'always') void this.ensure('window opened');
      }),
    );
    setContextKey('spanline.receiver', link.state);
  }

  /**
   * Starts for a reason that is not the user's command, if the setting allows it; whether the receiver runs then.
   * Never throws: what went wrong is in the state and the log.
   */
  async ensure(reason: StartReason): Promise<boolean> {
    if (this.#link.state === 'listening') return true;
    if (!this.#mayStart(reason) || !(await this.#hasConsent())) return false;
    this.#log.info(`receiver: starting (${reason})`);
    try {
      await this.#link.start();
      return true;
    } catch (error) {
      this.#log.error(`receiver: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }

  /** Starts for something that the user has just asked for, whatever the setting says. Throws if it cannot start. */
  async require(): Promise<void> {
    this.#stoppedByUser = false;
    if (!(await this.#hasConsent())) throw new vscode.CancellationError();
    await this.#link.start();
  }

  /** Starts by the user's command, and speaks of what is not as they would expect. Throws if it cannot start. */
  async startNow(): Promise<void> {
    await this.require();
    const { l10n, window } = vscode;
    for (const { receiver, port, holder } of this.#link.status?.portConflicts ?? []) {
      const taken = holder
        ? l10n.t('Port {0} is held by {1}.', port, holder)
        : l10n.t('Port {0} is held by another program.', port);
      const endpoint = this.#link.endpoints[receiver] ?? '';
      void window.showWarningMessage(`${taken} ${l10n.t('Spanline listens at {0}.', endpoint)}`);
    }
  }

  stop(): void {
    this.#stoppedByUser = true;
    this.#link.stop();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #mayStart(reason: StartReason): boolean {
    if (this.#stoppedByUser) return false;
    switch (readSetting('receiver.start')) {
      case 'always':
        return true;
      case 'auto':
        // What a repository contains must not open a port before it is trusted.
        return reason !== 'window opened' && vscode.workspace.isTrusted;
      case 'never':
        return false;
    }
  }

  /** Asks once for each address beyond loopback. */
  async #hasConsent(): Promise<boolean> {
    const host = readSetting('receiver.host').trim();
    if (host === '' || isLoopback(host) || this.#memory.get(consentKey) === host) return true;
    const listen = vscode.l10n.t('Listen on {0}', host);
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('Let other machines send telemetry to Spanline?'),
      {
        modal: true,
        detail: vscode.l10n.t(
          'The setting spanline.receiver.host is {0}. Every program that can reach this address can fill the store of traces.',
          host,
        ),
      },
      listen,
    );
    if (answer !== listen) return false;
    await this.#memory.update(consentKey, host);
    return true;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
