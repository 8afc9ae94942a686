import { type ClientCall, clientCalls } from '../facts/clientCalls.ts';
import { isBesideProgram, isForeignEndpoint, namesForeign } from '../facts/endpoints.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { goRequestIsInjected, goTransportIsInstrumented } from '../facts/goClients.ts';
import { isInjected } from '../facts/injections.ts';
import { injectionFixes } from '../fixes/injectHeaders.ts';
import type { Coverage, Service } from '../project/types.ts';
import type { Report, Rule, RuleOptions } from './rule.ts';

export const httpNoPropagation: Rule = {
  id: 'SPL101',
  name: 'http-no-propagation',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go'],
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
    ],
    notReported: [
      'Services whose instrumentation, agent or launcher covers the library, wherever it is set up: code, manifests, Dockerfiles, compose and Kubernetes files.',
      'Requests whose headers were injected into, come from a caller, or from a function that injects; Go clients with an instrumented transport.',
      "Requests to exporters' endpoints, cloud metadata, probes, static files and hosts of others.",
      'Code for browsers, libraries that set up no SDK, and services that use an agent of a vendor.',
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
  check({ file, service, options, report }) {
    if (!service.setsUpSdk || file.fileClass.side === 'browser' || isBesideProgram(file.path)) return;
    for (const client of file.get(clientCalls)) {
      if (client.library.transport !== 'http' || client.open || isForeignEndpoint(client.url)) continue;
      if (namesForeign(client.call.arguments[0]?.at.text ?? '')) continue;
      if (isWrapped(file, client, options) || propagates(file, client)) continue;
      const gap = gapOf(service, client.library.id);
      if (gap === undefined) continue;
      report({
        at: client.call.calleeAt,
        message: `${describe(client)} does not carry the trace context: ${reasonFor(client, gap)}.`,
        ...gap,
        fixes: injectionFixes(file, client),
        group: client.library.id,
        anchor: anchorOf(client),
      });
    }
  },
};

/** How sure it is that nothing covers the library; undefined if something does. */
export function gapOf(
  service: Service,
  library: string,
): Pick<Report, 'severity' | 'confidence'> | undefined {
  const coverage: Coverage = service.covers(library, 'server');
  if (coverage === 'active') return undefined;
  if (coverage === 'vendor') return { severity: 'hint', confidence: 'low' };
  return coverage === 'listed' ? { severity: 'hint', confidence: 'low' } : {};
}

function propagates(file: FileFacts, { call, headers, library }: ClientCall): boolean {
  if (library.id === 'net/http')
    return goTransportIsInstrumented(file, call) || goRequestIsInjected(file, call);
  return isInjected(file, headers, call.inFunction);
}

/** Of the list of the user's own clients, or inside one of those functions. */
export function isWrapped(file: FileFacts, { call }: ClientCall, options: RuleOptions): boolean {
  const own = Array.isArray(options.propagatingClients) ? (options.propagatingClients as string[]) : [];
  if (own.length === 0) return false;
  const name = file.names.callee(call) ?? '';
  const around = call.inFunction?.qualifiedName ?? '';
  return own.some(each => name.startsWith(each) || each === around || each.endsWith(`#${around}`));
}

function describe({ library, method }: ClientCall): string {
  const subject = library.id === 'net/http' ? 'This request of net/http' : `This request with ${library.id}`;
  return method === undefined || method === 'REQUEST' ? subject : subject;
}

function reasonFor({ library }: ClientCall, { severity }: Pick<Report, 'severity'>): string {
  if (severity === 'hint') return 'whether what instruments the service covers it could not be told';
  if (library.id === 'fetch')
    return 'the global fetch is undici, and no UndiciInstrumentation is registered in this service';
  if (library.id === 'net/http')
    return 'its transport is not instrumented, and nothing injects into its headers';
  return `nothing injects it, and no instrumentation of ${library.id} is active in this service`;
}

export function anchorOf({ library, url, method }: ClientCall): Report['anchor'] {
  return { library: library.id, transport: library.transport, url, method };
}
