import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds by which this process was later than it wanted to be. */
export interface EventLoopDelay {
  readonly p99: number;
  readonly longest: number;
}

/** Of the timer by which the delay is measured, milliseconds: what it takes at least. */
const resolution = 10;

export async function eventLoopDelay(ms: number): Promise<EventLoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  await sleep(ms);
  histogram.disable();
  const late = (nanos: number) => Math.max(0, Math.round(nanos / 1e5 - resolution * 10) / 10);
  return { p99: late(histogram.percentile(99)), longest: late(histogram.max) };
}
