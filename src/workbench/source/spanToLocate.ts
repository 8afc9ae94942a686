import { displayValue, type KeyValue } from '../../model/anyValue.ts';
import type { SpanToLocate } from '../../model/source.ts';
import type { SpanDetails } from '../../protocol/control.ts';

const stackKeys = new Set(['exception.stacktrace', 'code.stacktrace']);

/** As much of a span as leads to its line; stack traces of its events and logs included, the newest last. */
export function spanToLocate({ span, serviceName, scope, logs }: SpanDetails): SpanToLocate {
  const timed = [
    ...(span.events ?? []).map(event => ({ time: event.timeUnixNano, attributes: event.attributes ?? [] })),
    ...logs.map(log => ({
      time: log.timeUnixNano ?? log.observedTimeUnixNano ?? '0',
      attributes: log.attributes ?? [],
    })),
  ].sort((a, b) => (BigInt(a.time) < BigInt(b.time) ? -1 : 1));
  const attributes = span.attributes ?? [];
  return {
    name: span.name,
    serviceName,
    scopeName: scope.name ?? '',
    kind: span.kind ?? 0,
    attributes,
    stackTraces: [attributes, ...timed.map(each => each.attributes)].flatMap(stackTraces),
  };
}

function stackTraces(attributes: readonly KeyValue[]): string[] {
  return attributes.filter(({ key }) => stackKeys.has(key)).map(({ value }) => displayValue(value));
}
