import { statementOf, usesOf, variableOf } from '../facts/bindings.ts';
import { isConditional } from '../facts/conditions.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { type IdleProvider, idleProviders } from '../facts/sdk/builtProviders.ts';
import { idleInstrumentations } from '../facts/sdk/idleInstrumentations.ts';
import { type SdkCall, sdkCalls } from '../facts/sdk/sdk.ts';
import type { CallExpression } from '../facts/syntax.ts';
import { importNames } from '../fixes/imports.ts';
import { insert, insertLinesAfter, replace } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';

export const sdkNotStarted: Rule = {
  id: 'SPL507',
  name: 'sdk-not-started-or-twice',
  group: 'sdk',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds SDKs and providers that are made and never started or registered, those that are registered twice, instrumentations that are imported and never used or registered on their class, and span processors that are added to a provider of JavaScript that no longer takes them.',
    why: 'The API then does nothing, without a word: every tracer is a no-op, and not one span leaves the program. Of two providers the second is refused.',
    examples: [
      {
        language: 'typescript',
        bad: 'const sdk = new NodeSDK({ instrumentations });',
        good: 'const sdk = new NodeSDK({ instrumentations });\nsdk.start();',
      },
      {
        language: 'go',
        bad: 'tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))',
        good: 'tp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))\notel.SetTracerProvider(tp)',
      },
    ],
    notReported: [
      'The provider is returned, stored, exported or given to something else.',
      'Tracers are taken from the provider itself.',
      'Several in one file that is about the ways to make one: an info.',
      'An instrumentation that another file of the service registers, or an agent; one that nothing registers is an info where it is imported.',
    ],
    fix: 'Starts or registers it after it is made.',
    references: [
      '[Tracer provider](https://opentelemetry.io/docs/specs/otel/trace/api/#tracerprovider)',
      '[Upgrade to the JavaScript SDK 2](https://github.com/open-telemetry/opentelemetry-js/blob/main/doc/upgrade-to-2.x.md)',
    ],
  },
  check({ file, service, report }) {
    for (const made of sdkCalls(file, 'sdk', 'tracerProvider').slice(0, maxProviders)) {
      const what = kinds.find(({ name }) => name.test(made.name));
      if (what === undefined || isUsed(file, made, what.uses) || givesSpans.test(file.syntax.source))
        continue;
      report({
        at: made.call.calleeAt,
        message: `${made.name} is made here and never ${what.done}: no span leaves the program.`,
        fixes: fixesOf(file, made),
      });
    }
    const idle = file.get(idleProviders);
    for (const { made, end, unbuilt } of idle)
      report({
        at: made.call.calleeAt,
        // Several in one file show the ways there are to make one.
        severity: idle.length > 1 ? 'info' : undefined,
        message: unbuilt
          ? 'The builder of the tracer provider is never built: no span leaves the program.'
          : `${made.name} is built here, and nothing uses or registers it: no span leaves the program.`,
        fixes: registeringFixes(made, end),
      });
    for (const { at, module, name } of file.get(idleInstrumentations))
      if (!service.instruments(name, packageOf(module)) && service.autoInstrumented !== 'active')
        report({
          at,
          severity: 'info',
          message: `${name} is imported here and never used, and nothing in this service registers it: it instruments nothing.`,
        });
    for (const call of file.syntax.calls)
      if (call.callee === 'instrument' && ofClass.test(file.names.callee(call) ?? ''))
        report({
          at: call.calleeAt,
          message: `instrument is called on the class ${call.receiver?.at.text}, which throws: it is a method of what the class makes.`,
          fixes: instantiatingFixes(call),
        });
    for (const second of registeredAgain(file))
      report({
        at: second.call.calleeAt,
        message:
          'A tracer provider is registered before this one; the second is refused or replaces it, and the spans of one of them are lost.',
      });
    if (
      !/^[^\d]*[2-9]\./.test(
        service.dependencies.get('@opentelemetry/sdk-trace-base') ??
          service.dependencies.get('@opentelemetry/sdk-trace-node') ??
          '',
      )
    )
      return;
    for (const call of file.syntax.calls)
      if (
        call.callee === 'addSpanProcessor' &&
        !asksForIt.test(file.syntax.source) &&
        ofSdk.test(file.names.callee(call) ?? '')
      )
        report({
          at: call.calleeAt,
          message:
            'Version 2 of the SDK has no addSpanProcessor: the call throws. Give the processors to the constructor as `spanProcessors`.',
        });
  },
};

/** Of Node. */
function packageOf(module: string): string | undefined {
  return module.startsWith('@') ? module : undefined;
}

/** Providers of others, and of the project itself, may have it. */
const ofSdk = /^@opentelemetry\/.*TracerProvider\(\)\.addSpanProcessor$/;

/** `'addSpanProcessor' in provider`, `typeof provider.addSpanProcessor` */
const asksForIt = /['"]addSpanProcessor['"] in\b|typeof [\w.() ]*\.addSpanProcessor\b/;

/** A processor is given spans that no tracer has started. */
const givesSpans = /\.(?:on_?end|onEnd|OnEnd)\(/;

/** Of each, all uses in the file are looked at. */
const maxProviders = 20;

const kinds: readonly { readonly name: RegExp; readonly uses: RegExp; readonly done: string }[] = [
  { name: /^NodeSDK$/, uses: /^start$/, done: 'started' },
  {
    name: /^(?:Node|Web|Basic)?TracerProvider$/,
    uses: /^(?:register|getTracer|get_tracer|\w*[tT]racer\w*)$/,
    done: 'registered',
  },
  { name: /^trace\.NewTracerProvider$/, uses: /^Tracer$/, done: 'registered' },
];

/** Registered, used for its tracers, or gone where it cannot be followed. */
function isUsed(file: FileFacts, { call }: SdkCall, uses: RegExp): boolean {
  if (statementOf(file, call)?.type === 'expression') {
    // `new NodeSDK().start()`, `register(new TracerProvider())`: the call is part of another.
    const statement = statementOf(file, call);
    return !(statement?.type === 'expression' && statement.expression === call);
  }
  const path = variableOf(file, call);
  if (path === undefined || path === '_' || path.includes('.')) return true;
  const { methods, escapes } = usesOf(file, path);
  return escapes || [...methods].some(method => uses.test(method));
}

/** Two unconditional registrations in one function. */
function registeredAgain(file: FileFacts): SdkCall[] {
  const calls = sdkCalls(file, 'register').filter(({ call }) => !isConditional(file, call));
  return calls.filter(({ call }, index) =>
    calls
      .slice(0, index)
      .some(
        other =>
          other.call.inFunction === call.inFunction &&
          other.qualifiedName !== '' &&
          isGlobal(other) &&
          isGlobal({ call }),
      ),
  );
}

/** Of JavaScript's two ways `register()` is one, and both together are common. */
function isGlobal({ call }: { readonly call: SdkCall['call'] }): boolean {
  return call.callee === 'set_tracer_provider' || call.callee === 'SetTracerProvider';
}

/** Python: `RequestsInstrumentor.instrument()`. */
const ofClass = /^opentelemetry\.instrumentation\.[\w.#]+Instrumentor(?:Client|Server)?\.instrument$/;

function instantiatingFixes({ receiver }: CallExpression): Fix[] {
  if (receiver === undefined) return [];
  const { end, text } = receiver.at;
  return [{ title: `Call it on ${text}()`, kind: 'safe', edits: [insert(end, '()')] }];
}

/** Of Java. */
function registeringFixes({ name }: SdkCall, { callee, calleeAt }: IdleProvider['end']): Fix[] {
  if (name !== 'OpenTelemetrySdk' || callee !== 'build') return [];
  const edits = [replace(calleeAt, 'buildAndRegisterGlobal')];
  return [{ title: 'Register the SDK', kind: 'safe', edits }];
}

function fixesOf(file: FileFacts, made: SdkCall): Fix[] {
  const statement = statementOf(file, made.call);
  const path = variableOf(file, made.call);
  if (statement === undefined || path === undefined) return [];
  const { source } = file.syntax;
  const end = /;\s*$/.test(statement.at.text) || source[statement.at.end] === ';' ? ';' : '';
  switch (made.name) {
    case 'NodeSDK':
      return [
        {
          title: 'Start the SDK',
          kind: 'safe',
          edits: [insertLinesAfter(source, statement.at, [`${path}.start()${end}`])],
        },
      ];
    case 'NodeTracerProvider':
    case 'WebTracerProvider':
      return [
        {
          title: 'Register the provider',
          kind: 'safe',
          edits: [insertLinesAfter(source, statement.at, [`${path}.register()${end}`])],
        },
      ];
    case 'TracerProvider': {
      const [{ local, edits }] = importNames(file, [{ module: 'opentelemetry.trace', name: '*' }]);
      return [
        {
          title: 'Register the provider',
          kind: 'safe',
          edits: [
            insertLinesAfter(source, statement.at, [`${local}.set_tracer_provider(${path})`]),
            ...edits,
          ],
        },
      ];
    }
    case 'trace.NewTracerProvider': {
      const [{ local, edits }] = importNames(file, [{ module: 'go.opentelemetry.io/otel', name: '*' }]);
      return [
        {
          title: 'Register the provider',
          kind: 'safe',
          edits: [insertLinesAfter(source, statement.at, [`${local}.SetTracerProvider(${path})`]), ...edits],
        },
      ];
    }
    default:
      return [];
  }
}
