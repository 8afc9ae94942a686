import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import { Emitter, type Event } from '../../src/base/events.ts';
import { idHex } from '../../src/model/ids.ts';
import { RequestError } from '../../src/protocol/channel.ts';
import type { TraceSummary } from '../../src/protocol/control.ts';
import type { PanelCommand, PanelFile, PanelRequests } from '../../src/protocol/panel.ts';
import type { TraceStrings } from '../../src/protocol/traceStrings.ts';
import { rowFlags, type TraceBreak, type TraceDrop } from '../../src/protocol/traceView.ts';
import type { PanelClient, StateStorage } from '../connection/webviewApi.ts';
import { PanelIntent } from '../intent/panelIntent.ts';
import type { LoadedRow } from '../rows/rowWindows.ts';
import { type ShownRows, TraceSession } from '../rows/traceSession.ts';
import { rangeOfSpan, type TimeRange, wholeTrace, zoomAt } from '../timeline/timeRange.ts';
import { type Formats, fill } from './format.ts';

export interface PanelModelOptions {
  client: PanelClient;
  storage: StateStorage;
  traceId: string;
  summary: TraceSummary | null;
  /** The trace is of this file, and not of the store. */
  file: PanelFile | undefined;
  breaks: readonly TraceBreak[];
  dropped: TraceDrop | undefined;
  text: TraceStrings;
  formats: Formats;
}

/** What the host says first. */
export type PanelHello = PanelRequests['panel/hello'][1];

/** What a component is asked to do: a command of the host, or where the focus is to go. */
export type ComponentCommand = PanelCommand | 'focusGrid' | 'focusDetails';

/** Farthest that a hidden selection is followed upwards when its ancestors are collapsed. */
const maxClimb = 256;

/** The panel of one trace: what is selected, folded and zoomed, and what every command does. */
export class PanelModel {
  readonly client: PanelClient;
  readonly text: TraceStrings;
  readonly formats: Formats;
  readonly intent: PanelIntent;
  readonly session: TraceSession;
  readonly rootMissing: boolean;
  readonly file: PanelFile | undefined;
  /** Other pieces of the trace. */
  readonly breaks: Signal<readonly TraceBreak[]>;
  /** What became of a trace that was gone when the panel was opened. */
  readonly dropped: TraceDrop | undefined;
  readonly pinned: Signal<boolean>;
  readonly engineLost: Signal<boolean> = signal(false);
  /** The last thing that went wrong, as text. */
  readonly trouble: Signal<string> = signal('');
  /** Row of the selection; -1 while it is not known. */
  readonly activeRow: Signal<number> = signal(-1);
  /** The deepest level that is unfolded, for folding level by level. */
  readonly #level = signal<number | null>(null);
  readonly #scroll = new Emitter<number>();
  readonly #command = new Emitter<ComponentCommand>();
  readonly #announce = new Emitter<string>();

  /** A row is to be brought into view. */
  readonly onDidRequestScroll: Event<number> = this.#scroll.event;
  /** A command that a component carries out: `find`, `filter`… */
  readonly onDidRequestCommand: Event<ComponentCommand> = this.#command.event;

  /** What a screen reader is to be told. */
  readonly onDidAnnounce: Event<string> = this.#announce.event;

  readonly whole: ReadonlySignal<TimeRange>;
  readonly visibleRange: ReadonlySignal<TimeRange>;

  constructor(options: PanelModelOptions) {
    const { client, storage, traceId, summary } = options;
    this.client = client;
    this.text = options.text;
    this.formats = options.formats;
    this.rootMissing = summary?.rootMissing ?? false;
    this.file = options.file;
    this.breaks = signal(options.breaks);
    this.dropped = options.dropped;
    this.pinned = signal(summary?.pinned ?? false);
    this.intent = new PanelIntent(traceId, storage.read(), storage);
    this.session = new TraceSession(client, traceId, () => this.intent.view);
    this.session.onDidFail(error => this.report(error));
    this.whole = computed(() => wholeTrace(this.session.rows.value?.head.duration ?? 0));
    this.visibleRange = computed(() => this.intent.zoom.value ?? this.whole.value);
    effect(() => {
      const rows = this.session.rows.value;
      if (rows) untracked(() => this.#followSelection(rows));
    });
    client.on('panel/command', ({ command }) => this.run(command));
    client.on('panel/revealSpan', ({ spanId }) => void this.attempt(() => this.reveal(spanId)));
    client.on('panel/breaks', ({ breaks }) => {
      this.breaks.value = breaks;
    });
    client.on('engine/lost', () => {
      this.engineLost.value = true;
    });
    client.on('engine/restarted', () => {
      this.engineLost.value = false;
      this.trouble.value = '';
      void this.session.open();
    });
  }

  /** The panel of the trace that the host has said it shows. */
  static async start(
    { traceId, revealSpanId, summary, file, breaks = [], dropped }: PanelHello,
    parts: Pick<PanelModelOptions, 'client' | 'storage' | 'text' | 'formats'>,
  ): Promise<PanelModel> {
    const model = new PanelModel({ ...parts, traceId, summary, file, breaks, dropped });
    if (revealSpanId !== undefined) model.intent.selectedSpanId.value = revealSpanId;
    await model.open();
    return model;
  }

  /** Opens the trace and shows the selection, or the first row if there is none. */
  async open(): Promise<void> {
    await this.session.open();
    if (this.session.state.value !== 'open') return;
    const selected = this.intent.selectedSpanId.peek();
    await this.attempt(async () => {
      if (selected === undefined || !(await this.reveal(selected))) await this.select(0);
    });
  }

  /**
   * Does what the user has asked for, which may fail: the failure is shown until something else succeeds that they ask for; a
   * cancellation is not. What happens beside that reports its failures and takes back nobody's.
   */
  async attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
      this.trouble.value = '';
    } catch (error) {
      this.report(error);
    }
  }

  report(error: unknown): void {
    if (error instanceof RequestError && (error.code === 'cancelled' || error.code === 'closed')) return;
    this.trouble.value = error instanceof Error ? error.message : String(error);
  }

  announce(news: string): void {
    this.#announce.fire(news);
  }

  /** Selects a row and brings it into view. */
  async select(row: number): Promise<void> {
    const rows = this.session.rows.value;
    if (!rows || rows.head.rowCount === 0) return;
    const target = Math.min(Math.max(row, 0), rows.head.rowCount - 1);
    this.activeRow.value = target;
    this.#scroll.fire(target);
    await rows.windows.load(target, target);
    const loaded = rows.windows.at(target);
    if (loaded && this.activeRow.value === target) this.intent.selectedSpanId.value = spanIdOf(loaded);
  }

  /** Selects a span, unfolding what hides it. False if it is not there. */
  async reveal(spanId: string): Promise<boolean> {
    const row = await this.session.reveal(spanId);
    if (row >= 0) {
      this.intent.selectedSpanId.value = spanId;
      this.activeRow.value = row;
    }
    return row >= 0;
  }

  /** Moves the selection by some rows. A selection that is out of sight is gone back to first. */
  async move(by: number): Promise<void> {
    if (this.activeRow.value < 0) await this.#findActiveRow();
    else await this.select(this.activeRow.value + by);
  }

  /** The selected row, if it is loaded. */
  active(): LoadedRow | undefined {
    return this.session.rows.value?.windows.at(this.activeRow.value);
  }

  /** Folds or unfolds the children of a row. The rows above stay where they are. */
  async toggle(row: number, expanded?: boolean): Promise<void> {
    const rows = this.session.rows.value;
    const loaded = rows?.windows.at(row);
    if (!rows || !loaded) return;
    const flags = loaded.columns.flags[loaded.index];
    const isExpanded = (flags & rowFlags.expanded) !== 0;
    if ((flags & rowFlags.hasChildren) === 0 || expanded === isExpanded) return;
    const spanId = spanIdOf(loaded);
    const active = this.activeRow.value;
    const before = rows.head.rowCount;
    this.#level.value = null;
    this.intent.collapsed.value = await this.session.expand(!isExpanded, { spanId }, { shift: 0 });
    if (active <= row) return;
    const grown = (this.session.rows.value?.head.rowCount ?? before) - before;
    if (grown < 0 && active <= row - grown) await this.select(row);
    else this.activeRow.value = active + grown;
  }

  async expandAll(): Promise<void> {
    this.#level.value = null;
    this.activeRow.value = -1;
    this.intent.collapsed.value = await this.session.expand(true, { all: true }, { shift: 0 });
    await this.#findActiveRow();
  }

  /** Hides everything deeper than `depth`; the selection moves to what is left of its ancestors. */
  async collapseBelow(depth: number): Promise<void> {
    const survivor = await this.#ancestorOfActive(depth);
    this.activeRow.value = -1;
    this.intent.collapsed.value = await this.session.expand(
      false,
      depth === 0 ? { all: true } : { depth },
      survivor === undefined ? { show: 0 } : { shift: 0 },
    );
    if (survivor === undefined) await this.select(0);
    else await this.reveal(survivor);
  }

  /** Unfolds what stands at `depth`. */
  async expandAt(depth: number): Promise<void> {
    this.activeRow.value = -1;
    this.intent.collapsed.value = await this.session.expand(true, { depth }, { shift: 0 });
    await this.#findActiveRow();
  }

  async filter(text: string): Promise<void> {
    this.intent.filter.value = text;
    this.activeRow.value = -1;
    const row = await this.session.filter(text, this.intent.selectedSpanId.peek());
    this.activeRow.value = row;
    if (row < 0) await this.select(0);
    const found = this.session.rows.value?.head.matchCount ?? 0;
    if (text !== '') this.announce(fill(this.text.filterCount, this.formats.count(found)));
  }

  setZoom(range: TimeRange | undefined): void {
    const whole = this.whole.value;
    const isAll = range !== undefined && range.start <= whole.start && range.end >= whole.end;
    this.intent.zoom.value = isAll ? undefined : range;
  }

  /** Zooms around the middle, or around `pivot` (nanoseconds from the trace's start). */
  zoomBy(factor: number, pivot?: number): void {
    const range = this.visibleRange.value;
    this.setZoom(zoomAt(range, factor, pivot ?? (range.start + range.end) / 2, this.whole.value));
  }

  zoomToRow(row: LoadedRow): void {
    const { columns, index } = row;
    this.setZoom(rangeOfSpan(columns.start[index], columns.duration[index], this.whole.value));
  }

  async goToSource(beside: boolean): Promise<void> {
    const spanId = this.intent.selectedSpanId.value;
    if (spanId === undefined) return;
    await this.attempt(() =>
      this.client.request(
        'source/open',
        { traceId: this.session.traceId, spanId, beside },
        { timeout: 600_000 },
      ),
    );
  }

  async copy(text: string): Promise<void> {
    await this.attempt(async () => {
      await this.client.request('clipboard/write', { text });
      this.announce(this.text.copied);
    });
  }

  async togglePinned(): Promise<void> {
    await this.attempt(async () => {
      const { pinned } = await this.client.request('trace/pin', {
        traceId: this.session.traceId,
        pinned: !this.pinned.value,
      });
      this.pinned.value = pinned;
    });
  }

  run(command: ComponentCommand): void {
    const active = this.active();
    const { intent } = this;
    switch (command) {
      case 'expandAll':
        void this.attempt(() => this.expandAll());
        break;
      case 'collapseAll':
        this.#level.value = 0;
        void this.attempt(() => this.collapseBelow(0));
        break;
      case 'expandLevel':
        this.#stepLevel(1);
        break;
      case 'collapseLevel':
        this.#stepLevel(-1);
        break;
      case 'zoomIn':
        this.zoomBy(0.5);
        break;
      case 'zoomOut':
        this.zoomBy(2);
        break;
      case 'zoomToSpan':
        if (active) this.zoomToRow(active);
        break;
      case 'zoomReset':
        this.setZoom(undefined);
        break;
      case 'toggleCriticalPath':
        intent.showCriticalPath.value = !intent.showCriticalPath.value;
        break;
      case 'toggleDetails':
        intent.detailsOpen.value = !intent.detailsOpen.value;
        break;
      case 'goToSource':
        void this.goToSource(false);
        break;
      case 'copySpanId':
        if (intent.selectedSpanId.value) void this.copy(intent.selectedSpanId.value);
        break;
      default:
        this.#command.fire(command);
    }
  }

  #stepLevel(by: 1 | -1): void {
    const deepest = this.session.rows.value?.head.maxDepth ?? 0;
    const level = Math.min(Math.max((this.#level.value ?? deepest) + by, 0), deepest);
    this.#level.value = level;
    void this.attempt(() => (by < 0 ? this.collapseBelow(level) : this.expandAt(level - 1)));
  }

  /** Rows have moved: the selected span is looked for among what is on the screen. */
  #followSelection({ windows }: ShownRows): void {
    const selected = this.intent.selectedSpanId.value;
    const isSelected = (row: number) => {
      const loaded = windows.at(row);
      return loaded !== undefined && spanIdOf(loaded) === selected;
    };
    if (this.activeRow.value >= 0 && isSelected(this.activeRow.value)) return;
    const { first, last } = this.session.visible;
    let row = last;
    while (row >= first && !isSelected(row)) row--;
    this.activeRow.value = row >= first ? row : -1;
  }

  async #findActiveRow(): Promise<void> {
    const spanId = this.intent.selectedSpanId.value;
    if (spanId === undefined || !(await this.reveal(spanId))) await this.select(0);
  }

  /** The selected span or its ancestor that is not deeper than `depth`. */
  async #ancestorOfActive(depth: number): Promise<string | undefined> {
    const rows = this.session.rows.value;
    let row = this.activeRow.value;
    for (let climbed = 0; rows && row >= 0 && row < rows.head.rowCount && climbed < maxClimb; climbed++) {
      await rows.windows.load(row, row);
      const loaded = rows.windows.at(row);
      if (!loaded) return undefined;
      if (loaded.columns.depth[loaded.index] <= depth) return spanIdOf(loaded);
      row = loaded.columns.parentRow[loaded.index];
    }
    return undefined;
  }
}

export function spanIdOf({ columns, index }: LoadedRow): string {
  return idHex(columns.spanId, 2 * index, 2);
}
