import { spanRisks } from '../facts/spans/spanRisks.ts';
import { staticText } from '../facts/syntax.ts';
import { endingFixes } from '../fixes/endSpan.ts';
import type { Rule } from './rule.ts';

export const spanEndNotGuaranteed: Rule = {
  id: 'SPL302',
  name: 'span-end-not-guaranteed',
  group: 'lifecycle',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'java'],
  fix: 'unsafe',
  docs: {
    what: 'Finds spans that an exception leaves open, because they are ended on the straight path only.',
    why: 'The traces that matter most, those in which something failed, are the ones that miss the span; what it called hangs in the air.',
    examples: [
      {
        language: 'typescript',
        bad: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport async function load() {\n  const span = tracer.startSpan('load');\n  const items = await read();\n  span.end();\n  return items;\n}",
        good: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport async function load() {\n  const span = tracer.startSpan('load');\n  try {\n    const items = await read();\n    return items;\n  } finally {\n    span.end();\n  }\n}",
      },
      {
        language: 'python',
        bad: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\nasync def load():\n    span = tracer.start_span("load")\n    await read()\n    span.end()',
        good: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\nasync def load():\n    with tracer.start_as_current_span("load"):\n        await read()',
      },
    ],
    notReported: [
      'Ends in a `finally`, in handlers and after them, in callbacks of promises and events.',
      'Calls that are not awaited have low confidence: they are shown in the profile `strict` only.',
    ],
    fix: 'Puts the work into `try … finally`, or into a `with`; unsafe, because lines move.',
    evidence: 'Errors of the service whose spans are missing confirm it.',
    references: ['[Span, End](https://opentelemetry.io/docs/specs/otel/trace/api/#end)'],
  },
  check({ file, report }) {
    for (const { life, at, likely } of file.get(spanRisks)) {
      const line = file.syntax.source.slice(0, at.start).split('\n').length;
      report({
        at: life.start.call.calleeAt,
        message: `The span \`${life.variable}\` is not ended if line ${line} throws: end it in a \`finally\`.`,
        confidence: likely ? 'medium' : 'low',
        fixes: endingFixes(file, life),
        related: [{ at, message: 'what is thrown here passes over the end' }],
        anchor: { spanName: staticText(life.start.name) },
      });
    }
  },
};
