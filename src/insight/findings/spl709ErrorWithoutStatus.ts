import type { ErrorMismatch } from '../../model/evidence.ts';
import { counted, quoted, shown, type TraceFinding, type TraceRule, traces } from './traceRule.ts';

export const errorWithoutStatus: TraceRule = {
  id: 'SPL709',
  name: 'error-without-status-observed',
  ...traces,
  severity: 'info',
  confidence: 'medium',
  docs: {
    what: 'Finds spans that failed, by what they recorded, but do not say so in their status; and errors that say nothing of themselves.',
    why: 'Error rates, alerts and tail sampling read the status. Recording an exception does not set it.',
    examples: [
      {
        language: 'traces',
        bad: '"charge" with an exception event, status unset',
        good: '"charge" with status error, "card declined"',
      },
    ],
    notReported: [
      "Client errors (HTTP 4xx) of servers: they are not the server's failure.",
      'Errors that are described by `error.type`, a status code or an exception need no message.',
    ],
    references: [
      '[Recording errors](https://opentelemetry.io/docs/specs/semconv/general/recording-errors/)',
      '[HTTP spans, status](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status)',
    ],
  },
  find: ({ errorMismatches }) => errorMismatches.map(finding),
};

function finding(each: ErrorMismatch): TraceFinding {
  const { form, spanName, serviceName, spans } = each;
  const subject = `${counted(spans, 'span')} ${quoted(spanName)} of ${serviceName}`;
  switch (form) {
    case 'exception':
      return {
        ...shown(each),
        message: `${subject} recorded an exception and left the status unset. If the operation failed, set the status to error; if the exception was handled, do not record it.`,
      };
    case 'httpStatus':
      return {
        ...shown(each),
        message: `${subject} answered with an HTTP server error and left the status unset: set it to error.`,
      };
    case 'noDescription':
      return {
        ...shown(each),
        severity: 'hint',
        message: `${subject} ended with status error and say nothing of the reason: set a description, or \`error.type\`.`,
      };
  }
}
