import type { ControlAnswers } from '../controlConnection.ts';
import { fileAnswers } from './fileAnswers.ts';
import { forwardAnswers } from './forwardAnswers.ts';
import { insightAnswers } from './insightAnswers.ts';
import { lifeAnswers } from './lifeAnswers.ts';
import { oneTraceAnswers } from './oneTraceAnswers.ts';
import type { AnswerParts } from './parts.ts';
import { queryAnswers } from './queryAnswers.ts';
import { receiverAnswers } from './receiverAnswers.ts';
import { remoteAnswers } from './remoteAnswers.ts';
import { statisticsAnswers } from './statisticsAnswers.ts';
import { statusAnswers } from './statusAnswers.ts';
import { storeAnswers } from './storeAnswers.ts';
import { traceAnswers } from './traceAnswers.ts';

/** Everything that one client may ask. */
export function controlAnswers(parts: AnswerParts): ControlAnswers {
  return {
    ...statusAnswers(parts),
    ...traceAnswers(parts),
    ...oneTraceAnswers(parts),
    ...remoteAnswers(parts),
    ...queryAnswers(parts),
    ...statisticsAnswers(parts),
    ...insightAnswers(parts),
    ...storeAnswers(parts),
    ...forwardAnswers(parts),
    ...receiverAnswers(parts),
    ...fileAnswers(parts),
    ...lifeAnswers(parts),
  };
}
