import { literally } from '../../base/literally.ts';
import { leadingTo, surroundingsOf } from '../facts/background.ts';
import { type ClientCall, clientCalls } from '../facts/clients/clientCalls.ts';
import type { Transport } from '../facts/clients/clientLibrary.ts';
import { isBesideProgram, isOfCommand, namesForeign } from '../facts/clients/endpoints.ts';
import { type ForwardedCall, forwardedCalls } from '../facts/clients/forwards.ts';
import { receiverOf } from '../facts/clients/receivers.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Carrying } from '../facts/propagation/carrying.ts';
import { goContext } from '../facts/propagation/contexts.ts';
import { sdkCalls } from '../facts/sdk/sdk.ts';
import { spanStarts } from '../facts/spans/spanStarts.ts';
import { hasSpanAround } from '../facts/spans/spansAround.ts';
import type { CallExpression } from '../facts/syntax.ts';
import { contains, enclosing } from '../facts/walk.ts';
import type { Owner, Service, Side } from '../project/types.ts';
import type { Report, RuleOptions, SourceContext } from './rule.ts';

/** How grave it is that a library is not covered, if that is not the rule's own word. */
export type Gap = Pick<Report, 'severity' | 'confidence'>;

const unsure: Gap = { severity: 'hint', confidence: 'low' };

/** Whether the file is code of a program whose requests are to carry a trace; library code may run in any. */
export function isJudged(file: FileFacts): boolean {
  const { path, fileClass, project, service } = file;
  const { source } = file.syntax;
  if (isProgramBeside(file)) return false;
  // Few commands trace themselves.
  if (isOfCommand(path) && !(project.isSetUp(path) && project.isWithinSpans(path))) return false;
  if (!service.setsUpSdk || service.role !== 'program' || isBesideProgram(path)) return false;
  if (
    sendsTelemetry.test(path) ||
    (exports.test(source) && sdkCalls(file, 'instrumentation').length === 0) ||
    (fileClass.side === 'browser' && !isOfNode(service) && !tracesPages(service))
  )
    return false;
  // An example of how a package is used, beside the package: it runs without the set-up of the package.
  // The packages of Java may be called so.
  const place = path.replace(/(^|\/)src\/main\/java\/.*/s, '$1');
  return !examples.test(place) || examples.test(`${service.root}/`);
}

/** Of Java: a class with a `main` of its own, which knows nothing of telemetry: what sends it load, a tool. */
function isProgramBeside({ language, syntax, importsOpenTelemetry }: FileFacts): boolean {
  return (
    language === 'java' &&
    !importsOpenTelemetry &&
    !/\bSpringApplication\b|\b(?:Tracing|Telemetry|Otel|OpenTelemetry)\w*\b/.test(syntax.source) &&
    syntax.functions.some(each => each.name === 'main' && each.static && each.parameters.length === 1)
  );
}

/** Of Python: what a script that knows nothing of telemetry and serves nobody does when it is run. */
export function isOfScript(file: FileFacts, call: CallExpression): boolean {
  if (file.language !== 'python' || file.importsOpenTelemetry || file.says(servesOrTraces)) return false;
  if (call.inFunction !== undefined && !file.says(isStarted)) return false;
  return surroundingsOf(file, call) === 'background';
}

const isStarted = /^if __name__ == ["']__main__["']/m;
const servesOrTraces =
  /\b(?:uvicorn|gunicorn|hypercorn|FastAPI|Flask|Starlette|Sanic|Litestar|Quart|aiohttp\.web|run_app|grpc|celery|[cC]onsumer|schedule[rd]?)\b|trac(?:e(?!back)|ing)|telemetry|otel|instrument/i;

/** Whether a call may run in a browser: of code for both sides nobody knows, but some libraries only work on servers. */
export function mayRunInBrowser({ fileClass, service }: FileFacts, library: string): boolean {
  return (
    fileClass.side === 'unknown' && inBrowsers.has(library) && hasPages(service) && !isOfBrowsers(service)
  );
}

const inBrowsers = new Set([
  'fetch',
  'axios',
  'ky',
  'ofetch',
  'superagent',
  'cross-fetch',
  'isomorphic-fetch',
  'mqtt',
  'nats-js',
]);

/** Exporters and reporters: their requests are no part of a trace. */
const sendsTelemetry =
  /(?:^|\/)(?:[\w-]+-)?(?:telemetry|metrics|exporters?|analytics|usage_?stats|loggers?|logging)\/|(?:^|[/._-])exporter\.\w+$/i;

/** Whether a call sends telemetry, as what is around it tells: `SpanReporter.report`, a class with an `export` of spans. */
export function isReport({ syntax }: FileFacts, { inFunction, at }: CallExpression): boolean {
  if (reporters.test(`${inFunction?.qualifiedName} ${inFunction?.className}`)) return true;
  return (
    exports.test(syntax.source) &&
    syntax.classes.some(
      each => contains(each.at, at) && /Exporter\b/.test(`${each.name} ${each.bases.join(' ')}`),
    )
  );
}

const reporters =
  /(?:Spans?|Traces?|Telemetry|Metrics?|Logs?)(?:Reporter|Exporter|Sink|Shipper|Publisher|Sender)/;

/** What only code of exporters speaks of; a set-up of all may have one of its own. */
const exports = /\b(?:ExportResult(?:Code)?|SpanExportResult|ExportSpans)\b/;

const examples = /(?:^|\/)(?:examples?|samples?|demos?|tutorials?|snippets)\//i;

/** Frameworks that run in browsers. */
const pages = [
  'react',
  'vue',
  'svelte',
  'preact',
  'solid-js',
  '@angular/core',
  'next',
  'nuxt',
  '@remix-run/react',
];

/** Its pages have a tracer of their own. */
function tracesPages({ dependencies }: Service): boolean {
  return [...dependencies.keys()].some(name => webPackage.test(name));
}

const webPackage =
  /^@opentelemetry\/(?:sdk-trace-web|auto-instrumentations-web|context-zone(?:-peer-dep)?|instrumentation-(?:xml-http-request|document-load|user-interaction))$/;
const nodePackage = /^@opentelemetry\/(?:sdk-node|sdk-trace-node|auto-instrumentations-node)$/;

/** Nothing but pages. */
function isOfBrowsers(service: Service): boolean {
  return tracesPages(service) && ![...service.dependencies.keys()].some(name => nodePackage.test(name));
}

/** On which side what covers a library must be active. */
export function sideOf({ fileClass, service }: FileFacts): 'server' | 'browser' {
  const { side } = fileClass;
  if (side === 'unknown') return isOfBrowsers(service) ? 'browser' : 'server';
  return side === 'browser' && !isOfNode(service) ? 'browser' : 'server';
}

/** Only what runs on servers: then a folder called `client` holds clients of servers. */
function isOfNode(service: Service): boolean {
  const names = [...service.dependencies.keys()];
  return names.some(name => nodePackage.test(name)) && !tracesPages(service) && !hasPages(service);
}

function hasPages({ dependencies }: Service): boolean {
  return pages.some(name => dependencies.has(name));
}

/** How sure it is that nothing covers the library; undefined if something does. */
export function gapOf(service: Service, library: string, side: Side = 'server'): Gap | undefined {
  switch (service.covers(library, side)) {
    case 'active':
      return undefined;
    case 'vendor':
      return unsure;
    case 'listed':
      // It is started with all there is by a launcher; this file system may not show which.
      return service.autoInstrumented === 'listed' && service.languages.has('python')
        ? { severity: 'info' }
        : gapUncovered(service);
    default:
      return gapUncovered(service);
  }
}

/** The service that shares the code with others which cover the library, and does not do so itself. */
export function uncoveredIn(service: Service, library: string): Service | undefined {
  if (service.covers(library) !== 'active') return undefined;
  return service.runIn.find(each => each.setsUpSdk && each.covers(library) === 'no');
}

function gapUncovered({ isPublished }: Service): Gap {
  return isPublished ? { severity: 'info' } : {};
}

/** What is said of a library that nothing covers. */
export function lackOf({ autoInstrumented }: Service, library: string): string {
  return autoInstrumented === 'active'
    ? `what instruments this service automatically leaves ${library} out`
    : `no instrumentation of ${library} is active in this service`;
}

/** What is not known to carry the context may, if something in the service makes such things carry it. */
export function mayCarry(service: Service, carrying: Carrying, library = ''): boolean {
  return carrying === 'yes' || (carrying === 'unknown' && carriesSomewhere(service, library));
}

/** Code that injects by hand; of Go, any transport or connection that is instrumented. */
export function carriesSomewhere({ injectsForOthers, instrumentations }: Service, library: string): boolean {
  const wrapper = wrappers[library];
  const isWrapped = wrapper !== undefined && [...instrumentations.keys()].some(name => wrapper.test(name));
  return isWrapped || (injectsForOthers && wrapper === undefined);
}

// Its handlers and options are of servers.
const ofHttp =
  /^(?:otelhttp\.(?!NewHandler|NewMiddleware|With)|http\.(?:RoundTripper|DefaultTransport)$|otelresty\.)/;

const wrappers: { readonly [library: string]: RegExp | undefined } = {
  'net/http': ofHttp,
  resty: ofHttp,
  retryablehttp: ofHttp,
  'grpc-go': /^(?:otelgrpc\.(?:NewClientHandler|\w*Client\w*)|grpc\.ClientInterceptor)$/,
};

/**
 * The address, the client, the function or the file is named after somebody else's service. Where the address shows a
 * service of one's own, it does not matter what the function is called: `download`.
 */
export function isNamedForeign(
  { path, service: { root } }: FileFacts,
  { callee, arguments: given, receiver, inFunction }: CallExpression,
  owner?: Owner,
): boolean {
  // A service may be called after somebody else's that it serves with others: `telegram`.
  const place = (path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path).split('/').slice(-3);
  const around = owner === 'own' ? [] : [inFunction?.qualifiedName, place.join('/')];
  const names = [given[0]?.at.text, receiver?.at.text, callee, ...around];
  return names.some(name => name !== undefined && namesForeign(name));
}

/** Of a command of a tool: nobody has begun a trace. */
function isCommand({ path, project }: FileFacts, { inFunction }: CallExpression): boolean {
  if (project.packageImports(path, commandLibrary)) return true;
  return [...enclosing(inFunction)].some(({ parameters }) =>
    parameters.some(({ typeName }) =>
      /^\*?(?:cobra\.Command|cli\.(?:Context|Command))$/.test(typeName ?? ''),
    ),
  );
}

const commandLibrary = /^github\.com\/(?:spf13\/cobra|urfave\/cli(?:\/v\d)?|alecthomas\/king(?:pin|)\b.*)$/;

/** Of the user's own list of what propagates, or inside one of those functions. */
export function isListed(
  file: FileFacts,
  { call }: ClientCall,
  { propagatingClients }: RuleOptions,
): boolean {
  if (!Array.isArray(propagatingClients)) return false;
  const own = propagatingClients.filter(each => typeof each === 'string');
  const name = file.names.callee(call) ?? '';
  const around = call.inFunction?.qualifiedName ?? '';
  return own.some(each => name.startsWith(each) || each === around || each.endsWith(`#${around}`));
}

export function anchorOf({ library, url, method }: ClientCall): Report['anchor'] {
  return { library: library.id, transport: library.transport, url, method };
}

/** Java: nothing starts spans for requests that come in, and no code around does: there may be no context to carry. */
export function isOutsideSpans(file: FileFacts, call: CallExpression): boolean {
  const { service } = file;
  if (file.language !== 'java' || service.instrumentations.size > 0 || service.injectsForOthers) return false;
  return !hasSpanAround(file, call);
}

/**
 * What is not known of a call by which a trace seems to be lost: only where all is known it is worth a warning. Undefined
 * if nothing is in doubt.
 * @param receiver whose program receives what is sent
 */
export function doubtOf(
  file: FileFacts,
  call: CallExpression,
  transport: Transport,
  receiver: Owner | undefined,
): string | undefined {
  if (!file.project.isSetUp(file.path))
    return 'It is not shown that the program which runs this sets up telemetry.';
  if (receiver !== 'own') return 'It is not known whose service receives it.';
  if (isCommand(file, call)) return 'A command may have no span whose context it could carry.';
  // A connection is made once, when the program starts.
  if (transport === 'grpc' ? isOfTicker(file, call) : mayBeOutsideSpans(file, call))
    return 'There may be no span here whose context it could carry.';
  return undefined;
}

/** Go: what a connection is for is done by the clock, in the same function, which starts no span for it. */
function isOfTicker(file: FileFacts, { inFunction }: CallExpression): boolean {
  if (file.language !== 'go' || inFunction === undefined) return false;
  if (!/\btime\.(?:NewTicker|Tick)\(/.test(inFunction.bodyAt.text)) return false;
  return !file.get(spanStarts).some(start => contains(inFunction.at, start.call.at));
}

function mayBeOutsideSpans(file: FileFacts, call: CallExpression): boolean {
  const { language, path, project } = file;
  if (language === 'go' && goContext(call.inFunction) === undefined) return true;
  if (isOutsideSpans(file, call) || !project.isWithinSpans(path)) return true;
  const place = surroundingsOf(file, call);
  if (place !== undefined) return place === 'background';
  // A client in a file of its own: who calls it, by its name.
  const names = [...leadingTo(file, call)];
  return (
    !names.some(name => project.does('within', name)) || names.some(name => project.does('beside', name))
  );
}

/**
 * What is sent is given to a function that by its name speaks of tracing, `addTraceHeaders(ctx, req)`: it may write what
 * this project reads on the other side.
 */
export function isHandedToTracing({ carriers, call }: ClientCall): boolean {
  const text = call.inFunction?.bodyAt.text ?? '';
  if (!handsToTracing.test(text)) return false;
  const names = [...carriers, ...call.arguments].flatMap(each =>
    each.type === 'reference' ? literally(each.path.split('.')[0]) : [],
  );
  return (
    names.length > 0 &&
    new RegExp(`${handsToTracing.source}[^()\n]*(?<![\\w.])(?:${names.join('|')})\\b`).test(text)
  );
}

const handsToTracing = /\b\w*(?:[iI]nject|[pP]ropagat|[tT]rac(?:e|ing)|[oO]tel|[tT]elemetry)\w*\(/;

/** Headers are filled in a loop over some that were made elsewhere. */
export function copiesHeaders({ inFunction }: CallExpression): boolean {
  return /\b(?:range|in|of) (?:Object\.entries\()?[\w.]*headers?\b/i.test(inFunction?.bodyAt.text ?? '');
}

/** How grave a gap is with what is in doubt, and the message that tells of it. */
export function judged(
  library: string,
  message: string,
  gap: Gap,
  doubt: string | undefined,
): Pick<Report, 'message' | 'severity' | 'confidence' | 'group'> {
  return {
    ...gap,
    message: doubt === undefined ? message : `${message} ${doubt}`,
    severity: gap.severity ?? (doubt === undefined ? undefined : 'info'),
    group: `${library} ${gap.severity ?? ''} ${doubt ?? ''}`,
  };
}

/** Calls of functions of the project that send what they are given, where that carries nothing. */
export function reportForwarded({ file, service, report }: SourceContext, transport: Transport): void {
  // Where nothing carries the context anywhere, the functions themselves are reported.
  if (!['', 'net/http', 'grpc-go'].some(library => carriesSomewhere(service, library))) return;
  const direct = new Set(file.get(clientCalls).map(({ call }) => call));
  for (const { call, forward, carrying } of file.get(forwardedCalls)) {
    const { library } = forward;
    // Generated code of the project sends by itself.
    if (direct.has(call)) continue;
    if (forward.transport !== transport || carrying !== 'no' || !carriesSomewhere(service, library)) continue;
    const gap = gapOf(service, library, sideOf(file));
    const receiver = receiverOf(file, call, { id: library, transport });
    if (gap === undefined || receiver === 'others' || mayRunInBrowser(file, library)) continue;
    if (isNamedForeign(file, call, receiver)) continue;
    report({
      at: call.calleeAt,
      ...judged(
        `${library} ${call.callee}`,
        `What ${call.callee} sends with ${library} does not carry the trace context: ${missing[forward.as]}.`,
        gap,
        doubtOf(file, call, transport, receiver),
      ),
      anchor: { library, transport },
    });
  }
}

const missing: { readonly [as in ForwardedCall['forward']['as']]: string } = {
  carrier: 'nothing injects it into what is given here',
  client: 'the client that is given here has no transport that propagates',
  options: 'no stats handler of otelgrpc is among the options that are given here',
};
