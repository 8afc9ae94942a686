import { lengthOf, type TimeRange } from './timeRange.ts';

export interface Tick {
  /** Nanoseconds from the trace's start. */
  readonly time: number;
  readonly label: string;
}

const units = [
  { nanos: 1, symbol: 'ns' },
  { nanos: 1e3, symbol: 'µs' },
  { nanos: 1e6, symbol: 'ms' },
  { nanos: 1e9, symbol: 's' },
  { nanos: 60e9, symbol: 'min' },
  { nanos: 3600e9, symbol: 'h' },
  { nanos: 86_400e9, symbol: 'd' },
] as const;

const day = 86_400e9;
/** Round steps: 1, 2, 5 × 10ⁿ up to seconds, and of days; what clocks count by between them. */
const clockSteps = [
  ...[10e9, 15e9, 30e9, 60e9, 120e9, 300e9, 600e9, 900e9, 1800e9, 3600e9, 7200e9, 14_400e9],
  ...[21_600e9, 43_200e9, day],
];

/** The shortest round step whose ticks are at least `minGap` pixels apart. */
function stepFor(range: TimeRange, width: number, minGap: number): number {
  const wanted = (lengthOf(range) * minGap) / Math.max(width, minGap);
  if (wanted > 5e9) {
    const step = clockSteps.find(candidate => candidate >= wanted);
    return step ?? roundStep(wanted / day) * day;
  }
  return roundStep(Math.max(wanted, 1));
}

function roundStep(wanted: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  return magnitude * ([1, 2, 5, 10].find(factor => factor * magnitude >= wanted) ?? 10);
}

/** The ticks within `range`, at multiples of a round step, labelled in the unit of the largest. */
export function ticksOf(range: TimeRange, width: number, minGap = 96): Tick[] {
  const step = stepFor(range, width, minGap);
  const unit = unitOf(Math.max(Math.abs(range.end), step));
  const ticks: Tick[] = [];
  const last = Math.floor(range.end / step);
  for (let at = Math.ceil(range.start / step); at <= last; at++)
    ticks.push({ time: at * step, label: label(at * step, step, unit) });
  return ticks;
}

/** A time on the axis, told apart from its neighbours `resolution` nanoseconds away. */
export function formatTime(time: number, resolution: number): string {
  return label(time, Math.max(resolution, 1), unitOf(Math.max(Math.abs(time), resolution)));
}

type Unit = (typeof units)[number];

function unitOf(nanos: number): Unit {
  return units.findLast(unit => nanos >= unit.nanos) ?? units[0];
}

function label(time: number, step: number, unit: Unit): string {
  if (time === 0) return `0 ${unit.symbol}`;
  if (step >= day) return `${Math.round(time / day)} d`;
  if (unit.nanos >= 60e9) return clockLabel(time, step);
  const digits = Math.max(0, Math.ceil(-Math.log10(step / unit.nanos) - 1e-9));
  return `${(time / unit.nanos).toFixed(digits)} ${unit.symbol}`;
}

/**
 * `2:05`, `1:02:05`, `3 d 1:02:05`, with a fraction of seconds where the step asks for it: beyond a minute decimals are no help.
 */
function clockLabel(time: number, step: number): string {
  const digits = step >= 1e9 ? 0 : Math.ceil(-Math.log10(step / 1e9) - 1e-9);
  const sign = time < 0 ? '-' : '';
  const total = Math.abs(time) / 1e9;
  const whole = Math.floor(total / 60);
  const seconds = (total - whole * 60).toFixed(digits).padStart(digits > 0 ? digits + 3 : 2, '0');
  const hours = Math.floor(whole / 60);
  if (hours === 0) return `${sign}${whole}:${seconds}`;
  const clock = `${hours % 24}:${String(whole % 60).padStart(2, '0')}:${seconds}`;
  return hours < 24 ? sign + clock : `${sign}${Math.floor(hours / 24)} d ${clock}`;
}
