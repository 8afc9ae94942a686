import type { NormalizedRequest } from '../decode/otlp/requests.ts';
import type { Outcome } from '../receive/signal.ts';
import type { Ingest } from './ingest.ts';

/** Stores the traces of a request that was translated to OTLP; what was left out meanwhile is counted and told. */
export function receiveTranslated(
  ingest: Ingest,
  { body, rejected, reason }: NormalizedRequest,
): Outcome | Promise<Outcome> {
  ingest.spansRejected += rejected;
  const outcome = ingest.receive('traces', 'protobuf', body);
  if (rejected === 0) return outcome;
  if (outcome instanceof Promise) return outcome.then(each => added(each, rejected, reason));
  return added(outcome, rejected, reason);
}

function added(outcome: Outcome, rejected: number, reason: string): Outcome {
  return outcome.kind === 'accepted'
    ? { kind: 'accepted', rejected: outcome.rejected + rejected, message: outcome.message || reason }
    : outcome;
}
