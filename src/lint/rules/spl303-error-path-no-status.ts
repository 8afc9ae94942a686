import type { FileFacts } from '../facts/fileFacts.ts';
import { type ErrorExit, spanErrors } from '../facts/spans/spanErrors.ts';
import { staticText } from '../facts/syntax.ts';
import { isOptional, setStatusEdits } from '../fixes/spanStatus.ts';
import type { Fix, Rule } from './rule.ts';

export const errorPathNoStatus: Rule = {
  id: 'SPL303',
  name: 'error-path-no-status',
  group: 'lifecycle',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'unsafe',
  docs: {
    what: 'Finds errors that leave the work of a span without its status being set.',
    why: 'The trace shows the span as if the work had been done: searches for errors, error rates and tail samplers that keep failed traces pass over it.',
    examples: [
      {
        language: 'go',
        bad: 'package shop\n\nimport (\n\t"context"\n\n\t"go.opentelemetry.io/otel"\n)\n\nfunc load(ctx context.Context) error {\n\tctx, span := otel.Tracer("shop").Start(ctx, "load")\n\tdefer span.End()\n\tif err := read(ctx); err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}',
        good: 'package shop\n\nimport (\n\t"context"\n\n\t"go.opentelemetry.io/otel"\n\t"go.opentelemetry.io/otel/codes"\n)\n\nfunc load(ctx context.Context) error {\n\tctx, span := otel.Tracer("shop").Start(ctx, "load")\n\tdefer span.End()\n\tif err := read(ctx); err != nil {\n\t\tspan.SetStatus(codes.Error, err.Error())\n\t\treturn err\n\t}\n\treturn nil\n}',
      },
      {
        language: 'typescript',
        bad: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  try {\n    return read();\n  } catch (error) {\n    throw error;\n  } finally {\n    span.end();\n  }\n}",
        good: "import { SpanStatusCode, trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  try {\n    return read();\n  } catch (error) {\n    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });\n    throw error;\n  } finally {\n    span.end();\n  }\n}",
      },
    ],
    notReported: [
      'Errors that are handled: a catch that returns a value.',
      'Errors that say that there is nothing: `io.EOF`, `sql.ErrNoRows`, `context.Canceled`, not found, bad request.',
      "Python's `start_as_current_span`, `use_span` and `with span`, which set the status themselves.",
      'Spans whose status is set in a deferred function, a closure, a `finally`, or by a helper that gets the span.',
    ],
    fix: 'Sets the status before the error leaves. Unsafe: see to it that the description of the error holds no secret.',
    evidence:
      'A span with an exception, a failed child or an HTTP status of 500 and more, but without status, makes it a warning.',
    references: [
      '[Recording errors](https://opentelemetry.io/docs/specs/semconv/general/recording-errors/)',
      '[Span, Set Status](https://opentelemetry.io/docs/specs/otel/trace/api/#set-status)',
    ],
  },
  check({ file, report }) {
    const exits = file.get(spanErrors).exits.filter(({ recorded }) => recorded === undefined);
    for (const span of new Set(exits.map(exit => exit.span))) {
      const own = exits.filter(exit => exit.span === span);
      const [first, ...others] = own;
      report({
        at: first.statement.at,
        message: `The error leaves here, but the status of the span \`${span.variable}\` is not set: the trace does not show that it failed.`,
        fixes: fixesOf(file, own),
        related: [
          { at: span.start.call.calleeAt, message: 'the span starts here' },
          ...others.slice(0, 5).map(({ statement }) => ({ at: statement.at, message: 'here too' })),
        ],
        anchor: { spanName: staticText(span.start.name) },
      });
    }
  },
};

function fixesOf(file: FileFacts, exits: readonly ErrorExit[]): Fix[] {
  const edits = exits.map(({ span, statement, error }) => {
    const use = [...span.uses.ends, ...span.uses.others][0]?.call;
    const optional = use !== undefined && isOptional(use);
    return setStatusEdits(file, { before: statement }, { variable: span.variable, optional }, error);
  });
  const known = edits.filter(each => each !== undefined);
  if (known.length < edits.length) return [];
  // The import is needed once.
  const all = known.flat();
  const once = all.filter(
    (edit, index) =>
      all.findIndex(other => other.start === edit.start && other.newText === edit.newText) === index,
  );
  return [{ title: 'Set the status of the span to error', kind: 'unsafe', edits: once }];
}
