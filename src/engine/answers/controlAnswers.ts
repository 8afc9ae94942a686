import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';
import { statusAnswers } from './statusAnswers.ts';
import { storeAnswers } from './storeAnswers.ts';

/** Everything that one client may ask. */
export function controlAnswers(parts: AnswerParts): Partial<ControlAnswers> {
  return { ...statusAnswers(parts), ...storeAnswers(parts) };
}
