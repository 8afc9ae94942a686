import * as vscode from 'vscode';
import type { LanguageClient, ServerOptions } from 'vscode-languageclient/node';
import { type Disposable, DisposableStore } from '../../base/events.ts';
import type { SourceCandidate, SpanToLocate } from '../../model/source.ts';
import type { LanguageRequests, LanguageServerOptions } from '../../protocol/language.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { onDidChangeSetting, readSetting } from '../settings.ts';
import { workspaceUri } from '../workspace.ts';

/** Languages whose call sites are indexed, and which are linted. */
const languages = [
  'javascript',
  'javascriptreact',
  'typescript',
  'typescriptreact',
  'python',
  'go',
  'java',
  'csharp',
];
/** Configuration files that are linted. */
const configurationFiles =
  '**/{*.{yaml,yml,csproj,gradle,kts},Dockerfile*,.env*,Procfile,package.json,go.mod,requirements*.txt,requirements/*.txt,pyproject.toml,pom.xml,launch.json,launchSettings.json,spanline.json}';
/** A file that speaks of tracing is linted even while nothing is received. */
const tellsOfTracing = /opentelemetry|\botel\b|traceparent|System\.Diagnostics\.Activity/i;
/** As much of a document as is looked at for that; imports stand at the top. */
const maxLookedAt = 20_000;
const locateTimeoutMs = 20_000;

/**
 * The language server of this window. It starts when it has work: a document in one of its languages that speaks of
 * tracing, or any such document while the receiver runs, or a span to locate.
 */
export class LanguageService implements Disposable {
  readonly #serverFile: string;
  readonly #rulePages: vscode.Uri;
  readonly #link: EngineLink;
  readonly #log: vscode.LogOutputChannel;
  readonly #owned = new DisposableStore();
  #client: Promise<LanguageClient> | undefined;
  #options: LanguageServerOptions | undefined;

  /** @param rulePages folder of the rules' pages */
  constructor(serverFile: string, rulePages: vscode.Uri, link: EngineLink, log: vscode.LogOutputChannel) {
    this.#serverFile = serverFile;
    this.#rulePages = rulePages;
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
    for (const name of ['codeLens.enabled', 'lint.enabled', 'lint.profile', 'lint.rules'] as const)
      this.#owned.add(onDidChangeSetting(name, () => void this.#restartIfChanged()));
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

  /** The value of a YAML document. Throws what is wrong with it. */
  async readYaml(text: string): Promise<unknown> {
    const client = await this.#start();
    type ReadYaml = LanguageRequests['spanline/readYaml'];
    const params: ReadYaml[0] = { text };
    return (await client.sendRequest<ReadYaml[1]>('spanline/readYaml', params)).value;
  }

  /** A configuration of the collector that masks what is sensitive in files and traces. */
  async collectorRedaction(): Promise<LanguageRequests['spanline/redaction'][1]> {
    const client = await this.#start();
    return client.sendRequest<LanguageRequests['spanline/redaction'][1]>('spanline/redaction', {});
  }

  dispose(): void {
    this.#owned.dispose();
    void this.#stop();
  }

  #startFor(documents: readonly vscode.TextDocument[]): void {
    if (!documents.some(document => this.#isWork(document))) return;
    this.#start().catch(error => this.#log.error(`language server: ${error.message}`));
  }

  #isWork(document: vscode.TextDocument): boolean {
    if (document.uri.scheme !== 'file' || !languages.includes(document.languageId)) return false;
    if (this.#link.state === 'listening') return true;
    if (!readSetting('lint.enabled', document.uri)) return false;
    const end = document.positionAt(maxLookedAt);
    return tellsOfTracing.test(document.getText(new vscode.Range(0, 0, end.line, end.character)));
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
      documentSelector: [
        ...languages.map(language => ({ scheme: 'file', language })),
        { scheme: 'file', pattern: configurationFiles },
      ],
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
      lint: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => ({
        uri: uri.toString(),
        enabled: readSetting('lint.enabled', uri),
        profile: readSetting('lint.profile', uri),
        rules: readSetting('lint.rules', uri),
      })),
      rulePages: this.#rulePages.toString(),
    };
  }
}

/** The server must not instrument or debug itself with what the window was started with. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(NODE_OPTIONS$|OTEL_|VSCODE_)/i.test(name)),
  );
}
