import { Turns } from '../../query/turns.ts';
import type { ControlAnswers } from '../controlConnection.ts';
import type { AnswerParts } from './parts.ts';
import { signalOf } from './signalOf.ts';

/** Numbers over all spans and metrics. */
export function statisticsAnswers({
  store,
  readers: { services, servicesAhead, shapes },
}: Pick<AnswerParts, 'store' | 'readers'>) {
  return {
    'services/list': async ({ attribution }, cancellation) => {
      servicesAhead.asked();
      const turns = new Turns(signalOf(cancellation));
      return { services: (await turns.run(services.list(attribution))) ?? [] };
    },
    'shapes/list': async ({ attribution }, cancellation) => {
      const { generation } = store;
      const turns = new Turns(signalOf(cancellation));
      return { generation, shapes: (await turns.run(shapes.list(attribution))) ?? [] };
    },
    'metrics/list': () => ({ series: store.metrics.latest() }),
  } satisfies Partial<ControlAnswers>;
}
