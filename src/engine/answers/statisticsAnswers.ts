import { listServices } from '../../query/services.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Numbers over all spans and metrics. */
export function statisticsAnswers({ store, readers: { shapes } }: AnswerParts) {
  return {
    'services/list': ({ attribution }) => ({ services: listServices(shapes, attribution) }),
    'shapes/list': ({ attribution }) => ({ generation: store.generation, shapes: shapes.list(attribution) }),
    'metrics/list': () => ({ series: store.metrics.latest() }),
  } satisfies Partial<ControlAnswers>;
}
