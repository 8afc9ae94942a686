import type { TraceStore } from '../../store/traceStore.ts';
import { ConfigPlace } from './configPlace.ts';
import { StoredTrace } from './storedTrace.ts';
import { tailSampler } from './tailSampling.ts';

/** Traces with errors, and those that took long. */
export const defaultKeepLonger: readonly unknown[] = [
  { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
  { name: 'slow', type: 'latency', latency: { threshold_ms: 1000 } },
];

/**
 * Policies as in the collector's processor `tail_sampling` → whether a trace of the store is worth keeping longer than others.
 * Throws a `SamplingConfigError`.
 */
export function keepLonger(store: TraceStore, policies: readonly unknown[]): (traceRow: number) => boolean {
  if (policies.length === 0) return () => false;
  const sampler = tailSampler(new ConfigPlace({ policies }, 'keepLonger'));
  return row => sampler.decide(new StoredTrace(store, row)).kept;
}
