import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore, Emitter } from '../../base/events.ts';
import { ChannelServer, RequestError, type RequestHandlers } from '../../protocol/channel.ts';
import type { ControlRequests } from '../../protocol/control.ts';
import { protocolVersion } from '../../protocol/control.ts';
import { panelGuards } from '../../protocol/guards.ts';
import type {
  PanelCommand,
  PanelFile,
  PanelNotifications,
  PanelRequests,
  PanelState,
} from '../../protocol/panel.ts';
import { tracePage } from '../../protocol/tracePage.ts';
import type { TraceDrop, TraceViewRequests, ViewIntent } from '../../protocol/traceView.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { LanguageService } from '../source/languageService.ts';
import type { SourceNavigator } from '../source/sourceNavigator.ts';
import { labelText, nameText } from '../text.ts';
import { BreakWatch } from './breakWatch.ts';
import { EarlyView } from './earlyView.ts';
import { panelStrings } from './panelStrings.ts';
import type { TraceSource } from './traceSource.ts';

/** A file whose traces a panel shows. */
export interface FileSource extends TraceSource {
  /** Rejects with what is wrong if nothing of it can be read. */
  describe(): Promise<PanelFile>;
  traces(text: string): Promise<PanelRequests['file/traces'][1]>;
}

/** What a panel needs of the rest of the window. */
export interface PanelServices {
  readonly link: TraceSource;
  readonly source: SourceNavigator;
  readonly webviewFolder: vscode.Uri;
  /** Of the editor tab. */
  readonly icon: { readonly light: vscode.Uri; readonly dark: vscode.Uri };
  readonly log: vscode.LogOutputChannel;
  openTrace(traceId: string, spanId?: string): Promise<void>;
  openTraceJson(traceId: string, link: TraceSource): Promise<void>;
}

/** The engine's link, and what finds lines of other traces than those of its store. */
export interface TracePanelServices extends PanelServices {
  readonly link: EngineLink;
  readonly language: LanguageService;
}

/** What a panel is to show first. */
export interface PanelOpening {
  readonly intent: ViewIntent;
  readonly revealSpanId?: string;
}

/** Other pieces of the trace are looked for at most this often. */
const breaksIntervalMs = 2000;

/** One trace in an editor tab. The webview is checked and answered here; rows are relayed from the engine unread. */
export class TracePanel implements Disposable {
  /** Empty: the traces of the file. */
  #traceId: string;
  readonly #panel: vscode.WebviewPanel;
  readonly #services: PanelServices;
  readonly #file: FileSource | undefined;
  readonly #channel: ChannelServer<PanelRequests, PanelNotifications>;
  readonly #owned = new DisposableStore();
  readonly #earlyView: EarlyView | undefined;
  readonly #breaks: BreakWatch;
  readonly #closed = new Emitter<void>();
  /** Views that this webview has opened in the engine; it may use no others. */
  readonly #viewIds = new Set<number>();
  #revealSpanId: string | undefined;
  #isConnected = false;
  /** The user has gone from one trace of the file to another, or to the list: what the page remembers is older. */
  #hasChosen = false;

  readonly onDidClose = this.#closed.event;

  constructor(
    traceId: string,
    panel: vscode.WebviewPanel,
    services: PanelServices,
    { intent, revealSpanId }: PanelOpening,
    file?: FileSource,
  ) {
    this.#traceId = traceId;
    this.#panel = panel;
    this.#services = services;
    this.#file = file;
    this.#revealSpanId = revealSpanId;
    this.#earlyView = file ? undefined : this.#owned.add(new EarlyView(services.link, traceId, intent));
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [services.webviewFolder] };
    this.#channel = this.#owned.add(
      new ChannelServer<PanelRequests, PanelNotifications>(
        {
          post: message => void webview.postMessage(message),
          onMessage: listener => webview.onDidReceiveMessage(listener),
        },
        panelGuards,
        this.#handlers(),
      ),
    );
    this.#breaks = this.#owned.add(new BreakWatch(services.link, services.log, breaksIntervalMs));
    this.#owned.add(this.#breaks.onDidChange(breaks => this.#channel.notify('panel/breaks', { breaks })));
    this.#relayEngine(services.link);
    // The page ends when it is hidden, and asks anew when it is shown.
    panel.onDidChangeViewState(() => !panel.visible && this.#breaks.pause());
    panel.onDidDispose(() => this.#dispose());
    if (file === undefined) panel.iconPath = services.icon;
    this.#startPage();
  }

  get traceId(): string {
    return this.#traceId;
  }

  #startPage(): void {
    const { webview } = this.#panel;
    const { webviewFolder } = this.#services;
    webview.html = tracePage({
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(webviewFolder, 'trace.js')).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(webviewFolder, 'trace.css')).toString(),
      cspSource: webview.cspSource,
      nonce: randomUUID().replaceAll('-', ''),
      locale: vscode.env.language,
      strings: panelStrings(),
    });
  }

  get isActive(): boolean {
    return this.#panel.active;
  }

  reveal(spanId?: string): void {
    this.#panel.reveal();
    if (spanId === undefined) return;
    if (this.#isConnected && this.#panel.visible) this.#channel.notify('panel/revealSpan', { spanId });
    else this.#revealSpanId = spanId;
  }

  command(command: PanelCommand): void {
    this.#channel.notify('panel/command', { command });
  }

  dispose(): void {
    this.#panel.dispose();
  }

  #dispose(): void {
    this.#closeViews();
    this.#owned.dispose();
    this.#closed.fire();
    this.#closed.dispose();
  }

  /** Another trace of the file, or the list of them. */
  async #showOfFile(traceId: string, spanId?: string): Promise<boolean> {
    if (this.#file === undefined) return false;
    if (traceId !== '' && (await this.#file.request('trace/summary', { traceId })) === null) return false;
    this.#traceId = traceId;
    this.#hasChosen = true;
    this.#revealSpanId = spanId;
    this.#startPage();
    return true;
  }

  #relayEngine(link: TraceSource): void {
    this.#owned.add(
      link.onDidChangeView(change => {
        if (this.#viewIds.has(change.viewId)) this.#channel.notify('view/changed', change);
      }),
    );
    this.#owned.add(
      link.onDidConnect(() => {
        this.#viewIds.clear();
        this.#earlyView?.forget();
        this.#channel.notify('engine/restarted', {});
        void this.#updateTitle();
      }),
    );
    this.#owned.add(
      link.onDidChangeState(state => {
        if (state !== 'listening') this.#channel.notify('engine/lost', {});
      }),
    );
  }

  #handlers(): RequestHandlers<PanelRequests> {
    const { link, source, openTrace, openTraceJson } = this.#services;
    return {
      'panel/hello': params => this.#hello(params),
      'view/open': (params, signal) => this.#openView(params, signal),
      'view/close': params => {
        this.#ownView(params);
        this.#viewIds.delete(params.viewId);
        return link.request('view/close', params);
      },
      'view/rows': (params, signal) => this.#relay('view/rows', params, signal),
      'view/expand': (params, signal) => this.#relay('view/expand', params, signal),
      'view/filter': (params, signal) => this.#relay('view/filter', params, signal),
      'view/reveal': (params, signal) => this.#relay('view/reveal', params, signal),
      'view/find': (params, signal) => this.#relay('view/find', params, signal),
      'view/minimap': (params, signal) => this.#relay('view/minimap', params, signal),
      'view/criticalPath': (params, signal) => this.#relay('view/criticalPath', params, signal),
      'span/details': (params, signal) => link.request('span/details', params, signal),
      'source/candidates': async ({ traceId, spanId }, signal) => ({
        candidates: await source.candidates(traceId, spanId, signal),
      }),
      'source/open': async ({ traceId, spanId, beside }) => ({
        opened: await source.openSpan(traceId, spanId, beside),
      }),
      'source/openCandidate': async ({ candidate, beside }) => ({
        opened: await source.openCandidate(candidate, beside),
      }),
      'clipboard/write': async ({ text }) => {
        await vscode.env.clipboard.writeText(text);
        vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
        return {};
      },
      'trace/open': async ({ traceId, spanId }) => {
        if (!(await this.#showOfFile(traceId, spanId))) await openTrace(traceId, spanId);
        return {};
      },
      'file/traces': async ({ text }) => (await this.#file?.traces(text)) ?? { total: 0, traces: [] },
      'file/showTraces': async () => {
        await this.#showOfFile('');
        return {};
      },
      'trace/pin': params => link.request('traces/pin', params),
      'trace/openJson': async ({ traceId }) => {
        await openTraceJson(traceId, link);
        return {};
      },
    };
  }

  /** A page begins: the first one, or a new one after the tab was hidden. What the page before it had open is closed. */
  async #hello({
    protocolVersion: version,
    state,
  }: PanelRequests['panel/hello'][0]): Promise<PanelRequests['panel/hello'][1]> {
    if (version !== protocolVersion)
      throw new RequestError('failed', `the panel speaks version ${version}, not ${protocolVersion}`);
    this.#closeViews();
    this.#isConnected = true;
    const file = await this.#file?.describe();
    if (file !== undefined && this.#traceId === '') await this.#chooseOfFile(state);
    const revealSpanId = this.#revealSpanId;
    this.#revealSpanId = undefined;
    const summary = await this.#updateTitle();
    const dropped = summary === null && file === undefined ? await this.#dropped() : undefined;
    const breaks = await this.#breaks.read(this.#traceId);
    return { traceId: this.#traceId, revealSpanId, summary, file, breaks, dropped };
  }

  /** The trace that the page showed before the window was reloaded, or the only one. */
  async #chooseOfFile(state: PanelState | null): Promise<void> {
    const { total = 0, traces = [] } = (await this.#file?.traces('')) ?? {};
    if (total === 1) this.#traceId = traces[0].traceId;
    else if (!this.#hasChosen && traces.some(({ traceId }) => traceId === state?.traceId))
      this.#traceId = state?.traceId ?? '';
  }

  async #dropped(): Promise<TraceDrop | undefined> {
    const { link, log } = this.#services;
    try {
      return (await link.request('trace/dropped', { traceId: this.#traceId })) ?? undefined;
    } catch (error) {
      log.debug(`panel: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  async #openView(
    params: TraceViewRequests['view/open'][0],
    signal: AbortSignal,
  ): Promise<TraceViewRequests['view/open'][1]> {
    const opened =
      (await this.#earlyView?.take(params)) ??
      (await this.#services.link.request('view/open', params, signal));
    if (opened !== null) this.#viewIds.add(opened.viewId);
    return opened;
  }

  #relay<K extends keyof TraceViewRequests & keyof ControlRequests>(
    name: K,
    params: ControlRequests[K][0] & { viewId: number },
    signal: AbortSignal,
  ): Promise<ControlRequests[K][1]> {
    this.#ownView(params);
    return this.#services.link.request(name, params, signal);
  }

  #ownView({ viewId }: { viewId: number }): void {
    if (!this.#viewIds.has(viewId)) throw new RequestError('badRequest', `view ${viewId} is not open here`);
  }

  #closeViews(): void {
    for (const viewId of this.#viewIds)
      this.#services.link.request('view/close', { viewId }).catch(error => {
        // An engine that is gone has closed it.
        this.#services.log.debug(`panel: view ${viewId}: ${error.message}`);
      });
    this.#viewIds.clear();
  }

  async #updateTitle(): Promise<ControlRequests['trace/summary'][1]> {
    if (this.#traceId === '') return null;
    const summary = await this.#services.link.request('trace/summary', { traceId: this.#traceId });
    if (summary !== null && this.#file === undefined)
      this.#panel.title = labelText(`${summary.rootServiceName} · ${nameText(summary.rootSpanName)}`, 60);
    return summary;
  }
}
