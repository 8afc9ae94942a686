import { readKeyValue } from '../decode/otlp/readKeyValue.ts';
import { KeySet, readSpanAttributes } from '../decode/otlp/readSpanParts.ts';
import type { KeyValue } from '../model/anyValue.ts';
import type { SpanKind } from '../model/span.ts';
import type { Attribution, SpanShape } from '../protocol/control.ts';
import { codeKeys } from '../semconv/code.ts';
import { routeKeys } from '../semconv/http.ts';
import type { SealedRows } from '../store/sealed/sealedRows.ts';
import type { Segment } from '../store/segment.ts';
import { kindOf, type SpanRef, slotOf } from '../store/spanRef.ts';
import type { TraceStore } from '../store/traceStore.ts';
import { KeyIds } from './keyIds.ts';
import { SegmentSums } from './segmentSums.ts';
import { nameOf, nanoText, spanIdOf } from './spanFields.ts';
import { SpanTotal } from './spanTotal.ts';
import { belongsTo } from './traceSelection.ts';

/** Shapes told of; what is beyond has names that are different for every span. */
const mostShapes = 10_000;
/** Spans named for all shapes together, one for each at least: thousands of shapes with twenty each are megabytes of JSON. */
const mostNamed = 10_000;
const noMark = 0xffffffff;
const locatingKeys = new KeySet([...Object.values(codeKeys).flat(), ...Object.values(routeKeys).flat()]);

interface Shape {
  /** Of what follows, to compare. */
  readonly key: string;
  readonly scopeName: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** See `SpanShape`. */
  readonly attributes: KeyValue[];
}

/** Statistics of all stored spans by what leads to a source line. */
export class Shapes {
  readonly #store: TraceStore;
  /** By key: segments have most of them in common. */
  readonly #shapes = new Map<string, Shape>();
  readonly #sums: SegmentSums<Shape>;

  constructor(store: TraceStore) {
    this.#store = store;
    this.#sums = new SegmentSums(store, segment => {
      const marks = new LocatingMarks(segment);
      return {
        markOf: row => marks.of(row),
        factsOf: (row, mark) => this.#shapeOf(segment, row, marks.attributesOf(mark)),
      };
    });
  }

  /** Yields where there is a good place for a pause. */
  *list(attribution: Attribution): Generator<void, SpanShape[]> {
    const services = new Map<string, Map<string, SpanTotal<Shape>>>();
    /** By slot: what the references to spans are into. */
    const segments: Segment[] = [];
    let count = 0;
    yield* this.#sums.newestFirst(({ segment, groups, resources, facts }) => {
      segments[segment.slot] = segment;
      for (let group = 0; group < resources.length; group++) {
        const { serviceName, workspace } = resources[group];
        if (!belongsTo(attribution, workspace)) continue;
        let shapes = services.get(serviceName);
        if (shapes === undefined) services.set(serviceName, (shapes = new Map()));
        let shape = shapes.get(facts[group].key);
        if (shape === undefined) {
          if (count === mostShapes) continue;
          count++;
          shapes.set(facts[group].key, (shape = new SpanTotal(facts[group])));
        }
        shape.addEarlier(groups, group);
      }
    });
    const listed: SpanShape[] = [];
    const named = Math.max(1, Math.floor(mostNamed / count));
    for (const [serviceName, shapes] of services)
      for (const total of shapes.values()) {
        const latest = this.#stored(total.latest, segments, named);
        listed.push({ ...statistics(serviceName, total), latest });
        yield;
      }
    return listed;
  }

  #shapeOf(segment: Segment, row: number, locating: readonly Attribute[]): Shape {
    // By the scope's name: versions of a library are alike for the source.
    const scopeName = this.#store.scopes.get(segment.scope[row]).name;
    const name = nameOf(this.#store, segment, row);
    const kind = kindOf(segment.kindStatus[row]) as SpanKind;
    const key = [scopeName, name, kind, ...locating.map(({ text }) => text)].join('\0');
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = { key, scopeName, name, kind, attributes: locating.map(({ attribute }) => attribute) };
      if (this.#shapes.size >= mostShapes) this.#shapes.clear();
      this.#shapes.set(key, shape);
    }
    return shape;
  }

  /** The first of the spans that are still there. @param segments by slot, when the spans were counted */
  #stored(refs: readonly SpanRef[], segments: readonly Segment[], most: number): SpanShape['latest'] {
    const found: SpanShape['latest'] = [];
    for (const ref of refs) {
      if (found.length === most) break;
      const segment = this.#store.segmentOf(ref);
      const row = this.#store.rowOf(ref);
      // They may be gone by now, and other spans be in their place.
      if (segment !== segments[slotOf(ref)] || !segment.isLive(row)) continue;
      found.push({ traceId: this.#store.traces.idOf(segment.trace[row]), spanId: spanIdOf(segment, row) });
    }
    return found;
  }
}

function statistics(serviceName: string, total: SpanTotal<Shape>): Omit<SpanShape, 'latest'> {
  const { facts, count, errors, durations } = total;
  const { scopeName, name, kind, attributes } = facts;
  const { min, max } = durations.count === 0 ? { min: 0, max: 0 } : durations;
  return {
    serviceName,
    scopeName,
    name,
    kind,
    attributes,
    count,
    errors,
    minNano: nanoText(min),
    p50Nano: nanoText(durations.quantile(0.5)),
    p95Nano: nanoText(durations.quantile(0.95)),
    maxNano: nanoText(max),
  };
}

/** An attribute that leads to a line, and what it says, to compare. */
interface Attribute {
  readonly attribute: KeyValue;
  readonly text: string;
}

/** Tells a segment's spans apart by their scope and the attributes that lead to their line. */
class LocatingMarks {
  readonly #segment: Segment;
  /** Marks by the mark of what comes before and what comes next: none and the id of a scope first, then places of attributes. */
  readonly #marks = new KeyIds();
  /** By mark: what comes before it, and the place of its attribute, −1 for a scope. */
  readonly #parts: { readonly before: number; readonly at: number }[] = [];
  readonly #attributes: Attribute[] = [];
  readonly #places = new Map<string, number>();
  /** Places by entry once the segment is sealed; −1 for an attribute that does not lead to a line. */
  #ofEntry: Int32Array | undefined;

  constructor(segment: Segment) {
    this.#segment = segment;
  }

  of(row: number): number {
    const segment = this.#segment;
    const { sealed } = segment;
    let mark = this.#after(noMark, segment.scope[row]);
    if (sealed === undefined || sealed.isWhole(row)) {
      for (const attribute of readSpanAttributes(segment.rest(row), locatingKeys))
        mark = this.#after(mark, this.#placeOf(attribute));
      return mark;
    }
    const places = this.#placesOf(sealed);
    const { attributeStart, attributes } = sealed.parts;
    for (let i = attributeStart[row]; i < attributeStart[row + 1]; i++) {
      const place = places[attributes[i]];
      if (place >= 0) mark = this.#after(mark, place);
    }
    return mark;
  }

  attributesOf(mark: number): Attribute[] {
    const found: Attribute[] = [];
    for (let { before, at } = this.#parts[mark]; at >= 0; { before, at } = this.#parts[before])
      found.push(this.#attributes[at]);
    return found.reverse();
  }

  #after(before: number, part: number): number {
    const mark = this.#marks.idOf(before, part, 0);
    if (mark === this.#parts.length) this.#parts.push({ before, at: before === noMark ? -1 : part });
    return mark;
  }

  #placeOf(attribute: KeyValue): number {
    const text = JSON.stringify(attribute);
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.#attributes.push({ attribute, text }) - 1;
      this.#places.set(text, place);
    }
    return place;
  }

  #placesOf(sealed: SealedRows): Int32Array {
    if (this.#ofEntry === undefined) {
      const { keyStart, entryKey } = sealed.parts;
      const isLocating = Array.from({ length: keyStart.length - 1 }, (_, id) => {
        const key = sealed.keyBytes(id);
        return locatingKeys.has(key, 0, key.length);
      });
      this.#ofEntry = new Int32Array(entryKey.length).fill(-1);
      for (let entry = 0; entry < entryKey.length; entry++) {
        if (isLocating[entryKey[entry]] !== true) continue;
        const attribute = readKeyValue(sealed.entryBytes(entry));
        if (attribute !== undefined) this.#ofEntry[entry] = this.#placeOf(attribute);
      }
    }
    return this.#ofEntry;
  }
}
