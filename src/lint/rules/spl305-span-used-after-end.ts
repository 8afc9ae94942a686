import type { FileFacts } from '../facts/fileFacts.ts';
import { type LateUse, lateUses } from '../facts/spans/spanAfterEnd.ts';
import { staticText } from '../facts/syntax.ts';
import { insertLinesBefore, removeStatement } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';

export const spanUsedAfterEnd: Rule = {
  id: 'SPL305',
  name: 'span-used-after-end',
  group: 'lifecycle',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds changes of a span after its end.',
    why: 'A span that has ended takes nothing more: the attribute, event or status is lost without an error, at most with a line in the log of the SDK.',
    examples: [
      {
        language: 'typescript',
        bad: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  const items = read();\n  span.end();\n  span.setAttribute('app.items.count', items.length);\n  return items;\n}",
        good: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  const items = read();\n  span.setAttribute('app.items.count', items.length);\n  span.end();\n  return items;\n}",
      },
      {
        language: 'python',
        bad: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\ndef load():\n    with tracer.start_as_current_span("load") as span:\n        items = read()\n    span.set_attribute("app.items.count", len(items))\n    return items',
        good: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\ndef load():\n    with tracer.start_as_current_span("load") as span:\n        items = read()\n        span.set_attribute("app.items.count", len(items))\n    return items',
      },
    ],
    notReported: [
      'Ends in another branch, and variables that hold another span by then.',
      'What only reads: `spanContext()`, `isRecording()`; and conditions that ask the span first.',
      'A second end in Go, Java and .NET, where it does nothing.',
    ],
    fix: 'Moves the statement before the end; removes a second end.',
    references: [
      '[Span, End](https://opentelemetry.io/docs/specs/otel/trace/api/#end)',
      '[opentelemetry-js#5363](https://github.com/open-telemetry/opentelemetry-js/issues/5363)',
    ],
  },
  check({ file, report }) {
    for (const use of file.get(lateUses)) {
      const { call, variable, start, end, again } = use;
      const line = file.syntax.source
        .slice(0, end.type === 'with' ? end.at.end : end.at.start)
        .split('\n').length;
      report({
        at: call.at,
        message: again
          ? `The span \`${variable}\` has ended in line ${line}: the second end does nothing but log a warning.`
          : `The span \`${variable}\` has ended in line ${line}: \`${call.callee}\` has no effect any more.`,
        fixes: fixesOf(file, use),
        related: [{ at: end.type === 'with' ? start.call.calleeAt : end.at, message: 'what ends it' }],
        anchor: { spanName: staticText(start.name) },
      });
    }
  },
};

function fixesOf({ syntax: { source } }: FileFacts, { statement, end, again, movable }: LateUse): Fix[] {
  if (statement === undefined) return [];
  if (again)
    return [{ title: 'Remove the second end', kind: 'safe', edits: [removeStatement(source, statement.at)] }];
  if (!movable || end.type === 'with') return [];
  const text = source.slice(statement.at.start, statement.at.end);
  if (text.includes('\n') || !isAlone(source, end)) return [];
  return [
    {
      title: 'Move it before the end of the span',
      kind: 'safe',
      edits: [insertLinesBefore(source, end.at, [text]), removeStatement(source, statement.at)],
    },
  ];
}

function isAlone(source: string, { at }: { readonly at: { readonly start: number } }): boolean {
  return /(?:^|\n)[ \t]*$/.test(source.slice(Math.max(0, at.start - 200), at.start));
}
