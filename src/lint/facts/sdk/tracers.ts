import type { FileFacts } from '../fileFacts.ts';
import { projectFunction } from '../projectFunctions.ts';
import { type CallExpression, type Expression, isScript } from '../syntax.ts';

/** `known`: a tracer of OpenTelemetry; `likely`: nothing speaks against it; undefined: something else. */
export type Tracer = 'known' | 'likely' | undefined;

const called = /(?:^|[._])(?:\w*tracer_?(?:Ref)?|otel|instrumentation)(?:\(\))?(?:\.current)?$/i;
/** What has methods of the same names and ends spans in its own way. */
export const foreign =
  /sentry|ddtrace|dd-trace|datadog|opentracing|newrelic|elastic-apm|noop|jaeger-client|skywalking|logfire|mlflow|langsmith|@openai\/agents/i;

/** What the receiver of a call is, as a tracer. */
export function tracerOf(file: FileFacts, call: CallExpression): Tracer {
  const tracer = named(file, call);
  return tracer === 'likely' && file.says(endsSpans) ? undefined : tracer;
}

/** `self._tracer.end_span()`: the one that is current is kept, and ended, by a tracer of the project's own. */
const endsSpans =
  /[tT]racer(?:\(\))?\??\.(?:end|finish|close|stop)_?(?:[cC]urrent_?)?[sS]pan\((?!\s*[\w.]*[sS]pan\b)/;

/** `tracer` of `const t = tracer ?? trace.getTracer('shop')` may come from anywhere: what is taken without it tells. */
function chosen({ names }: FileFacts, { receiver, inFunction }: CallExpression): string | undefined {
  const value = receiver?.type === 'reference' ? names.resolve(receiver, inFunction) : undefined;
  if (value?.type !== 'choice') return undefined;
  return value.values
    .map(each => names.qualified(each, inFunction))
    .find(each => each !== undefined && /^@?opentelemetry\b.*getTracer\(\)$/.test(each));
}

function named(file: FileFacts, call: CallExpression): Tracer {
  const { receiver, inFunction } = call;
  if (receiver === undefined) return undefined;
  const name = file.names.qualified(receiver, inFunction) ?? chosen(file, call);
  const written = receiver.type === 'reference' ? receiver.path : (lastName(receiver) ?? '');
  if (name === undefined || name.startsWith('global#') || anything.test(name)) {
    if (foreign.test(name ?? '') || !called.test(written)) return undefined;
    return file.importsOpenTelemetry || file.service.usesOpenTelemetry ? 'likely' : undefined;
  }
  if (foreign.test(name)) return undefined;
  const otel =
    /opentelemetry|^k6\/x\/otel$/i.test(name.replace(/#.*$/, '')) ||
    /^opentelemetry\.|^io\.opentelemetry\./.test(name);
  if (otel && /(?:[tT]racer|get_tracer|TracerProvider)(?:\(\))?(?:\.|$)|Tracer\(\)$/.test(name))
    return 'known';
  // The API itself, from a file that passes it on: `import { trace } from './tracing'`.
  if (/#trace\.getTracer\(\)$/.test(name)) return 'known';
  if (/(?:\.|#)(?:getTracer|get_tracer|Tracer)\(\)$/.test(name)) return otel ? 'known' : 'likely';
  const likely = file.importsOpenTelemetry || file.service.usesOpenTelemetry ? 'likely' : undefined;
  // A field or value of the file's own without a type: only its name tells.
  if (/^#[\w$]+\(\)\.[\w.]+$/.test(name) && called.test(name)) return likely;
  // From a file of the project that does not tell what it is: `import { tracer } from '~/tracing'`.
  if (/^[.~@#]\.?[./][^#]*#[\w$]*[tT]racer$/.test(name)) return likely;
  // Made by a function of such a file: `require('./tracer')('shop')`.
  if (/^\.{1,2}\/[^#]*#(?:[a-z][\w$]*)?\(\)$/.test(name) && called.test(written)) return likely;
  // A function that is called so: `OTelTracer().startSpan('x')`.
  if (
    receiver.type === 'call' &&
    !receiver.constructs &&
    receiver.receiver === undefined &&
    /^(?:[.~@#]\.?[./][^#]*)?#[\w$]*[tT]racer\(\)$/.test(name)
  )
    return likely;
  // Of something that a package made, `this.tracing.tracer`: only its name tells.
  if (
    file.importsOpenTelemetry &&
    /#[\w$]+\(\)\.(?:[\w.]+\.)?\w*[tT]racer$/.test(name) &&
    called.test(written)
  )
    return 'likely';
  // `import tracer from './tracing'`, not the functions of such a file.
  if (
    isScript(file.language) &&
    /^[.~@#]\.?[./][^#]*#$/.test(name) &&
    called.test(written) &&
    projectFunction(file, call) === undefined
  )
    return likely;
  // What a container has: `container.resolve<Tracer>(tokens.tracer)`.
  if (
    isScript(file.language) &&
    file.importsOpenTelemetry &&
    /[.#](?:resolve|get|inject)\(\)$/.test(name) &&
    called.test(written)
  )
    return 'likely';
  // `const { tracer } = await tracing()` of such a file.
  if (/^[.~@#]\.?[./][^#]*#[\w$.()]*\.\w*[tT]racer$/.test(name) && called.test(written)) return likely;
  // Python: from a function that is called so and does not tell what it returns, `tracer = _get_tracer()`.
  if (file.language === 'python' && /^#\w*[tT]racer\(\)$/.test(name) && called.test(written)) return likely;
  // Python: made by a function of the project that is there for tracing, `self.tracer = setup_tracing('shop')`.
  if (file.language === 'python' && ofTracing.test(name) && called.test(written)) return likely;
  return undefined;
}

/** Python's types that tell nothing. */
const anything = /^(?:typing\.)?(?:Any|object)(?:\(\))?$/;

const ofTracing = /^[\w.]*(?:trac|telemetry|otel|observability)\w*(?:\.\w+)*\(\)$/i;

function lastName(expression: Expression): string | undefined {
  if (expression.type === 'call') return `${expression.callee}()`;
  return expression.type === 'member' ? expression.property : undefined;
}
