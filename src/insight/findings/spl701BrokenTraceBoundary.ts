import type { BrokenBoundary } from '../../model/evidence.ts';
import { counted, quoted, shown, type TraceRule, traces } from './traceRule.ts';

/** One pair may be chance: two things that happened at the same time. */
const leastPairs = 2;

export const brokenTraceBoundary: TraceRule = {
  id: 'SPL701',
  name: 'broken-trace-boundary',
  ...traces,
  severity: 'warning',
  confidence: 'medium',
  docs: {
    what: 'Finds calls between services that arrive as new traces.',
    why: 'A request or message without trace context splits the trace: what happens behind it becomes a trace of its own, and nobody sees any more which request caused it.',
    examples: [
      {
        language: 'traces',
        bad: 'trace 1: shop "checkout" → shop "GET" http://inventory/stock/7\ntrace 2: inventory "GET /stock/:id"',
        good: 'trace 1: shop "checkout" → shop "GET" → inventory "GET /stock/:id"',
      },
    ],
    notReported: [
      'A single pair: two spans may fit together by chance.',
      'Roots whose sender is a browser, a command line tool, a load generator, or unknown.',
      'Roots during which several spans of other services were at work: then it is not known which one called.',
      'Consumers that link to their producers: a link keeps the connection.',
      'Health checks.',
    ],
    evidence:
      'A client or producer span without a child in another service, and a root span of another service at that time for the same method and path, or destination; or a root whose `User-Agent` names a client library, and one span in that language that was at work meanwhile.',
    references: [
      '[W3C Trace Context](https://www.w3.org/TR/trace-context/)',
      '[Propagators API](https://opentelemetry.io/docs/specs/otel/context/api-propagators/)',
      '[Instrumentation Score SPA-004](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-004.md)',
    ],
  },
  find: ({ brokenBoundaries }) =>
    brokenBoundaries
      .filter(({ spans }) => spans >= leastPairs)
      .map(each => ({
        ...shown(each),
        examples: [...each.examples, ...each.arrivals],
        message: message(each),
      })),
};

function message({ serviceName, spanName, spans, side, target, to, library }: BrokenBoundary): string {
  const what = target.transport === 'messaging' ? 'message' : 'call';
  const about =
    target.destination !== undefined
      ? ` on ${quoted(target.destination)}`
      : ` (${target.rpc ?? `${target.method ?? ''} ${target.path ?? ''}`.trim()})`;
  const from = side === 'client' ? `sent by ${quoted(spanName)}` : `sent during ${quoted(spanName)}`;
  const by = library === undefined ? '' : ` with ${library}`;
  const arrived = `${counted(spans, what)} to ${to.serviceName}${about}, ${from} in ${serviceName}${by}, arrived as ${
    spans === 1 ? 'a new trace' : 'new traces'
  }.`;
  const advice =
    side === 'client'
      ? `The trace context is not sent along, or ${to.serviceName} does not read it: check the propagators of both.`
      : 'Send the trace context along: instrument the client library, or inject it into the headers.';
  return `${arrived} ${advice}`;
}
