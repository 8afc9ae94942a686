/** A part of the time axis, in nanoseconds from the trace's start. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** Nothing is told apart below this: nanoseconds are the unit in which spans are measured. */
const minLength = 10;

export function lengthOf(range: TimeRange): number {
  return range.end - range.start;
}

/** The whole trace; one without a duration gets a range in which its spans can stand. */
export function wholeTrace(duration: number): TimeRange {
  return { start: 0, end: Math.max(duration, minLength) };
}

/** `range` moved and, where it is too long or too short, resized to lie within `bounds`. */
export function clampRange(range: TimeRange, bounds: TimeRange): TimeRange {
  const length = Math.min(Math.max(lengthOf(range), Math.min(minLength, lengthOf(bounds))), lengthOf(bounds));
  const start = Math.min(Math.max(range.start, bounds.start), bounds.end - length);
  return { start, end: start + length };
}

/** The range `factor` times as long (below 1 zooms in) in which `pivot` keeps its place on the screen. */
export function zoomAt(range: TimeRange, factor: number, pivot: number, bounds: TimeRange): TimeRange {
  const length = Math.max(lengthOf(range) * factor, minLength);
  const share = (pivot - range.start) / lengthOf(range);
  const start = pivot - share * length;
  return clampRange({ start, end: start + length }, bounds);
}

export function pan(range: TimeRange, by: number, bounds: TimeRange): TimeRange {
  return clampRange({ start: range.start + by, end: range.end + by }, bounds);
}

/** The range that shows a span with some room on both sides. */
export function rangeOfSpan(start: number, duration: number, bounds: TimeRange): TimeRange {
  const room = Math.max(duration * 0.05, minLength / 2);
  return clampRange({ start: start - room, end: start + duration + room }, bounds);
}
