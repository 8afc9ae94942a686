/** Statistics of the spans of one line. Times are nanoseconds. */
export interface LineStatistics {
  readonly count: number;
  readonly errors: number;
  readonly min: number;
  readonly p95: number;
  readonly max: number;
  /** The line is the most probable one, but not certain. */
  readonly likely: boolean;
}

/** A percentile of fewer spans would be one of them. */
const fewSpans = 5;

/** `12 spans · p95 43 ms · 2 errors`; of a few spans the range: `3 spans · 12–40 ms`. */
export function lensTitle({ count, errors, min, p95, max, likely }: LineStatistics): string {
  const time = count < fewSpans ? range(min, max) : `p95 ${duration(p95)}`;
  const parts = [`${likely ? '≈ ' : ''}${plural(count, 'span')}`, time];
  if (errors > 0) parts.push(plural(errors, 'error'));
  return parts.join(' · ');
}

function range(min: number, max: number): string {
  const [low, high] = [duration(min), duration(max)];
  if (low === high) return high;
  const [lowNumber, lowUnit] = low.split(' ');
  const [, highUnit] = high.split(' ');
  return lowUnit === highUnit ? `${lowNumber}–${high}` : `${low}–${high}`;
}

/** Two significant digits, so that a title rests while spans arrive. */
function duration(nanoseconds: number): string {
  const units: readonly [number, string][] = [
    [1e3, 'ns'],
    [1e6, 'µs'],
    [1e9, 'ms'],
    [Number.POSITIVE_INFINITY, 's'],
  ];
  const rounded = Number(Math.max(0, nanoseconds).toPrecision(2));
  const at = units.findIndex(([limit]) => rounded < limit);
  return `${Number((rounded / (units[at - 1]?.[0] ?? 1)).toPrecision(2))} ${units[at][1]}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
