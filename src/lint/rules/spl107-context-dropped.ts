import { isBesideProgram, isOfCommand } from '../facts/clients/endpoints.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { goDrops } from '../facts/propagation/contextDropsGo.ts';
import { taskDrops } from '../facts/propagation/contextDropsJava.ts';
import { threadDrops } from '../facts/propagation/contextDropsPython.ts';
import type { Expression } from '../facts/syntax.ts';
import { importNames } from '../fixes/imports.ts';
import { insert, replace } from '../fixes/text.ts';
import { carriesSomewhere } from './propagationGaps.ts';
import type { Fix, Rule, SourceContext } from './rule.ts';

export const contextDropped: Rule = {
  id: 'SPL107',
  name: 'context-dropped',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java'],
  fix: 'safe',
  docs: {
    what: 'Finds code that has the context of its caller and does not pass it on: a new background context or a request without context in Go, work given to another thread in Python and Java, an injection of the root context in JavaScript.',
    why: 'The current span travels in the context. What gets another context begins a trace of its own, and is not cancelled with its caller either.',
    examples: [
      {
        language: 'go',
        bad: 'func (s *Store) Handle(w http.ResponseWriter, r *http.Request) {\n\ts.db.QueryContext(context.Background(), query)\n}',
        good: 'func (s *Store) Handle(w http.ResponseWriter, r *http.Request) {\n\ts.db.QueryContext(r.Context(), query)\n}',
      },
      {
        language: 'python',
        bad: 'with tracer.start_as_current_span("fan-out"):\n    pool.submit(charge, order)',
        good: 'with tracer.start_as_current_span("fan-out"):\n    pool.submit(contextvars.copy_context().run, charge, order)',
      },
      {
        language: 'java',
        bad: 'try (Scope scope = span.makeCurrent()) {\n  executor.submit(() -> tracer.spanBuilder("charge").startSpan().end());\n}',
        good: 'try (Scope scope = span.makeCurrent()) {\n  executor.submit(Context.current().wrap(() -> tracer.spanBuilder("charge").startSpan().end()));\n}',
      },
    ],
    notReported: [
      'Functions without a context of a caller: `main`, `init`, loops at start-up.',
      'Cleaning up and shutting down, goroutines, deferred calls, and what is detached on purpose: `context.WithoutCancel`, links to the caller’s span.',
      'Requests that get a context later, by `WithContext` or with headers from elsewhere; where no client of the service propagates they are an info.',
      'Python services with `ThreadingInstrumentor`; Java services with an agent, tasks that take a context along, and executors of a file that wraps one.',
    ],
    fix: 'Passes the context that is in scope.',
    references: [
      '[Context](https://opentelemetry.io/docs/specs/otel/context/)',
      '[contextvars.copy_context](https://docs.python.org/3/library/contextvars.html#contextvars.copy_context)',
    ],
  },
  check(context) {
    if (isBesideProgram(context.file.path) || isOfCommand(context.file.path)) return;
    switch (context.file.language) {
      case 'go':
        checkGo(context);
        break;
      case 'python':
        checkPython(context);
        break;
      case 'java':
        checkJava(context);
        break;
      default:
        checkScript(context);
    }
  },
};

function checkGo({ file, service, report }: SourceContext): void {
  // What would carry the context of a request to the other end.
  const carries = carriesSomewhere(service, 'net/http');
  for (const { kind, at, context, reached } of file.get(goDrops)) {
    const from = `\`${context.expression}\` is in scope`;
    if (kind === 'request')
      report({
        at,
        message: `The request is made without a context, though ${from}: what it causes is not part of the trace.`,
        severity: carries ? 'warning' : 'info',
        fixes: [
          {
            title: `Make the request with ${context.expression}`,
            kind: 'safe',
            edits: [
              replace(at, 'NewRequestWithContext'),
              insert(argumentsStart(file, at.end), `${context.expression}, `),
            ],
          },
        ],
      });
    else
      report({
        at,
        message: `${at.text} replaces the caller's context, though ${from}: ${reached ?? 'what is called here'} is not part of the trace.`,
        severity: reached === undefined ? 'info' : 'warning',
        fixes: [
          {
            title: `Pass ${context.expression} on`,
            kind: 'unsafe',
            edits: [replace(at, context.expression)],
          },
        ],
      });
  }
}

/** Offset behind the opening bracket. */
function argumentsStart({ syntax: { source } }: FileFacts, calleeEnd: number): number {
  return source.indexOf('(', calleeEnd) + 1;
}

function checkPython({ file, service, report }: SourceContext): void {
  if (service.autoInstrumented !== 'no' || service.instrumentations.has('ThreadingInstrumentor')) return;
  for (const { call, target } of file.get(threadDrops)) {
    report({
      at: call.calleeAt,
      message:
        'The other thread begins with an empty context: its spans and requests are not part of the trace of the current span.',
      severity: 'info',
      fixes: target === undefined ? [] : [copyContext(file, target.start)],
    });
  }
}

function copyContext(file: FileFacts, offset: number): Fix {
  const [contextvars] = importNames(file, [{ module: 'contextvars', name: '*' }]);
  return {
    title: 'Run it in a copy of the context',
    kind: 'unsafe',
    edits: [insert(offset, `${contextvars.local}.copy_context().run, `), ...contextvars.edits],
  };
}

function checkJava({ file, service, report }: SourceContext): void {
  if (service.autoInstrumented !== 'no') return;
  for (const { call, task, certain, wrap } of file.get(taskDrops))
    report({
      at: call.calleeAt,
      message:
        'The task runs in another thread, which has no context: its spans are not part of the trace of the current span.',
      severity: certain ? 'warning' : 'info',
      fixes: wrap === undefined ? [] : [wrapTask(file, task, wrap)],
    });
}

function wrapTask(file: FileFacts, { at }: Expression, method: string): Fix {
  const [context] = importNames(file, [{ module: 'io.opentelemetry.context', name: 'Context' }]);
  return {
    title: 'Run it in the current context',
    kind: 'unsafe',
    edits: [insert(at.start, `${context.local}.current().${method}(`), insert(at.end, ')'), ...context.edits],
  };
}

/** `propagation.inject(ROOT_CONTEXT, headers)`: injects nothing at all. */
function checkScript({ file, report }: SourceContext): void {
  for (const call of file.syntax.calls) {
    const [first] = call.arguments;
    if (call.callee !== 'inject' || first === undefined) continue;
    if (!/^@opentelemetry\/api#propagation\.inject$/.test(file.names.callee(call) ?? '')) continue;
    if (file.names.qualified(first, call.inFunction) !== '@opentelemetry/api#ROOT_CONTEXT') continue;
    const [context] = importNames(file, [{ module: '@opentelemetry/api', name: 'context' }]);
    report({
      at: first.at,
      message: 'The root context holds no span: this injects nothing, and the receiver begins a new trace.',
      fixes: [
        {
          title: 'Inject the active context',
          kind: 'unsafe',
          edits: [replace(first.at, `${context.local}.active()`), ...context.edits],
        },
      ],
    });
  }
}
