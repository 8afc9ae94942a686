import { SamplingConfigError } from '../query/sampling/configPlace.ts';
import { defaultKeepLonger, keepLonger } from '../query/sampling/keepLonger.ts';
import type { TraceStore } from '../store/traceStore.ts';
import type { Log } from './log.ts';

/**
 * Lets a store keep longer what the policies want. Policies that cannot be followed leave those in force that hold without
 * them; what is wrong with them is returned, and logged.
 */
export function followPolicies(
  store: TraceStore,
  policies: readonly unknown[] | undefined,
  log: Log,
): string | undefined {
  store.keepLonger = keepLonger(store, defaultKeepLonger);
  if (policies === undefined) return undefined;
  try {
    store.keepLonger = keepLonger(store, policies);
    return undefined;
  } catch (error) {
    if (!(error instanceof SamplingConfigError)) throw error;
    log.write(`the policies of what to keep longer are not followed: ${error.message}`);
    return error.message;
  }
}
