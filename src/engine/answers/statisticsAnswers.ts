import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Numbers over all spans and metrics. */
export function statisticsAnswers({ store, readers: { services, shapes } }: AnswerParts) {
  return {
    'services/list': ({ attribution }) => ({ services: services.list(attribution) }),
    'shapes/list': ({ attribution }) => ({ generation: store.generation, shapes: shapes.list(attribution) }),
    'metrics/list': () => ({ series: store.metrics.latest() }),
  } satisfies Partial<ControlAnswers>;
}
