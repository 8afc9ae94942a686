import { Turns } from '../../query/turns.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';

/** Numbers over all spans and metrics. */
export function statisticsAnswers({
  store,
  readers: { services, shapes },
}: Pick<AnswerParts, 'store' | 'readers'>) {
  const inTurns = (work: Generator<void, void>) => new Turns(store, undefined, () => {}).run(work);
  return {
    'services/list': async ({ attribution }) => {
      await inTurns(services.catchUp());
      return { services: services.list(attribution) };
    },
    'shapes/list': async ({ attribution }) => {
      await inTurns(shapes.catchUp());
      return { generation: store.generation, shapes: shapes.list(attribution) };
    },
    'metrics/list': () => ({ series: store.metrics.latest() }),
  } satisfies Partial<ControlAnswers>;
}
