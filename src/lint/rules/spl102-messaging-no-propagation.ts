import { surroundingsOf } from '../facts/background.ts';
import { type ClientCall, clientCalls } from '../facts/clients/clientCalls.ts';
import { receiverOf } from '../facts/clients/receivers.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { carriers } from '../facts/propagation/carriers.ts';
import { carrying } from '../facts/propagation/carrying.ts';
import type { CallExpression } from '../facts/syntax.ts';
import { enclosing } from '../facts/walk.ts';
import {
  anchorOf,
  copiesHeaders,
  doubtOf,
  gapOf,
  isHandedToTracing,
  isJudged,
  isListed,
  isReport,
  judged,
  lackOf,
  mayCarry,
  mayRunInBrowser,
  reportForwarded,
} from './propagationGaps.ts';
import type { Rule } from './rule.ts';

export const messagingNoPropagation: Rule = {
  id: 'SPL102',
  name: 'messaging-no-propagation',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
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
      {
        language: 'csharp',
        bad: 'await producer.ProduceAsync("orders", new Message<string, string> { Value = body });',
        good: 'var message = new Message<string, string> { Value = body, Headers = new Headers() };\nPropagators.DefaultTextMapPropagator.Inject(\n    new PropagationContext(Activity.Current?.Context ?? default, Baggage.Current),\n    message.Headers,\n    (headers, key, value) => headers.Add(key, Encoding.UTF8.GetBytes(value)));\nawait producer.ProduceAsync("orders", message);',
      },
    ],
    notReported: [
      'Services whose instrumentation or agent covers the library.',
      'Replies: who waits for them has the context.',
      'A warning needs to be certain; whatever is not known makes it an info that says so. The program itself must be seen to set up telemetry, some program of the project must consume from the same kind of broker, and a span must be able to be current: no code of start-up, timers, endless loops, or handlers of messages that begin no span.',
      'What an outbox holds back is an info: its context must be stored with it.',
      'Functions that inject, or that are given the message or its headers by their caller.',
      'What has no place for headers (core NATS, Redis channels) is a hint: wrap the payload, or link the spans.',
    ],
    evidence:
      'A consumer span without parent or link right after a producer span of the same destination confirms it.',
    references: ['[Messaging spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/)'],
  },
  check(context) {
    const { file, service, options, report } = context;
    if (!isJudged(file)) return;
    for (const client of file.get(clientCalls)) {
      const { library, call } = client;
      if (library.transport !== 'messaging' || isListed(file, client, options) || isReport(file, call))
        continue;
      const gap = gapOf(service, library.id, isForWorkers(file, client) ? 'sender' : 'server');
      if (gap === undefined || mayRunInBrowser(file, library.id)) continue;
      if (library.headerless === true) {
        if (service.injects) continue;
        report({
          at: call.calleeAt,
          message: `A message of ${library.id} has no place for the trace context. Wrap the payload, or link the spans by an id of your own.`,
          severity: 'hint',
          confidence: 'low',
          group: library.id,
        });
      } else {
        const given = carrying(file, client.carriers, call.inFunction);
        const held = given === 'no' && library.wrappable === true ? 'unknown' : given;
        if (mayCarry(service, held) || isReply(call) || wraps(file, call)) continue;
        const isDoubtful =
          held === 'unknown' ||
          isHandedToTracing(client) ||
          isOutbox(file, call) ||
          isSetAside(call) ||
          copiesHeaders(call);
        report({
          at: call.calleeAt,
          ...judged(
            library.id,
            `This message of ${library.id} does not carry the trace context: nothing injects it into the headers, and ${service.covers(library.id) === 'active' ? 'what instruments the library is only active in workers' : lackOf(service, 'the library')}.`,
            gap,
            isDoubtful
              ? 'What it is made of may have headers already.'
              : doubtOf(file, call, 'messaging', receiverOf(file, call, library)),
          ),
          anchor: anchorOf(client),
        });
      }
    }
    reportForwarded(context, 'messaging');
  },
};

/** A task that a request gives to workers; what workers send themselves has what instruments them. */
function isForWorkers(file: FileFacts, { library, call }: ClientCall): boolean {
  if (library.id !== 'celery') return false;
  // Of Django.
  const takesRequest = [...enclosing(call.inFunction)].some(
    ({ parameters: [first] }) => first?.name === 'request',
  );
  return takesRequest || surroundingsOf(file, call) === 'request';
}

/** What an outbox holds back has what was stored with it. */
function isOutbox({ path }: FileFacts, { inFunction }: CallExpression): boolean {
  return /out_?box/i.test(`${path} ${inFunction?.qualifiedName}`);
}

/** The payload itself carries the context. */
function wraps(file: FileFacts, { arguments: given, named, inFunction }: CallExpression): boolean {
  const known = file.get(carriers);
  return [...given, ...named.values()].some(each => known.holds(each, inFunction));
}

/** What could not be handled is put where people look at it; it had headers of its own. */
function isSetAside({ at, receiver }: CallExpression): boolean {
  return /dlq|dlt\b|dead_?-?letter|poison|quarantine/i.test(`${receiver?.at.text} ${at.text.slice(0, 300)}`);
}

/** Who waits for a reply has the context already. */
function isReply({ arguments: given, named }: CallExpression): boolean {
  return [...given.slice(0, 3), ...named.values()].some(({ at }) => /^[\w.()]*\breply_?to$/i.test(at.text));
}
