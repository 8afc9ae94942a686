import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/events.ts';
import { isPanelState } from '../../protocol/guards.ts';
import { type PanelCommand, panelCommands } from '../../protocol/panel.ts';
import type { CommandHandler, CommandHandlers } from '../commands.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { type PanelCommandId, panelCommandId, traceFileTypes, tracePanelType } from '../names.ts';
import type { PanelOpening, TracePanel, TracePanelServices } from './tracePanel.ts';

/** The open trace panels, one for each trace; VS Code gives them back after a reload. */
export class TracePanels
  implements Disposable, vscode.WebviewPanelSerializer, vscode.CustomReadonlyEditorProvider
{
  readonly #services: TracePanelServices;
  readonly #control: ReceiverControl;
  readonly #panels = new Map<string, TracePanel>();
  /** Of files. */
  readonly #filePanels = new Set<TracePanel>();
  readonly #opening = new Map<string, Promise<void>>();
  readonly #owned = new DisposableStore();

  constructor(services: Omit<TracePanelServices, 'openTrace'>, control: ReceiverControl) {
    this.#services = { ...services, openTrace: (traceId, spanId) => this.open(traceId, spanId) };
    this.#control = control;
    this.#owned.add(vscode.window.registerWebviewPanelSerializer(tracePanelType, this));
    for (const type of traceFileTypes)
      this.#owned.add(
        vscode.window.registerCustomEditorProvider(type, this, { supportsMultipleEditorsPerDocument: true }),
      );
  }

  /** Shows a trace, and one of its spans. A trace that is not there is shown as that. */
  async open(traceId: string, spanId?: string): Promise<void> {
    const before = this.#opening.get(traceId);
    if (before !== undefined) await before;
    const open = this.#panels.get(traceId);
    if (open !== undefined) return open.reveal(spanId);
    const opening = this.#create(traceId, spanId).finally(() => this.#opening.delete(traceId));
    this.#opening.set(traceId, opening);
    await opening;
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    if (!isPanelState(state) || this.#panels.has(state.traceId)) return panel.dispose();
    await this.#control.ensure('panel restored');
    await this.#adopt(state.traceId, panel, { intent: state.intent });
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => {} };
  }

  /** A file of traces, as an editor shows it. */
  async resolveCustomEditor(
    { uri }: vscode.CustomDocument,
    webviewPanel: vscode.WebviewPanel,
  ): Promise<void> {
    const { openFilePanel } = await import('./filePanel.ts');
    const panel = openFilePanel(uri, webviewPanel, this.#services, this.#control);
    this.#filePanels.add(panel);
    panel.onDidClose(() => this.#filePanels.delete(panel));
  }

  /** The commands that are for the panel in front. */
  commands(): CommandHandlers<PanelCommandId> {
    const handlers = panelCommands.map((command): [PanelCommandId, CommandHandler] => [
      panelCommandId(command),
      () => this.#toActive(command),
    ]);
    return Object.fromEntries(handlers) as CommandHandlers<PanelCommandId>;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** The trace of the panel in front. */
  get activeTraceId(): string | undefined {
    return [...this.#panels.values()].find(panel => panel.isActive)?.traceId;
  }

  get #active(): TracePanel | undefined {
    return [...this.#panels.values(), ...this.#filePanels].find(panel => panel.isActive);
  }

  #toActive(command: PanelCommand): void {
    this.#active?.command(command);
  }

  async #create(traceId: string, spanId?: string): Promise<void> {
    await this.#control.require();
    const title = vscode.l10n.t('Trace {0}', traceId.slice(0, 8));
    const panel = vscode.window.createWebviewPanel(tracePanelType, title, vscode.ViewColumn.Active);
    await this.#adopt(traceId, panel, { intent: { collapsed: [], filter: '' }, revealSpanId: spanId });
  }

  async #adopt(traceId: string, webviewPanel: vscode.WebviewPanel, opening: PanelOpening): Promise<void> {
    const { TracePanel } = await import('./tracePanel.ts');
    const panel = new TracePanel(traceId, webviewPanel, this.#services, opening);
    this.#panels.set(traceId, panel);
    panel.onDidClose(() => this.#panels.delete(traceId));
  }
}
