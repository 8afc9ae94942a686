import { type ClientCall, clientCalls, variablesIn } from '../facts/clientCalls.ts';
import { isBesideProgram } from '../facts/endpoints.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { injections, isInjected } from '../facts/injections.ts';
import type { Rule } from './rule.ts';
import { anchorOf, gapOf, isWrapped } from './spl101-http-no-propagation.ts';

export const messagingNoPropagation: Rule = {
  id: 'SPL102',
  name: 'messaging-no-propagation',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go'],
  docs: {
    what: 'Finds messages that are sent without trace context: nothing injects it into their headers, and no instrumentation that is active in the service covers the library.',
    why: 'The consumer cannot know which trace the message belongs to. Whatever it does becomes a trace of its own, and the way of an order through its queues is lost.',
    examples: [
      {
        language: 'typescript',
        bad: "await producer.send({ topic: 'orders', messages: [{ value: body }] });",
        good: "const headers: Record<string, string> = {};\npropagation.inject(context.active(), headers);\nawait producer.send({ topic: 'orders', messages: [{ value: body, headers }] });",
      },
      {
        language: 'go',
        bad: 'w.WriteMessages(ctx, kafka.Message{Value: body})',
        good: 'carrier := propagation.MapCarrier{}\notel.GetTextMapPropagator().Inject(ctx, carrier)\nmessage := kafka.Message{Value: body}\nfor k, v := range carrier {\n\tmessage.Headers = append(message.Headers, kafka.Header{Key: k, Value: []byte(v)})\n}\nw.WriteMessages(ctx, message)',
      },
    ],
    notReported: [
      'Services whose instrumentation or agent covers the library.',
      'Functions that inject, or that are given the message or its headers by their caller.',
      'What has no place for headers (core NATS, Redis channels) is a hint: wrap the payload, or link the spans.',
    ],
    evidence:
      'A consumer span without parent or link right after a producer span of the same destination confirms it.',
    references: ['[Messaging spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/)'],
  },
  check({ file, service, options, report }) {
    if (!service.setsUpSdk || isBesideProgram(file.path)) return;
    for (const client of file.get(clientCalls)) {
      const { library, call } = client;
      if (library.transport !== 'messaging' || isWrapped(file, client, options)) continue;
      const gap = gapOf(service, library.id);
      if (gap === undefined || carriesContext(file, client)) continue;
      if (library.headerless === true)
        report({
          at: call.calleeAt,
          message: `A message of ${library.id} has no place for the trace context. Wrap the payload, or link the spans by an id of your own.`,
          severity: 'hint',
          confidence: 'low',
          group: library.id,
        });
      else
        report({
          at: call.calleeAt,
          message: `This message of ${library.id} does not carry the trace context: nothing injects it into the headers, and no instrumentation of the library is active in this service.`,
          ...gap,
          group: library.id,
          anchor: anchorOf(client),
        });
    }
  },
};

/** Injected in this function into something that the message holds, or the message comes from a caller. */
function carriesContext(file: FileFacts, { call, headers }: ClientCall): boolean {
  const { inFunction } = call;
  if (isInjected(file, headers, inFunction)) return true;
  const given = [...call.arguments, ...call.named.values()];
  const injected = file
    .get(injections)
    .some(
      each =>
        each.call.inFunction === inFunction ||
        (inFunction !== undefined &&
          each.call.at.start >= inFunction.at.start &&
          each.call.at.end <= inFunction.at.end),
    );
  if (injected) return true;
  // A message that somebody else made may have its headers already.
  return given.some(
    argument =>
      (argument.type === 'reference' && isGiven(file, argument.path, call)) ||
      [...variablesIn(argument)].some(name => /headers?|carrier|propert|attributes|metadata/i.test(name)),
  );
}

function isGiven(file: FileFacts, path: string, call: ClientCall['call']): boolean {
  return (
    /messages?$|msgs?$|records?$|params$|input$|payloads?$/i.test(path) &&
    file.names.definitions(path, call.inFunction, call.at).some(({ kind }) => kind === 'parameter')
  );
}
