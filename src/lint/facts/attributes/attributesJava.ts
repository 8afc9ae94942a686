import type { CallExpression, Expression, FunctionSyntax } from '../syntax.ts';
import { callsWithin, type Taker, type WriteCollector } from './attributesReading.ts';
import type { AttributeSink } from './attributeWrite.ts';

/** Keys are texts, `AttributeKey.stringKey("k")` or constants; several pairs are in `Attributes.of(…)` and its builder. */
export function javaWrites(collector: WriteCollector): void {
  for (const call of collector.unit.calls) readCall(collector, call);
}

function readCall(collector: WriteCollector, call: CallExpression): void {
  const { callee, receiver, inFunction, arguments: given } = call;
  const certainty = () => collector.receivers.span(receiver, inFunction);
  switch (callee) {
    case 'setAttribute':
      if (given.length === 2) {
        const started = isBuilder(receiver);
        const taker: Taker = started
          ? { sink: 'startOptions', call, certainty: collector.receivers.tells ? 'certain' : 'no' }
          : { sink: 'span', call, certainty: certainty() };
        addKeyed(collector, taker, given[0], given[1]);
      }
      return;
    case 'setAllAttributes':
      addBuilt(
        collector,
        { sink: isBuilder(receiver) ? 'startOptions' : 'span', call, certainty: certainty() },
        given[0],
      );
      return;
    case 'addEvent':
      addBuilt(collector, { sink: 'event', call, certainty: certainty() }, given[1]);
      return;
    case 'recordException':
      addBuilt(collector, { sink: 'event', call, certainty: certainty() }, given[1]);
      return;
    case 'addLink':
      addBuilt(
        collector,
        { sink: 'link', call, certainty: collector.receivers.tells ? 'likely' : 'no' },
        given[1],
      );
      return;
    case 'updateName':
      collector.addValue({ sink: 'name', call, certainty: certainty() }, given[0]);
      return;
    case 'setStatus':
      collector.addValue({ sink: 'status', call, certainty: certainty() }, given[1]);
      return;
    case 'put':
      readPut(collector, call);
      return;
    case 'create':
    case 'add':
    case 'record':
      addBuilt(
        collector,
        { sink: sinkOf(callee), call, certainty: ofOpenTelemetry(collector, call) },
        given.at(-1),
      );
      return;
    case 'of':
      readOf(collector, call, 'unknown', call);
  }
}

function sinkOf(callee: string): AttributeSink {
  return callee === 'create' ? 'resource' : 'metric';
}

function ofOpenTelemetry(collector: WriteCollector, call: CallExpression): 'certain' | 'no' {
  return /^io\.opentelemetry\./.test(collector.file.names.callee(call) ?? '') ? 'certain' : 'no';
}

/** `tracer.spanBuilder("…").setAttribute(…)` */
function isBuilder(receiver: Expression | undefined): boolean {
  let at = receiver;
  for (let hop = 0; hop < 64 && at?.type === 'call'; hop++) {
    if (at.callee === 'spanBuilder') return true;
    at = at.receiver;
  }
  return at?.type === 'reference' && /spanBuilder/i.test(at.path);
}

/** Of `Attributes.builder()` and `Baggage.builder()`. */
function readPut(collector: WriteCollector, call: CallExpression): void {
  const { arguments: given } = call;
  if (given.length < 2) return;
  const name = collector.file.names.callee(call) ?? '';
  const certain = /^io\.opentelemetry\./.test(name);
  const root = certain ? name : rootOf(call);
  const sink = /baggage/i.test(root) ? 'baggage' : /attributes?/i.test(root) ? 'unknown' : undefined;
  if (sink === undefined || (!certain && !collector.receivers.tells)) return;
  addKeyed(collector, { sink, call, certainty: certain ? 'certain' : 'likely' }, given[0], given[1]);
}

/** `Attributes.of(k, v, k, v)`, `Attributes.builder()…` in an argument, or in the variable that it names. */
function addBuilt(collector: WriteCollector, taker: Taker, holder: Expression | undefined): void {
  if (holder === undefined || taker.certainty === 'no') return;
  const held = collector.file.names.resolve(holder, taker.call.inFunction);
  for (const inner of callsWithin(held)) {
    if (inner.callee === 'of') readOf(collector, inner, taker.sink, taker.call);
    if (inner.callee === 'put' && /^Attributes\b/.test(rootOf(inner)))
      addKeyed(collector, { ...taker, call: inner }, inner.arguments[0], inner.arguments[1]);
  }
}

function readOf(
  collector: WriteCollector,
  made: CallExpression,
  sink: AttributeSink,
  call: CallExpression,
): void {
  if (made.receiver?.type !== 'reference' || !/(?:^|\.)Attributes$/.test(made.receiver.path)) return;
  if (!collector.receivers.tells) return;
  for (let index = 0; index + 1 < made.arguments.length; index += 2) {
    const [key, value] = made.arguments.slice(index, index + 2);
    const removal = { kind: 'none', at: value.at } as const;
    collector.add(
      { sink, call, certainty: 'certain' },
      {
        key: javaKey(collector, key, call.inFunction),
        keyAt: placeOfKey(key),
        value,
        valueType: typeOfKey(key),
        removal,
      },
    );
  }
}

function addKeyed(
  collector: WriteCollector,
  taker: Taker,
  key: Expression | undefined,
  value: Expression | undefined,
): void {
  if (key === undefined || value === undefined) return;
  collector.add(taker, {
    key: javaKey(collector, key, taker.call.inFunction),
    keyAt: placeOfKey(key),
    value,
    valueType: typeOfKey(key),
    removal: collector.removalOf(taker.call),
  });
}

/** The text in `AttributeKey.stringKey("k")`, which may be in a constant of the class. */
function javaKey(
  collector: WriteCollector,
  key: Expression,
  from: FunctionSyntax | undefined,
): string | undefined {
  const made = collector.file.names.resolve(key, from);
  const text = made.type === 'call' && /Key$/.test(made.callee) ? made.arguments[0] : undefined;
  return collector.keyOf(text ?? key, from);
}

function placeOfKey(key: Expression): Expression['at'] {
  return key.type === 'call' && /Key$/.test(key.callee) ? (key.arguments[0]?.at ?? key.at) : key.at;
}

function typeOfKey(key: Expression): string | undefined {
  return key.type === 'call' ? /^(\w+)Key$/.exec(key.callee)?.[1] : undefined;
}

function rootOf(call: CallExpression): string {
  let at: Expression | undefined = call.receiver;
  for (let hop = 0; hop < 64 && at?.type === 'call'; hop++) at = at.receiver;
  return at?.type === 'reference' ? at.path : '';
}
