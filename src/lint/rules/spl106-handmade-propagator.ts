import { clientCalls } from '../facts/clients/clientCalls.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { type Expression, type FunctionSyntax, type Place, staticText } from '../facts/syntax.ts';
import { contains, within } from '../facts/walk.ts';
import type { Rule, SourceContext } from './rule.ts';

export const handmadePropagator: Rule = {
  id: 'SPL106',
  name: 'handmade-propagator',
  group: 'propagation',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds propagators that read and write `traceparent` themselves, and made-up request ids that are sent where nothing propagates a trace.',
    why: 'The propagator of the SDK validates what comes in, keeps `tracestate` and unknown flags, and follows the specification as it changes. An id of its own connects log lines of two services, never their spans.',
    examples: [
      {
        language: 'typescript',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source in an example
        bad: "class TracePropagator implements TextMapPropagator {\n  inject(context, carrier, setter) {\n    const { traceId, spanId } = trace.getSpanContext(context)!;\n    setter.set(carrier, 'traceparent', `00-${traceId}-${spanId}-01`);\n  }\n  extract(context, carrier, getter) {\n    const [, traceId, spanId] = getter.get(carrier, 'traceparent').split('-');\n    return trace.setSpanContext(context, { traceId, spanId, traceFlags: 1 });\n  }\n}",
        good: 'new CompositePropagator({\n  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],\n})',
      },
    ],
    notReported: [
      'Composites of propagators, and those that hand on to one of the SDK.',
      'Propagators of other formats.',
      'Ids of requests beside a propagated trace.',
    ],
    references: [
      '[Official propagators](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#propagators-distribution)',
    ],
  },
  check(context) {
    checkClasses(context);
    checkIds(context);
  },
};

function checkClasses({ file, report }: SourceContext): void {
  const made = new Map<string, FunctionSyntax[]>();
  for (const each of file.syntax.functions)
    if (each.className !== undefined && each.parent === undefined && /^(?:inject|extract)$/i.test(each.name))
      made.set(each.className, [...(made.get(each.className) ?? []), each]);
  for (const [name, methods] of made) {
    if (!['inject', 'extract'].every(method => methods.some(each => each.name.toLowerCase() === method)))
      continue;
    if (!methods.some(({ bodyAt }) => writesTraceparent(file, bodyAt))) continue;
    // What it is made of does the work.
    if (methods.some(({ bodyAt }) => handsOn(file, bodyAt))) continue;
    const owner = file.syntax.classes.find(each => each.name === name);
    report({
      at: owner?.nameAt ?? methods[0].nameAt,
      message: `${name} reads and writes \`traceparent\` itself; the SDK has a propagator for it that validates what comes in and keeps \`tracestate\`.`,
    });
  }
}

const keys = /^traceparent$/i;

/** As a key, or as a constant whose name says so. */
function writesTraceparent({ syntax }: FileFacts, body: Place): boolean {
  return syntax.calls.some(
    ({ at, arguments: given }) => contains(body, at) && given.some(argument => mentions(argument)),
  );
}

function mentions(expression: Expression): boolean {
  for (const each of within(expression)) {
    if (each.type === 'text' && keys.test(staticText(each) ?? '')) return true;
    if (each.type === 'reference' && /(?:^|\.)\w*trace_?parent(?:_?(?:header|key|name))?$/i.test(each.path))
      return true;
  }
  return false;
}

function handsOn({ syntax }: FileFacts, body: Place): boolean {
  return syntax.calls.some(({ callee, at }) => /^(?:inject|extract)$/i.test(callee) && contains(body, at));
}

const ownIds = /^x-(?:request|correlation|trace)-?id$/i;

/** `headers: { 'x-request-id': uuid() }`, in a service where nothing else connects what is sent. */
function checkIds({ file, service, report }: SourceContext): void {
  if (!service.setsUpSdk) return;
  for (const { call, headers, library } of file.get(clientCalls)) {
    if (headers === undefined || service.covers(library.id) !== 'no') continue;
    const value = file.names.resolve(headers, call.inFunction);
    if (value.type !== 'object' || value.entries.some(({ key }) => keys.test(key ?? ''))) continue;
    const entry = value.entries.find(({ key }) => key !== undefined && ownIds.test(key));
    if (entry === undefined || !isMadeUp(file, entry.value, call.inFunction)) continue;
    report({
      at: entry.keyAt ?? entry.at,
      message: `\`${entry.key}\` is made up here, and nothing propagates the trace to whoever gets it: the two services share an id, and no trace.`,
      group: 'own ids',
    });
  }
}

function isMadeUp(file: FileFacts, value: Expression, from: FunctionSyntax | undefined): boolean {
  const made = file.names.resolve(value, from);
  for (const each of within(made))
    if (
      each.type === 'call' &&
      /^(?:uuid\d?|v[147]|randomUUID|nanoid|cuid|ulid|NewString|NewUUID)$/.test(each.callee)
    )
      return true;
  return false;
}
