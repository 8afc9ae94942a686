import type { FileFacts } from '../facts/fileFacts.ts';
import { spanErrors } from '../facts/spans/spanErrors.ts';
import type { SpanStart } from '../facts/spans/spanStarts.ts';
import { staticText } from '../facts/syntax.ts';
import { isOptional, setStatusEdits } from '../fixes/spanStatus.ts';
import type { Rule } from './rule.ts';

export const exceptionWithoutStatus: Rule = {
  id: 'SPL304',
  name: 'exception-without-status',
  group: 'lifecycle',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds exceptions that are recorded on a span and passed on, while the status of the span is not set.',
    why: 'Recording an exception adds an event and nothing else: the span still counts as one that did not fail, and error rates and searches for errors pass over it.',
    examples: [
      {
        language: 'typescript',
        bad: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  try {\n    return read();\n  } catch (error) {\n    span.recordException(error);\n    throw error;\n  } finally {\n    span.end();\n  }\n}",
        good: "import { SpanStatusCode, trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport function load() {\n  const span = tracer.startSpan('load');\n  try {\n    return read();\n  } catch (error) {\n    span.recordException(error);\n    span.setStatus({ code: SpanStatusCode.ERROR });\n    throw error;\n  } finally {\n    span.end();\n  }\n}",
      },
      {
        language: 'go',
        bad: 'package shop\n\nimport (\n\t"context"\n\n\t"go.opentelemetry.io/otel"\n)\n\nfunc load(ctx context.Context) error {\n\tctx, span := otel.Tracer("shop").Start(ctx, "load")\n\tdefer span.End()\n\tif err := read(ctx); err != nil {\n\t\tspan.RecordError(err)\n\t\treturn err\n\t}\n\treturn nil\n}',
        good: 'package shop\n\nimport (\n\t"context"\n\n\t"go.opentelemetry.io/otel"\n\t"go.opentelemetry.io/otel/codes"\n)\n\nfunc load(ctx context.Context) error {\n\tctx, span := otel.Tracer("shop").Start(ctx, "load")\n\tdefer span.End()\n\tif err := read(ctx); err != nil {\n\t\tspan.RecordError(err)\n\t\tspan.SetStatus(codes.Error, err.Error())\n\t\treturn err\n\t}\n\treturn nil\n}',
      },
    ],
    notReported: [
      'Exceptions that are handled and go no further (see `handled-exception-recorded`).',
      'Spans of others: `trace.getActiveSpan()`, `trace.SpanFromContext(ctx)`.',
      "Python's `start_as_current_span` and `use_span`, which set the status themselves.",
      'Spans of classes of the project or of other libraries, which may set the status when they record: an info.',
      'Spans whose status is set in a deferred function, a closure, a `finally`, or by a helper that gets the span.',
    ],
    fix: 'Sets the status after the exception is recorded.',
    evidence: 'Spans with an exception event and no status confirm it.',
    references: [
      '[Recording errors](https://opentelemetry.io/docs/specs/semconv/general/recording-errors/)',
      '[Exceptions](https://opentelemetry.io/docs/specs/otel/trace/exceptions/)',
    ],
  },
  check({ file, report }) {
    const reported = new Set<unknown>();
    for (const { span, error, recorded, recordedBy } of file.get(spanErrors).exits) {
      if (recorded === undefined || reported.has(recorded)) continue;
      reported.add(recorded);
      const edits =
        recordedBy === undefined
          ? undefined
          : setStatusEdits(
              file,
              { after: recordedBy },
              { variable: span.variable, optional: isOptional(recorded) },
              file.language === 'go' ? error : undefined,
            );
      report({
        at: recorded.at,
        message: `The exception is recorded, but the status of the span \`${span.variable}\` is not set: the span does not count as failed.`,
        severity: mayBeWrapped(file, span.start) ? 'info' : undefined,
        fixes:
          edits === undefined ? [] : [{ title: 'Set the status of the span to error', kind: 'safe', edits }],
        related: [{ at: span.start.call.calleeAt, message: 'the span starts here' }],
        anchor: { spanName: staticText(span.start.name) },
      });
    }
  },
};

/** A span of somebody's own, whose `RecordError` may do more than that of OpenTelemetry. */
function mayBeWrapped(file: FileFacts, { call, certain }: SpanStart): boolean {
  if (certain) return false;
  if (file.project.hasOwnSpans(file.path)) return true;
  // `kit.Tracer().Start(…)` of another module, which is not read.
  const name = file.names.callee(call) ?? '';
  const kits = [...file.service.dependencies.keys()].filter(each => !/opentelemetry|\botel/.test(each));
  const isOf = (path: string, kit: string) => path.startsWith(kit) && /^[/#]/.test(path.slice(kit.length));
  if (kits.some(kit => isOf(name, kit))) return true;
  // `s.watch.Tracer().Start(…)`, where another file says what `s.watch` is.
  return (
    file.language === 'go' &&
    !/^[^#]+#/.test(name) &&
    !file.importsOpenTelemetry &&
    file.syntax.imports.some(({ module }) => watches.test(module) && kits.some(kit => isOf(module, kit)))
  );
}

/** Packages with tracers of their own. */
const watches = /\/(?:\w*observability|\w*telemetry|\w*tracing|\w*tracer|o11y|apm)$/;
