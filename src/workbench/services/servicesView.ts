import * as vscode from 'vscode';
import { type Disposable, DisposableStore, Emitter } from '../../base/events.ts';
import { Throttle } from '../../base/throttle.ts';
import type { OperationStatistics, ServiceStatistics } from '../../protocol/control.ts';
import { type EngineLink, NotStartedError } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { colors, treeItems, views } from '../names.ts';
import { countText, durationText, labelText, nameText, percentText, spansText } from '../text.ts';
import type { TracesModel } from '../traces/tracesModel.ts';

const { l10n } = vscode;
const errorColor = new vscode.ThemeColor(colors.error);
/** Statistics over the whole store need not be newer. */
const refreshIntervalMs = 1000;

export interface ServiceNode {
  readonly kind: 'service';
  readonly id: string;
  statistics: ServiceStatistics;
  operations: OperationNode[];
}

export interface OperationNode {
  readonly kind: 'operation';
  readonly id: string;
  readonly service: ServiceNode;
  statistics: OperationStatistics;
}

type Node = ServiceNode | OperationNode;

/** Services and their operations: calls, errors and durations, over the traces in scope. */
export class ServicesView implements Disposable, vscode.TreeDataProvider<Node> {
  readonly #link: EngineLink;
  readonly #traces: TracesModel;
  readonly #log: vscode.LogOutputChannel;
  readonly #view: vscode.TreeView<Node>;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<Node[] | undefined>());
  readonly #throttle = this.#owned.add(new Throttle(refreshIntervalMs, () => void this.#refresh()));
  #services: ServiceNode[] = [];
  #isRunning = false;
  #isBehind = false;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(link: EngineLink, control: ReceiverControl, traces: TracesModel, log: vscode.LogOutputChannel) {
    this.#link = link;
    this.#traces = traces;
    this.#log = log;
    this.#view = vscode.window.createTreeView(views.services, { treeDataProvider: this });
    this.#owned.add(this.#view);
    this.#owned.add(
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (!visible) return;
        void control.ensure('view opened');
        if (this.#isBehind) this.#storeChanged();
      }),
    );
    this.#owned.add(link.onDidConnect(() => this.#storeChanged()));
    this.#owned.add(link.onDidChangeStore(() => this.#storeChanged()));
    this.#owned.add(
      link.onDidChangeState(state => {
        if (state === 'stopped' || state === 'failed') this.#set([]);
      }),
    );
    // The scope is that of the traces beside it.
    this.#owned.add(
      traces.onDidChange(nodes => {
        if (nodes === undefined) this.#storeChanged();
      }),
    );
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === 'service' ? serviceItem(node) : operationItem(node);
  }

  getChildren(node?: Node): Node[] {
    if (node === undefined) return this.#services;
    return node.kind === 'service' ? node.operations : [];
  }

  getParent(node: Node): Node | undefined {
    return node.kind === 'operation' ? node.service : undefined;
  }

  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    item.tooltip = node.kind === 'operation' ? operationTooltip(node) : undefined;
    return item;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #storeChanged(): void {
    this.#isBehind = true;
    if (this.#view.visible && !this.#traces.isPaused) this.#throttle.trigger();
  }

  async #refresh(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#isBehind = false;
    try {
      const { attribution } = this.#traces;
      const { services } = await this.#link.request('services/list', { attribution });
      this.#set(services);
    } catch (error) {
      // While the engine is away its state is shown already.
      if (!(error instanceof NotStartedError))
        this.#log.warn(`services: ${error instanceof Error ? error.message : error}`);
    } finally {
      this.#isRunning = false;
    }
    if (this.#isBehind) this.#storeChanged();
  }

  /** Nodes keep their identity; only those that differ are drawn again. */
  #set(statistics: readonly ServiceStatistics[]): void {
    const known = new Map(this.#services.map(node => [node.statistics.serviceName, node]));
    const changed: ServiceNode[] = [];
    const services = statistics.map(next => {
      const node = known.get(next.serviceName) ?? newService(next);
      if (known.has(next.serviceName) && JSON.stringify(node.statistics) === JSON.stringify(next))
        return node;
      node.statistics = next;
      node.operations = operationNodes(node);
      changed.push(node);
      return node;
    });
    const isSameOrder =
      services.length === this.#services.length && services.every((node, at) => node === this.#services[at]);
    this.#services = services;
    if (!isSameOrder) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
  }
}

function newService(statistics: ServiceStatistics): ServiceNode {
  return { kind: 'service', id: statistics.serviceName, statistics, operations: [] };
}

function operationNodes(service: ServiceNode): OperationNode[] {
  const known = new Map(service.operations.map(node => [node.id, node]));
  return service.statistics.operations.map(statistics => {
    const id = `${service.id}\u0000${statistics.kind}\u0000${statistics.name}`;
    const node = known.get(id) ?? { kind: 'operation', id, service, statistics };
    node.statistics = statistics;
    return node;
  });
}

function serviceItem({ id, statistics }: ServiceNode): vscode.TreeItem {
  const { serviceName, spanCount, errorCount, operations } = statistics;
  const item = new vscode.TreeItem(nameText(serviceName), vscode.TreeItemCollapsibleState.Collapsed);
  const spans = spansText(spanCount);
  const errors = errorText(errorCount, spanCount);
  item.id = id;
  item.description = [spans, errors].filter(Boolean).join(' · ');
  item.iconPath = icon('server-process', errorCount);
  item.contextValue = treeItems.service;
  item.accessibilityInformation = {
    label: [item.label, spans, errors, l10n.t('{0} operations', countText(operations.length))]
      .filter(Boolean)
      .join(', '),
  };
  return item;
}

function operationItem({ id, statistics }: OperationNode): vscode.TreeItem {
  const { name, count, errors, p50Nano, p95Nano, p99Nano } = statistics;
  const item = new vscode.TreeItem(nameText(name));
  const durations = [
    `p50 ${durationText(p50Nano)}`,
    `p95 ${durationText(p95Nano)}`,
    `p99 ${durationText(p99Nano)}`,
  ];
  const calls = count === 1 ? l10n.t('1 call') : l10n.t('{0} calls', countText(count));
  const failed = errorText(errors, count);
  item.id = id;
  item.description = [calls, failed, ...durations].filter(Boolean).join(' · ');
  item.iconPath = icon('symbol-method', errors);
  item.contextValue = treeItems.operation;
  item.accessibilityInformation = {
    label: [item.label, calls, failed, ...durations].filter(Boolean).join(', '),
  };
  return item;
}

function operationTooltip({ statistics, service }: OperationNode): vscode.MarkdownString {
  const { name, count, errors, ratePerSecond, p50Nano, p95Nano, p99Nano } = statistics;
  const text = new vscode.MarkdownString();
  text.appendText(`${labelText(service.id)}: ${nameText(name)}`).appendMarkdown('\n\n');
  const facts = [
    l10n.t('Calls: {0}', countText(count)),
    l10n.t('Errors: {0}', `${countText(errors)} (${percentText(errors, count)})`),
    l10n.t('Rate: {0} per second', ratePerSecond.toPrecision(2)),
    `p50: ${durationText(p50Nano)}`,
    `p95: ${durationText(p95Nano)}`,
    `p99: ${durationText(p99Nano)}`,
  ];
  for (const fact of facts) text.appendText(fact).appendMarkdown('  \n');
  return text;
}

function icon(name: string, errors: number): vscode.ThemeIcon {
  return errors > 0 ? new vscode.ThemeIcon('error', errorColor) : new vscode.ThemeIcon(name);
}

function errorText(errors: number, of: number): string {
  return errors === 0 ? '' : l10n.t('{0} errors', percentText(errors, of));
}
