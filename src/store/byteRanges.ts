/** Whether two ranges of `length` bytes hold the same. `view` and `otherView` are of the same memory as the arrays. */
export function sameBytes(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  other: Uint8Array,
  otherView: DataView,
  otherFrom: number,
  length: number,
): boolean {
  if (length < 8) {
    for (let i = 0; i < length; i++) if (bytes[from + i] !== other[otherFrom + i]) return false;
    return true;
  }
  // Texts differ at their ends more often than at their beginnings; the last pair may overlap the one before.
  const last = length - 8;
  if (!isSamePair(view, from + last, otherView, otherFrom + last)) return false;
  for (let i = 0; i < last; i += 8) if (!isSamePair(view, from + i, otherView, otherFrom + i)) return false;
  return true;
}

/** As doubles first, which is half the instructions. Those do not tell zeros apart, and what is not a number equals nothing. */
function isSamePair(view: DataView, at: number, other: DataView, otherAt: number): boolean {
  const pair = view.getFloat64(at, true);
  if (pair === other.getFloat64(otherAt, true) && pair !== 0) return true;
  const low = view.getInt32(at, true) ^ other.getInt32(otherAt, true);
  return (low | (view.getInt32(at + 4, true) ^ other.getInt32(otherAt + 4, true))) === 0;
}

/** Copies `length` bytes between arrays that do not share memory. */
export function copyBytes(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  target: Uint8Array,
  targetView: DataView,
  to: number,
  length: number,
): void {
  if (length < 8) {
    for (let i = 0; i < length; i++) target[to + i] = bytes[from + i];
    return;
  }
  if (length > 256) {
    target.set(bytes.subarray(from, from + length), to);
    return;
  }
  const last = length - 8;
  for (let i = 0; i < last; i += 8) copyPair(view, from + i, targetView, to + i);
  copyPair(view, from + last, targetView, to + last);
}

function copyPair(view: DataView, from: number, target: DataView, to: number): void {
  target.setInt32(to, view.getInt32(from, true), true);
  target.setInt32(to + 4, view.getInt32(from + 4, true), true);
}
