import { checkItems, endOfValue, skipField, startOfValue } from '../protobuf/wire.ts';

/** A message within a request and the URL of its schema: offsets and lengths. */
export interface Range {
  readonly from: number;
  readonly length: number;
  readonly schemaUrlFrom: number;
  readonly schemaUrlLength: number;
}

interface Level {
  /** Field 1: resource or scope; field 3: schema URL. */
  readonly head: Range;
  /** Field 2, repeated: what belongs to it, as `from, to` pairs. */
  readonly items: readonly number[];
}

/**
 * Walks the three levels that all OTLP requests share (request → resource → scope → items) and calls back for each
 * item. The fields may come in any order. Throws a `DecodeError` if lengths do not fit together.
 */
export function forEachGroup(
  body: Uint8Array,
  item: (resource: Range, scope: Range, from: number, to: number) => void,
): void {
  let count = 0;
  for (let at = 0; at < body.length; ) {
    if (body[at] !== 0x0a) {
      at = skipField(body, at, body.length);
      continue;
    }
    const to = endOfValue(body, at + 1, body.length);
    const byResource = readLevel(body, startOfValue(body, at + 1), to);
    at = to;
    for (let i = 0; i < byResource.items.length; i += 2) {
      const byScope = readLevel(body, byResource.items[i], byResource.items[i + 1]);
      checkItems((count += byScope.items.length / 2), to);
      for (let k = 0; k < byScope.items.length; k += 2)
        item(byResource.head, byScope.head, byScope.items[k], byScope.items[k + 1]);
    }
  }
}

function readLevel(body: Uint8Array, start: number, end: number): Level {
  const items: number[] = [];
  let from = 0;
  let length = 0;
  let schemaUrlFrom = 0;
  let schemaUrlLength = 0;
  for (let at = start; at < end; ) {
    const tag = body[at];
    if (tag !== 0x0a && tag !== 0x12 && tag !== 0x1a) {
      at = skipField(body, at, end);
      continue;
    }
    const valueTo = endOfValue(body, at + 1, end);
    const valueFrom = startOfValue(body, at + 1);
    if (tag === 0x12) {
      items.push(valueFrom, valueTo);
      checkItems(items.length / 2, at);
    } else if (tag === 0x0a) {
      from = valueFrom;
      length = valueTo - valueFrom;
    } else {
      schemaUrlFrom = valueFrom;
      schemaUrlLength = valueTo - valueFrom;
    }
    at = valueTo;
  }
  return { head: { from, length, schemaUrlFrom, schemaUrlLength }, items };
}
