import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type CodeLens,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type InitializeParams,
  type InitializeResult,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { DisposableStore } from '../base/events.ts';
import { Parsers } from '../lint/languages/parsers.ts';
import { Locator } from '../locate/locator.ts';
import { SourceIndex } from '../locate/sourceIndex.ts';
import { type LanguageRequests, type LanguageServerOptions, showSpansCommand } from '../protocol/language.ts';
import { fixAllKind } from '../protocol/lint.ts';
import { readYaml } from '../workspace/readYaml.ts';
import { pathOfUri } from '../workspace/uris.ts';
import { WorkspaceFiles } from '../workspace/workspaceFiles.ts';
import { EngineStatistics } from './engineStatistics.ts';
import { Indexer } from './indexer.ts';
import { Lenses } from './lenses.ts';
import { EngineEvidence } from './lint/engineEvidence.ts';
import { LintService } from './lint/lintService.ts';

/** After the last keystroke, before a document is read again. */
const editPauseMs = 200;
/** Longest wait of a look-up for the first scan; afterwards it answers from what there is. */
const scanWaitMs = 10_000;
const watchedFiles =
  '**/{*.{js,mjs,cjs,jsx,ts,mts,cts,tsx,py,go,java,cs,yaml,yml,csproj,gradle,kts},Dockerfile*,.env*,Procfile,package.json,go.mod,pyproject.toml,requirements*.txt,requirements/*.txt,pom.xml,launch.json,launchSettings.json,spanline.json}';

type Locate = LanguageRequests['spanline/locate'];
type ReadYaml = LanguageRequests['spanline/readYaml'];
type IndexStatus = LanguageRequests['spanline/indexStatus'];
type Redaction = LanguageRequests['spanline/redaction'];

/**
 * The language server: the index of call sites, the look-up of spans, code lenses, and findings with their fixes. It
 * talks plain LSP, and works without an engine (no lenses and no evidence then) and without a workspace folder.
 * @param grammars folder of the tree-sitter files
 */
export class LanguageServer {
  readonly #connection: Connection;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #byPath = new Map<string, TextDocument>();
  readonly #edits = new Map<string, NodeJS.Timeout>();
  readonly #owned = new DisposableStore();
  readonly #files: WorkspaceFiles;
  readonly #index = new SourceIndex();
  readonly #indexer: Indexer;
  readonly #locator: Locator;
  readonly #parsers: Parsers;
  readonly #lenses: Lenses;
  #folders: string[] = [];
  #lint: LintService | undefined;
  #options: LanguageServerOptions = { codeLensEnabled: true, lint: [] };
  #client: InitializeParams['capabilities'] = {};

  constructor(connection: Connection, grammars: string) {
    this.#connection = connection;
    this.#parsers = new Parsers(grammars);
    this.#files = new WorkspaceFiles(path => this.#byPath.get(path)?.getText());
    this.#indexer = this.#owned.add(
      new Indexer(this.#parsers, this.#files, this.#index, error =>
        connection.console.error(
          `call sites are not read: ${error instanceof Error ? error.message : error}`,
        ),
      ),
    );
    this.#locator = new Locator(this.#files, this.#index, file => this.#indexer.facts(file));
    this.#lenses = this.#owned.add(new Lenses(this.#locator, this.#index));
    this.#indexer.onDidChange(() => this.#lenses.update().catch(error => this.#report(error)));
    this.#lenses.onDidChange(() => this.#refreshLenses());
  }

  listen(): void {
    const connection = this.#connection;
    connection.onInitialize(params => this.#initialize(params));
    connection.onInitialized(() => this.#initialized());
    connection.onShutdown(() => this.#owned.dispose());
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) void this.#changed(uri);
    });
    connection.onCodeAction(params => this.#codeActions(params));
    connection.onCodeLens(({ textDocument }) => this.#codeLenses(textDocument.uri));
    connection.onRequest('spanline/locate', (params: Locate[0]) => this.#locate(params));
    connection.onRequest('spanline/readYaml', ({ text }: ReadYaml[0]) => readYamlText(text));
    connection.onRequest(
      'spanline/redaction',
      async (): Promise<Redaction[1]> => (await this.#lint?.collectorRedaction()) ?? { patterns: 0 },
    );
    connection.onRequest('spanline/indexStatus', (): IndexStatus[1] => ({
      files: this.#index.fileCount,
      callSites: this.#index.callSiteCount,
      ready: this.#indexer.ready,
      linted: this.#lint?.ready ?? false,
    }));
    this.#documents.onDidOpen(({ document }) => this.#opened(document));
    this.#documents.onDidChangeContent(({ document }) => this.#edited(document.uri));
    this.#documents.onDidClose(({ document }) => this.#closed(document.uri));
    this.#documents.listen(connection);
    connection.listen();
  }

  #initialize(params: InitializeParams): InitializeResult {
    this.#client = params.capabilities;
    this.#options = { ...this.#options, ...(params.initializationOptions as Partial<LanguageServerOptions>) };
    this.#folders =
      params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri ? [params.rootUri] : []);
    return {
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        codeLensProvider: { resolveProvider: false },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind] },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  }

  #initialized(): void {
    this.#lint = this.#owned.add(
      new LintService({
        parsers: this.#parsers,
        files: this.#files,
        locator: this.#locator,
        options: this.#options.lint,
        isOpen: uri => this.#byPath.has(pathOfUri(uri) ?? ''),
        publish: (uri, diagnostics) => {
          this.#connection.sendDiagnostics({ uri, diagnostics }).catch(error => this.#report(error));
        },
        report: error => this.#report(error),
        ruleUri: id =>
          this.#options.rulePages === undefined ? undefined : `${this.#options.rulePages}/${id}.md`,
      }),
    );
    this.#scan();
    const { workspace } = this.#client;
    if (workspace?.didChangeWatchedFiles?.dynamicRegistration)
      this.#connection.client
        .register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: watchedFiles }] })
        .catch(error => this.#report(error));
    if (workspace?.workspaceFolders)
      this.#connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => uri));
        this.#folders = [...this.#folders.filter(uri => !gone.has(uri)), ...added.map(({ uri }) => uri)];
        this.#scan();
      });
    const { controlAddress, workspaceUri, codeLensEnabled } = this.#options;
    if (controlAddress === undefined) return;
    const evidence = this.#owned.add(new EngineEvidence(controlAddress));
    evidence.onDidChange(said => void this.#lint?.setTraces(said));
    this.#lint?.onDidConfigure(sensitive => evidence.setSensitive(sensitive));
    void evidence.start();
    if (!codeLensEnabled) return;
    const statistics = this.#owned.add(new EngineStatistics(controlAddress, workspaceUri));
    statistics.onShapes(shapes => this.#lenses.setShapes(shapes).catch(error => this.#report(error)));
    void statistics.start();
  }

  #scan(): void {
    this.#indexer.start(this.#folders);
    void this.#indexer.whenReady().then(() => this.#lint?.scan());
  }

  /** A file was made, changed or deleted, on disk or in the editor. */
  async #changed(uri: string): Promise<void> {
    await this.#indexer.update(uri);
    await this.#lint?.changed(uri);
  }

  /** What was typed last is linted first: edits are of the text as it is now. */
  async #codeActions({ textDocument, range, context }: CodeActionParams): Promise<CodeAction[]> {
    if (this.#edits.has(textDocument.uri)) {
      clearTimeout(this.#edits.get(textDocument.uri));
      this.#edits.delete(textDocument.uri);
      await this.#changed(textDocument.uri);
    }
    return (await this.#lint?.actions(textDocument.uri, range, context.only)) ?? [];
  }

  async #locate({ span }: Locate[0]): Promise<Locate[1]> {
    if (!this.#indexer.ready) await atMost(scanWaitMs, this.#indexer.whenReady());
    return { candidates: await this.#locator.locate(span) };
  }

  #codeLenses(uri: string): CodeLens[] {
    const file = this.#files.fileOf(uri);
    if (file === undefined || !this.#options.codeLensEnabled) return [];
    return this.#lenses.of(file.uri).map(({ line, title, spans }) => ({
      range: { start: { line: line - 1, character: 0 }, end: { line: line - 1, character: 0 } },
      command: { title, command: showSpansCommand, arguments: [spans, title] },
    }));
  }

  #refreshLenses(): void {
    if (this.#client.workspace?.codeLens?.refreshSupport)
      this.#connection.sendRequest(CodeLensRefreshRequest.type).catch(error => this.#report(error));
  }

  /** In the client's output channel: none of this stops the server. */
  #report(error: unknown): void {
    this.#connection.console.error(error instanceof Error ? error.message : String(error));
  }

  #opened(document: TextDocument): void {
    const path = pathOfUri(document.uri);
    if (path !== undefined) this.#byPath.set(path, document);
  }

  #edited(uri: string): void {
    clearTimeout(this.#edits.get(uri));
    this.#edits.set(
      uri,
      setTimeout(() => {
        this.#edits.delete(uri);
        void this.#changed(uri);
      }, editPauseMs),
    );
  }

  /** What was not saved is gone with the document. */
  #closed(uri: string): void {
    clearTimeout(this.#edits.get(uri));
    this.#edits.delete(uri);
    const path = pathOfUri(uri);
    if (path !== undefined) this.#byPath.delete(path);
    void this.#changed(uri);
  }
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>(resolve => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

function readYamlText(text: string): ReadYaml[1] | ResponseError {
  try {
    return { value: readYaml(text) };
  } catch (error) {
    return new ResponseError(ErrorCodes.InvalidParams, (error as Error).message);
  }
}
