import { formatDuration } from '../../../src/model/time.ts';
import type { TraceStrings } from '../../../src/protocol/traceStrings.ts';
import { markKinds, rowFlags, type ServiceInTrace } from '../../../src/protocol/traceView.ts';
import { icons } from '../../controls/icons.ts';
import { serviceColor } from '../../paint/serviceColor.ts';
import type { LoadedRow } from '../../rows/rowWindows.ts';
import { barBox, labelPlace, visibleMarks } from '../../timeline/barLayout.ts';
import type { TimeScale } from '../../timeline/timeScale.ts';
import { nameOr } from '../format.ts';
import { spanIdOf } from '../panelModel.ts';
import { timelinePadding } from './timelineGeometry.ts';

export const rowHeight = 22;
/** Pixels a level, and the level up to which rows are indented: deeper ones say their depth instead. */
const indent = 12;
const maxIndentShare = 0.5;
/** Marks nearer to each other than this are drawn as one. */
const markGap = 5;
/** Width of a character of the labels beside the bars, roughly: they are placed without measuring each. */
const labelCharacter = 6.5;

/** What all rows of a frame have in common. */
export interface RowContext {
  readonly scale: TimeScale;
  readonly nameWidth: number;
  readonly services: readonly ServiceInTrace[];
  readonly showCriticalPath: boolean;
  readonly activeRow: number;
  readonly text: TraceStrings;
  speak(row: LoadedRow): string;
}

const markClasses: { [kind: number]: string } = {
  [markKinds.event]: 'mark event',
  [markKinds.exception]: 'mark exception',
  [markKinds.log]: 'mark log',
  [markKinds.errorLog]: 'mark error-log',
};

/** One element of the pool: it shows one row after another, and writes only what has changed. */
export class RowElement {
  readonly element = tag('div', 'row', 'row');
  /** The row shown; -1: none. */
  row = -1;
  spanId = '';
  readonly #indent = tag('span', 'indent');
  readonly #twistie = tag('span', 'twistie');
  readonly #mark = tag('span', 'service-mark');
  readonly #error = tag('span', 'error-icon');
  readonly #depth = textIn(tag('span', 'depth'));
  readonly #name = textIn(tag('span', 'span-name'));
  readonly #service = textIn(tag('span', 'service-name'));
  readonly #hidden = textIn(tag('span', 'hidden-count'));
  readonly #timeline = tag('div', 'timeline-cell', 'gridcell');
  readonly #bar = tag('div', 'bar');
  readonly #label = textIn(tag('span', 'bar-label'));
  readonly #marks: HTMLElement[] = [];
  readonly #sections: HTMLElement[] = [];
  #classes = '';
  #serviceIndex = -1;
  #shownIndent = -1;
  #top = Number.NaN;

  constructor() {
    this.element.hidden = true;
    const name = tag('div', 'name-cell', 'gridcell');
    this.#twistie.innerHTML = icons.chevronRight;
    this.#error.innerHTML = icons.error;
    name.append(
      this.#indent,
      this.#twistie,
      this.#mark,
      this.#error,
      parentOf(this.#depth),
      parentOf(this.#name),
      parentOf(this.#hidden),
      parentOf(this.#service),
    );
    this.#timeline.append(this.#bar, parentOf(this.#label));
    this.element.append(name, this.#timeline);
  }

  /** Puts the element `top` pixels below the start of the rows. */
  place(top: number): void {
    if (top === this.#top) return;
    this.#top = top;
    this.element.style.transform = `translateY(${top}px)`;
  }

  /** Shows nothing: the element waits out of sight. */
  clear(): void {
    if (this.row === -1) return;
    this.row = -1;
    this.spanId = '';
    this.element.hidden = true;
    this.element.removeAttribute('id');
  }

  /** Shows that the row is on its way. */
  showPending(row: number): void {
    this.row = row;
    this.spanId = '';
    this.element.hidden = false;
    this.element.removeAttribute('id');
    this.element.removeAttribute('aria-label');
    this.element.setAttribute('aria-rowindex', String(row + 2));
    this.#setClasses('row pending');
  }

  show(row: number, loaded: LoadedRow, context: RowContext): void {
    const { columns, names, index } = loaded;
    const { element } = this;
    const flags = columns.flags[index];
    const service = columns.service[index];
    this.row = row;
    this.spanId = spanIdOf(loaded);
    element.hidden = false;
    // Ids are stable while rows move; of spans that share an id the row tells one from the other.
    element.id = (flags & rowFlags.duplicate) === 0 ? `span-${this.spanId}` : `span-${this.spanId}-${row}`;
    element.setAttribute('aria-rowindex', String(row + 2));
    element.setAttribute('aria-level', String(columns.depth[index] + 1));
    element.setAttribute('aria-posinset', String(columns.posInSet[index]));
    element.setAttribute('aria-setsize', String(columns.setSize[index]));
    element.setAttribute('aria-label', context.speak(loaded));
    if (flags & rowFlags.hasChildren)
      element.setAttribute('aria-expanded', String((flags & rowFlags.expanded) !== 0));
    else element.removeAttribute('aria-expanded');
    this.#setService(service);
    this.#setClasses(rowClasses(flags, context.showCriticalPath));
    this.setActive(row === context.activeRow);
    this.#showName(loaded, context, names[columns.name[index]], context.services[service]?.name ?? '');
    this.showTimeline(loaded, context);
  }

  setActive(active: boolean): void {
    this.element.classList.toggle('active', active);
    this.element.setAttribute('aria-selected', String(active));
  }

  /** Only what depends on the visible part of the time axis. */
  showTimeline(loaded: LoadedRow, context: RowContext): void {
    const { columns, index } = loaded;
    const { scale } = context;
    const start = columns.start[index];
    const duration = columns.duration[index];
    const box = barBox(scale, start, duration);
    this.#bar.hidden = box === undefined;
    parentOf(this.#label).hidden = box === undefined;
    if (box) {
      this.#bar.style.left = left(box.x);
      this.#bar.style.width = `${box.width.toFixed(1)}px`;
      const isUnfinished = (columns.flags[index] & rowFlags.unfinished) !== 0;
      const text = isUnfinished ? context.text.rowUnfinished : formatDuration(duration);
      const width = text.length * labelCharacter;
      const place = labelPlace(box, width, scale.width);
      const inside = Math.max(box.x, 0) + 4;
      const x = place === 'right' ? box.x + box.width + 6 : place === 'left' ? box.x - 6 - width : inside;
      write(this.#label, text);
      parentOf(this.#label).classList.toggle('inside', place === 'inside');
      parentOf(this.#label).style.left = left(x);
    }
    this.#showMarks(loaded, scale);
    this.#showCritical(loaded, context);
  }

  #showName({ columns, index }: LoadedRow, context: RowContext, name: string, service: string): void {
    const depth = columns.depth[index];
    const flags = columns.flags[index];
    const fullIndent = depth * indent;
    const shownIndent = Math.min(
      fullIndent,
      Math.floor((context.nameWidth * maxIndentShare) / indent) * indent,
    );
    if (shownIndent !== this.#shownIndent) {
      this.#shownIndent = shownIndent;
      this.#indent.style.width = `${shownIndent}px`;
    }
    write(this.#depth, shownIndent < fullIndent ? String(depth) : '');
    write(this.#name, nameOr(context.text.noName, name));
    write(this.#service, service);
    const isCollapsed = (flags & rowFlags.hasChildren) !== 0 && (flags & rowFlags.expanded) === 0;
    write(this.#hidden, isCollapsed ? `+${columns.descendants[index]}` : '');
  }

  #showMarks({ columns, index }: LoadedRow, scale: TimeScale): void {
    const { markAt, markKind, markFirst } = columns;
    const matters = (mark: number) =>
      markKind[mark] === markKinds.exception || markKind[mark] === markKinds.errorLog;
    const shown =
      markFirst[index] === markFirst[index + 1]
        ? []
        : visibleMarks(scale, markAt, markFirst[index], markFirst[index + 1], markGap, matters);
    resizePool(this.#marks, shown.length, this.#timeline);
    shown.forEach((mark, at) => {
      this.#marks[at].className = markClasses[markKind[mark]] ?? 'mark event';
      this.#marks[at].style.left = left(scale.toPixel(markAt[mark]));
    });
  }

  #showCritical({ columns, index }: LoadedRow, { scale, showCriticalPath }: RowContext): void {
    const { criticalStart, criticalEnd, criticalFirst } = columns;
    let shown = 0;
    if (showCriticalPath)
      for (let section = criticalFirst[index]; section < criticalFirst[index + 1]; section++) {
        const box = barBox(scale, criticalStart[section], criticalEnd[section] - criticalStart[section]);
        if (!box) continue;
        resizePool(this.#sections, Math.max(shown + 1, this.#sections.length), this.#timeline);
        const element = this.#sections[shown++];
        element.className = 'critical-section';
        element.style.left = left(box.x);
        element.style.width = `${box.width.toFixed(1)}px`;
      }
    resizePool(this.#sections, shown, this.#timeline);
  }

  #setService(index: number): void {
    if (index === this.#serviceIndex) return;
    this.#serviceIndex = index;
    this.#mark.style.backgroundColor = serviceColor(index);
    this.#bar.style.backgroundColor = serviceColor(index);
  }

  #setClasses(classes: string): void {
    if (classes === this.#classes) return;
    this.#classes = classes;
    this.element.className = classes;
  }
}

function rowClasses(flags: number, showCriticalPath: boolean): string {
  let classes = 'row';
  if (flags & rowFlags.hasChildren) classes += flags & rowFlags.expanded ? ' expanded' : ' collapsed';
  if (flags & rowFlags.error) classes += ' error';
  if (flags & rowFlags.hidesError) classes += ' hides-error';
  if (flags & rowFlags.orphan) classes += ' orphan';
  if (flags & rowFlags.unfinished) classes += ' unfinished';
  if (flags & rowFlags.match) classes += ' match';
  if (showCriticalPath && (flags & rowFlags.onCriticalPath) === 0) classes += ' not-critical';
  return classes;
}

function tag(name: 'div' | 'span', className: string, role?: string): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  if (role) element.setAttribute('role', role);
  return element;
}

/** The text node of an element: changing its data is the cheapest way to change a text. */
function textIn(element: HTMLElement): Text {
  return element.appendChild(document.createTextNode(''));
}

/**
 * A position on the time axis as a CSS length. Not a transform: each of those costs a step of its own in every frame, and
 * a row is laid out without looking at others.
 */
function left(x: number): string {
  return `${(x + timelinePadding).toFixed(1)}px`;
}

function write(text: Text, data: string): void {
  if (text.data !== data) text.data = data;
}

function parentOf(text: Text): HTMLElement {
  return text.parentElement as HTMLElement;
}

function resizePool(pool: HTMLElement[], size: number, parent: HTMLElement): void {
  while (pool.length < size) {
    const element = tag('div', '');
    pool.push(element);
    parent.append(element);
  }
  while (pool.length > size) pool.pop()?.remove();
}
