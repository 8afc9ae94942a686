import type { CallExpression, Expression } from '../syntax.ts';
import { within } from '../walk.ts';
import type { Taker, WriteCollector } from './attributesReading.ts';

/** Spans are activities and attributes tags. */
export function csharpWrites(collector: WriteCollector): void {
  for (const call of collector.unit.calls) readCall(collector, call);
}

function readCall(collector: WriteCollector, call: CallExpression): void {
  const { callee, receiver, arguments: given, named } = call;
  const certainty = () => activity(collector, receiver, call);
  switch (callee) {
    case 'SetTag':
    case 'AddTag':
    case 'SetAttribute':
      collector.addCall(
        { sink: 'span', call, certainty: certainty() },
        given[0] ?? named.get('key'),
        given[1] ?? named.get('value'),
      );
      return;
    case 'SetBaggage':
    case 'AddBaggage': {
      const own = receiver?.type === 'reference' && /(?:^|\.)Baggage(?:\.Current)?$/.test(receiver.path);
      collector.addCall(
        { sink: 'baggage', call, certainty: own ? 'certain' : certainty() },
        given[0],
        given[1],
      );
      return;
    }
    case 'AddEvent':
      addTags(collector, { sink: 'event', call, certainty: certainty() }, [...given, ...named.values()]);
      return;
    case 'AddException':
    case 'RecordException':
      addTags(collector, { sink: 'event', call, certainty: certainty() }, [
        ...given.slice(1),
        ...named.values(),
      ]);
      return;
    case 'StartActivity':
    case 'CreateActivity':
      addTags(collector, { sink: 'startOptions', call, certainty: 'likely' }, [...given, ...named.values()]);
      return;
    case 'AddAttributes':
      addTags(collector, { sink: 'resource', call, certainty: resourceBuilder(call) }, given);
      return;
    case 'SetStatus':
      collector.addValue({ sink: 'status', call, certainty: certainty() }, given[1]);
  }
}

function activity(
  collector: WriteCollector,
  receiver: Expression | undefined,
  call: CallExpression,
): Taker['certainty'] {
  const found = collector.receivers.span(receiver, call.inFunction);
  if (found !== 'no' || receiver === undefined) return found;
  // Implicit usings: a file need not name the namespace of Activity.
  const text = receiver.at.text;
  return /(?:^|\.)\w*(?:activity|span)\w*\??$|Activity\.Current/i.test(text) &&
    collector.file.service.usesOpenTelemetry
    ? 'likely'
    : 'no';
}

function resourceBuilder({ receiver }: CallExpression): Taker['certainty'] {
  return receiver !== undefined && /resource/i.test(receiver.at.text) ? 'likely' : 'no';
}

/** `new ActivityTagsCollection { { "k", v }, ["k"] = v }`, `new[] { new KeyValuePair<string, object?>("k", v) }`. */
function addTags(collector: WriteCollector, taker: Taker, given: readonly Expression[]): void {
  if (taker.certainty === 'no') return;
  for (const argument of given) {
    const held = collector.file.names.resolve(argument, taker.call.inFunction);
    for (const inner of within(held)) {
      if (
        inner.type === 'call' &&
        /^(?:KeyValuePair|Create)$/.test(inner.callee) &&
        inner.arguments.length === 2
      )
        addPair(collector, taker, inner, inner.arguments[0], inner.arguments[1]);
      if (inner.type === 'object') collector.addPairs(taker, inner);
      if (inner.type === 'list' && inner.values.length === 2 && inner.values[0].type === 'text')
        addPair(collector, taker, inner, inner.values[0], inner.values[1]);
    }
  }
}

function addPair(
  collector: WriteCollector,
  taker: Taker,
  element: Expression,
  key: Expression,
  value: Expression,
): void {
  collector.add(taker, {
    key: collector.keyOf(key, taker.call.inFunction),
    keyAt: key.at,
    value,
    removal: { kind: 'element', at: element.at },
  });
}
