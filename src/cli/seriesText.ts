import type { PlainValue } from '../model/anyValue.ts';
import type { QueriedSeries } from '../protocol/control.ts';
import { alignColumns, localTime, printable, shorten } from './table.ts';

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const mostBars = 60;

/** Series for people: a line each, with its course, and its least, greatest and last value. */
export function seriesText(series: readonly QueriedSeries[]): string {
  const times = [
    ...new Set(series.flatMap(({ samples }) => samples.map(({ timeUnixNano }) => timeUnixNano))),
  ].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const numbers = series.flatMap(({ samples }) => samples.map(({ value }) => value));
  const most = numbers.reduce((a, b) => Math.max(a, b), 0);
  const places = new Map(times.map((time, i) => [time, i]));
  const width = Math.min(mostBars, times.length);
  const rows = series.map(({ labels, samples }) => {
    const values = samples.map(({ value }) => value);
    return [
      labelsText(labels),
      course(samples, places, width, most),
      ...(values.length === 0
        ? ['', '', '']
        : [least(values), greatest(values), values[values.length - 1]]
      ).map(value => (typeof value === 'number' ? shortNumber(value) : value)),
    ];
  });
  const head = ['series', '', 'min', 'max', 'last'];
  const table = alignColumns([head, ...rows], [2, 3, 4]);
  if (times.length === 0) return table;
  return `${table}\n${localTime(times[0])} to ${localTime(times[times.length - 1])}`;
}

/** A bar for each interval, or for several of them the highest; nothing where there is no value. All bars share a scale. */
function course(
  samples: QueriedSeries['samples'],
  places: ReadonlyMap<string, number>,
  width: number,
  most: number,
): string {
  const highest: (number | undefined)[] = Array.from({ length: width }, () => undefined);
  for (const { timeUnixNano, value } of samples) {
    const at = Math.floor((places.get(timeUnixNano)! * width) / places.size);
    highest[at] = Math.max(highest[at] ?? Number.NEGATIVE_INFINITY, value);
  }
  return highest
    .map(value => {
      if (value === undefined) return ' ';
      const share = most > 0 ? Math.max(0, value) / most : 0;
      return bars[Math.min(bars.length - 1, Math.ceil(share * (bars.length - 1)))];
    })
    .join('');
}

function labelsText(labels: { [name: string]: PlainValue }): string {
  const text = Object.entries(labels)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  return shorten(printable(text), 80);
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}

/** Four digits are enough to compare by eye. */
function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
