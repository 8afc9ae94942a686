import type { Relation, SpansetOperator } from '../ast.ts';

/** Spans of a trace are told by their index; `parent` is −1 for the head of a tree, and less than the span's own index. */
type Parents = Int32Array;

/**
 * Spans on the right that stand in the relation to one on the left; with `!` those that stand in it to none; with `&` both of
 * each pair. Walks over the parents once, whatever the depth.
 */
export function relate(
  operator: Exclude<SpansetOperator, '&&' | '||'>,
  left: readonly number[],
  right: readonly number[],
  parent: Parents,
): number[] {
  const negated = operator.startsWith('!');
  const union = operator.startsWith('&');
  const relation = (negated || union ? operator.slice(1) : operator) as Relation;
  const related = standingIn(relation, left, parent);
  const onRight = right.filter(span => related(span) !== negated);
  if (!union) return onRight;
  const inverse = standingIn(inverses[relation], right, parent);
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
  spans: readonly number[],
  parent: Parents,
): (span: number) => boolean {
  const marked = new Uint8Array(parent.length);
  switch (relation) {
    case '>':
      for (const span of spans) marked[span] = 1;
      return span => parent[span] >= 0 && marked[parent[span]] === 1;
    case '<':
      for (const span of spans) if (parent[span] >= 0) marked[parent[span]] = 1;
      return span => marked[span] === 1;
    case '>>': {
      const below = new Uint8Array(parent.length);
      for (const span of spans) marked[span] = 1;
      // Parents come before their children.
      for (let span = 0; span < parent.length; span++) {
        const above = parent[span];
        if (above >= 0) below[span] = marked[above] | below[above];
      }
      return span => below[span] === 1;
    }
    case '<<':
      for (const span of spans)
        for (let above = parent[span]; above >= 0 && marked[above] === 0; above = parent[above])
          marked[above] = 1;
      return span => marked[span] === 1;
    case '~':
      return siblings(spans, parent);
  }
}

/** Heads of trees are siblings of each other, as in Tempo. */
function siblings(spans: readonly number[], parent: Parents): (span: number) => boolean {
  const own = new Set(spans);
  const counts = new Map<number, number>();
  for (const span of own) counts.set(parent[span], (counts.get(parent[span]) ?? 0) + 1);
  return span => (counts.get(parent[span]) ?? 0) > (own.has(span) ? 1 : 0);
}
