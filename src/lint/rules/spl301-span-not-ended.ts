import { literally } from '../../base/literally.ts';
import { statementsAround } from '../facts/bindings.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { pathsIn } from '../facts/references.ts';
import { type SpanLife, spanLives, spanOfContext } from '../facts/spans/spanLives.ts';
import { areInDifferentRounds } from '../facts/spans/spanRegions.ts';
import { spanStarts } from '../facts/spans/spanStarts.ts';
import { isGivenIn } from '../facts/spans/spanUses.ts';
import { contains } from '../facts/walk.ts';
import { endingFixes } from '../fixes/endSpan.ts';
import { lostAtOnce } from './lostSpans.ts';
import { anchorOf, describedLeak, openSpans } from './openSpans.ts';
import type { Rule } from './rule.ts';

export const spanNotEnded: Rule = {
  id: 'SPL301',
  name: 'span-not-ended',
  group: 'lifecycle',
  severity: 'error',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds spans that are never ended, or not on every path, and those of a loop in Go that only `defer` ends, when the function returns.',
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
      'What a callback does that is not waited for (`return work(span)`), and work that is recorded afterwards and may still go on (`if (end) span.end(end)`), is an info.',
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
    for (const open of openSpans({ file, project, service })) report(open);
    for (const life of file.get(spanLives)) {
      const { start, uses, escapes, leaks, variable } = life;
      if (escapes) continue;
      const at = start.call.calleeAt;
      const anchor = anchorOf(start);
      if (uses.ends.length + leaks.length === 0)
        report({
          at,
          message: `The span \`${variable}\` is never ended, so it is never exported.`,
          severity: isLeftOpen(file, life) ? 'info' : undefined,
          fixes: endingFixes(file, life),
          anchor,
        });
      else if (leaks.length > 0)
        report({
          at,
          message: `The span \`${variable}\` is not ended on every path: ${describedLeak(file, leaks[0])}${others(leaks.length - 1)}.`,
          severity:
            isGuess(life) || isLeftToGiven(file, life) || isReplayed(life) || isOfRounds(life)
              ? 'info'
              : undefined,
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

/**
 * Python's `use_span(span, end_on_exit=False)`, written out: it may be there for its ids alone. `get_current_span()` gives the
 * span of a `with` to others as well.
 */
function isLeftOpen(file: FileFacts, { start: { form }, inFunction, variable }: SpanLife): boolean {
  if (!file.says(leavesOpen)) return false;
  if (form === 'scoped' && file.releases(spanOfContext)) return true;
  const leaving = new RegExp(`\\buse_span\\(\\s*${literally(variable)}\\b[^()]*\\bend_on_exit\\s*=\\s*False`);
  return leaving.test(inFunction?.bodyAt.text ?? '');
}

const leavesOpen = /\bend_on_exit\s*=\s*False\b/;

/** Functions that are handed on may hang together; what only seems to be a span may be ended by who is given it, or made it. */
function isGuess({ start, uses }: SpanLife): boolean {
  if (start.guessed || uses.ends.some(({ within }) => within !== undefined)) return true;
  return !start.certain && uses.handed.length > 0;
}

/**
 * `return work(span)`: what a function of JavaScript is given may end the span when its work is done, unless that is
 * waited for here.
 */
function isLeftToGiven({ language }: FileFacts, { leaks, uses, inFunction }: SpanLife): boolean {
  if (language === 'python') return false;
  return leaks.every(
    ({ at, kind }) =>
      kind === 'return' &&
      uses.handed.some(({ call }) => contains(at, call.at) && !call.awaited && isGivenIn(call, inFunction)),
  );
}

/** `if (end !== undefined) span.end(end)`: of work that is recorded afterwards, and may still go on. */
function isReplayed({ uses, region }: SpanLife): boolean {
  return uses.ends.every(({ call }) => {
    const times = [...call.arguments, ...call.named.values()].flatMap(each => pathsIn(each));
    return [...statementsAround(region, call.at)].some(
      each => each.type === 'if' && pathsIn(each.condition).some(path => times.includes(path)),
    );
  });
}

/** `if (event.begins) span = start(); else if (event.ends) span.end();`: what the events are decides. */
function isOfRounds({ start: { binding }, uses, region }: SpanLife): boolean {
  return (
    binding !== undefined && uses.ends.every(({ call }) => areInDifferentRounds(region, binding.at, call.at))
  );
}

function others(count: number): string {
  return count === 0 ? '' : `, as ${count === 1 ? 'does one other path' : `do ${count} other paths`}`;
}
