import type { TimeScale } from './timeScale.ts';

/** Where a bar stands in its timeline cell, pixels. */
export interface BarBox {
  readonly x: number;
  readonly width: number;
}

/** Narrower bars could not be seen. */
const minBarWidth = 2;
/** A bar that goes on beyond the visible range ends this far outside, so that its rounded end is not seen. */
const overhang = 8;

/** The box of a span; `undefined` if it lies outside the visible range. */
export function barBox(scale: TimeScale, start: number, duration: number): BarBox | undefined {
  const from = scale.toPixel(start);
  const to = Math.max(scale.toPixel(start + duration), from + minBarWidth);
  if (to < 0 || from > scale.width) return undefined;
  const left = Math.max(from, -overhang);
  const width = Math.max(Math.min(to, scale.width + overhang) - left, minBarWidth);
  return { x: Math.min(left, scale.width - minBarWidth), width };
}

/** Where the label of a bar is best read. */
export type LabelPlace = 'inside' | 'right' | 'left';

/** Right of the bar if there is room, else left of it, else inside (its visible part is then the largest). */
export function labelPlace(box: BarBox, labelWidth: number, timelineWidth: number): LabelPlace {
  const gap = 6;
  if (box.x + box.width + gap + labelWidth <= timelineWidth) return 'right';
  if (box.x - gap - labelWidth >= 0) return 'left';
  return 'inside';
}

/**
 * Indices of the marks to draw of `times[from … to]` (ascending): those in the visible range, and of marks nearer than
 * `gap` pixels to each other only the first, unless `matters` says that a later one must be seen.
 */
export function visibleMarks(
  scale: TimeScale,
  times: Float64Array,
  from: number,
  to: number,
  gap: number,
  matters: (index: number) => boolean,
): number[] {
  const shown: number[] = [];
  let lastPixel = Number.NEGATIVE_INFINITY;
  let lastMatters = false;
  for (let index = from; index < to; index++) {
    const pixel = scale.toPixel(times[index]);
    if (pixel < -gap || pixel > scale.width + gap) continue;
    if (pixel - lastPixel >= gap) {
      shown.push(index);
      lastPixel = pixel;
      lastMatters = matters(index);
    } else if (!lastMatters && matters(index)) {
      shown[shown.length - 1] = index;
      lastMatters = true;
    }
  }
  return shown;
}
