import { counted, quoted, shown, type TraceRule, traces } from './traceRule.ts';

export const orphanSpan: TraceRule = {
  id: 'SPL705',
  name: 'orphan-span',
  ...traces,
  severity: 'info',
  confidence: 'medium',
  docs: {
    what: 'Finds spans whose parent, a span of the same process, never arrives.',
    why: 'A span that is not ended is not exported: its children hang in the air, and the time and errors of what it stood for are lost.',
    examples: [{ language: 'traces', bad: '(missing) → "load cart"', good: '"checkout" → "load cart"' }],
    notReported: [
      'Parents in other processes: they may send somewhere else, or nowhere.',
      'Traces whose last span ended less than 30 seconds ago: what is missing may still come.',
    ],
    references: [
      '[Instrumentation Score SPA-002](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-002.md)',
    ],
  },
  find: ({ missingParents }) =>
    missingParents
      .filter(({ parent }) => parent === 'local')
      .map(each => ({
        ...shown(each),
        message: `The parent of ${quoted(each.spanName)} in ${each.serviceName} never arrived, in ${counted(each.traces, 'trace')}. Either it is not ended on every path, or the program stopped before it was exported (flush on exit), or it was sampled differently.`,
      })),
};
