import { quoted, shown, type TraceRule, traces } from './traceRule.ts';

export const serviceIdentity: TraceRule = {
  id: 'SPL711',
  name: 'service-identity-invalid',
  ...traces,
  severity: 'hint',
  confidence: 'high',
  docs: {
    what: 'Finds processes that share one `service.instance.id`, and values of `service.criticality` that are none.',
    why: 'Metrics and counts by instance mix what has the same id. A criticality that nobody knows is not acted upon.',
    examples: [
      {
        language: 'traces',
        bad: 'two processes with service.instance.id = "shop-1" at the same time',
        good: 'a random UUID for each process',
      },
    ],
    notReported: ['An id that is used again by a process that follows another.'],
    references: ['[Service attributes](https://opentelemetry.io/docs/specs/semconv/resource/service/)'],
  },
  find: ({ resourceGaps }) =>
    resourceGaps.flatMap(gap => {
      if (gap.problem === 'service.instance.id used twice')
        return {
          ...shown(gap),
          message: `Two processes of ${gap.serviceName} ran at the same time with the same \`service.instance.id\` ${quoted(gap.detail ?? '')}: give each its own.`,
        };
      if (gap.problem === 'service.criticality invalid')
        return {
          ...shown(gap),
          message: `${quoted(gap.detail ?? '')} is no \`service.criticality\` (${gap.serviceName}): it is critical, high, medium or low.`,
        };
      return [];
    }),
};
