import { quoted, shown, type TraceRule, traces } from './traceRule.ts';

export const spanNameCardinality: TraceRule = {
  id: 'SPL707',
  name: 'span-name-cardinality-observed',
  ...traces,
  severity: 'warning',
  confidence: 'high',
  docs: {
    what: 'Finds span names that contain ids, numbers or mail addresses.',
    why: 'A span name stands for a kind of operation. With an id in it, every span is a kind of its own: statistics by name say nothing, and backends slow down or drop names.',
    examples: [
      {
        language: 'traces',
        bad: '"GET /orders/17", "GET /orders/18", …',
        good: '"GET /orders/{id}" with `order.id`',
      },
    ],
    notReported: ['20 different names or fewer that differ in such parts only.'],
    references: [
      '[Span names](https://opentelemetry.io/docs/specs/otel/trace/api/#span)',
      '[Instrumentation Score SPA-003](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-003.md)',
    ],
  },
  find: ({ nameFamilies }) =>
    nameFamilies.map(each => ({
      ...shown(each),
      message: `${each.serviceName} has made ${each.names} different span names like ${quoted(each.template)}. Leave out of the name what varies, and set it as an attribute.`,
    })),
};
