import { shortEvidence } from '../../insight/evidence/shortEvidence.ts';
import { findingsOf, shortened } from '../../insight/findings/findings.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Of one finding, and of one item of evidence. */
const mostOfFinding = 100;
const mostOfItem = 10;

/** What traces tell of the code that made them. */
export function insightAnswers({ readers }: AnswerParts) {
  return {
    'findings/list': async ({ sensitive }) => ({
      findings: shortened(findingsOf((await readers.evidence(sensitive).read()).evidence), mostOfFinding),
    }),
    'evidence/get': async ({ known, sensitive }) => {
      const { evidence: all, ...state } = await readers.evidence(sensitive).read();
      return state.generation === known ? state : { ...state, evidence: shortEvidence(all, mostOfItem) };
    },
  } satisfies Partial<ControlAnswers>;
}
