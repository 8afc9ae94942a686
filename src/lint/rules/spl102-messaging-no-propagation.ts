import { carrying } from '../facts/carrying.ts';
import { clientCalls } from '../facts/clientCalls.ts';
import { goContext } from '../facts/contexts.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { CallExpression } from '../facts/syntax.ts';
import {
  anchorOf,
  gapOf,
  isJudged,
  isListed,
  isOutsideSpans,
  isReport,
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
      const { library, call, carriers } = client;
      if (library.transport !== 'messaging' || isListed(file, client, options) || isReport(call)) continue;
      const gap = gapOf(service, library.id);
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
        const held = carrying(file, carriers, call.inFunction);
        if (mayCarry(service, held) || isReply(call)) continue;
        report({
          at: call.calleeAt,
          message: `This message of ${library.id} does not carry the trace context: nothing injects it into the headers, and no instrumentation of the library is active in this service.`,
          ...gap,
          ...(held === 'unknown' || isElsewhere(file, call) || isOutsideSpans(file, call)
            ? { severity: 'info' }
            : {}),
          group: `${library.id} ${gap.severity ?? held}`,
          anchor: anchorOf(client),
        });
      }
    }
    reportForwarded(context, 'messaging');
  },
};

/**
 * What is sent has its context elsewhere, if anywhere: a message that is passed on has the headers that it came with, one
 * of an outbox what was stored with it; Go has no context but what it is given.
 */
function isElsewhere({ language, path }: FileFacts, { inFunction }: CallExpression): boolean {
  if (language === 'go' && goContext(inFunction) === undefined) return true;
  return /out_?box/i.test(`${path} ${inFunction?.qualifiedName}`);
}

/** Who waits for a reply has the context already. */
function isReply({ arguments: given, named }: CallExpression): boolean {
  return [...given.slice(0, 3), ...named.values()].some(({ at }) => /^[\w.()]*\breply_?to$/i.test(at.text));
}
