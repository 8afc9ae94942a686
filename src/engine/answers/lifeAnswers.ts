import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** What ends the engine. */
export function lifeAnswers({ handOver }: AnswerParts) {
  return {
    'engine/handOver': () => ({ stopping: handOver() }),
  } satisfies Partial<ControlAnswers>;
}
