import * as vscode from 'vscode';
import type { LanguageClient, ServerOptions } from 'vscode-languageclient/node';
import { type Disposable, DisposableStore } from '../../base/events.ts';
import type { SourceCandidate, SpanToLocate } from '../../model/source.ts';
import type { LanguageRequests, LanguageServerOptions } from '../../protocol/language.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { onDidChangeSetting, readSetting } from '../settings.ts';
import { workspaceUri } from '../workspace.ts';

/** Languages whose call sites are indexed. */
const languages = ['javascript', 'javascriptreact', 'typescript', 'typescriptreact', 'python', 'go'];
const locateTimeoutMs = 20_000;

/**
 * The language server of this window. It starts when it has work: a document in one of its languages while the receiver
 * runs, or a span to locate.
 */
export class LanguageService implements Disposable {
  readonly #serverFile: string;
  readonly #link: EngineLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #owned = new DisposableStore();
  #client: Promise<LanguageClient> | undefined;
  #options: LanguageServerOptions | undefined;

  constructor(serverFile: string, link: EngineLink, log: vscode.LogOutputChannel) {
    this.#serverFile = serverFile;
    this.#link = link;
    this.#log = log;
    this.#owned.add(vscode.workspace.onDidOpenTextDocument(document => this.#startFor([document])));
    this.#owned.add(
      link.onDidConnect(() => {
        if (this.#client === undefined) this.#startFor(vscode.workspace.textDocuments);
        else void this.#restartIfChanged();
      }),
    );
    this.#owned.add(
      link.onDidChangeState(state => {
        if (state === 'stopped') void this.#restartIfChanged();
      }),
    );
    this.#owned.add(onDidChangeSetting('codeLens.enabled', () => void this.#restartIfChanged()));
  }

  /** The places that a span may come from, best first. */
  async locate(span: SpanToLocate, signal?: AbortSignal): Promise<SourceCandidate[]> {
    const client = await this.#start();
    const cancellation = new vscode.CancellationTokenSource();
    const cancel = () => cancellation.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const timer = setTimeout(cancel, locateTimeoutMs);
    try {
      type Locate = LanguageRequests['spanline/locate'];
      const params: Locate[0] = { span };
      return (await client.sendRequest<Locate[1]>('spanline/locate', params, cancellation.token)).candidates;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      cancellation.dispose();
    }
  }

  dispose(): void {
    this.#owned.dispose();
    void this.#stop();
  }

  #startFor(documents: readonly vscode.TextDocument[]): void {
    if (this.#link.state !== 'listening') return;
    if (!documents.some(({ languageId, uri }) => uri.scheme === 'file' && languages.includes(languageId)))
      return;
    this.#start().catch(error => this.#log.error(`language server: ${error.message}`));
  }

  #start(): Promise<LanguageClient> {
    if (this.#client === undefined) {
      const starting = this.#create();
      this.#client = starting;
      starting.catch(() => {
        if (this.#client === starting) this.#client = undefined;
      });
    }
    return this.#client;
  }

  async #create(): Promise<LanguageClient> {
    const { LanguageClient } = await import('./languageClient.ts');
    this.#options = this.#readOptions();
    const server = {
      command: process.execPath,
      args: [this.#serverFile],
      options: { env: { ...withoutOurs(process.env), ELECTRON_RUN_AS_NODE: '1' } },
    } satisfies ServerOptions;
    const client = new LanguageClient('spanline', 'Spanline', server, {
      documentSelector: languages.map(language => ({ scheme: 'file', language })),
      initializationOptions: this.#options,
      outputChannel: this.#log,
    });
    await client.start();
    return client;
  }

  async #restartIfChanged(): Promise<void> {
    if (this.#client === undefined) return;
    if (JSON.stringify(this.#options) === JSON.stringify(this.#readOptions())) return;
    await this.#stop();
    this.#startFor(vscode.workspace.textDocuments);
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    try {
      // Disposing stops the server first.
      await (await client)?.dispose();
    } catch (error) {
      this.#log.debug(`language server: ${error instanceof Error ? error.message : error}`);
    }
  }

  #readOptions(): LanguageServerOptions {
    return {
      controlAddress: this.#link.controlAddress,
      workspaceUri: workspaceUri(),
      codeLensEnabled: readSetting('codeLens.enabled'),
    };
  }
}

/** The server must not instrument or debug itself with what the window was started with. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(NODE_OPTIONS$|OTEL_|VSCODE_)/i.test(name)),
  );
}
