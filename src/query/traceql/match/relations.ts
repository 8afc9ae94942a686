import { noSpan, type SpanRef } from '../../../store/spanRef.ts';
import type { TraceStore } from '../../../store/traceStore.ts';
import type { Relation, SpansetOperator } from '../ast.ts';
import type { TraceShape } from './traceShape.ts';

/** The way up from spans of one trace. */
interface Parents {
  /** `noSpan` for the head of a tree. */
  parentOf(span: SpanRef): SpanRef;
}

/**
 * Spans on the right that stand in the relation to one on the left; with `!` those that stand in it to none; with `&` both of
 * each pair. Every span is walked over once, whatever the depth.
 */
export function relate(
  operator: Exclude<SpansetOperator, '&&' | '||'>,
  left: readonly SpanRef[],
  right: readonly SpanRef[],
  parents: Parents,
): SpanRef[] {
  const negated = operator.startsWith('!');
  const union = operator.startsWith('&');
  const relation = (negated || union ? operator.slice(1) : operator) as Relation;
  const related = standingIn(relation, left, parents);
  const onRight = right.filter(span => related(span) !== negated);
  if (!union) return onRight;
  const inverse = standingIn(inverses[relation], right, parents);
  return [...new Set([...left.filter(inverse), ...onRight])];
}

const inverses: { readonly [relation in Relation]: Relation } = {
  '>': '<',
  '<': '>',
  '>>': '<<',
  '<<': '>>',
  '~': '~',
};

/** Whether a span is child, parent, descendant, ancestor or sibling of one of the spans. */
function standingIn(
  relation: Relation,
  spans: readonly SpanRef[],
  parents: Parents,
): (span: SpanRef) => boolean {
  switch (relation) {
    case '>': {
      const own = new Set(spans);
      return span => own.has(parents.parentOf(span));
    }
    case '<': {
      const above = new Set(spans.map(span => parents.parentOf(span)));
      return span => above.has(span);
    }
    case '>>':
      return below(new Set(spans), parents);
    case '<<': {
      const above = new Set<SpanRef>();
      for (const span of spans)
        for (let at = parents.parentOf(span); at !== noSpan && !above.has(at); at = parents.parentOf(at))
          above.add(at);
      return span => above.has(span);
    }
    case '~':
      return siblings(spans, parents);
  }
}

function below(spans: ReadonlySet<SpanRef>, parents: Parents): (span: SpanRef) => boolean {
  const known = new Map<SpanRef, boolean>();
  return span => {
    const walked: SpanRef[] = [];
    let found: boolean | undefined;
    for (let at = span; found === undefined; ) {
      walked.push(at);
      at = parents.parentOf(at);
      found = at === noSpan ? false : spans.has(at) ? true : known.get(at);
    }
    for (const each of walked) known.set(each, found);
    return found;
  };
}

/** Heads of trees are siblings of each other, as in Tempo. */
function siblings(spans: readonly SpanRef[], parents: Parents): (span: SpanRef) => boolean {
  const own = new Set(spans);
  const counts = new Map<SpanRef, number>();
  for (const span of own) {
    const parent = parents.parentOf(span);
    counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  return span => (counts.get(parents.parentOf(span)) ?? 0) > (own.has(span) ? 1 : 0);
}

/**
 * Looks each parent up by its id: a relation mostly asks about few spans, for which the whole trace need not be put in order.
 * Only where the way up leads in a circle, the order says where it is cut.
 */
export class ParentsById implements Parents {
  readonly #store: TraceStore;
  readonly #traceRow: number;
  readonly #shape: () => TraceShape;
  readonly #parents = new Map<SpanRef, SpanRef>();
  #isOrdered = false;

  constructor(store: TraceStore, traceRow: number, shape: () => TraceShape) {
    this.#store = store;
    this.#traceRow = traceRow;
    this.#shape = shape;
  }

  parentOf(span: SpanRef): SpanRef {
    const known = this.#parents.get(span);
    if (known !== undefined) return known;
    if (!this.#isOrdered && !this.#climb(span)) this.#order();
    return this.#parents.get(span)!;
  }

  /** Looks up all spans above one that are not known. False for a circle. */
  #climb(from: SpanRef): boolean {
    const walked = new Set<SpanRef>();
    for (let span = from; span !== noSpan && !this.#parents.has(span); ) {
      if (walked.has(span)) return false;
      walked.add(span);
      span = this.#lookUp(span);
    }
    for (const span of walked) this.#parents.set(span, this.#lookUp(span));
    return true;
  }

  #lookUp(span: SpanRef): SpanRef {
    const { parentSpanId } = this.#store.segmentOf(span);
    const row = this.#store.rowOf(span);
    const low = parentSpanId[2 * row];
    const high = parentSpanId[2 * row + 1];
    return (low | high) === 0 ? noSpan : this.#store.findSpan(this.#traceRow, low, high);
  }

  #order(): void {
    this.#isOrdered = true;
    const { refs, parent } = this.#shape();
    for (let i = 0; i < refs.length; i++)
      this.#parents.set(refs[i], parent[i] < 0 ? noSpan : refs[parent[i]]);
  }
}
