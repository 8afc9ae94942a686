import type * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/events.ts';
import type { ForwardRequest } from '../../protocol/forward.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { onDidChangeSetting, readSetting } from '../settings.ts';

/** Set while the user has stopped forwarding by hand: it then stays so in every window. */
const stoppedKey = 'forward.stopped';

/** Tells the engine where to forward, as the settings say. Headers are secrets of the user, bound to the target's origin. */
export class ForwardControl implements Disposable {
  readonly #link: EngineLink;
  readonly #memory: vscode.Memento;
  readonly #secrets: vscode.SecretStorage;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions = new DisposableStore();

  constructor(
    link: EngineLink,
    memory: vscode.Memento,
    secrets: vscode.SecretStorage,
    log: vscode.LogOutputChannel,
  ) {
    this.#link = link;
    this.#memory = memory;
    this.#secrets = secrets;
    this.#log = log;
    this.#subscriptions.add(link.onDidConnect(() => void this.#onConnect()));
    for (const name of ['forward.url', 'forward.protocol', 'forward.compression', 'forward.redact'] as const)
      this.#subscriptions.add(onDidChangeSetting(name, () => void this.#onSettings()));
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  get url(): string {
    return readSetting('forward.url').trim();
  }

  /** Forwards as the settings say. Rejects with the reason if that cannot be. */
  async start(): Promise<void> {
    await this.#memory.update(stoppedKey, undefined);
    await this.#link.request('forward/start', await this.#request());
  }

  async stop(): Promise<void> {
    await this.#memory.update(stoppedKey, true);
    await this.#link.request('forward/stop', {});
  }

  /** The names of the headers that are sent to the target. */
  async headerNames(): Promise<string[]> {
    return Object.keys(await this.#headers(this.url));
  }

  /** Keeps a header for the target of the settings, and for no other; an empty value removes it. */
  async setHeader(name: string, value: string): Promise<void> {
    const headers = await this.#headers(this.url);
    if (value === '') delete headers[name];
    else headers[name] = value;
    await this.#secrets.store(secretOf(this.url), JSON.stringify(headers));
  }

  /** Another window may have started it already, or the engine may be a new one. */
  async #onConnect(): Promise<void> {
    if (this.url === '' || this.#memory.get(stoppedKey) || this.#link.status?.forward?.state !== 'off')
      return;
    await this.start().catch(error => this.#log.warn(`forwarding: ${messageOf(error)}`));
  }

  async #onSettings(): Promise<void> {
    if (this.#link.state !== 'listening') return;
    const change = this.url === '' ? this.#link.request('forward/stop', {}) : this.start();
    await change.catch(error => this.#log.warn(`forwarding: ${messageOf(error)}`));
  }

  async #request(): Promise<ForwardRequest> {
    const { url } = this;
    const protocol = readSetting('forward.protocol');
    return {
      url,
      ...(protocol !== 'auto' && { protocol }),
      compression: readSetting('forward.compression'),
      redact: readSetting('forward.redact'),
      headers: await this.#headers(url),
    };
  }

  async #headers(url: string): Promise<{ [name: string]: string }> {
    const stored = await this.#secrets.get(secretOf(url));
    return stored === undefined ? {} : JSON.parse(stored);
  }
}

/** A target with another scheme, host or port gets none of it. */
function secretOf(url: string): string {
  const absolute = url.includes('://') ? url : `http://${url}`;
  return `spanline.forward.headers ${URL.canParse(absolute) ? new URL(absolute).origin : absolute}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
