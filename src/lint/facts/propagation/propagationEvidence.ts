import { angularFetch } from '../../project/coverage.ts';
import type { CodeEvidence } from '../../project/types.ts';
import { clientCalls } from '../clients/clientCalls.ts';
import { defaultTransport, isPlain, ownTransport } from '../clients/goClients.ts';
import { ownInterceptor } from '../clients/grpcClients.ts';
import type { FileFacts } from '../fileFacts.ts';
import { namesFieldsPlainly } from '../scopes.ts';
import { type Extent, type LanguageId, staticText } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { headOf, namesIn } from './carrierSteps.ts';
import { carriers } from './carriers.ts';
import { carrierArgument, injections } from './injections.ts';

const mayMatter =
  /inject|traceparent|http\.Default(?:Transport|Client)|withFetch|Tracing(?:Producer|Consumer)Interceptor|ClientInterceptor|AddSource|enableOpenTelemetryTracing/i;

/** What a file does by hand that propagates for others: for the project. */
export function propagationEvidence(file: FileFacts): CodeEvidence[] {
  if (!mayMatter.test(file.syntax.source)) return [];
  const evidence: CodeEvidence[] = [...configured(file)];
  const [first] = file.get(injections);
  const byHand = first?.call.at ?? handmade(file);
  const isForItself = injectsForItself(file);
  if (byHand !== undefined) evidence.push({ kind: 'injection', name: isForItself ? 'own' : '', at: byHand });
  const replaced = file.language === 'go' ? replacedTransport(file) : undefined;
  if (replaced !== undefined)
    evidence.push({ kind: 'instrumentation', name: defaultTransport, at: replaced });
  const known = file.get(carriers);
  const intoHeaders = file.language === 'go' && !isForItself ? headersInjected(file) : undefined;
  if (intoHeaders !== undefined)
    evidence.push({ kind: 'instrumentation', name: ownTransport, at: intoHeaders });
  if (file.language === 'go' && byHand !== undefined && injectsIntoCalls.test(file.syntax.source))
    evidence.push({ kind: 'instrumentation', name: ownInterceptor, at: byHand });
  const byOwn = file.language === 'go' ? injectedByOwn(file) : undefined;
  if (byOwn !== undefined) evidence.push({ kind: 'propagator', name: 'own', at: byOwn });
  const fetches = file.syntax.calls.find(
    call => call.callee === 'withFetch' && file.names.callee(call) === '@angular/common/http#withFetch',
  );
  if (fetches !== undefined) evidence.push({ kind: 'instrumentation', name: angularFetch, at: fetches.at });
  // For all users of the module, not only for a client of its own.
  for (const call of file.syntax.calls)
    if (
      call.callee === 'use' &&
      /^axios#(?:default\.)?interceptors\.request\.use$/.test(file.names.callee(call) ?? '') &&
      call.arguments.some(each => known.holds(each, call.inFunction))
    )
      evidence.push({ kind: 'instrumentation', name: 'axios.interceptors', at: call.at });
  return evidence;
}

/** Of Go: what a file has to do with that injects into the calls of gRPC. */
const injectsIntoCalls =
  /\bgrpc\.(?:UnaryInvoker|Streamer)\b|\bmetadata\.(?:MD|New|Pairs|\w*Outgoing\w*)\b|\bGetRequestMetadata\(|\bstats\.(?:RPCTagInfo|Handler)\b/;

const ofPubSub = [
  [/\benableOpenTelemetryTracing['"]?\s*[:=](?!\s*false\b)/i, 'pubsub.EnableOpenTelemetryTracing'],
] as const;

const names: {
  readonly [language in LanguageId]?: readonly (readonly [pattern: RegExp, name: string])[];
} = {
  java: [
    [/\bTracing(?:Producer|Consumer)Interceptor\b/, 'KafkaTelemetry'],
    // Servers have another.
    [/\b(?:create|new)ClientInterceptor(?=\()/, 'GrpcClientTelemetry'],
  ],
  go: ofPubSub,
  javascript: ofPubSub,
  typescript: ofPubSub,
};

/**
 * What is switched on by a name: interceptors of Kafka for Java, activity sources of libraries for .NET, the tracing of
 * Google's clients.
 */
function configured({ language, syntax }: FileFacts): CodeEvidence[] {
  const found = (names[language] ?? []).flatMap(([pattern, name]): CodeEvidence[] => {
    const match = pattern.exec(syntax.source);
    if (match === null) return [];
    return [
      { kind: 'instrumentation', name, at: { start: match.index, end: match.index + match[0].length } },
    ];
  });
  if (language !== 'csharp') return found;
  const listens = syntax.calls.find(
    call =>
      call.callee === 'AddSource' &&
      call.arguments.some(each => /^(?:RabbitMQ\.Client\b.*|\*)$/.test(staticText(each) ?? '')),
  );
  return listens === undefined
    ? []
    : [{ kind: 'instrumentation', name: 'AddRabbitMQInstrumentation', at: listens.at }];
}

/** `Inject(ctx, propagation.HeaderCarrier(req.Header))`, also of OpenTracing: a transport may do that for others. */
function headersInjected({ syntax }: FileFacts): Extent | undefined {
  return syntax.calls.find(
    ({ callee, at }) => callee === 'Inject' && /HeaderCarrier|HTTPHeaders|\.Header\b/.test(at.text),
  )?.at;
}

/** `propagation.TraceContext{}.Inject(…)`, into headers or into a message: it does not ask the global one. */
function injectedByOwn({ syntax }: FileFacts): Extent | undefined {
  if (!/\bpropagation\.(?:TraceContext\{\}|NewCompositeTextMapPropagator\()/.test(syntax.source))
    return undefined;
  return syntax.calls.find(
    ({ callee, at }) => callee === 'Inject' && !/\bGetTextMapPropagator\b/.test(at.text),
  )?.at;
}

/** Java, C#, Go: every injection goes into a variable of a function that sends something itself. */
function injectsForItself(file: FileFacts): boolean {
  const found = file.get(injections);
  if (found.length === 0 || !(namesFieldsPlainly(file.language) || file.language === 'go')) return false;
  const senders = new Set(file.get(clientCalls).map(({ call }) => call.inFunction));
  return found.every(({ call }) => {
    const carrier = carrierArgument(file, call);
    if (carrier === undefined || !senders.has(call.inFunction)) return false;
    // `propagation.HeaderCarrier(req.Header)`
    const isModule = (path: string) => file.syntax.imports.some(({ local }) => local === headOf(path));
    const paths = namesIn(carrier, call.inFunction).paths.filter(path => !isModule(path));
    return paths.every(path => {
      const definitions = file.names.definitions(headOf(path), call.inFunction, carrier.at);
      return (
        definitions.length > 0 &&
        definitions.every(each => each.kind === 'value' && each.inFunction === call.inFunction)
      );
    });
  });
}

/** A propagator of another API, or the header itself: something is propagated. */
function handmade({ syntax }: FileFacts): Extent | undefined {
  const injects = syntax.calls.find(
    ({ callee, receiver }) =>
      /^[iI]nject$/.test(callee) && /trac|propagat|span/i.test(receiver?.at.text ?? ''),
  );
  if (injects !== undefined) return injects.at;
  for (const { index: start, 0: text } of syntax.source.matchAll(/(['"])traceparent\1/gi)) {
    const end = start + text.length;
    const before = syntax.source.slice(Math.max(0, start - mostBefore), start);
    const isSaid = syntax.comments.some(({ at }) => at.start <= start && end <= at.end);
    if (!isSaid && !isRead(before, syntax.source.slice(end, end + mostBefore))) return { start, end };
  }
  return undefined;
}

/** `req.headers['traceparent']`, `request.headers.get("traceparent")`: a log may have it. */
function isRead(before: string, after: string): boolean {
  return takesHeader.test(before) || (namesHeaders.test(before) && /^\s*\](?!\s*=[^=])/.test(after));
}

const mostBefore = 30;
const takesHeader = /\.(?:get|Get|header|getHeader|GetHeader|get_header)\(\s*$/;
const namesHeaders = /headers?\w*(?:\?\.)?\[\s*$/i;

/** `http.DefaultTransport = …`, `http.DefaultClient = …`, by something that is not known to be plain. */
function replacedTransport(file: FileFacts): Extent | undefined {
  if (!file.says(mayReplace)) return undefined;
  for (const { body, inFunction } of [
    { body: file.syntax.body, inFunction: undefined },
    ...file.syntax.functions.map(each => ({ body: each.body, inFunction: each })),
  ])
    for (const statement of statementsIn(body)) {
      if (statement.type !== 'bind') continue;
      const index = statement.targets.findIndex(({ path }) => defaults.test(path));
      if (index >= 0 && !isPlain(file, statement.targets[index].path, statement.values[index], inFunction))
        return statement.at;
    }
  return undefined;
}

const mayReplace = /\bhttp\.Default(?:Transport|Client)\b/;
const defaults = /^http\.Default(?:Transport|Client(?:\.Transport)?)$/;
