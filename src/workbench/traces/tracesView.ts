import * as vscode from 'vscode';
import { type Disposable, DisposableStore, Emitter } from '../../base/events.ts';
import { setContextKey } from '../contextKeys.ts';
import { type EngineLink, NotStartedError } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { views } from '../names.ts';
import { workspaceUri } from '../workspace.ts';
import { traceTooltip, treeItem } from './traceItems.ts';
import { defaultIntent, type TracesIntent, TracesModel, type TraceTreeNode } from './tracesModel.ts';

const { l10n } = vscode;
const intentKey = 'traces.intent';

/** The tree of traces: newest first, flat or by root operation. */
export class TracesView implements Disposable, vscode.TreeDataProvider<TraceTreeNode> {
  readonly model: TracesModel;
  readonly #link: EngineLink;
  readonly #memory: vscode.Memento;
  readonly #log: vscode.LogOutputChannel;
  readonly #view: vscode.TreeView<TraceTreeNode>;
  readonly #owned = new DisposableStore();
  readonly #treeChanged = this.#owned.add(new Emitter<readonly TraceTreeNode[] | undefined>());

  constructor(
    link: EngineLink,
    control: ReceiverControl,
    memory: vscode.Memento,
    log: vscode.LogOutputChannel,
  ) {
    this.#link = link;
    this.#memory = memory;
    this.#log = log;
    const intent = { ...defaultIntent, ...memory.get<Partial<TracesIntent>>(intentKey) };
    this.model = this.#owned.add(new TracesModel(link, workspaceUri(), intent));
    this.#view = vscode.window.createTreeView(views.traces, { treeDataProvider: this });
    this.#owned.add(this.#view);
    this.#owned.add(
      this.#view.onDidChangeVisibility(({ visible }) => {
        this.model.setLive(visible);
        if (visible) void control.ensure('view opened');
      }),
    );
    this.#owned.add(
      this.#view.onDidCollapseElement(({ element }) => {
        if (element.kind === 'group') this.model.collapsed(element);
      }),
    );
    this.#owned.add(this.model.onDidChange(nodes => this.#show(nodes)));
    this.#owned.add(this.model.onDidFail(error => this.#failed(error)));
    this.#owned.add(link.onDidConnect(() => this.model.storeChanged()));
    this.#owned.add(link.onDidChangeStore(() => this.model.storeChanged()));
    this.#owned.add(link.onDidChangeState(() => this.#stateChanged()));
    this.#owned.add(link.onDidChangeStatus(() => this.#updateHeader()));
    this.model.setLive(this.#view.visible);
    if (this.#view.visible) void control.ensure('view opened');
    this.#updateHeader();
  }

  get onDidChangeTreeData(): vscode.Event<TraceTreeNode | TraceTreeNode[] | undefined> {
    return listener => this.#treeChanged.event(nodes => listener(nodes as TraceTreeNode[] | undefined));
  }

  getTreeItem(node: TraceTreeNode): vscode.TreeItem {
    return treeItem(node);
  }

  async getChildren(node?: TraceTreeNode): Promise<TraceTreeNode[]> {
    if (node !== undefined && node.kind !== 'group') return [];
    return [...(await this.model.children(node))];
  }

  getParent(node: TraceTreeNode): TraceTreeNode | undefined {
    return node.kind === 'group' ? undefined : node.parent;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: TraceTreeNode): Promise<vscode.TreeItem> {
    item.tooltip = traceTooltip(node);
    return item;
  }

  /** Traces that the user has selected, or the one that a menu was opened on. */
  selected(clicked?: TraceTreeNode): string[] {
    const nodes = this.#view.selection;
    const chosen = clicked === undefined || nodes.includes(clicked) ? nodes : [clicked];
    return chosen.flatMap(each => (each.kind === 'trace' ? [each.summary.traceId] : []));
  }

  async setIntent(change: Partial<TracesIntent>): Promise<void> {
    await this.model.setIntent(change);
    await this.#memory.update(intentKey, this.model.intent);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #show(nodes: readonly TraceTreeNode[] | undefined): void {
    if (nodes === undefined || nodes.length > 0) this.#treeChanged.fire(nodes);
    this.#updateHeader();
  }

  #failed(error: unknown): void {
    // While the engine is away its state is shown already.
    if (error instanceof NotStartedError) return;
    this.#log.warn(`traces: ${error instanceof Error ? error.message : error}`);
  }

  #stateChanged(): void {
    const { state } = this.#link;
    if (state === 'stopped' || state === 'failed') this.model.reset();
    this.#updateHeader();
  }

  #updateHeader(): void {
    const { intent, isPaused, isBehind, attribution, roots } = this.model;
    setContextKey('spanline.tracesGrouped', intent.grouped);
    setContextKey('spanline.tracesPaused', isPaused);
    setContextKey('spanline.tracesErrorsOnly', intent.errorsOnly);
    setContextKey('spanline.tracesScope', attribution.kind);
    const scopeIsSet = intent.scope !== 'auto' && intent.scope !== 'all';
    setContextKey('spanline.tracesFiltered', intent.text !== '' || intent.errorsOnly || scopeIsSet);
    const isEmpty = roots.length === 0;
    // What has just arrived is not hidden, only not read yet.
    const isHidden = isEmpty && !isBehind && (this.#link.status?.tracesStored ?? 0) > 0;
    setContextKey('spanline.tracesHidden', isHidden);
    const description = this.#link.endpoints.otlpHttp?.replace(/^https?:\/\//, '');
    const facts = [
      isPaused && (isBehind ? l10n.t('Paused; there is more') : l10n.t('Paused')),
      intent.text !== '' && l10n.t('Filter: {0}', intent.text),
      intent.errorsOnly && l10n.t('Errors only'),
      attribution.kind === 'workspace' && l10n.t('This workspace only'),
      attribution.kind === 'unattributed' && l10n.t('Without a workspace'),
    ];
    // A message would hide the welcome text of an empty tree.
    const message = isEmpty ? undefined : facts.filter(Boolean).join(' · ') || undefined;
    // A message that is assigned makes VS Code wait 200 ms more before it draws what has changed in the tree, and again
    // with each: one that stands there already is not assigned.
    if (this.#view.description !== description) this.#view.description = description;
    if (this.#view.message !== message) this.#view.message = message;
  }
}
