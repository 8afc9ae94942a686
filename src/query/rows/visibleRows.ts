import type { TraceTree } from '../../store/assembly/traceTree.ts';

/** Which spans of a tree are rows: those that are not inside a collapsed subtree, nor filtered out. */
export class VisibleRows {
  /** Tree index by row. */
  readonly spans: Uint32Array;
  /** Row by tree index, −1 if it is not a row. */
  readonly rowOf: Int32Array;
  /** By row: 1-based place among the visible siblings, and how many there are. */
  readonly posInSet: Uint32Array;
  readonly setSize: Uint32Array;

  /** `kept`: 1 for the spans that a filter leaves; absent: all. */
  constructor(tree: TraceTree, collapsed: Uint8Array, kept: Uint8Array | undefined) {
    const { count, parent, subtreeSize } = tree;
    const spans = new Uint32Array(count);
    this.rowOf = new Int32Array(count).fill(-1);
    let rows = 0;
    for (let i = 0; i < count; ) {
      if (kept !== undefined && kept[i] === 0) {
        // Whoever is kept has all its ancestors kept, so nothing below is.
        i += subtreeSize[i] + 1;
        continue;
      }
      this.rowOf[i] = rows;
      spans[rows++] = i;
      i += collapsed[i] !== 0 ? subtreeSize[i] + 1 : 1;
    }
    this.spans = spans.subarray(0, rows);
    this.posInSet = new Uint32Array(rows);
    this.setSize = new Uint32Array(rows);
    const children = new Uint32Array(count + 1);
    const setOf = (i: number): number => (parent[i] < 0 ? count : parent[i]);
    for (let row = 0; row < rows; row++) this.posInSet[row] = ++children[setOf(this.spans[row])];
    for (let row = 0; row < rows; row++) this.setSize[row] = children[setOf(this.spans[row])];
  }

  get count(): number {
    return this.spans.length;
  }
}

/** Matches and all their ancestors, as 1 by tree index. */
export function withAncestors(tree: TraceTree, matches: Uint8Array): Uint8Array {
  const kept = matches.slice();
  for (let i = tree.count - 1; i >= 0; i--)
    if (kept[i] !== 0 && tree.parent[i] >= 0) kept[tree.parent[i]] = 1;
  return kept;
}
