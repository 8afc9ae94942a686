import { type Disposable, Emitter } from '../../base/events.ts';
import { Throttle } from '../../base/throttle.ts';
import type { Attribution, TraceFilter, TraceGroup, TraceSummary } from '../../protocol/control.ts';
import type { EngineLink } from '../link/engineLink.ts';

export interface GroupNode {
  readonly kind: 'group';
  readonly id: string;
  group: TraceGroup;
  /** Traces shown below it; `undefined` until somebody has opened it. */
  children: TraceTreeNode[] | undefined;
  limit: number;
}

export interface TraceNode {
  readonly kind: 'trace';
  readonly id: string;
  readonly parent: GroupNode | undefined;
  summary: TraceSummary;
}

/** Stands for what the limit leaves out. */
export interface MoreNode {
  readonly kind: 'more';
  readonly id: string;
  readonly parent: GroupNode | undefined;
  hidden: number;
}

export type TraceTreeNode = GroupNode | TraceNode | MoreNode;

/** `auto`: the traces of this workspace as soon as there are any, all until then. */
export type Scope = Attribution['kind'] | 'auto';

/** What the user has set; persisted. */
export interface TracesIntent {
  readonly scope: Scope;
  readonly text: string;
  readonly errorsOnly: boolean;
  readonly grouped: boolean;
}

export const defaultIntent: TracesIntent = { scope: 'auto', text: '', errorsOnly: false, grouped: false };

const refreshIntervalMs = 250;
const pageSize = 100;

/**
 * The nodes of the traces tree. A node keeps its identity for as long as it is shown, so that a refresh names only the
 * nodes that differ.
 */
export class TracesModel implements Disposable {
  readonly #link: Pick<EngineLink, 'request'>;
  readonly #workspaceUri: string | undefined;
  readonly #changed = new Emitter<readonly TraceTreeNode[] | undefined>();
  readonly #failed = new Emitter<unknown>();
  readonly #throttle = new Throttle(refreshIntervalMs, () => {
    // The last of a burst comes late: nobody may be looking any more.
    if (this.#isLive && !this.#isPaused) void this.#refresh();
  });
  /** Groups whose traces are on the screen. */
  readonly #open = new Set<GroupNode>();
  #intent: TracesIntent;
  #roots: TraceTreeNode[] = [];
  #limit = pageSize;
  #total = 0;
  #attribution: Attribution = { kind: 'all' };
  #isPaused = false;
  #isLive = false;
  #isBehind = false;
  #isWanted = false;
  #running: Promise<void> | undefined;

  /** The nodes that look different now; `undefined`: nodes came, went or moved. */
  readonly onDidChange = this.#changed.event;
  readonly onDidFail = this.#failed.event;

  constructor(link: Pick<EngineLink, 'request'>, workspaceUri: string | undefined, intent: TracesIntent) {
    this.#link = link;
    this.#workspaceUri = workspaceUri;
    this.#intent = intent;
  }

  get intent(): TracesIntent {
    return this.#intent;
  }

  get roots(): readonly TraceTreeNode[] {
    return this.#roots;
  }

  /** Root nodes there are, shown or not. */
  get total(): number {
    return this.#total;
  }

  /** The scope in force, where the user's may be `auto`. */
  get attribution(): Attribution {
    return this.#attribution;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Something has changed that is not shown yet. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Whether anybody sees the tree; what happens meanwhile is caught up with then. */
  setLive(isLive: boolean): void {
    this.#isLive = isLive;
    if (isLive && this.#isBehind) this.storeChanged();
  }

  /** The store has changed: shown soon, or when the tree is seen and not paused. */
  storeChanged(): void {
    this.#isBehind = true;
    if (this.#isLive && !this.#isPaused) this.#throttle.trigger();
    else if (this.#isPaused) this.#changed.fire([]);
  }

  /** Sets what the user wants to see, and shows it at once. */
  async setIntent(change: Partial<TracesIntent>): Promise<void> {
    this.#intent = { ...this.#intent, ...change };
    this.#limit = pageSize;
    await this.#refresh();
  }

  async setPaused(isPaused: boolean): Promise<void> {
    this.#isPaused = isPaused;
    if (!isPaused) return this.#refresh();
    this.#changed.fire([]);
    // What is being read is still shown; once this has resolved nothing moves.
    await this.#running;
  }

  collapsed(group: GroupNode): void {
    this.#open.delete(group);
    group.children = undefined;
  }

  /** The nodes below a group, or the roots. */
  async children(group?: GroupNode): Promise<readonly TraceTreeNode[]> {
    if (group === undefined) return this.#roots;
    this.#open.add(group);
    group.children ??= await this.#loadGroup(group);
    return group.children;
  }

  async loadMore(parent: GroupNode | undefined): Promise<void> {
    if (parent === undefined) this.#limit += pageSize;
    else parent.limit += pageSize;
    await this.#refresh();
  }

  /** Shows nothing, as after a detach from the engine. */
  reset(): void {
    this.#roots = [];
    this.#total = 0;
    this.#open.clear();
    this.#changed.fire(undefined);
  }

  /** Filter of what is shown, without a group. */
  get filter(): TraceFilter {
    const { text, errorsOnly } = this.#intent;
    return { attribution: this.#attribution, ...(text && { text }), ...(errorsOnly && { errorsOnly }) };
  }

  dispose(): void {
    this.#throttle.dispose();
    this.#changed.dispose();
    this.#failed.dispose();
  }

  /** One at a time: a call while one runs leads to one more, and both end with it. */
  #refresh(): Promise<void> {
    this.#isWanted = true;
    this.#running ??= this.#loadWhileWanted().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #loadWhileWanted(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      try {
        await this.#load();
      } catch (error) {
        this.#failed.fire(error);
      }
    }
  }

  async #load(): Promise<void> {
    this.#isBehind = false;
    this.#attribution = await this.#chooseAttribution();
    const before = this.#roots;
    const changed: TraceTreeNode[] = [];
    const { total, nodes } = this.#intent.grouped
      ? await this.#loadGroups(changed)
      : await this.#loadTraces(this.filter, undefined, before, this.#limit, changed);
    for (const group of this.#open) {
      if (!nodes.includes(group)) this.#open.delete(group);
      else await this.#refreshGroup(group, changed);
    }
    this.#total = total;
    this.#roots = nodes;
    this.#changed.fire(isSameOrder(before, nodes) ? changed : undefined);
  }

  async #chooseAttribution(): Promise<Attribution> {
    const { scope } = this.#intent;
    const own: Attribution | undefined =
      this.#workspaceUri === undefined ? undefined : { kind: 'workspace', uri: this.#workspaceUri };
    if (scope === 'workspace' && own !== undefined) return own;
    if (scope === 'unattributed') return { kind: 'unattributed' };
    if (scope !== 'auto' || own === undefined) return { kind: 'all' };
    if (this.#attribution.kind === 'workspace' && this.#roots.length > 0) return own;
    const { total } = await this.#link.request('traces/list', { filter: { attribution: own }, limit: 1 });
    return total > 0 ? own : { kind: 'all' };
  }

  async #loadGroups(changed: TraceTreeNode[]): Promise<{ total: number; nodes: TraceTreeNode[] }> {
    const { total, groups } = await this.#link.request('traces/groups', {
      filter: this.filter,
      limit: this.#limit,
    });
    const known = byId(this.#roots);
    const nodes: TraceTreeNode[] = groups.map(group => {
      const id = `group:${group.rootServiceName}\u0000${group.rootSpanName}`;
      const old = known.get(id);
      if (old?.kind !== 'group') return { kind: 'group', id, group, children: undefined, limit: pageSize };
      if (!isEqual(old.group, group)) {
        old.group = group;
        changed.push(old);
      }
      return old;
    });
    return { total, nodes: withMore(nodes, total, undefined, known, changed) };
  }

  async #loadTraces(
    filter: TraceFilter,
    parent: GroupNode | undefined,
    before: readonly TraceTreeNode[],
    limit: number,
    changed: TraceTreeNode[],
  ): Promise<{ total: number; nodes: TraceTreeNode[] }> {
    const { total, traces } = await this.#link.request('traces/list', { filter, limit });
    const known = byId(before);
    const nodes: TraceTreeNode[] = traces.map(summary => {
      const id = `${parent?.id ?? ''}trace:${summary.traceId}`;
      const old = known.get(id);
      if (old?.kind !== 'trace') return { kind: 'trace', id, parent, summary };
      if (!isEqual(old.summary, summary)) {
        old.summary = summary;
        changed.push(old);
      }
      return old;
    });
    return { total, nodes: withMore(nodes, total, parent, known, changed) };
  }

  async #loadGroup(group: GroupNode, changed: TraceTreeNode[] = []): Promise<TraceTreeNode[]> {
    const { rootServiceName, rootSpanName } = group.group;
    const filter = { ...this.filter, rootServiceName, rootSpanName };
    return (await this.#loadTraces(filter, group, group.children ?? [], group.limit, changed)).nodes;
  }

  async #refreshGroup(group: GroupNode, changed: TraceTreeNode[]): Promise<void> {
    const before = group.children ?? [];
    const changedBelow: TraceTreeNode[] = [];
    group.children = await this.#loadGroup(group, changedBelow);
    if (!isSameOrder(before, group.children)) {
      if (!changed.includes(group)) changed.push(group);
    } else changed.push(...changedBelow);
  }
}

function byId(nodes: readonly TraceTreeNode[]): Map<string, TraceTreeNode> {
  return new Map(nodes.map(node => [node.id, node]));
}

function withMore(
  nodes: TraceTreeNode[],
  total: number,
  parent: GroupNode | undefined,
  known: ReadonlyMap<string, TraceTreeNode>,
  changed: TraceTreeNode[],
): TraceTreeNode[] {
  const hidden = total - nodes.length;
  if (hidden <= 0) return nodes;
  const id = `${parent?.id ?? ''}more`;
  const old = known.get(id);
  if (old?.kind !== 'more') return [...nodes, { kind: 'more', id, parent, hidden }];
  if (old.hidden !== hidden) {
    old.hidden = hidden;
    changed.push(old);
  }
  return [...nodes, old];
}

function isSameOrder(before: readonly TraceTreeNode[], after: readonly TraceTreeNode[]): boolean {
  return before.length === after.length && before.every((node, at) => node === after[at]);
}

/** Both come from the engine as JSON, with their fields in one order. */
function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
