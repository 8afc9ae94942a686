import { formatDuration } from '../../model/time.ts';
import { counted, quoted, shown, type TraceRule, traces } from './traceRule.ts';

const leastSpans = 3;

export const clockSkew: TraceRule = {
  id: 'SPL710',
  name: 'clock-skew',
  ...traces,
  severity: 'hint',
  confidence: 'medium',
  docs: {
    what: 'Finds spans that begin before their parents, and servers that end after the callers that waited for them.',
    why: 'The clocks of the two differ, or a time was set by hand. Durations are right, but the order of events across the two is not.',
    examples: [
      { language: 'traces', bad: 'server span 800 ms before its client span', good: 'clocks kept by NTP' },
    ],
    notReported: [
      'Less than 10 ms at the start, 50 ms at the end.',
      'Fewer than 3 spans.',
      'Web pages, whose clocks follow other rules.',
      'Callers that gave up (status error), and messages, for which nobody waits.',
    ],
    references: ['[Timestamps](https://opentelemetry.io/docs/specs/otel/trace/api/#timestamp)'],
  },
  find: ({ clockSkews }) =>
    clockSkews
      .filter(({ spans }) => spans >= leastSpans)
      .map(each => {
        const { spanName, serviceName, parentServiceName, form, mostNano, spans } = each;
        const what = form === 'starts before parent' ? 'begin before' : 'end after';
        const parents =
          parentServiceName === serviceName ? 'their parents' : `their callers in ${parentServiceName}`;
        return {
          ...shown(each),
          message: `${counted(spans, 'span')} ${quoted(spanName)} of ${serviceName} ${what} ${parents}, by up to ${formatDuration(Number(mostNano))}: clocks differ, or times are set by hand.`,
        };
      }),
};
