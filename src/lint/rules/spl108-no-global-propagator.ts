import { statementOf } from '../facts/bindings.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { CallExpression } from '../facts/syntax.ts';
import { importNames } from '../fixes/imports.ts';
import { insert, insertLinesAfter } from '../fixes/text.ts';
import type { Service } from '../project/types.ts';
import type { Fix, Rule } from './rule.ts';

export const noGlobalPropagator: Rule = {
  id: 'SPL108',
  name: 'no-global-propagator',
  group: 'propagation',
  severity: 'warning',
  confidence: 'high',
  languages: ['go', 'java', 'javascript', 'typescript'],
  fix: 'safe',
  docs: {
    what: 'Finds set-ups of an SDK in which nobody sets a propagator, where the language does not do so by itself.',
    why: 'The propagator of the API does nothing until one is set. Instrumentation then runs, spans arrive, and no request carries a header: the most puzzling of all ways to lose a trace.',
    examples: [
      {
        language: 'go',
        bad: 'otel.SetTracerProvider(provider)\nhandler := otelhttp.NewHandler(mux, "shop")',
        good: 'otel.SetTracerProvider(provider)\notel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))\nhandler := otelhttp.NewHandler(mux, "shop")',
      },
    ],
    notReported: [
      'Services that set a propagator anywhere, also by `autoprop`, `otelconf`, an agent, or an option of each instrumentation.',
      'Services that only ask databases and clouds of others.',
      '`NodeSDK`, `NodeTracerProvider.register()` and Python, which set W3C Trace Context and Baggage themselves.',
    ],
    fix: 'Go: sets W3C Trace Context and Baggage after the provider, with the imports.',
    evidence: 'Not one request of the service has its other end in the same trace.',
    references: [
      '[Global propagators](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#global-propagators)',
    ],
  },
  check({ file, service, report }) {
    if (service.setsPropagator || !propagates(service)) return;
    for (const call of file.syntax.calls) {
      if (!setsProvider.test(file.names.callee(call) ?? '') || isNoop(file, call)) continue;
      // `otelgrpc.WithPropagators(…)`: what is instrumented here has one of its own.
      if (file.language === 'go' && file.says(ownPropagators)) continue;
      // An SDK for metrics alone.
      if (file.language === 'java' && !file.says(ofTraces)) continue;
      report({
        at: call.calleeAt,
        message:
          'A tracer provider is set, but no propagator: no request of this service carries the trace context, whatever instruments it.',
        ...(service.isPublished ? { severity: 'info' } : {}),
        fixes: fixesOf(file, call),
      });
    }
  },
};

const ownPropagators = /\.WithPropagators\(/;
const ofTraces = /\bsetTracerProvider\b/;
const setsProvider =
  /^(?:go\.opentelemetry\.io\/otel#SetTracerProvider|@opentelemetry\/api#trace\.setGlobalTracerProvider|(?:.+\.)?OpenTelemetrySdk\.builder)$/;

/** Something in the program would propagate, if there were a propagator; what its module depends on may be for another. */
function propagates({ instrumentations }: Service): boolean {
  return [...instrumentations.keys()].some(name => !leadsOut.test(name));
}

/** Databases and clouds of others take no context. */
const leadsOut = /^(?:otel(?:aws|mongo|sql|pgx|gorm|memcache)|redisotel|runtime|host)\b/;

/** `noop.NewTracerProvider()` is for tests and switches. */
function isNoop(file: FileFacts, call: CallExpression): boolean {
  const [provider] = call.arguments;
  const name = provider === undefined ? '' : (file.names.qualified(provider, call.inFunction) ?? '');
  // Without anything to export to, tracing is off.
  const isBare =
    provider?.type === 'call' && provider.callee === 'NewTracerProvider' && provider.arguments.length === 0;
  const made = provider === undefined ? undefined : file.names.resolve(provider, call.inFunction);
  return isBare || /noop/i.test(name) || /noop|\bNeverSample\(/i.test(made?.at.text ?? '');
}

function fixesOf(file: FileFacts, call: CallExpression): Fix[] {
  switch (file.language) {
    case 'go':
      return goFixes(file, call);
    case 'java':
      return javaFixes(file, call);
    default:
      return scriptFixes(file, call);
  }
}

function javaFixes(file: FileFacts, call: CallExpression): Fix[] {
  const [propagators, context] = importNames(file, [
    { module: 'io.opentelemetry.context.propagation', name: 'ContextPropagators' },
    { module: 'io.opentelemetry.api.trace.propagation', name: 'W3CTraceContextPropagator' },
  ]);
  const option = `.setPropagators(${propagators.local}.create(${context.local}.getInstance()))`;
  return [
    {
      title: 'Propagate W3C Trace Context',
      kind: 'safe',
      edits: [insert(call.at.end, option), ...propagators.edits],
    },
  ];
}

function scriptFixes(file: FileFacts, call: CallExpression): Fix[] {
  const statement = statementOf(file, call);
  if (statement?.type !== 'expression') return [];
  const [propagation, composite, context, baggage] = importNames(file, [
    { module: '@opentelemetry/api', name: 'propagation' },
    { module: '@opentelemetry/core', name: 'CompositePropagator' },
    { module: '@opentelemetry/core', name: 'W3CTraceContextPropagator' },
    { module: '@opentelemetry/core', name: 'W3CBaggagePropagator' },
  ]);
  const semicolon = /;\s*$/m.test(file.syntax.source) ? ';' : '';
  const lines = [
    `${propagation.local}.setGlobalPropagator(`,
    `  new ${composite.local}({ propagators: [new ${context.local}(), new ${baggage.local}()] }),`,
    `)${semicolon}`,
  ];
  return [
    {
      title: 'Propagate W3C Trace Context and Baggage',
      kind: 'safe',
      edits: [insertLinesAfter(file.syntax.source, statement.at, lines), ...propagation.edits],
    },
  ];
}

function goFixes(file: FileFacts, call: CallExpression): Fix[] {
  const statement = statementOf(file, call);
  if (statement?.type !== 'expression') return [];
  const [otel, propagation] = importNames(file, [
    { module: 'go.opentelemetry.io/otel', name: '*' },
    { module: 'go.opentelemetry.io/otel/propagation', name: '*' },
  ]);
  const p = propagation.local;
  const line = `${otel.local}.SetTextMapPropagator(${p}.NewCompositeTextMapPropagator(${p}.TraceContext{}, ${p}.Baggage{}))`;
  return [
    {
      title: 'Propagate W3C Trace Context and Baggage',
      kind: 'safe',
      edits: [insertLinesAfter(file.syntax.source, statement.at, [line]), ...otel.edits],
    },
  ];
}
