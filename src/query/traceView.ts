import { idHex, idWords } from '../model/ids.ts';
import { nanosOfWords } from '../model/time.ts';
import type {
  FindResult,
  RowWindow,
  TraceDrop,
  TraceViewRequests,
  ViewHead,
  ViewIntent,
} from '../protocol/traceView.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { paintMinimap } from './rows/minimap.ts';
import { packRows, type RowSource } from './rows/packRows.ts';
import { TraceModel } from './rows/traceModel.ts';
import { VisibleRows, withAncestors } from './rows/visibleRows.ts';
import { TextMatch } from './textMatch.ts';
import { traceDrop } from './traceDrop.ts';
import type { TraceSummaries } from './traceSummary.ts';

type Answer<K extends keyof TraceViewRequests> = TraceViewRequests[K][1];
type ExpandTarget = TraceViewRequests['view/expand'][0]['target'];

/**
 * One trace on somebody's screen: its rows in order, with what is collapsed and filtered. It follows the store: rows are made
 * again when the trace has grown (collapsed spans stay so, by id), and there are none once the trace was dropped.
 */
export class TraceView {
  readonly traceId: string;
  readonly #store: TraceStore;
  readonly #summaries: TraceSummaries;
  readonly #collapsedIds: Set<string>;
  #filter: string;
  #generation = 0;
  /** What the rows were made from; undefined once the trace was dropped. */
  #rows: RowSource | undefined;
  #stamp = '';
  /** The store's generation at the last look. */
  #checkedGeneration = -1;
  #revision = 0;
  #rootServiceName = '';
  #rootSpanName = '';
  #startTimeUnixNano = '0';

  constructor(store: TraceStore, summaries: TraceSummaries, traceId: string, intent: ViewIntent) {
    this.#store = store;
    this.#summaries = summaries;
    this.traceId = traceId;
    this.#collapsedIds = new Set(intent.collapsed);
    this.#filter = intent.filter;
    this.refresh();
  }

  get head(): ViewHead {
    this.refresh();
    const model = this.#rows?.model;
    return {
      traceId: this.traceId,
      generation: this.#generation,
      rowCount: this.#rows?.rows.count ?? 0,
      spanCount: model?.tree.count ?? 0,
      errorCount: model?.errorCount ?? 0,
      startTimeUnixNano: this.#startTimeUnixNano,
      duration: model?.tree.traceDuration ?? 0,
      rootServiceName: this.#rootServiceName,
      rootSpanName: this.#rootSpanName,
      maxDepth: model?.maxDepth ?? 0,
      services: model?.services ?? [],
      matchCount: this.#rows?.matches?.reduce((sum, match) => sum + match, 0) ?? 0,
      evicted: model === undefined,
      ...(model === undefined && droppedOf(this.#store, this.traceId)),
    };
  }

  /** Grows whenever the trace itself has changed, and not what of it is shown. */
  get revision(): number {
    this.refresh();
    return this.#revision;
  }

  /** Makes the rows again if the trace has changed. */
  refresh(): void {
    if (this.#checkedGeneration === this.#store.generation) return;
    this.#checkedGeneration = this.#store.generation;
    const traceRow = this.#store.traces.rowOf(this.traceId);
    const stamp = traceRow < 0 ? 'dropped' : this.#stampOf(traceRow);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#revision++;
    if (traceRow < 0) {
      this.#rows = undefined;
      this.#generation++;
      return;
    }
    const model = new TraceModel(this.#store, traceRow);
    const { rootServiceName, rootSpanName } = this.#summaries.root(traceRow);
    this.#rootServiceName = rootServiceName;
    this.#rootSpanName = rootSpanName;
    this.#startTimeUnixNano = nanosOfWords(model.tree.originLow, model.tree.originHigh).toString();
    this.#show(model);
  }

  rows(first: number, count: number): RowWindow {
    this.refresh();
    if (this.#rows === undefined)
      return { generation: this.#generation, first: 0, count: 0, names: [], columns: noRows };
    return packRows(this.#rows, this.#generation, first, count);
  }

  expand(expanded: boolean, target: ExpandTarget): Answer<'view/expand'> {
    this.refresh();
    const source = this.#rows;
    if (source !== undefined) {
      const { tree } = source.model;
      const set = (i: number): void => {
        if (tree.subtreeSize[i] > 0) source.collapsed[i] = expanded ? 0 : 1;
      };
      if ('spanId' in target) {
        const i = this.#indexOf(target.spanId);
        if (i >= 0) set(i);
      } else {
        for (let i = 0; i < tree.count; i++) if ('all' in target || tree.depth[i] === target.depth) set(i);
      }
      this.#rememberCollapsed(source);
      this.#show(source.model);
    }
    return { head: this.head, collapsed: [...this.#collapsedIds] };
  }

  filter(text: string): Answer<'view/filter'> {
    this.refresh();
    if (text !== this.#filter) {
      this.#filter = text;
      if (this.#rows !== undefined) this.#show(this.#rows.model);
    }
    return { head: this.head };
  }

  reveal(spanId: string): Answer<'view/reveal'> {
    this.refresh();
    const i = this.#indexOf(spanId);
    if (i >= 0) this.#openAncestors(i);
    return { row: i < 0 ? -1 : (this.#rows?.rows.rowOf[i] ?? -1), head: this.head };
  }

  find(text: string, fromRow: number, backwards: boolean): FindResult {
    this.refresh();
    const found = this.#matching(text);
    if (found.length === 0) return { matchCount: 0, matchIndex: -1, spanId: '', row: -1, head: this.head };
    const matchIndex = this.#nextMatch(found, fromRow, backwards);
    const i = found[matchIndex];
    this.#openAncestors(i);
    const row = this.#rows!.rows.rowOf[i];
    return { matchCount: found.length, matchIndex, spanId: this.#spanIdAt(i), row, head: this.head };
  }

  minimap(width: number, height: number): Answer<'view/minimap'> {
    this.refresh();
    return this.#rows === undefined
      ? { cells: new Uint8Array(0), lanes: 0 }
      : paintMinimap(this.#rows.model, width, height);
  }

  criticalPath(): Answer<'view/criticalPath'> {
    this.refresh();
    const model = this.#rows?.model;
    if (model === undefined) return { sections: [] };
    const { span, start, end } = model.critical;
    return {
      sections: Array.from(span, (i, at) => ({ spanId: this.#spanIdAt(i), start: start[at], end: end[at] })),
    };
  }

  /** Changes with everything that rows are made of: spans, where they lie, log records. */
  #stampOf(traceRow: number): string {
    const { lastUpdateGeneration } = this.#store.traces;
    const logs = this.#store.logs.marks(this.traceId).length;
    return `${traceRow} ${lastUpdateGeneration[traceRow]} ${logs}`;
  }

  #show(model: TraceModel): void {
    const { tree } = model;
    const collapsed = new Uint8Array(tree.count);
    if (this.#collapsedIds.size > 0)
      for (let i = 0; i < tree.count; i++)
        if (tree.subtreeSize[i] > 0 && this.#collapsedIds.has(this.#idAt(model, i))) collapsed[i] = 1;
    const text = new TextMatch(this.#store, this.#filter);
    const matches = text.empty ? undefined : this.#matchesOf(model, text);
    const kept = matches === undefined ? undefined : withAncestors(tree, matches);
    const rows = new VisibleRows(tree, collapsed, kept);
    this.#rows = { store: this.#store, model, rows, collapsed, matches };
    this.#generation++;
  }

  #matchesOf(model: TraceModel, text: TextMatch): Uint8Array {
    const { count, refs } = model.tree;
    const matches = new Uint8Array(count);
    for (let i = 0; i < count; i++)
      if (text.matches(this.#store.segmentOf(refs[i]), this.#store.rowOf(refs[i]))) matches[i] = 1;
    return matches;
  }

  /** Tree indices of the spans that match, among those that the filter leaves. */
  #matching(text: string): number[] {
    const source = this.#rows;
    const wanted = new TextMatch(this.#store, text);
    if (source === undefined || wanted.empty) return [];
    const kept = source.matches === undefined ? undefined : withAncestors(source.model.tree, source.matches);
    const found: number[] = [];
    this.#matchesOf(source.model, wanted).forEach((match, i) => {
      if (match !== 0 && (kept === undefined || kept[i] !== 0)) found.push(i);
    });
    return found;
  }

  #nextMatch(found: readonly number[], fromRow: number, backwards: boolean): number {
    const { rows, model } = this.#rows!;
    const inside = fromRow >= 0 && fromRow < rows.count;
    const from = inside ? rows.spans[fromRow] : fromRow < 0 ? -1 : model.tree.count;
    if (!backwards) {
      const next = found.findIndex(i => i > from);
      return Math.max(next, 0);
    }
    const previous = found.findLastIndex(i => i < from);
    return previous < 0 ? found.length - 1 : previous;
  }

  #openAncestors(i: number): void {
    const source = this.#rows!;
    const { tree } = source.model;
    let opened = false;
    for (let at = tree.parent[i]; at >= 0; at = tree.parent[at]) {
      opened ||= source.collapsed[at] !== 0;
      source.collapsed[at] = 0;
    }
    if (!opened) return;
    this.#rememberCollapsed(source);
    this.#show(source.model);
  }

  /** Ids of spans that have not arrived again (after a restart of the engine) are forgotten here. */
  #rememberCollapsed({ model, collapsed }: RowSource): void {
    this.#collapsedIds.clear();
    for (let i = 0; i < model.tree.count; i++)
      if (collapsed[i] !== 0) this.#collapsedIds.add(this.#idAt(model, i));
  }

  #indexOf(spanId: string): number {
    const [low, high] = idWords(spanId);
    return this.#rows?.model.indexOf(this.#store, low, high) ?? -1;
  }

  #spanIdAt(i: number): string {
    return this.#idAt(this.#rows!.model, i);
  }

  #idAt({ tree }: TraceModel, i: number): string {
    return idHex(this.#store.segmentOf(tree.refs[i]).spanId, 2 * this.#store.rowOf(tree.refs[i]), 2);
  }
}

const noRows = new Uint8Array(24);

function droppedOf(store: TraceStore, traceId: string): { dropped?: TraceDrop } {
  const dropped = traceDrop(store, traceId);
  return dropped === null ? {} : { dropped };
}
