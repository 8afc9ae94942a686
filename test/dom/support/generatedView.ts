import { idWords } from '../../../src/model/ids.ts';
import { controlErrors } from '../../../src/protocol/control.ts';
import { allocateRowColumns } from '../../../src/protocol/rowColumns.ts';
import { markKinds, rowFlags, type ViewHead, type ViewIntent } from '../../../src/protocol/traceView.ts';
import { type GeneratedSpan, serviceNames, spanIdAt, traceId, traceStart } from './generatedTrace.ts';
import type { PanelHandlers } from './panelPage.ts';

type ViewHandlers = Pick<PanelHandlers, Extract<keyof PanelHandlers, `view/${string}`>>;

/** The rows of a generated trace, answered as the engine answers them: what the panel shows is compared with this. */
export class GeneratedView {
  readonly spans: readonly GeneratedSpan[];
  /** Spans in each subtree, its root not counted. */
  readonly descendants: Uint32Array;
  /** Span indices in row order. */
  rows: number[] = [];
  readonly #collapsed = new Set<number>();
  readonly #rowOf = new Map<number, number>();
  readonly #posInSet: Uint32Array;
  readonly #setSize: Uint32Array;
  #received: number;
  #filter = '';
  #matches = 0;
  #generation = 0;
  #viewId = 1;

  /** `received`: how many of the spans have arrived so far. */
  constructor(spans: readonly GeneratedSpan[], received = spans.length) {
    this.spans = spans;
    this.#received = received;
    this.descendants = new Uint32Array(spans.length);
    this.#posInSet = new Uint32Array(spans.length);
    this.#setSize = new Uint32Array(spans.length).fill(1);
    const children = new Uint32Array(spans.length);
    spans.forEach(({ parent }, index) => {
      this.#posInSet[index] = parent < 0 ? 1 : ++children[parent];
    });
    spans.forEach(({ parent }, index) => {
      if (parent >= 0) this.#setSize[index] = children[parent];
    });
    for (let index = spans.length - 1; index > 0; index--)
      this.descendants[spans[index].parent] += this.descendants[index] + 1;
    this.#rebuild();
  }

  get viewId(): number {
    return this.#viewId;
  }

  /** More spans have arrived. */
  receive(received: number): ViewHead {
    this.#received = received;
    this.#rebuild();
    return this.head();
  }

  /** The engine has started anew: views of before are unknown. */
  restart(): void {
    this.#viewId++;
    this.#collapsed.clear();
    this.#filter = '';
  }

  head(): ViewHead {
    const spans = this.spans.slice(0, this.#received);
    const failed = (service?: number) =>
      spans.filter(({ span, service: of }) => span.status?.code === 2 && (service ?? of) === of).length;
    return {
      traceId,
      generation: this.#generation,
      rowCount: this.rows.length,
      spanCount: this.#received,
      errorCount: failed(),
      startTimeUnixNano: String(traceStart),
      duration: this.spans[0].duration,
      rootServiceName: serviceNames[0],
      rootSpanName: this.spans[0].span.name,
      maxDepth: spans.reduce((deepest, { depth }) => Math.max(deepest, depth), 0),
      services: serviceNames.map((name, service) => ({
        name,
        spanCount: spans.filter(span => span.service === service).length,
        errorCount: failed(service),
      })),
      matchCount: this.#matches,
      evicted: false,
    };
  }

  readonly handlers: ViewHandlers = {
    'view/open': ({ traceId: asked, intent }) => {
      if (asked !== traceId) return null;
      this.#restore(intent);
      return { viewId: this.#viewId, head: this.head() };
    },
    'view/close': () => ({}),
    'view/rows': ({ viewId, first, count }) => {
      this.#check(viewId);
      return this.#window(first, count);
    },
    'view/expand': ({ viewId, expanded, target }) => {
      this.#check(viewId);
      const isMeant = (index: number): boolean => {
        if ('spanId' in target) return spanIdAt(index) === target.spanId;
        if ('all' in target) return true;
        return expanded ? this.spans[index].depth < target.depth : this.spans[index].depth >= target.depth;
      };
      for (let index = 0; index < this.#received; index++)
        if (this.descendants[index] > 0 && isMeant(index)) {
          if (expanded) this.#collapsed.delete(index);
          else this.#collapsed.add(index);
        }
      this.#rebuild();
      return { head: this.head(), collapsed: [...this.#collapsed].map(spanIdAt) };
    },
    'view/filter': ({ viewId, filter }) => {
      this.#check(viewId);
      if (filter !== this.#filter) {
        this.#filter = filter;
        this.#rebuild();
      }
      return { head: this.head() };
    },
    'view/reveal': ({ viewId, spanId }) => {
      this.#check(viewId);
      const index = this.spans.findIndex(({ span }) => span.spanId === spanId);
      this.#unfold(index);
      return { row: this.#rowOf.get(index) ?? -1, head: this.head() };
    },
    'view/find': ({ viewId, text, fromRow, backwards }) => {
      this.#check(viewId);
      const from = this.rows[fromRow] ?? (fromRow < 0 ? -1 : this.spans.length);
      const hits: number[] = [];
      for (let index = 0; index < this.#received; index++)
        if (this.spans[index].span.name.includes(text)) hits.push(index);
      const next = backwards
        ? hits.findLastIndex(index => index < from)
        : hits.findIndex(index => index > from);
      const matchIndex = next < 0 ? (backwards ? hits.length - 1 : Math.min(0, hits.length - 1)) : next;
      if (matchIndex < 0) return { matchCount: 0, matchIndex, spanId: '', row: -1, head: this.head() };
      this.#unfold(hits[matchIndex]);
      const row = this.#rowOf.get(hits[matchIndex]) ?? -1;
      return {
        matchCount: hits.length,
        matchIndex,
        spanId: spanIdAt(hits[matchIndex]),
        row,
        head: this.head(),
      };
    },
    'view/minimap': ({ viewId, width, height }) => {
      this.#check(viewId);
      const lanes = Math.min(height, this.#received);
      const cells = new Uint8Array(width * lanes);
      const column = (time: number) =>
        Math.min(width - 1, Math.floor((time / this.spans[0].duration) * width));
      for (let index = 0; index < this.#received; index++) {
        const { start, duration, service, span } = this.spans[index];
        const lane = Math.floor((index * lanes) / this.#received) * width;
        cells.fill(
          (1 + service) | (span.status?.code === 2 ? 128 : 0),
          lane + column(start),
          lane + column(start + duration) + 1,
        );
      }
      return { cells, lanes };
    },
    'view/criticalPath': ({ viewId }) => {
      this.#check(viewId);
      return { sections: [{ spanId: spanIdAt(0), start: 0, end: this.spans[0].duration }] };
    },
  };

  #check(viewId: number): void {
    if (viewId !== this.#viewId)
      throw Object.assign(new Error(`no view ${viewId}`), { code: controlErrors.noSuchView });
  }

  #restore({ collapsed, filter }: ViewIntent): void {
    this.#collapsed.clear();
    for (const id of collapsed) this.#collapsed.add(Number.parseInt(id, 16) - 1);
    this.#filter = filter;
    this.#rebuild();
  }

  #unfold(index: number): void {
    let changed = false;
    for (let above = this.spans[index]?.parent ?? -1; above >= 0; above = this.spans[above].parent)
      changed = this.#collapsed.delete(above) || changed;
    if (changed) this.#rebuild();
  }

  #rebuild(): void {
    const shown = new Set<number>();
    this.#matches = 0;
    for (let index = 0; index < this.#received; index++) {
      if (!this.#isMatch(index)) continue;
      this.#matches++;
      for (let at = index; at >= 0 && !shown.has(at); at = this.spans[at].parent) shown.add(at);
    }
    this.rows = [];
    this.#rowOf.clear();
    for (let index = 0; index < this.#received; index++) {
      if (this.#filter !== '' && !shown.has(index)) continue;
      this.#rowOf.set(index, this.rows.length);
      this.rows.push(index);
      if (this.#collapsed.has(index)) index += this.descendants[index];
    }
    if (this.#filter === '') this.#matches = 0;
    this.#generation++;
  }

  #isMatch(index: number): boolean {
    return this.#filter !== '' && this.spans[index].span.name.includes(this.#filter);
  }

  #window(first: number, count: number) {
    const rows = this.rows.slice(first, first + count);
    const failed = (index: number) => this.spans[index].span.status?.code === 2;
    const { bytes, columns } = allocateRowColumns({
      rows: rows.length,
      marks: rows.filter(failed).length,
      criticalSections: rows.includes(0) ? 1 : 0,
    });
    const names = new Map<string, number>();
    let marks = 0;
    rows.forEach((index, at) => {
      const { span, service, parent, depth, start, duration } = this.spans[index];
      if (!names.has(span.name)) names.set(span.name, names.size);
      columns.start[at] = start;
      columns.duration[at] = duration;
      columns.spanId.set(idWords(span.spanId), 2 * at);
      columns.name[at] = names.get(span.name) ?? 0;
      columns.parentRow[at] = this.#rowOf.get(parent) ?? 0xffffffff;
      columns.descendants[at] = this.descendants[index];
      columns.posInSet[at] = this.#posInSet[index];
      columns.setSize[at] = this.#setSize[index];
      columns.depth[at] = depth;
      columns.service[at] = service;
      columns.kind[at] = span.kind ?? 0;
      columns.markFirst[at] = marks;
      if (failed(index)) {
        columns.markAt[marks] = start + Math.round(duration / 2);
        columns.markKind[marks++] = markKinds.exception;
      }
      columns.flags[at] = this.#flags(index);
      columns.criticalFirst[at] = at > 0 && rows[0] === 0 ? 1 : 0;
    });
    columns.markFirst[rows.length] = marks;
    if (rows[0] === 0) {
      columns.criticalEnd[0] = this.spans[0].duration;
      columns.criticalFirst[rows.length] = 1;
    }
    return {
      generation: this.#generation,
      first,
      count: rows.length,
      names: [...names.keys()],
      columns: bytes,
    };
  }

  #flags(index: number): number {
    const hasChildren = this.descendants[index] > 0;
    return (
      (hasChildren ? rowFlags.hasChildren : 0) |
      (hasChildren && !this.#collapsed.has(index) ? rowFlags.expanded : 0) |
      (this.spans[index].span.status?.code === 2 ? rowFlags.error : 0) |
      (index === 0 ? rowFlags.onCriticalPath : 0) |
      (this.#isMatch(index) ? rowFlags.match : 0)
    );
  }
}
