import { type ClientCall, clientCalls } from '../facts/clients/clientCalls.ts';
import { isForeignEndpoint, isOwnEndpoint, isProbe } from '../facts/clients/endpoints.ts';
import {
  defaultTransport,
  generatedCarrying,
  outerClients,
  transportOf,
} from '../facts/clients/goClients.ts';
import { clientCarrying as javaClientCarrying } from '../facts/clients/javaClients.ts';
import { isForeignOnTheWay, receiverOf } from '../facts/clients/receivers.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { carriers } from '../facts/propagation/carriers.ts';
import { type Carrying, carrying } from '../facts/propagation/carrying.ts';
import { droppedActivities } from '../facts/propagation/droppedActivities.ts';
import type { CallExpression, Place, Statement } from '../facts/syntax.ts';
import { contains, statementsIn } from '../facts/walk.ts';
import { injectionFixes } from '../fixes/injectHeaders.ts';
import type { Owner } from '../project/types.ts';
import {
  anchorOf,
  copiesHeaders,
  doubtOf,
  type Gap,
  gapOf,
  isHandedToTracing,
  isJudged,
  isListed,
  isNamedForeign,
  isOfScript,
  isReport,
  judged,
  lackOf,
  mayCarry,
  mayRunInBrowser,
  reportForwarded,
  sideOf,
  uncoveredIn,
} from './propagationGaps.ts';
import type { Rule, SourceContext } from './rule.ts';

export const httpNoPropagation: Rule = {
  id: 'SPL101',
  name: 'http-no-propagation',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  fix: 'unsafe',
  docs: {
    what: 'Finds HTTP requests that carry no trace context: nothing injects it, and no instrumentation that is active in the service covers the library.',
    why: 'Without `traceparent` the trace ends here: everything that the request causes becomes a trace of its own, and the slow or broken part is no longer under what was slow or broken. In Node the trap is that `HttpInstrumentation` does not cover the global `fetch`, which is undici.',
    examples: [
      {
        language: 'typescript',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source in an example
        bad: "import { NodeSDK } from '@opentelemetry/sdk-node';\nimport { HttpInstrumentation } from '@opentelemetry/instrumentation-http';\n\nnew NodeSDK({ instrumentations: [new HttpInstrumentation()] }).start();\n\nexport const stock = (sku: string) => fetch(`http://inventory/stock/${sku}`);",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source in an example
        good: "import { NodeSDK } from '@opentelemetry/sdk-node';\nimport { HttpInstrumentation } from '@opentelemetry/instrumentation-http';\nimport { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';\n\nnew NodeSDK({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()] }).start();\n\nexport const stock = (sku: string) => fetch(`http://inventory/stock/${sku}`);",
      },
      {
        language: 'python',
        bad: 'import requests\nfrom opentelemetry import trace\nfrom opentelemetry.sdk.trace import TracerProvider\n\ntrace.set_tracer_provider(TracerProvider())\n\n\ndef stock(sku):\n    return requests.get(f"http://inventory/stock/{sku}")',
        good: 'import requests\nfrom opentelemetry import trace\nfrom opentelemetry.instrumentation.requests import RequestsInstrumentor\nfrom opentelemetry.sdk.trace import TracerProvider\n\ntrace.set_tracer_provider(TracerProvider())\nRequestsInstrumentor().instrument()\n\n\ndef stock(sku):\n    return requests.get(f"http://inventory/stock/{sku}")',
      },
      {
        language: 'java',
        bad: 'HttpRequest request = HttpRequest.newBuilder(URI.create("http://inventory/stock/" + sku)).build();\nclient.send(request, HttpResponse.BodyHandlers.ofString());',
        good: 'HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://inventory/stock/" + sku));\nopenTelemetry.getPropagators().getTextMapPropagator()\n    .inject(Context.current(), request, (carrier, key, value) -> carrier.setHeader(key, value));\nclient.send(request.build(), HttpResponse.BodyHandlers.ofString());',
      },
    ],
    notReported: [
      'Services whose instrumentation, agent or launcher covers the library, wherever it is set up: code, manifests, Dockerfiles, compose and Kubernetes files.',
      'Requests whose headers were injected into, come from a caller, or from a function that injects; Go clients with an instrumented transport.',
      "Requests to exporters' endpoints, cloud metadata, probes, static files, databases and hosts of others: those that are written out, and those that `.env`, compose and Kubernetes files give to a variable on the way to the address.",
      'Code for browsers without a tracer of their own, libraries that set up no SDK, and services that use an agent of a vendor.',
      'A warning needs to be certain; whatever is not known makes it an info that says so. The program itself must be seen to set up telemetry: code that it imports, or how it is started. The address must be that of a service of the project: as it is written, as settings, `.env`, Compose or Kubernetes files give it, or by the name of a service. And a span must be able to be current: no code of start-up, timers, endless loops, commands or scripts.',
      'Java services with an agent or a starter, and those whose SDK is not set up in the project: an agent may be attached. Clients of .NET propagate by themselves, unless they are told not to.',
      'Packages that are published for others, and tools for the terminal: no trace of theirs goes on elsewhere.',
    ],
    fix: 'Injects the context into the headers of this request, with the imports. To cover all requests of the service, register the instrumentation of the library.',
    evidence:
      'A request whose other end is the root of a trace of its own confirms it; one whose other end is a child refutes it.',
    options: ['`propagatingClients` in `spanline.json`: functions and clients that propagate by themselves.'],
    references: [
      '[Propagators API](https://opentelemetry.io/docs/specs/otel/context/api-propagators/)',
      '[W3C Trace Context](https://www.w3.org/TR/trace-context/)',
    ],
  },
  check(context) {
    const { file, service, options, report } = context;
    if (!isJudged(file)) return;
    for (const client of file.get(clientCalls)) {
      const { call, library, url } = client;
      const side = sideOf(file);
      if (library.transport !== 'http' || isForeignEndpoint(url, side === 'browser') || isReport(file, call))
        continue;
      if (library.inPages === true && side !== 'browser') continue;
      const left = uncoveredIn(service, library.id);
      const gap =
        gapOf(service, library.id, side) ?? (left && { severity: 'info' }) ?? unwrapped(file, client);
      if (gap === undefined || isListed(file, client, options) || mayRunInBrowser(file, library.id)) continue;
      const owner = ownerOf(file, client, side);
      if (library.toOthers === true && (owner !== 'own' || service.injects || hasOwnFetch(client))) continue;
      // Where the port shows a service of one's own, it does not matter what is around it.
      const told = owner ?? (isOwnEndpoint(url) ? 'own' : undefined);
      if (told === 'others' || isNamedForeign(file, call, told) || propagates(file, client)) continue;
      if (told !== 'own' && isForeignOnTheWay(file, call)) continue;
      if (staysInProcess(file, call) || isProbe(call) || isOfScript(file, call)) continue;
      const what = library.generated === undefined ? 'This request' : 'What this client sends';
      report({
        at: call.calleeAt,
        ...judged(
          library.id,
          left === undefined
            ? `${what} with ${library.id} does not carry the trace context: ${reasonFor(file, client, gap)}.`
            : `${what} with ${library.id} carries no trace context where \`${nameOf(left.root)}\` sends it: others that share this code instrument ${library.id}, it does not.`,
          gap,
          library.sendsOn === true
            ? 'It sends on what comes in, with the context of that if there is one.'
            : mayBeGiven(file, client)
              ? 'What is given to it may carry the context.'
              : // Generated clients are made once, as connections of gRPC are.
                doubtOf(file, call, library.generated === undefined ? 'http' : 'grpc', owner),
        ),
        fixes: library.generated === undefined ? injectionFixes(file, client) : [],
        anchor: anchorOf(client),
      });
    }
    reportForwarded(context, 'http');
    if (service.instrumentedBySpring) checkOfSpring(context);
    for (const { at, all, inFunction } of file.get(droppedActivities))
      if (!exporting.test(inFunction?.qualifiedName ?? ''))
        report({
          at,
          message: `${all ? 'No request of this process carries' : 'Requests of this handler do not carry'} the trace context: .NET sends it by itself, and is told not to here.`,
        });
  },
  checkConfiguration({ config, service, report }) {
    if (!service.usesOpenTelemetry || !service.languages.has('csharp')) return;
    for (const { name, value, nameAt } of config.environment)
      if (name === 'DOTNET_SYSTEM_NET_HTTP_ENABLEACTIVITYPROPAGATION' && /^(?:false|0)$/i.test(value ?? ''))
        report({
          at: nameAt,
          message:
            'No request of this service carries the trace context: .NET sends it by itself, and is told not to here.',
        });
  },
};

/** Instrumentations of Java that wrap a client leave the others as they are; only agents see all. */
function unwrapped(file: FileFacts, { call, library }: ClientCall): Gap | undefined {
  if (file.language !== 'java' || file.service.autoInstrumented !== 'no') return undefined;
  if (!/^(?:java-http-client|okhttp|apache-httpclient)$/.test(library.id)) return undefined;
  return clientCarrying(file, call) === 'no' ? {} : undefined;
}

/** Spring instruments what its builders make: `RestTemplateBuilder`, `WebClient.Builder`, `RestClient.Builder`. */
function checkOfSpring({ file, service, report }: SourceContext): void {
  if (service.injectsForOthers || service.instrumentations.size > 0) return;
  for (const client of file.get(clientCalls)) {
    const { call, library, url, carriers: given } = client;
    if (!/^(?:resttemplate|restclient|webclient)$/.test(library.id) || isForeignEndpoint(url)) continue;
    if (isNamedForeign(file, call) || clientCarrying(file, call) !== 'no') continue;
    if (carrying(file, given, call.inFunction) === 'yes') continue;
    report({
      at: call.calleeAt,
      message: `This request with ${library.id} does not carry the trace context: its client is made by hand, and Spring only instruments those of its builders.`,
      severity: 'info',
      group: `${library.id} by hand`,
      anchor: anchorOf(client),
    });
  }
}

/** The requests of exporters are no part of a trace. */
const exporting = /otlp|export|telemetry|collector/i;

/** `new HttpLink({ uri, fetch })` */
function hasOwnFetch({ call }: ClientCall): boolean {
  return call.arguments.some(({ at }) => /[{,\s]fetch(?:er)?\s*[:,}]/.test(at.text));
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

/** Whose service the request is for. */
function ownerOf(
  file: FileFacts,
  { call, library, url }: ClientCall,
  side: 'server' | 'browser',
): Owner | undefined {
  const [first] = url ?? [];
  const isOfPage = side === 'browser' && first?.startsWith('/') === true;
  return isOfPage ? 'own' : receiverOf(file, call, library);
}

function propagates(file: FileFacts, { call, carriers: given, library }: ClientCall): boolean {
  const { service } = file;
  if (passesOn.test(call.inFunction?.bodyAt.text ?? '')) return true;
  // Of Python: it gets the request before it is sent.
  const auth = call.named.get('auth');
  if (auth !== undefined && file.get(carriers).holds(auth, call.inFunction)) return true;
  const request = carrying(file, given, call.inFunction);
  if (mayCarry(service, request)) return true;
  if (library.generated !== undefined)
    return (
      service.instrumentations.has(defaultTransport) ||
      generatedCarrying(file, call, library.generated) !== 'no'
    );
  if (isAroundHttp(library)) return mayCarry(service, file.get(outerClients), library.id);
  if (library.id !== 'net/http')
    return call.receiver !== undefined && mayCarry(service, clientCarrying(file, call));
  const transport = transportOf(file, call);
  return mayCarry(service, transport, library.id) || hasAlternative(file, call);
}

/** Of Go: its clients send by one of `net/http`. */
function isAroundHttp({ id }: ClientCall['library']): boolean {
  return id === 'connect-go' || id === 'twirp' || id === 'resty' || id === 'retryablehttp';
}

/** Of Python: a client that calls the application itself. */
function staysInProcess(file: FileFacts, { receiver, inFunction }: CallExpression): boolean {
  if (file.language !== 'python' || receiver?.type !== 'reference' || !file.says(inProcess)) return false;
  return file.names
    .definitions(receiver.path, inFunction, receiver.at)
    .some(each => 'value' in each && /\b(?:transport|app)=/.test(each.value?.at.text ?? ''));
}

const inProcess = /\b(?:ASGI|WSGI|Mock)Transport\b/;

/** Headers, a request or a client that comes from elsewhere: whoever made it may have seen to it. */
function mayBeGiven(file: FileFacts, client: ClientCall): boolean {
  const { call, carriers: given, library } = client;
  const { receiver, inFunction } = call;
  if (isHandedToTracing(client)) return true;
  if (carrying(file, given, inFunction) === 'unknown' || copiesHeaders(call)) return true;
  if (library.id === 'net/http') return transportOf(file, call) === 'unknown';
  if (library.generated !== undefined) return false;
  if (isAroundHttp(library)) return file.get(outerClients) === 'unknown';
  const [head] = receiver?.type === 'reference' ? receiver.path.split('.') : [''];
  return (
    head !== '' && file.names.definitions(head, inFunction, call.at).some(({ kind }) => kind === 'parameter')
  );
}

/** The headers of the request that came in are those of the one that goes out, those of the trace among them. */
const passesOn =
  /\b(?:copy|clone|forward|merge)\w*Headers?\([^)\n]*\b(?:Request|[cr]|req|request)\.[hH]eaders?\b|\brange (?:[cr]|\w+\.Request|req|request)\.Header\b/;

/** Go: a switch between a client that propagates and a plain one, for programs that may run without telemetry. */
function hasAlternative(file: FileFacts, { at, inFunction }: CallExpression): boolean {
  const others = file
    .get(clientCalls)
    .filter(
      ({ call, library }) =>
        library.id === 'net/http' && call.inFunction === inFunction && transportOf(file, call) === 'yes',
    );
  if (inFunction === undefined || others.length === 0) return false;
  for (const statement of statementsIn(inFunction.body)) {
    if (statement.type !== 'if' || statement.otherwise === undefined || !contains(statement.at, at)) continue;
    const isIn = (list: readonly Statement[], place: Place) => list.some(each => contains(each.at, place));
    const { then, otherwise } = statement;
    if (
      others.some(
        ({ call }) =>
          (isIn(then, at) && isIn(otherwise, call.at)) || (isIn(otherwise, at) && isIn(then, call.at)),
      )
    )
      return true;
  }
  return false;
}

/** A client that adds headers to all its requests: an interceptor, headers of a session. */
function clientCarrying(file: FileFacts, call: CallExpression): Carrying {
  if (file.language === 'java') return javaClientCarrying(file, call);
  const { receiver, inFunction } = call;
  if (receiver?.type !== 'reference') return 'no';
  if (file.get(carriers).holds(receiver, inFunction)) return 'yes';
  const [head] = receiver.path.split('.');
  const imported = file.syntax.imports.find(({ local }) => local === head);
  // One of another file of the project may have been given some there.
  return imported !== undefined && /^[.@~]?\.?\//.test(imported.module) ? 'unknown' : 'no';
}

function reasonFor(file: FileFacts, { library }: ClientCall, { severity }: Gap): string {
  if (severity === 'hint') return 'whether what instruments the service covers it could not be told';
  if (library.id === 'fetch' && sideOf(file) === 'browser')
    return 'no FetchInstrumentation is registered in these pages';
  if (library.inPages === true) return 'no XMLHttpRequestInstrumentation is registered in these pages';
  if (library.id === 'fetch')
    return file.service.autoInstrumented === 'active'
      ? `the global fetch is undici, and ${lackOf(file.service, 'undici')}`
      : 'the global fetch is undici, and no UndiciInstrumentation is registered in this service';
  if (library.id === 'net/http' || isAroundHttp(library))
    return 'its transport is not instrumented, and nothing injects into its headers';
  return `nothing injects it, and ${lackOf(file.service, library.id)}`;
}
