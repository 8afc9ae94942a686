import { EvidenceReader } from '../../../../src/insight/evidence/evidenceReader.ts';
import { findingsOf } from '../../../../src/insight/findings/findings.ts';
import type { Evidence } from '../../../../src/model/evidence.ts';
import type { TraceStore } from '../../../../src/store/traceStore.ts';

/** What the traces of a store say, all of them taken for complete. */
export async function evidenceOf(store: TraceStore): Promise<Evidence> {
  const { evidence } = await new EvidenceReader(store, () => Number.POSITIVE_INFINITY).read();
  return evidence;
}

/** Ids of the rules that find something. */
export function findingIds(evidence: Evidence): string[] {
  return findingsOf(evidence).map(({ ruleId }) => ruleId);
}

/** Severity and message of what one rule finds. */
export function findingsBy(evidence: Evidence, ruleId: string): [severity: string, message: string][] {
  return findingsOf(evidence)
    .filter(finding => finding.ruleId === ruleId)
    .map(({ severity, message }) => [severity, message]);
}
