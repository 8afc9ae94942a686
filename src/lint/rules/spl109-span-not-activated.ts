import type { FileFacts } from '../facts/fileFacts.ts';
import { type InactiveSpan, inactiveSpans } from '../facts/spans/spanChildren.ts';
import { staticText } from '../facts/syntax.ts';
import { importNames } from '../fixes/imports.ts';
import { insert, replace } from '../fixes/text.ts';
import type { Edit, Fix, Rule } from './rule.ts';

export const spanNotActivated: Rule = {
  id: 'SPL109',
  name: 'span-not-activated',
  group: 'propagation',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python'],
  fix: 'unsafe',
  docs: {
    what: 'Finds spans that are started without being made active, while other spans start in their time.',
    why: '`startSpan` and `start_span` leave the active span as it is, also in a `with`: what is started next hangs off the outer span, beside this one instead of under it.',
    examples: [
      {
        language: 'python',
        bad: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\ndef checkout():\n    with tracer.start_span("checkout"):\n        with tracer.start_as_current_span("charge"):\n            charge()',
        good: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\ndef checkout():\n    with tracer.start_as_current_span("checkout"):\n        with tracer.start_as_current_span("charge"):\n            charge()',
      },
      {
        language: 'typescript',
        bad: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function checkout() {\n  const parent = tracer.startSpan('checkout');\n  const child = tracer.startSpan('charge');\n  child.end();\n  parent.end();\n}",
        good: "import { context, trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function checkout() {\n  const parent = tracer.startSpan('checkout');\n  const child = tracer.startSpan('charge', {}, trace.setSpan(context.active(), parent));\n  child.end();\n  parent.end();\n}",
      },
    ],
    notReported: [
      'Spans without others in their time, and spans that have ended before the next one starts.',
      'Spans that are made active (`context.with`, `use_span`, `attach`), or given to others as their context.',
      'Others that are told their parent, or that they are roots.',
    ],
    fix: 'Python: `start_as_current_span`; JavaScript: gives the others a context with the span. Unsafe: the shape of the trace changes.',
    evidence: 'It arrives without children, and what begins and ends in its time has the same parent.',
    references: [
      '[Span creation](https://opentelemetry.io/docs/specs/otel/trace/api/#span-creation)',
      '[Context interaction](https://opentelemetry.io/docs/specs/otel/trace/api/#context-interaction)',
    ],
  },
  check({ file, report }) {
    for (const inactive of file.get(inactiveSpans)) {
      const { start, children } = inactive;
      const line = file.syntax.source.slice(0, children[0].call.at.start).split('\n').length;
      const more = children.length > 1 ? ` and ${children.length - 1} more` : '';
      report({
        at: start.call.calleeAt,
        message: `This span is not made active: the span that starts in line ${line}${more} becomes its sibling, not its child.`,
        fixes: fixesOf(file, inactive),
        related: children
          .slice(0, 5)
          .map(({ call }) => ({ at: call.calleeAt, message: 'starts beside it, not under it' })),
        anchor: { spanName: staticText(start.name) },
      });
    }
  },
};

function fixesOf(file: FileFacts, { start, variable, children }: InactiveSpan): Fix[] {
  if (file.language === 'python') {
    if (start.form !== 'scoped') return [];
    return [
      {
        title: 'Make it the current span',
        kind: 'unsafe',
        edits: [replace(start.call.calleeAt, 'start_as_current_span')],
      },
    ];
  }
  const [trace, context] = importNames(file, [
    { module: '@opentelemetry/api', name: 'trace' },
    { module: '@opentelemetry/api', name: 'context' },
  ]);
  const parent = `${trace.local}.setSpan(${context.local}.active(), ${variable})`;
  const edits = children.map(({ call }): Edit | undefined => {
    const [name, second] = call.arguments;
    if (name === undefined) return undefined;
    if (second === undefined || second.type === 'function') return insert(name.at.end, `, {}, ${parent}`);
    return insert(second.at.end, `, ${parent}`);
  });
  const known = edits.filter(edit => edit !== undefined);
  return known.length < edits.length
    ? []
    : [
        {
          title: 'Make the others its children',
          kind: 'unsafe',
          edits: [...known, ...trace.edits, ...context.edits],
        },
      ];
}
