import type { Forest } from '../../../src/insight/forest.ts';

export interface Node {
  start: number;
  end: number;
  children?: Node[];
}

/** Nested nodes → columns in depth-first order, siblings by start. */
export function forestOf(...heads: Node[]): Forest {
  const parent: number[] = [];
  const start: number[] = [];
  const duration: number[] = [];
  const stack = heads.toSorted((a, b) => b.start - a.start).map(node => ({ node, above: -1 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, above } = next;
    const i = parent.push(above) - 1;
    start.push(node.start);
    duration.push(node.end - node.start);
    for (const child of (node.children ?? []).toSorted((a, b) => b.start - a.start))
      stack.push({ node: child, above: i });
  }
  return {
    count: parent.length,
    parent: Int32Array.from(parent),
    start: Float64Array.from(start),
    duration: Float64Array.from(duration),
  };
}

/** A repeatable forest of one tree: children may begin before, end after or lie outside of their parents. */
export function randomForest(seed: number, count: number): Forest {
  const next = randomNumbers(seed);
  const random = (limit: number): number => Math.floor(next() * limit);
  const head: Node = { start: 0, end: 1000, children: [] };
  const nodes = [head];
  while (nodes.length < count) {
    const parent = nodes[random(nodes.length)];
    const start = parent.start - 20 + random(parent.end - parent.start + 40);
    const node: Node = { start, end: start + random(200), children: [] };
    parent.children!.push(node);
    nodes.push(node);
  }
  return forestOf(head);
}

/** Repeatable numbers from 0 to 1, as `Math.random` has them. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
