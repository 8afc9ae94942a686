import type { Disposable } from '../../../src/base/events.ts';
import type { TraceStrings } from '../../../src/protocol/traceStrings.ts';
import type { LoadedRow } from '../../rows/rowWindows.ts';
import { ScrollMap } from '../../rows/scrollMap.ts';
import type { ShownRows } from '../../rows/traceSession.ts';
import type { TimeScale } from '../../timeline/timeScale.ts';
import { RowElement, rowHeight } from './rowElement.ts';

/** Rows kept ready above and below the viewport, so that a scroll has something to show before the next frame. */
const overscan = 8;

/** What the view needs from around it. */
export interface WaterfallSurroundings {
  scale(): TimeScale;
  nameWidth(): number;
  showCriticalPath(): boolean;
  activeRow(): number;
  readonly text: TraceStrings;
  speak(row: LoadedRow, rows: ShownRows): string;
  /** The first and last row on the screen. */
  onDidShow(first: number, last: number): void;
  /** After each painting: id of the active row's element, '' if it is not in the page. */
  onDidPaint(activeElementId: string): void;
}

/**
 * The rows on the screen: a pool of elements in which row `r` takes element `r % pool size`, so that a scroll rewrites
 * only the rows that come into view. It paints at most once a frame and reads no layout while doing so.
 */
export class WaterfallView implements Disposable {
  readonly #viewport: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #surroundings: WaterfallSurroundings;
  readonly #listening = new AbortController();
  #pool: RowElement[] = [];
  #rows: ShownRows | null = null;
  #loading: Disposable | undefined;
  #map = new ScrollMap(0, rowHeight, 0);
  #height = 0;
  #frame = 0;
  #repaintAll = false;
  #repaintTimeline = false;
  #hasShownRows = false;

  constructor(viewport: HTMLElement, spacer: HTMLElement, surroundings: WaterfallSurroundings) {
    this.#viewport = viewport;
    this.#spacer = spacer;
    this.#surroundings = surroundings;
    const { signal } = this.#listening;
    viewport.addEventListener('scroll', () => this.#scrolled(), { passive: true, signal });
    viewport.addEventListener('wheel', event => this.#wheel(event), { passive: false, signal });
  }

  /** Rows that fit, for paging. */
  get pageSize(): number {
    return Math.max(1, Math.floor(this.#height / rowHeight) - 1);
  }

  resize(height: number): void {
    if (height === this.#height) return;
    this.#height = height;
    const { top } = this.#map;
    this.#map = new ScrollMap(this.#rows?.head.rowCount ?? 0, rowHeight, height);
    this.#map.moveTo(top);
    const size = Math.ceil(height / rowHeight) + 1 + 2 * overscan;
    for (const unused of this.#pool.splice(size)) unused.element.remove();
    while (this.#pool.length < size) this.#pool.push(new RowElement());
    for (const element of this.#pool) element.clear();
    this.#spacer.append(...this.#pool.map(({ element }) => element));
    // At once: the observer of the size is called before the frame is painted, and must not leave it empty.
    this.#paint();
  }

  setRows(rows: ShownRows): void {
    const isNew = rows.windows !== this.#rows?.windows;
    this.#rows = rows;
    if (isNew) {
      this.#loading?.dispose();
      this.#loading = rows.windows.onDidLoad(() => this.#schedule());
      const { top } = this.#map;
      this.#map = new ScrollMap(rows.head.rowCount, rowHeight, this.#height);
      this.#spacer.style.height = `${this.#map.spacerHeight}px`;
      this.#map.moveTo('shift' in rows.placement ? top + rows.placement.shift * rowHeight : top);
    }
    if ('show' in rows.placement) this.#bringIntoView(rows.placement.show);
    this.#viewport.scrollTop = this.#map.scrollTop;
    this.repaint();
  }

  /** Scrolls as little as needed to show a row; by a jump it lands in the middle. */
  scrollTo(row: number): void {
    this.#bringIntoView(row);
    this.#viewport.scrollTop = this.#map.scrollTop;
    this.#schedule();
  }

  /** Everything in the rows may have changed. */
  repaint(): void {
    this.#repaintAll = true;
    this.#schedule();
  }

  /** The visible part of the time axis has changed. */
  repaintTimeline(): void {
    this.#repaintTimeline = true;
    this.#schedule();
  }

  /** The row that is shown in an element; -1 if it is none of ours. */
  rowOf(target: EventTarget | null): number {
    const element = target instanceof Element ? target.closest('.row') : null;
    return this.#pool.find(row => row.element === element)?.row ?? -1;
  }

  dispose(): void {
    this.#listening.abort();
    this.#loading?.dispose();
    cancelAnimationFrame(this.#frame);
  }

  #bringIntoView(row: number): void {
    const top = row * rowHeight;
    const { top: from } = this.#map;
    const to = from + this.#height - rowHeight;
    if (top >= from && top <= to) return;
    const page = this.#height;
    const isFar = top < from - page || top > to + page;
    if (isFar) this.#map.moveTo(top - (this.#height - rowHeight) / 2);
    else this.#map.moveTo(top < from ? top : top - this.#height + rowHeight);
  }

  #scrolled(): void {
    this.#map.scrolledTo(this.#viewport.scrollTop);
    this.#schedule();
  }

  /** A scroll bar that stands for more than it can measure would make the wheel leap: it moves by pixels all the same. */
  #wheel(event: WheelEvent): void {
    if (!this.#map.scaled || event.ctrlKey || event.metaKey || event.shiftKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? rowHeight : 1;
    this.#map.moveTo(this.#map.top + event.deltaY * unit);
    this.#viewport.scrollTop = this.#map.scrollTop;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #paint(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const rows = this.#rows;
    if (!rows || this.#height === 0) return;
    const { head, windows } = rows;
    const { top, offset } = this.#map;
    const first = Math.floor(top / rowHeight);
    const last = Math.min(head.rowCount - 1, Math.floor((top + this.#height - 1) / rowHeight));
    this.#surroundings.onDidShow(first, last);
    windows.want(first, last);
    const activeRow = this.#surroundings.activeRow();
    const context = {
      scale: this.#surroundings.scale(),
      nameWidth: this.#surroundings.nameWidth(),
      showCriticalPath: this.#surroundings.showCriticalPath(),
      services: head.services,
      text: this.#surroundings.text,
      activeRow,
      speak: (loaded: LoadedRow) => this.#surroundings.speak(loaded, rows),
    };
    const from = Math.max(0, first - overscan);
    const to = Math.min(head.rowCount - 1, from + this.#pool.length - 1);
    let activeElementId = '';
    for (let row = from; row <= to; row++) {
      const element = this.#pool[row % this.#pool.length];
      const loaded = windows.at(row);
      if (this.#repaintAll || element.row !== row || (element.spanId === '' && loaded)) {
        if (loaded) element.show(row, loaded, context);
        else element.showPending(row);
      } else if (this.#repaintTimeline && loaded) element.showTimeline(loaded, context);
      element.place(row * rowHeight + offset);
      if (row === activeRow) activeElementId = element.element.id;
    }
    for (const element of this.#pool) if (element.row < from || element.row > to) element.clear();
    this.#repaintAll = false;
    this.#repaintTimeline = false;
    this.#surroundings.onDidPaint(activeElementId);
    if (this.#hasShownRows || !windows.at(first)) return;
    this.#hasShownRows = true;
    performance.mark('spanline.rows');
  }

  /** Moves the mark of the active row. */
  setActive(activeRow: number): void {
    for (const element of this.#pool)
      if (element.row >= 0) element.setActive(element.row === activeRow && element.spanId !== '');
    this.#schedule();
  }
}
