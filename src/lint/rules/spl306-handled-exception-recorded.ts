import { spanErrors } from '../facts/spans/spanErrors.ts';
import { staticText } from '../facts/syntax.ts';
import type { Rule } from './rule.ts';

export const handledExceptionRecorded: Rule = {
  id: 'SPL306',
  name: 'handled-exception-recorded',
  group: 'lifecycle',
  severity: 'hint',
  confidence: 'medium',
  offByDefault: true,
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds exceptions that are recorded on a span although they are handled.',
    why: 'An exception on a span says that the work failed. One that was handled, by another try or a default, makes a span that succeeded look like one that did not.',
    examples: [
      {
        language: 'typescript',
        bad: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  try {\n    return read();\n  } catch (error) {\n    span.recordException(error);\n    return 'default';\n  } finally {\n    span.end();\n  }\n}",
        good: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  try {\n    return read();\n  } catch (error) {\n    span.addEvent('fallback');\n    return 'default';\n  } finally {\n    span.end();\n  }\n}",
      },
    ],
    notReported: [
      'Exceptions that are thrown or returned, or given to a callback.',
      'Spans whose status is set to error.',
    ],
    references: ['[Exceptions](https://opentelemetry.io/docs/specs/otel/trace/exceptions/)'],
  },
  check({ file, report }) {
    for (const { span, recorded } of file.get(spanErrors).handled)
      report({
        at: recorded.at,
        message: `The exception is recorded on the span \`${span.variable}\`, but it is handled here: the work did not fail.`,
        anchor: { spanName: staticText(span.start.name) },
      });
  },
};
