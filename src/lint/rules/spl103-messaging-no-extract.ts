import { brokerOf } from '../facts/clients/peers.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Consumer } from '../facts/propagation/consumerPatterns.ts';
import { consumers } from '../facts/propagation/consumers.ts';
import { type SpanStart, spanStarts } from '../facts/spans/spanStarts.ts';
import { type CallExpression, type Extent, field, type LanguageId } from '../facts/syntax.ts';
import { contains, enclosing, within } from '../facts/walk.ts';
import { gapOf, isJudged, judged } from './propagationGaps.ts';
import type { Rule } from './rule.ts';

export const messagingNoExtract: Rule = {
  id: 'SPL103',
  name: 'messaging-no-extract',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds handlers of messages that start spans without the context that the message carries.',
    why: 'The producer puts its context into the headers of the message. Where nobody takes it out, the handler begins a trace of its own, and what happened to an order ends at the queue.',
    examples: [
      {
        language: 'typescript',
        bad: "await consumer.run({\n  eachMessage: async ({ message }) =>\n    tracer.startActiveSpan('orders process', span => handle(message, span)),\n});",
        good: "await consumer.run({\n  eachMessage: async ({ message }) => {\n    const parent = propagation.extract(context.active(), message.headers);\n    await context.with(parent, () => tracer.startActiveSpan('orders process', span => handle(message, span)));\n  },\n});",
      },
      {
        language: 'python',
        bad: 'for message in consumer:\n    with tracer.start_as_current_span("orders process"):\n        handle(message)',
        good: 'for message in consumer:\n    parent = extract(dict(message.headers), getter=getter)\n    with tracer.start_as_current_span("orders process", context=parent):\n        handle(message)',
      },
    ],
    notReported: [
      'Handlers that extract, link their spans to those of the messages, or hand the message to a function that does.',
      'Handlers that start no span themselves.',
      'A warning needs to be certain: where the program is not seen to set up telemetry, or no program of the project sends to the same kind of broker, it is an info that says so.',
      'Services whose instrumentation or agent covers the library.',
    ],
    evidence:
      'A consumer span without parent or link right after a producer span of the same destination confirms it.',
    references: ['[Messaging spans](https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/)'],
  },
  check({ file, service, report }) {
    if (!isJudged(file)) return;
    for (const consumer of file.get(consumers)) {
      const gap = gapOf(service, consumer.library);
      if (gap === undefined) continue;
      const start = file
        .get(spanStarts)
        .find(({ call }) => contains(consumer.at, call.at) && !isNestedConsumer(file, consumer, call));
      if (
        start === undefined ||
        takesNothing(consumer, start.call) ||
        hasParent(file.language, start) ||
        extracts(file, consumer.at)
      )
        continue;
      report({
        at: start.call.calleeAt,
        ...judged(
          consumer.library,
          consumer.batch
            ? 'This span is not linked to the messages that it handles: the traces that they belong to end at the queue.'
            : 'This span does not continue the trace of the message: nothing extracts the context from its headers.',
          consumer.batch ? { ...gap, severity: 'info' } : gap,
          doubt(file, consumer),
        ),
        group: undefined,
        anchor: { library: consumer.library, transport: 'messaging' },
      });
    }
  },
};

function doubt({ path, project }: FileFacts, { library }: Consumer): string | undefined {
  if (!project.isSetUp(path)) return 'It is not shown that the program which runs this sets up telemetry.';
  const broker = brokerOf(library);
  return broker !== undefined && project.does('produces', broker)
    ? undefined
    : 'It is not known whose service sends it.';
}

/** A handler inside a loop is its own. */
function isNestedConsumer(file: FileFacts, consumer: Consumer, call: CallExpression): boolean {
  return file
    .get(consumers)
    .some(each => each !== consumer && contains(consumer.at, each.at) && contains(each.at, call.at));
}

/** A job that is there for its schedule: nothing of the message reaches the handler. */
function takesNothing({ at }: Consumer, { inFunction }: CallExpression): boolean {
  const around = [...enclosing(inFunction)].filter(each => contains(at, each.bodyAt));
  return around.length > 0 && around.every(({ parameters }) => parameters.length === 0);
}

/** A context or links that are given: where they come from is their maker's matter. */
function hasParent(language: LanguageId, { call, name }: SpanStart): boolean {
  if (call.named.has('context') || call.named.has('links')) return true;
  // `StartActivity(name, kind, parent)`
  if (language === 'csharp')
    return call.arguments.length > 2 || call.named.has('parentContext') || call.named.has('parentId');
  return call.arguments.some(argument => {
    if (argument === name || argument.type === 'function') return false;
    if (field(argument, 'links') !== undefined) return true;
    if (argument.type === 'call') return /WithLinks|extract|parent/i.test(argument.callee);
    return (
      argument.type === 'reference' &&
      /parent|extract|msg|message|remote|carrier|headers$/i.test(argument.path)
    );
  });
}

const extracting =
  /extract|propagat|parent|remote|carrier|trace_?(?:context|parent)|with_?span_?context|^link/i;

/** In the handler, or in what it calls, as far as their names tell; links count too. */
function extracts(file: FileFacts, at: Extent): boolean {
  return file.syntax.calls.some(call => {
    if (!contains(at, call.at)) return false;
    if (extracting.test(call.callee) || call.callee === 'addLink') return true;
    if (/\bActivityContext$/.test(call.receiver?.at.text ?? '')) return true;
    const own = file.names.functionCalled(call);
    if (own !== undefined && own.bodyAt.start > 0 && !contains(own.bodyAt, call.at)) {
      const inside = file.syntax.calls.some(
        each => contains(own.bodyAt, each.at) && extracting.test(each.callee),
      );
      if (inside) return true;
    }
    return [...call.arguments, ...call.named.values()].some(argument =>
      [...within(argument)].some(
        each => each.type === 'object' && each.entries.some(({ key }) => key === 'links'),
      ),
    );
  });
}
