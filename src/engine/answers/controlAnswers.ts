import type { ControlAnswers } from '../controlConnection.ts';
import { forwardAnswers } from './forwardAnswers.ts';
import { insightAnswers } from './insightAnswers.ts';
import { lifeAnswers } from './lifeAnswers.ts';
import type { AnswerParts } from './parts.ts';
import { queryAnswers } from './queryAnswers.ts';
import { statisticsAnswers } from './statisticsAnswers.ts';
import { statusAnswers } from './statusAnswers.ts';
import { storeAnswers } from './storeAnswers.ts';
import { traceAnswers } from './traceAnswers.ts';
import { viewAnswers } from './viewAnswers.ts';

/** Everything that one client may ask. */
export function controlAnswers(parts: AnswerParts): ControlAnswers {
  return {
    ...statusAnswers(parts),
    ...traceAnswers(parts),
    ...queryAnswers(parts),
    ...statisticsAnswers(parts),
    ...insightAnswers(parts),
    ...viewAnswers(parts),
    ...storeAnswers(parts),
    ...forwardAnswers(parts),
    ...lifeAnswers(parts),
  };
}
