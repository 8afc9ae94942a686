import type { SpanBurst } from '../../model/evidence.ts';
import { counted, quoted, shown, type TraceFinding, type TraceRule, traces } from './traceRule.ts';

export const spanBurst: TraceRule = {
  id: 'SPL703',
  name: 'span-burst',
  ...traces,
  severity: 'warning',
  confidence: 'high',
  docs: {
    what: 'Finds the same call made again and again under one span (N+1), and spans made in each turn of a loop.',
    why: 'A query per row makes a request slow in proportion to its data, and each query alone looks fast. A span per turn of a loop buries what matters and costs more than it tells.',
    examples: [
      {
        language: 'traces',
        bad: '"GET /orders" → 24 × "SELECT items" one after the other',
        good: '"GET /orders" → 1 × "SELECT items … WHERE order_id IN (…)"',
      },
      {
        language: 'traces',
        bad: '"import" → 500 × "row" of 40 µs each',
        good: '"import" with `import.rows = 500`',
      },
    ],
    notReported: [
      'Fewer than 10 calls, or 20 internal spans, under one parent.',
      'Calls that run side by side: they are not waited for one after the other.',
      'Calls with different statements, hosts or paths.',
      'Retries (most of them failed) and polling (long pauses between calls).',
    ],
    references: [
      '[Instrumentation Score SPA-001](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-001.md)',
      '[Instrumentation Score SPA-005](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-005.md)',
    ],
  },
  find: ({ bursts }) => bursts.map(finding),
};

function finding(each: SpanBurst): TraceFinding {
  const { form, spanName, operation, parentName, most, serviceName, traces } = each;
  const where = `under ${quoted(parentName)} in ${serviceName}`;
  const seen = traces === 1 ? '' : ` (in ${counted(traces, 'trace')})`;
  if (form === 'internal')
    return {
      ...shown(each),
      severity: 'info',
      message: `${quoted(spanName)} was started ${most} times ${where}, for less than 5 ms each${seen}: a span per turn of a loop hides what matters. Make one span around the loop and count in an attribute.`,
    };
  const what = operation === undefined || operation === '' ? quoted(spanName) : quoted(operation);
  return {
    ...shown(each),
    message: `${what} was called ${most} times, one after the other, ${where}${seen}. Ask for all of it at once, or at least side by side.`,
  };
}
