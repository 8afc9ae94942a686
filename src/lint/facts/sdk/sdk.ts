import { semconvConstant } from '../../../semconv/constants.ts';
import type { FileFacts } from '../fileFacts.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  field,
  type IndexExpression,
  type ReferenceExpression,
  staticText,
} from '../syntax.ts';
import { expressionsIn, statementsIn, within } from '../walk.ts';
import { type SdkRole, sdkRole } from './sdkNames.ts';

/** A call that sets up telemetry. */
export interface SdkCall {
  readonly role: SdkRole;
  /** As a reader calls it: `NodeSDK`, `SimpleSpanProcessor`, `otelhttp.NewTransport`, `RequestsInstrumentor`. */
  readonly name: string;
  /** See names.ts. */
  readonly qualifiedName: string;
  readonly call: CallExpression;
}

/** A key of a resource, and what it is given. */
export interface ResourceKey {
  readonly key: string;
  readonly at: { readonly start: number; readonly end: number };
  /** Undefined where the value comes from elsewhere. */
  readonly value: string | undefined;
}

export interface SdkFacts {
  /** In source order. */
  readonly calls: readonly SdkCall[];
  readonly resourceKeys: readonly ResourceKey[];
}

const none: SdkFacts = { calls: [], resourceKeys: [] };

/** Everything in the file that sets up an SDK, its parts and its resource, in any language. */
export function sdkFacts(file: FileFacts): SdkFacts {
  const { syntax, language } = file;
  if (!mayMatter.test(syntax.source)) return none;
  const imported = new Set(
    syntax.imports.filter(({ module }) => mayMatter.test(module)).map(({ local }) => local),
  );
  const calls = syntax.calls.flatMap((call): SdkCall[] => {
    if (!telling.test(call.callee) && !imported.has(headOf(call))) return [];
    const qualifiedName = nameOf(file, call);
    const role = qualifiedName === undefined ? undefined : sdkRole(language, qualifiedName);
    if (role === undefined || qualifiedName === undefined) return [];
    return [{ role, name: shortName(qualifiedName, call), qualifiedName, call }];
  });
  return { calls, resourceKeys: resourceKeysOf(file, calls) };
}

/** The calls of a role, in source order. */
export function sdkCalls(file: FileFacts, ...roles: readonly SdkRole[]): readonly SdkCall[] {
  return file.get(sdkFacts).calls.filter(({ role }) => roles.includes(role));
}

/** The parts of the SDK that the arguments of a call hold: directly, in lists and options, or through a variable. */
export function partsOf(file: FileFacts, call: CallExpression, role: SdkRole): readonly SdkCall[] {
  const parts = sdkCalls(file, role);
  const found = new Set<SdkCall>();
  const open: Expression[] = [...call.arguments, ...call.named.values()];
  const seen = new Set<Expression>(open);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const inner of within(at)) {
      const part = parts.find(each => each.call === inner);
      if (part !== undefined) found.add(part);
      if (inner.type !== 'reference') continue;
      for (const value of valuesOf(file, inner, call.inFunction)) {
        if (seen.has(value)) continue;
        seen.add(value);
        open.push(value);
      }
    }
  }
  return parts.filter(part => found.has(part));
}

/** What a variable is given anywhere, as the only or the first of several results. */
function valuesOf(
  file: FileFacts,
  { path, at }: ReferenceExpression,
  from: FunctionSyntax | undefined,
): Expression[] {
  return file.names.definitions(path, from, at).flatMap(definition => {
    if (definition.kind !== 'value' || definition.value === undefined) return [];
    return definition.from === undefined || definition.from === 0 ? [definition.value] : [];
  });
}

const mayMatter =
  /telemetry|otel|tracer_?provider|instrument|exporter|propagat|sampler|dd-?trace|sentry|newrelic|elastic-?apm|logfire|applicationinsights|uptrace|traceloop|openlit|phoenix|\/(?:core|contrib)\/trace\b/i;

/** Names under which parts of an SDK are made in any language, as far as they do not begin with the name of an import. */
const telling =
  /SDK$|Provider|Processor|OtelTracer|Exporter|Sampler|Propagator|Instrument|Resource|TracerProvider|^(?:start|register|init|builder|create|initialize|getDefault|getInstance|composite|set|AddService|AddOpenTelemetry\w*|UseAzureMonitor|alwaysO\w+|parentBased|traceIdRatioBased|injecting\w+|instrument\w*|set_\w+|setPropagators|buildAndRegisterGlobal)$/;

/** The first name of what is called: `sdktrace` of `sdktrace.NewTracerProvider(…)`. */
function headOf({ callee, receiver }: CallExpression): string {
  if (receiver === undefined) return callee;
  return receiver.type === 'reference' ? receiver.path.split('.')[0] : '';
}

/** .NET and Java build by chains of extension methods and builders, whose receivers are seldom known: their names are telling. */
function nameOf(file: FileFacts, call: CallExpression): string | undefined {
  const known = file.names.callee(call);
  if (file.language === 'csharp')
    return file.importsOpenTelemetry || isFluent(call) ? `#${call.callee}` : undefined;
  if (file.language === 'java')
    return (
      known ?? (file.importsOpenTelemetry && call.receiver !== undefined ? `.${call.callee}` : undefined)
    );
  return known;
}

/** Methods that only OpenTelemetry adds to builders. */
function isFluent({ callee, receiver }: CallExpression): boolean {
  return (
    receiver !== undefined &&
    /^(?:AddOpenTelemetry\w*|Add(?:Otlp|Jaeger|Zipkin)Exporter|UseOtlpExporter|UseAzureMonitor)$/.test(callee)
  );
}

/** `go.opentelemetry.io/contrib/…/otelhttp#NewTransport` → `otelhttp.NewTransport`; `….RequestsInstrumentor().instrument` → `RequestsInstrumentor`. */
function shortName(qualifiedName: string, call: CallExpression): string {
  const instrumentor = /(\w+Instrumentor(?:Client|Server)?)(?:\(\))?\.\w+$/.exec(qualifiedName);
  if (instrumentor !== null) return instrumentor[1];
  const go = /([^/#]+)#(\w+)/.exec(qualifiedName);
  if (go !== null && /^[\w.-]+\.\w+\//.test(qualifiedName)) return `${go[1].replace(/^v\d+$/, '')}.${go[2]}`;
  const java = /(?:^|\.)(\w+)\.(?:builder|create|getInstance|getDefault)$/.exec(qualifiedName);
  // `import { HttpInstrumentation as ForHttp } from …`
  const script = /#(?:\w+\.)*(\w+)$/.exec(qualifiedName);
  return (java ?? script)?.[1] ?? call.callee;
}

/** Keys that say who sends: `service.name`, `service.version`, `deployment.environment.name` and its older name. */
const resourceKey =
  /^(?:service\.(?:name|version|namespace|instance\.id)|deployment\.environment(?:\.name)?)$/;

/** Beside such keys the others are not those of a resource, but of a span, or of a table of what keys become. */
const ofOperation = /^(?:db|http|url|server|client|error|messaging|rpc|gen_ai)\./;

/** Of options that stand for a key of the resource. */
const optionKeys: { readonly [name: string]: string | undefined } = {
  serviceName: 'service.name',
  service_name: 'service.name',
  serviceVersion: 'service.version',
  service_version: 'service.version',
};

/** Words without which no key of a resource is written. */
const mayName =
  /service[._]?(?:name|version|namespace|instance)|deployment[._]?environment|AddService|registerOTel/i;

function resourceKeysOf(file: FileFacts, calls: readonly SdkCall[]): ResourceKey[] {
  const { syntax, names } = file;
  if (!mayName.test(syntax.source)) return [];
  const found: ResourceKey[] = [];
  const add = (
    key: string,
    at: Expression['at'],
    value: Expression | undefined,
    from: FunctionSyntax | undefined,
  ) => found.push({ key, at, value: textOf(file, value, from) });

  for (const { entries } of syntax.objects)
    for (const { key, keyExpression, keyAt, value, at } of entries) {
      const written = key ?? (keyExpression === undefined ? undefined : keyOf(file, keyExpression));
      if (written === undefined || !resourceKey.test(written)) continue;
      const isTable = entries.some(each => each.key !== undefined && ofOperation.test(each.key));
      add(written, keyAt ?? at, isTable ? undefined : value, undefined);
    }

  for (const { key: written, at } of assignedKeys(file)) {
    const key = keyOf(file, written);
    if (key !== undefined && resourceKey.test(key)) add(key, at, undefined, undefined);
  }

  for (const call of syntax.calls) {
    const [first, second] = call.arguments;
    // Go: `semconv.ServiceName("cart")`, `semconv.ServiceNameKey.String("cart")`.
    const constant = semconvConstant(names.callee(call) ?? '');
    if (constant !== undefined && resourceKey.test(constant.key))
      add(constant.key, call.at, first, call.inFunction);
    // `attribute.String("service.name", "cart")`, `put(SERVICE_NAME, "cart")`, `AttributeKey.stringKey("service.name")`.
    const key = first === undefined ? undefined : keyOf(file, first);
    if (key !== undefined && resourceKey.test(key)) add(key, first.at, second, call.inFunction);
    if (call.callee === 'AddService' && file.language === 'csharp') {
      add('service.name', call.at, call.named.get('serviceName') ?? first, call.inFunction);
      if (call.named.has('serviceVersion') || call.arguments.length > 2)
        add(
          'service.version',
          call.at,
          call.named.get('serviceVersion') ?? call.arguments[2],
          call.inFunction,
        );
    }
  }

  for (const { role, call } of calls) {
    if (role !== 'sdk' && role !== 'tracerProvider') continue;
    const options = call.arguments.map(argument => names.resolve(argument, call.inFunction));
    for (const [option, key = ''] of Object.entries(optionKeys))
      for (const value of [call.named.get(option), ...options.map(each => field(each, option))])
        if (value !== undefined) add(key, value.at, value, call.inFunction);
    if (/@vercel\/otel#registerOTel$/.test(nameOf(file, call) ?? '') && staticText(options[0]) !== undefined)
      add('service.name', call.at, options[0], call.inFunction);
  }
  return found;
}

/** `attributes[SERVICE_NAME] = 'cart'`, as compilers too write an object whose key is computed. */
function* assignedKeys({ syntax }: FileFacts): Generator<IndexExpression> {
  for (const made of [undefined, ...syntax.functions]) {
    const body = made?.body ?? syntax.body;
    for (const each of statementsIn(body))
      if (each.type === 'bind')
        for (const { target } of each.targets) if (target?.type === 'index') yield target;
    for (const each of expressionsIn(body))
      if (each.type === 'operation' && each.operator === '=' && each.operands[0].type === 'index')
        yield each.operands[0];
  }
}

/** The attribute key that an expression is, written out or as a constant. */
function keyOf(file: FileFacts, expression: Expression): string | undefined {
  const text = staticText(expression);
  if (text !== undefined || expression.type !== 'reference') return text;
  const name = file.names.qualified(expression, undefined);
  return name === undefined ? undefined : semconvConstant(name)?.key;
}

/** The static text of a value, through constants and the default of `env || 'cart'`. */
function textOf(
  file: FileFacts,
  value: Expression | undefined,
  from: FunctionSyntax | undefined,
): string | undefined {
  return value === undefined ? undefined : staticText(file.names.resolve(value, from));
}
