import type { FileFacts } from '../facts/fileFacts.ts';
import type { Leak } from '../facts/flow/openPaths.ts';
import { spansInCallbacks } from '../facts/spanCallbacks.ts';
import { spanFields } from '../facts/spanFields.ts';
import { isReleased, keptSpans } from '../facts/spanKeeping.ts';
import { type SpanLife, spanLives, spanOfContext } from '../facts/spanLives.ts';
import { spanOwners, spansOfObjects } from '../facts/spanOwners.ts';
import { returnsOf, type SpanStart, spanStarts } from '../facts/spans.ts';
import { spansGiven } from '../facts/spansGiven.ts';
import { spansGuessed } from '../facts/spansGuessed.ts';
import { spansOfMethods } from '../facts/spansOfMethods.ts';
import { spansEndedOnErrors } from '../facts/spansOnErrors.ts';
import { spansPassed } from '../facts/spansPassed.ts';
import { spansTaken } from '../facts/spansTaken.ts';
import { usesOfSpan } from '../facts/spanUses.ts';
import { staticText } from '../facts/syntax.ts';
import { enclosing } from '../facts/walk.ts';
import { endingFixes } from '../fixes/endSpan.ts';
import type { Report, Rule } from './rule.ts';

export const spanNotEnded: Rule = {
  id: 'SPL301',
  name: 'span-not-ended',
  group: 'lifecycle',
  severity: 'error',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds spans that are never ended, or not on every path.',
    why: 'A span that is not ended is never exported: it is missing in the trace, its children hang in the air, and its memory stays. `startActiveSpan` in JavaScript and `makeCurrent` in Java do not end it.',
    examples: [
      {
        language: 'typescript',
        bad: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport const load = () =>\n  tracer.startActiveSpan('load', async span => {\n    span.setAttribute('app.cart.size', 3);\n    return await read();\n  });",
        good: "import { trace } from '@opentelemetry/api';\n\nconst tracer = trace.getTracer('shop');\n\nexport const load = () =>\n  tracer.startActiveSpan('load', async span => {\n    try {\n      span.setAttribute('app.cart.size', 3);\n      return await read();\n    } finally {\n      span.end();\n    }\n  });",
      },
      {
        language: 'python',
        bad: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\ndef load():\n    span = tracer.start_span("load")\n    read()',
        good: 'from opentelemetry import trace\n\ntracer = trace.get_tracer(__name__)\n\n\ndef load():\n    with tracer.start_as_current_span("load"):\n        read()',
      },
      {
        language: 'go',
        bad: 'package shop\n\nimport (\n\t"context"\n\n\t"go.opentelemetry.io/otel"\n)\n\nfunc load(ctx context.Context) error {\n\tctx, span := otel.Tracer("shop").Start(ctx, "load")\n\tif err := read(ctx); err != nil {\n\t\treturn err\n\t}\n\tspan.End()\n\treturn nil\n}',
        good: 'package shop\n\nimport (\n\t"context"\n\n\t"go.opentelemetry.io/otel"\n)\n\nfunc load(ctx context.Context) error {\n\tctx, span := otel.Tracer("shop").Start(ctx, "load")\n\tdefer span.End()\n\treturn read(ctx)\n}',
      },
    ],
    notReported: [
      'A span that is returned, stored where others reach it, captured by a function that ends it, or given to something that may end it. A field that only its class reaches is followed, and so is what is kept under a name that speaks of spans, in the whole project; who takes a span away from where its file keeps it has to end it.',
      'Functions that run many times, and those beside one that comes at last: `finally`, a handler of `close`.',
      'Spans that a function is given, unless it ends them on other paths on which it tells how the work went or writes to them at the last, or is called `endSpan`.',
      'Spans of `with`, `using`, decorators and annotations, which end them.',
      'Receivers that are no tracers of OpenTelemetry, and wrappers of the project that end the span themselves.',
      'Paths that end the program (`panic`, `os.Exit`, `log.Fatal`), and paths that only an exception takes.',
      'Code of instrumentation libraries, tests, generated code, and functions with syntax errors.',
    ],
    fix: 'Go: `defer span.End()` after the start, safe. JavaScript, TypeScript and Java: `try … finally` around the rest of the block; Python: `with`; C#: `using`. These are unsafe: they change when the span ends.',
    evidence: 'A span id that appears as parent but never arrives, while its siblings do, confirms it.',
    references: [
      '[Span, End](https://opentelemetry.io/docs/specs/otel/trace/api/#end)',
      '[go-spancheck](https://github.com/jjti/go-spancheck)',
    ],
  },
  check({ file, project, service, report }) {
    for (const start of file.get(spanStarts)) {
      const lost = lostAtOnce(file, start);
      if (lost !== undefined) report({ ...lost, anchor: anchorOf(start) });
    }
    for (const { start, variable, neverEnded, drops, reach } of file.get(spanFields)) {
      const at = start.call.calleeAt;
      const anchor = anchorOf(start);
      if (neverEnded)
        report({
          at,
          message: `The span in \`${variable}\` is never ended, so it is never exported.`,
          severity: reach === 'shown' ? 'warning' : undefined,
          anchor,
        });
      for (const place of drops)
        report({
          at: place,
          message: `The span in \`${variable}\` is dropped here without being ended.`,
          severity: reach === 'public' ? 'info' : undefined,
          anchor,
        });
    }
    const lost = (service.role === 'library' ? [] : file.get(keptSpans)).filter(
      kept => !isReleased(project, kept),
    );
    for (const kept of lost)
      report({
        at: kept.start.call.calleeAt,
        message: `The span that is kept in \`${kept.place}\` is never ended: nothing takes it from there to end it.`,
        severity: kept.place.endsWith(']') ? 'info' : 'warning',
        confidence: 'medium',
        anchor: anchorOf(kept.start),
      });
    for (const { at, variable, from, leak, isShared } of file.get(spansTaken)) {
      if (leak === undefined && lost.some(({ place }) => place === from)) continue;
      report({
        at,
        message: `The span \`${variable}\` is taken from \`${from}\` here, and not ended${leak === undefined ? '' : ` on every path: ${describedAt(file, leak)}`}.`,
        severity: isShared ? 'info' : 'warning',
        confidence: 'medium',
      });
    }
    for (const { at, variable, name, certain } of file.get(spanOwners))
      report({
        at,
        message: `The span \`${variable}\` is not ended in here, nor by anything else of \`${name}\`, which is made of it.`,
        severity: certain ? 'warning' : 'info',
        confidence: 'medium',
      });
    for (const { at, variable, leak } of [...file.get(spansGiven), ...file.get(spansOfObjects)])
      report({
        at,
        message:
          leak === undefined
            ? `The span \`${variable}\` is not ended in here, as the name of the function says.`
            : `The span \`${variable}\` is left open here, and ended on other paths of the function: ${describedAt(file, leak)}.`,
        severity: 'info',
        confidence: 'medium',
      });
    for (const { at, variable, property, leak } of file.get(spansPassed))
      report({
        at,
        message: `The span \`${variable}\` is left open here, and ended by others that take it from \`${property}\`: ${describedAt(file, leak)}.`,
        severity: 'info',
        confidence: 'medium',
      });
    for (const { at, variable, className } of file.get(spansOfMethods))
      report({
        at,
        message: `The span \`${variable}\` is left open here, and ended by other methods of \`${className}\` that tell how the work went.`,
        severity: 'info',
        confidence: 'medium',
      });
    const inCallbacks = file.get(spansInCallbacks);
    for (const { life, at, leak } of inCallbacks)
      report({
        at,
        message: `The span \`${life.variable}\` is left open here, and ended elsewhere: ${describedAt(file, leak)}.`,
        severity: 'info',
        confidence: 'medium',
        related: [{ at: life.start.call.calleeAt, message: 'the span is started here' }],
        anchor: anchorOf(life.start),
      });
    for (const { start, variable } of file.get(spansEndedOnErrors)) {
      if (inCallbacks.some(({ life }) => life.start === start)) continue;
      report({
        at: start.call.calleeAt,
        message: `The span \`${variable}\` is ended only where something fails.`,
        severity: 'info',
        confidence: 'medium',
        anchor: anchorOf(start),
      });
    }
    for (const { start, variable } of file.get(spansGuessed))
      report({
        at: start.call.calleeAt,
        message: `The span \`${variable}\` from \`${start.call.callee}\` is never ended.`,
        severity: 'info',
        confidence: 'medium',
        anchor: anchorOf(start),
      });
    for (const life of file.get(spanLives)) {
      const { start, uses, escapes, leaks, variable } = life;
      if (escapes) continue;
      const at = start.call.calleeAt;
      const anchor = anchorOf(start);
      if (uses.ends.length + leaks.length === 0)
        report({
          at,
          message: `The span \`${variable}\` is never ended, so it is never exported.`,
          fixes: endingFixes(file, life),
          anchor,
        });
      else if (leaks.length > 0)
        report({
          at,
          message: `The span \`${variable}\` is not ended on every path: ${described(file, life)}${others(leaks.length - 1)}.`,
          severity: isGuess(life) ? 'info' : undefined,
          fixes: endingFixes(file, life),
          related: leaks.slice(0, 5).map(({ at: place, kind }) => ({
            at: place,
            message: kind === 'return' ? 'returns here with the span open' : 'comes here with the span open',
          })),
          anchor,
        });
    }
  },
};

/** Functions that are handed on may hang together, and who is given what only seems to be a span may end it. */
function isGuess({ start, uses }: SpanLife): boolean {
  return uses.ends.some(({ within }) => within !== undefined) || (!start.certain && uses.handed.length > 0);
}

function others(count: number): string {
  return count === 0 ? '' : `, as ${count === 1 ? 'does one other path' : `do ${count} other paths`}`;
}

function described(file: FileFacts, { leaks: [leak] }: SpanLife): string {
  return describedAt(file, leak);
}

function describedAt({ syntax }: FileFacts, leak: Leak): string {
  const line = syntax.source.slice(0, leak.at.start).split('\n').length;
  switch (leak.kind) {
    case 'return':
      return `the return in line ${line} leaves it open`;
    case 'throw':
      return `the throw in line ${line} leaves it open`;
    case 'again':
      return `it is started again in line ${line} before it is ended`;
    case 'jump':
      return `the round of the loop ends in line ${line} with it open`;
    case 'end':
      return `the block ends in line ${line} with it open`;
  }
}

/** Nobody holds the span: a statement of its own, Go's `_`, a callback without a parameter. */
function lostAtOnce(
  file: FileFacts,
  start: SpanStart,
): Pick<Report, 'at' | 'message' | 'severity' | 'confidence'> | undefined {
  const { call, form, statement, variable, callback, certain, endsItself } = start;
  if (endsItself) return undefined;
  const at = call.calleeAt;
  if (form === 'value' && statement?.type === 'expression' && statement.expression === call)
    return file.language === 'csharp'
      ? undefined
      : { at, message: 'The span is started and dropped: nothing can end it, so it is never exported.' };
  if (form === 'value' && variable === '_' && file.language === 'go') return droppedInGo(file, start);
  if (form !== 'callback' || callback === undefined || !certain || callback.parameters.length > 0)
    return undefined;
  return callsActiveSpan(file, callback.at)
    ? undefined
    : {
        at,
        message:
          'The callback does not take the span, so it is never ended: `startActiveSpan` does not end it.',
      };
}

function callsActiveSpan({ syntax }: FileFacts, { start, end }: { start: number; end: number }): boolean {
  return syntax.calls.some(
    ({ callee, at }) => callee === 'getActiveSpan' && start <= at.start && at.end <= end,
  );
}

/** `ctx, _ := tracer.Start(ctx, "x")`: the context may carry the span to somebody who ends it. */
function droppedInGo(
  { project, service }: FileFacts,
  { call, contextVariable }: SpanStart,
): ReturnType<typeof lostAtOnce> {
  const { inFunction } = call;
  if (inFunction === undefined || contextVariable === undefined) return undefined;
  const isTaken = project.takesSpans || project.releases(spanOfContext);
  const returned = returnsOf(inFunction).some(values =>
    values.some(value => value.type === 'reference' && value.path === contextVariable),
  );
  const stored =
    /\.Set\w*Context\(/.test(inFunction.bodyAt.text) ||
    usesOfSpan(inFunction.body, contextVariable, () => 'looks').escapes.length > 0;
  if (
    contextVariable.includes('.') ||
    returned ||
    stored ||
    inFunction.results.some(({ name }) => name === contextVariable)
  ) {
    if (isTaken || service.role === 'library') return undefined;
    return {
      at: call.calleeAt,
      message: 'The span is dropped, and nothing in the project takes one out of a context to end it.',
      severity: 'info',
      confidence: 'medium',
    };
  }
  // A handler beside it may take the span from there.
  const outermost = [...enclosing(inFunction)].at(-1) ?? inFunction;
  if (outermost.bodyAt.text.includes('SpanFromContext')) return undefined;
  const message = 'The span is dropped: nothing here can end it, so it is never exported.';
  if (contextVariable === '_') return { at: call.calleeAt, message };
  // What gets the context could end the span, but hardly does where nothing ever takes one from there.
  const severity = isTaken ? 'info' : 'warning';
  return { at: call.calleeAt, message, severity, confidence: 'medium' };
}

function anchorOf({ name }: SpanStart): Report['anchor'] {
  return { spanName: staticText(name) };
}
