import { semconvConstant } from '../../semconv/constants.ts';
import { isExampleOfPackage } from '../facts/examples.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { partsOf, type SdkCall, sdkCalls, sdkFacts } from '../facts/sdk/sdk.ts';
import { type CallExpression, type Expression, field } from '../facts/syntax.ts';
import { within } from '../facts/walk.ts';
import { importNames } from '../fixes/imports.ts';
import { insert } from '../fixes/text.ts';
import type { Service } from '../project/types.ts';
import type { Fix, Rule } from './rule.ts';

export const missingServiceName: Rule = {
  id: 'SPL501',
  name: 'missing-service-name',
  group: 'sdk',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds services that set up an SDK and say nowhere what they are called.',
    why: 'Their spans arrive as `unknown_service`, together with those of every other program without a name: the service map, the list of services and every search by service are wrong for all of them.',
    examples: [
      {
        language: 'python',
        bad: 'provider = TracerProvider()',
        good: 'provider = TracerProvider(resource=Resource.create({"service.name": "billing"}))',
      },
      {
        language: 'typescript',
        bad: 'const sdk = new NodeSDK({ instrumentations });',
        good: "const sdk = new NodeSDK({ serviceName: 'cart', instrumentations });",
      },
    ],
    notReported: [
      'The name is given anywhere in the service: in a resource, an option, `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` of a Dockerfile, a compose file, a Kubernetes manifest, a script or an `.env` file.',
      'The resource is made elsewhere or detected, so that what is in it cannot be seen.',
      'A host of .NET Aspire is in the workspace: it names what it starts.',
      'Only the console, memory or a processor of a vendor is exported to, or the program is an example of a package that is published: then it is an info.',
      'Where spans are sent to is left to an environment that is not in the workspace, which may give the name as well: then it is an info, too.',
    ],
    fix: 'Names the service after its package or folder.',
    evidence: 'Spans of a program without a name, in the language of the file, confirm it.',
    references: [
      '[Service attributes](https://opentelemetry.io/docs/specs/semconv/resource/#service)',
      '[RES-005](https://github.com/instrumentation-score/spec/blob/main/rules/RES-005.md)',
    ],
  },
  check({ file, service, report }) {
    const providers = sdkCalls(file, 'sdk', 'tracerProvider').filter(({ name }) => judged.test(name));
    if (providers.length === 0 || isNamed(file, service)) return;
    // The programs that import it say who they are; an example beside it is such a program.
    const inside = file.path.slice(service.root.length);
    if (service.role === 'library' && !/(?:^|\/)(?:examples?|samples?|snippets)\//i.test(inside)) return;
    const isForOthers = service.isPublished || isExampleOfPackage(file);
    for (const provider of providers) {
      if (isOwnExtension(provider) || !makesSpans(file, provider) || hasUnknownResource(file, provider))
        continue;
      const { call, name } = provider;
      report({
        at: call.calleeAt,
        message: `${name} is set up without a service.name, here or in the configuration of the service; its spans will be those of "unknown_service".`,
        severity:
          isForOthers || exportsLocally(file, provider) || !isConfiguredHere(file, service, provider)
            ? 'info'
            : undefined,
        group: 'service.name',
        fixes: fixesOf(file, provider, nameOf(service)),
      });
    }
  },
};

/** Those that take the name from nowhere else. */
const judged =
  /^(?:NodeSDK|(?:Node|Basic|Web)TracerProvider|TracerProvider|trace\.NewTracerProvider|SdkTracerProvider|AddOpenTelemetry|CreateTracerProviderBuilder)$/;

function isNamed(file: FileFacts, service: Service): boolean {
  return (
    service.resourceKeys.has('service.name') ||
    file.get(sdkFacts).resourceKeys.some(({ key }) => key === 'service.name') ||
    service.environment.has('OTEL_SERVICE_NAME') ||
    // Exporters for Jaeger and Zipkin took it.
    sdkCalls(file, 'exporter').some(
      ({ call }) =>
        call.named.has('service_name') ||
        call.arguments.some(
          each => field(file.names.resolve(each, call.inFunction), 'serviceName') !== undefined,
        ),
    ) ||
    // Told to who starts it, or read elsewhere in the file.
    file.syntax.source.includes('OTEL_SERVICE_NAME') ||
    (service.environment.get('OTEL_RESOURCE_ATTRIBUTES') ?? []).some(
      ({ value }) => value === undefined || /service\.name=/.test(value) || value.includes('$'),
    ) ||
    service.environment.has('OTEL_CONFIG_FILE') ||
    service.environment.has('OTEL_EXPERIMENTAL_CONFIG_FILE')
  );
}

/** `builder.AddOpenTelemetry()`, `builder.Logging.AddOpenTelemetry()`: what makes spans is for collections of services. */
function isOwnExtension({ name, call: { receiver } }: SdkCall): boolean {
  return (
    name === 'AddOpenTelemetry' &&
    receiver?.type === 'reference' &&
    /^\w*builder$|(?:^|\.)logging(?:builder)?$/i.test(receiver.path)
  );
}

/** Of .NET, whose `AddOpenTelemetry` is for metrics and logs as well. */
function makesSpans({ syntax }: FileFacts, { name }: SdkCall): boolean {
  return name !== 'AddOpenTelemetry' || /\bWithTracing\b|\bTracerProvider/.test(syntax.source);
}

/** A resource, or options with one, that this file does not write out. */
function hasUnknownResource(file: FileFacts, { call, name }: SdkCall): boolean {
  const { source } = file.syntax;
  if (/Builder$|^AddOpenTelemetry$|^SdkTracerProvider$/.test(name))
    return (
      /[Rr]esource|AddServiceDefaults/.test(source) ||
      // The host of .NET Aspire names what it starts.
      dependsOn(file.service, 'Aspire.') ||
      file.project.services.some(each => dependsOn(each, 'Aspire.Hosting'))
    );
  const isKnown = (value: Expression) => {
    const parts = partsOf(file, { ...call, arguments: [value], named: new Map() }, 'resource');
    return parts.length > 0 && !parts.some(part => hasUnknownKey(file, part));
  };
  if (file.language === 'python') {
    const resource = call.named.get('resource') ?? call.arguments[1];
    // What is detected may have a name.
    const made = resource && file.names.resolve(resource, call.inFunction);
    const isDetected = /detect|aggregated/i.test(made?.at.text ?? '');
    return call.named.has('**') || isDetected || (resource !== undefined && !isKnown(resource));
  }
  if (file.language === 'go')
    return (
      call.arguments.some(each => each.type !== 'call') ||
      call.arguments.some(
        each => each.type === 'call' && each.callee === 'WithResource' && !each.arguments.every(isKnown),
      )
    );
  const options =
    call.arguments[0] === undefined ? undefined : file.names.resolve(call.arguments[0], call.inFunction);
  if (options === undefined) return false;
  if (options.type !== 'object') return true;
  return options.entries.some(
    ({ key, spread, value }) =>
      spread || key === undefined || (key === 'resource' && !isKnown(value)) || key === 'resourceDetectors',
  );
}

function dependsOn({ dependencies }: Service, prefix: string): boolean {
  return [...dependencies.keys()].some(each => each.startsWith(prefix));
}

/** `new Resource({ [names.service]: … })`: it may be the name. */
function hasUnknownKey(file: FileFacts, { call }: SdkCall): boolean {
  return call.arguments.some(argument => {
    const value = file.names.resolve(argument, call.inFunction);
    return (
      value.type === 'object' &&
      value.entries.some(({ key, keyExpression, spread }) => {
        if (spread || key !== undefined) return spread;
        const name = keyExpression && file.names.qualified(keyExpression, call.inFunction);
        return name === undefined || semconvConstant(name) === undefined;
      })
    );
  });
}

/** To the console, to memory or through parts of a vendor, that may name the service themselves: nobody may miss the name. */
function exportsLocally(file: FileFacts, { name, call }: SdkCall): boolean {
  const exporters = sdkCalls(file, 'exporter');
  if (/\b(?:Add|Use)AzureMonitor/.test(file.syntax.source)) return true;
  if (exporters.length === 0) return /TracerProvider/.test(name) || hasOwnExport(file, call);
  return exporters.every(each => !toNetwork.test(each.name));
}

const toNetwork = /otlp|jaeger|zipkin|collector|autoexport/i;

/** `new NodeSDK({ spanProcessors: [new VendorProcessor()] })`: then it exports to nothing else. */
function hasOwnExport({ names }: FileFacts, { arguments: [options], inFunction }: CallExpression): boolean {
  const value = options && names.resolve(options, inFunction);
  return (
    value?.type === 'object' &&
    value.entries.some(({ key }) => key !== undefined && /^(?:traceExporter|spanProcessors?)$/.test(key))
  );
}

/**
 * Where the spans go is written in the file, or in the configuration of the service: whoever sets that up would have
 * given the name there. What comes from elsewhere may bring it along.
 */
function isConfiguredHere(file: FileFacts, { environment }: Service, { name: made }: SdkCall): boolean {
  // Java and .NET configure exporters by chains and callbacks, which are not followed.
  if (file.language === 'java' || file.language === 'csharp') return true;
  // The providers of JavaScript do not ask the environment for the name.
  if (file.language !== 'python' && /^\w+TracerProvider$/.test(made)) return true;
  if ([...environment.keys()].some(each => /^OTEL_(?:EXPORTER|TRACES)_/.test(each))) return true;
  return sdkCalls(file, 'exporter').some(({ name, call }) => {
    if (!toNetwork.test(name)) return false;
    const { texts, read } = writtenIn(file, call);
    const variables = [...texts, ...read].flatMap(each => each.match(variable) ?? []);
    if (variables.some(each => environment.has(each))) return true;
    return texts.some(each => address.test(each)) && !read.some(each => readsSettings.test(each));
  });
}

/** The texts that a call is given, through variables as well, and what is asked for others. */
function writtenIn(
  { names }: FileFacts,
  call: CallExpression,
): { readonly texts: readonly string[]; readonly read: readonly string[] } {
  const texts: string[] = [];
  const read: string[] = [];
  const open = new Set([...call.arguments, ...call.named.values()]);
  // What is added on the way is visited, too.
  for (const outer of open)
    for (const inner of within(outer)) {
      if (inner.type === 'text') texts.push(inner.at.text);
      else if (inner.type === 'call' || inner.type === 'member') read.push(inner.at.text);
      if (inner.type !== 'reference') continue;
      const value = names.resolve(inner, call.inFunction);
      if (value === inner) read.push(inner.path);
      else if (open.size < maxFollowed) open.add(value);
    }
  return { texts, read };
}

const maxFollowed = 20;
const variable = /\b[A-Z][A-Z\d]*_[A-Z\d_]+\b/g;
/** `http://jaeger:4318`, `collector:4317`, `/v1/traces` of the page's own origin. */
const address = /^\w?["'`](?:\w+:\/\/[\w[]|[\w.-]+:\d{2,5}\b|localhost\b|\/\w)/;
const readsSettings =
  /\benv\b|environ|getenv|(?:^|[^a-z])(?:config|settings|options|opts|cfg|args|props|params)\b/i;

function nameOf({ names, root }: Service): string {
  const name = names[0]?.name ?? root.slice(root.lastIndexOf('/') + 1);
  const plain = name.slice(name.lastIndexOf('/') + 1);
  return plain === '' ? 'my-service' : plain;
}

function fixesOf(file: FileFacts, { call, name }: SdkCall, service: string): Fix[] {
  const title = `Call the service "${service}"`;
  const [options] = call.arguments;
  const inside = call.argumentsAt === undefined ? undefined : call.argumentsAt.start + 1;
  if (inside === undefined) return [];
  if (name === 'NodeSDK') {
    if (options !== undefined && options.type !== 'object') return [];
    const option = `serviceName: '${service}'`;
    const edit =
      options === undefined
        ? insert(inside, `{ ${option} }`)
        : insert(options.at.start + 1, options.entries.length === 0 ? ` ${option} ` : ` ${option},`);
    return [{ title, kind: 'safe', edits: [edit] }];
  }
  if (name === 'TracerProvider' && !call.named.has('resource') && call.arguments.length === 0) {
    const [resource] = importNames(file, [{ module: 'opentelemetry.sdk.resources', name: 'Resource' }]);
    const argument = `resource=${resource.local}.create({"service.name": "${service}"})`;
    const edits = [insert(inside, call.named.size === 0 ? argument : `${argument}, `), ...resource.edits];
    return [{ title, kind: 'safe', edits }];
  }
  if (
    name === 'trace.NewTracerProvider' &&
    !call.arguments.some(each => each.type === 'call' && each.callee === 'WithResource')
  ) {
    const [sdk, resource, attribute] = importNames(file, [
      { module: 'go.opentelemetry.io/otel/sdk/trace', name: '*' },
      { module: 'go.opentelemetry.io/otel/sdk/resource', name: '*' },
      { module: 'go.opentelemetry.io/otel/attribute', name: '*' },
    ]);
    const argument = `${sdk.local}.WithResource(${resource.local}.NewSchemaless(${attribute.local}.String("service.name", "${service}")))`;
    const edits = [insert(inside, call.arguments.length === 0 ? argument : `${argument}, `), ...sdk.edits];
    return [{ title, kind: 'safe', edits }];
  }
  if (name === 'AddOpenTelemetry') {
    const edits = [
      insert(call.at.end, `.ConfigureResource(resource => resource.AddService("${service}"))`),
      ...importNames(file, [{ module: 'OpenTelemetry.Resources', name: '*' }])[0].edits,
    ];
    return [{ title, kind: 'safe', edits }];
  }
  return [];
}
