import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, Expression, FunctionSyntax, SyntaxUnit } from '../syntax.ts';

/** Whether something is of OpenTelemetry: known to be; called so in code that uses it; or not. */
export type Certainty = 'certain' | 'likely' | 'no';

const openTelemetry =
  /opentelemetry|^@?otel\b|^System\.Diagnostics\.Activity|^Microsoft\.AspNetCore\..*Activity/i;
/** Have spans of their own, with rules of their own. */
const others =
  /sentry|dd-?trace|datadog|opentracing|newrelic|elastic-apm|elasticapm|applicationinsights|skywalking|bugsnag|rollbar|langfuse/i;
const makesSpan =
  /(?:start_?(?:active_?|as_current_|new_?|inactive_?)?span|(?:active|current)_?span|span_?from_?context|StartActivity|CreateActivity|startRootSpan)(?:\(\)|\[\d\])*$/i;
/** HTML has spans too, and so have texts. */
const notSpan =
  /document|element|(?:^|[._])(?:el|node|ref|dom|html|xml|svg)\b|Ref(?:\.current)?$|querySelector|createElement/i;
const spanLike = /span|activity/i;
/** Methods of a span that return it. */
export const returnsSpan =
  /^(?:set_?(?:all_?)?attributes?|add_?event|set_?status|record_?exception|update_?name|add_?link|SetTag|AddTag|SetStatus|AddEvent|SetBaggage|AddBaggage|SetStartTime|SetCustomProperty|AddException)$/i;

/** Tells spans from what shares their methods: elements of HTML and XML, spans of other vendors. */
export class SpanReceivers {
  readonly #file: FileFacts;
  readonly #unit: SyntaxUnit;
  #callbacks: Map<FunctionSyntax, CallExpression> | undefined;
  #tells: boolean | undefined;

  constructor(file: FileFacts, unit: SyntaxUnit) {
    this.#file = file;
    this.#unit = unit;
  }

  /** Whether the code around tells of OpenTelemetry at all. */
  get tells(): boolean {
    this.#tells ??=
      this.#file.importsOpenTelemetry ||
      this.#file.syntax.imports.some(({ module, name }) =>
        /opentelemetry|\botel|trac(?:e|er|ing)\b|telemetry|observab|instrumentation/i.test(
          `${module} ${name}`,
        ),
      );
    return this.#tells;
  }

  span(receiver: Expression | undefined, from: FunctionSyntax | undefined): Certainty {
    let at = receiver;
    for (let hop = 0; hop < 64 && at?.type === 'call' && returnsSpan.test(at.callee); hop++) at = at.receiver;
    if (at === undefined) return 'no';
    const name = this.#file.names.qualified(at, from);
    if (name !== undefined) {
      if (others.test(name)) return 'no';
      if (openTelemetry.test(name)) return 'certain';
      if (makesSpan.test(name) && this.tells) return 'certain';
    }
    const written = lastName(at);
    if (notSpan.test(name ?? '') || notSpan.test(written)) return 'no';
    if (at.type === 'reference' && this.#isGivenBySpanStart(at.path, from))
      return this.tells ? 'certain' : 'likely';
    return spanLike.test(written) && this.tells ? 'likely' : 'no';
  }

  /** `tracer` of `tracer.startSpan(…)`, or a function of the project that is called the same. */
  tracer(call: CallExpression): Certainty {
    const name = this.#file.names.callee(call);
    if (name !== undefined && others.test(name)) return 'no';
    if (name !== undefined && openTelemetry.test(name)) return 'certain';
    const written = call.receiver === undefined ? '' : lastName(call.receiver);
    return /tracer|otel|source/i.test(written) && (this.tells || this.#file.service.usesOpenTelemetry)
      ? 'likely'
      : 'no';
  }

  /** By its qualified name alone. */
  named(call: CallExpression, pattern: RegExp): Certainty {
    const name = this.#file.names.callee(call);
    return name !== undefined && pattern.test(name) ? 'certain' : 'no';
  }

  /** The span parameter of the function that `startActiveSpan` and its like are given. */
  #isGivenBySpanStart(path: string, from: FunctionSyntax | undefined): boolean {
    const [definition] = this.#file.names.definitions(path, from);
    if (definition?.kind !== 'parameter') return false;
    this.#callbacks ??= this.#readCallbacks();
    const call = this.#callbacks.get(definition.function);
    return (
      call !== undefined &&
      !others.test(this.#file.names.callee(call) ?? '') &&
      /^(?:startActiveSpan|start_as_current_span|withActiveSpan|startSpan)$/.test(call.callee)
    );
  }

  #readCallbacks(): Map<FunctionSyntax, CallExpression> {
    const callbacks = new Map<FunctionSyntax, CallExpression>();
    for (const call of this.#unit.calls)
      for (const argument of call.arguments)
        if (argument.type === 'function') callbacks.set(argument.function, call);
    return callbacks;
  }
}

function lastName(expression: Expression): string {
  switch (expression.type) {
    case 'reference':
      return expression.path.slice(expression.path.lastIndexOf('.') + 1);
    case 'member':
      return expression.property;
    case 'call':
      return expression.callee;
    case 'index':
      return lastName(expression.object);
    case 'operation':
      return expression.operands.length === 1 ? lastName(expression.operands[0]) : '';
    default:
      return '';
  }
}
