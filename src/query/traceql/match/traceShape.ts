import { assembleTrace } from '../../../store/assembly/traceTree.ts';
import type { SpanRef } from '../../../store/spanRef.ts';
import type { TraceStore } from '../../../store/traceStore.ts';

/** Position in the nested sets of a trace (Celko): a span's descendants lie between its two numbers. */
export interface NestedSet {
  readonly left: number;
  readonly right: number;
  /** Left number of the parent; −1 for the head of a tree. */
  readonly parent: number;
}

/**
 * How the spans of a trace are related. A span whose parent has not been received heads a tree of its own; circles are cut at
 * their earliest span; of several spans under one id, the first one has the children.
 */
export class TraceShape {
  /** In preorder: every span before its descendants. */
  readonly refs: Uint32Array;
  /** Index of the parent, −1 for the head of a tree. */
  readonly parent: Int32Array;
  readonly #depth: Uint32Array;
  readonly #descendants: Uint32Array;
  #indexes: Map<SpanRef, number> | undefined;
  #childCounts: Uint32Array | undefined;

  constructor(store: TraceStore, traceRow: number) {
    const { refs, parent, depth, subtreeSize } = assembleTrace(store, traceRow);
    this.refs = refs;
    this.parent = parent;
    this.#depth = depth;
    this.#descendants = subtreeSize;
  }

  indexOf(ref: SpanRef): number {
    if (this.#indexes === undefined) {
      this.#indexes = new Map();
      for (let i = 0; i < this.refs.length; i++) this.#indexes.set(this.refs[i], i);
    }
    return this.#indexes.get(ref)!;
  }

  childCount(index: number): number {
    if (this.#childCounts === undefined) {
      this.#childCounts = new Uint32Array(this.parent.length);
      for (const parent of this.parent) if (parent >= 0) this.#childCounts[parent]++;
    }
    return this.#childCounts[index];
  }

  nestedSet(index: number): NestedSet {
    const parent = this.parent[index];
    const left = this.#left(index);
    return {
      left,
      right: left + 2 * this.#descendants[index] + 1,
      parent: parent < 0 ? -1 : this.#left(parent),
    };
  }

  /** So many spans were entered and so many left before: all that come first in preorder, but for the ancestors. */
  #left(index: number): number {
    return 2 * index - this.#depth[index] + 1;
  }
}
