import { readKeyValue } from '../decode/otlp/readKeyValue.ts';
import { KeySet, readSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import type { KeyValue } from '../model/anyValue.ts';
import type { SpanKind } from '../model/span.ts';
import type { Attribution, SpanShape } from '../protocol/control.ts';
import { codeKeys } from '../semconv/code.ts';
import { routeKeys } from '../semconv/http.ts';
import type { SealedRows } from '../store/sealed/sealedRows.ts';
import type { Segment } from '../store/segment.ts';
import { kindOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { SegmentSums, SpanGroup } from './segmentSums.ts';
import { nanoText, spanIdOf } from './spanFields.ts';
import { belongsTo } from './traceSelection.ts';

/** Shapes told of; what is beyond has names that are different for every span. */
const mostShapes = 10_000;
const locatingKeys = new KeySet([...Object.values(codeKeys).flat(), ...Object.values(routeKeys).flat()]);

interface Shape {
  /** Ids in the store, good as long as spans of the group are stored. */
  readonly scope: number;
  readonly name: number;
  readonly kind: number;
  /** See `SpanShape`. */
  readonly attributes: KeyValue[];
}

/** Statistics of all stored spans by what leads to a source line. */
export class Shapes {
  readonly #store: TraceStore;
  readonly #locating = new LocatingAttributes();
  readonly #sums = new SegmentSums<Shape>({
    keyOf: (segment, row) =>
      `${segment.scope[row]} ${segment.name[row]} ${kindOf(segment.kindStatus[row])} ${this.#locating.textOf(segment, row)}`,
    factsOf: (segment, row) => ({
      scope: segment.scope[row],
      name: segment.name[row],
      kind: kindOf(segment.kindStatus[row]),
      attributes: readSpanAttributes(segment.bytes(row), locatingKeys),
    }),
  });

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** Reads what is new, with pauses: makes the next `list` short. */
  catchUp(): Generator<void, void> {
    return this.#sums.catchUp(this.#store);
  }

  list(attribution: Attribution): SpanShape[] {
    const { resources, scopes } = this.#store;
    const shapes = new Map<string, { serviceName: string; group: SpanGroup<Shape> }>();
    for (const { resource, groups } of this.#sums.newestFirst(this.#store)) {
      const { serviceName, workspace } = resources.get(resource);
      if (!belongsTo(attribution, workspace)) continue;
      for (const group of groups.values()) {
        const { scope, name, kind, attributes } = group.facts;
        // By the scope's name: versions of a library are alike for the source.
        const key = JSON.stringify([serviceName, scopes.get(scope).name, name, kind, attributes]);
        let shape = shapes.get(key);
        if (shape === undefined) {
          if (shapes.size === mostShapes) continue;
          shapes.set(key, (shape = { serviceName, group: new SpanGroup(group.facts) }));
        }
        shape.group.addEarlier(group);
      }
    }
    return [...shapes.values()].map(({ serviceName, group }) => this.#shape(serviceName, group));
  }

  #shape(serviceName: string, { facts, count, errors, durations, latest }: SpanGroup<Shape>): SpanShape {
    const store = this.#store;
    const { min, max } = durations.count === 0 ? { min: 0, max: 0 } : durations;
    return {
      serviceName,
      scopeName: store.scopes.get(facts.scope).name,
      name: store.names.string(facts.name),
      kind: facts.kind as SpanKind,
      attributes: facts.attributes,
      count,
      errors,
      minNano: nanoText(min),
      p50Nano: nanoText(durations.quantile(0.5)),
      p95Nano: nanoText(durations.quantile(0.95)),
      maxNano: nanoText(max),
      latest: latest.toReversed().map(ref => {
        const segment = store.segmentOf(ref);
        const row = store.rowOf(ref);
        return { traceId: store.traces.idOf(segment.trace[row]), spanId: spanIdOf(segment, row) };
      }),
    };
  }
}

interface LocatingEntries {
  /** By id of a key: whether it leads to a line. */
  readonly keys: readonly boolean[];
  /** By id of an attribute. */
  readonly texts: Map<number, string>;
}

/** Tells spans apart by what leads to their line. A sealed segment is asked once for each distinct attribute. */
class LocatingAttributes {
  readonly #known = new WeakMap<SealedRows, LocatingEntries>();

  textOf(segment: Segment, row: number): string {
    const { sealed } = segment;
    if (sealed === undefined || sealed.isWhole(row))
      return readSpanAttributes(segment.rest(row), locatingKeys)
        .map(attribute => JSON.stringify(attribute))
        .join('');
    const { keys, texts } = this.#entriesOf(sealed);
    const { attributeStart, attributes, entryKey } = sealed.parts;
    let all = '';
    for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) {
      const entry = attributes[i];
      if (keys[entryKey[entry]] !== true) continue;
      let text = texts.get(entry);
      if (text === undefined) {
        const attribute = readKeyValue(sealed.entryBytes(entry));
        texts.set(entry, (text = attribute === undefined ? '' : JSON.stringify(attribute)));
      }
      all += text;
    }
    return all;
  }

  #entriesOf(sealed: SealedRows): LocatingEntries {
    let entries = this.#known.get(sealed);
    if (entries === undefined) {
      const keys = Array.from({ length: sealed.parts.keyStart.length - 1 }, (_, id) => {
        const key = sealed.keyBytes(id);
        return locatingKeys.has(key, 0, key.length);
      });
      this.#known.set(sealed, (entries = { keys, texts: new Map() }));
    }
    return entries;
  }
}
