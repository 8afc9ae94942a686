/** Children of each span as ranges of one list: those of `i` are `list[first[i] … first[i + 1])`; heads of trees at `first[count]`. */
export interface Siblings {
  readonly first: Uint32Array;
  readonly list: Uint32Array;
}

/**
 * Sorts siblings by start, those that start together by end, then by arrival: SDKs that round starts to a millisecond begin
 * many spans together that followed each other. `parent` is −1 for the heads of trees.
 */
export function siblingsByStart(parent: Int32Array, start: Float64Array, end: Float64Array): Siblings {
  const count = parent.length;
  const first = new Uint32Array(count + 2);
  for (let i = 0; i < count; i++) first[(parent[i] < 0 ? count : parent[i]) + 1]++;
  for (let i = 0; i <= count; i++) first[i + 1] += first[i];
  const fill = first.slice();
  const list = new Uint32Array(count);
  for (let i = 0; i < count; i++) list[fill[parent[i] < 0 ? count : parent[i]]++] = i;
  for (let i = 0; i <= count; i++) sortByStart(list, first[i], first[i + 1], start, end);
  return { first, list };
}

/** Most lists are in order already, or nearly: only what is not is sorted. */
function sortByStart(
  list: Uint32Array,
  from: number,
  to: number,
  start: Float64Array,
  end: Float64Array,
): void {
  const order = (a: number, b: number): number => start[a] - start[b] || end[a] - end[b] || a - b;
  for (let at = from + 1; at < to; at++) {
    if (order(list[at - 1], list[at]) <= 0) continue;
    list.subarray(from, to).sort(order);
    return;
  }
}

/** Indices in depth-first order: every span before its descendants. */
export function depthFirst({ first, list }: Siblings): Uint32Array {
  const count = list.length;
  const order = new Uint32Array(count);
  const stack = new Uint32Array(count + 1);
  let height = 0;
  const push = (i: number): void => {
    for (let at = first[i + 1]; at > first[i]; at--) stack[height++] = list[at - 1];
  };
  push(count);
  for (let at = 0; height > 0; at++) {
    const i = stack[--height];
    order[at] = i;
    push(i);
  }
  return order;
}
