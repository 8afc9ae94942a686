import { counted, quoted, shown, type TraceRule, traces } from './traceRule.ts';

/** Something that happens once, at the start of a program, is nothing to look at. */
const leastTraces = 3;

export const clientRoot: TraceRule = {
  id: 'SPL706',
  name: 'client-root',
  ...traces,
  severity: 'info',
  confidence: 'medium',
  docs: {
    what: 'Finds traces that begin with an outgoing call.',
    why: 'Nobody calls out without a reason. What made the call — a request, a job, a message — has no span: the framework is not instrumented, or the context was lost on the way to the call.',
    examples: [
      {
        language: 'traces',
        bad: '"GET" (client) alone in its trace',
        good: '"nightly report" → "GET" (client)',
      },
    ],
    notReported: ['Web pages.', 'Fewer than 3 such traces.'],
    references: [
      '[Instrumentation Score SPA-004](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-004.md)',
    ],
  },
  find: ({ clientRoots }) =>
    clientRoots
      .filter(({ traces }) => traces >= leastTraces)
      .map(each => ({
        ...shown(each),
        message: `${counted(each.traces, 'trace')} of ${each.serviceName} begin with the outgoing call ${quoted(each.spanName)}: what made it has no span. Instrument the framework or the job around it, or pass the context to it.`,
      })),
};
