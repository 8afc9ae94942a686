import type { TraceModel } from './traceModel.ts';

const errorBit = 128;
const highestService = 126;
const largestSide = 8192;

/**
 * A trace as a picture of bytes, row-major, `width` × `lanes`: 0 empty, else 1 + service index (capped at 127), +128
 * where an error span lies. Spans keep their order from top to bottom; an error is never painted over.
 */
export function paintMinimap(
  model: TraceModel,
  width: number,
  height: number,
): { cells: Uint8Array; lanes: number } {
  const columns = Math.min(largestSide, Math.max(1, Math.floor(width)));
  const { tree, service, error } = model;
  const lanes = Math.min(largestSide, Math.max(1, Math.floor(height)), Math.max(1, tree.count));
  const cells = new Uint8Array(columns * lanes);
  const scale = tree.traceDuration > 0 ? columns / tree.traceDuration : 0;
  for (let i = 0; i < tree.count; i++) {
    const lane = Math.floor((i * lanes) / tree.count) * columns;
    const from = Math.min(columns - 1, Math.max(0, Math.floor(tree.start[i] * scale)));
    const to = Math.min(columns, Math.max(from + 1, Math.ceil((tree.start[i] + tree.duration[i]) * scale)));
    const cell = 1 + Math.min(highestService, service[i]) + (error[i] !== 0 ? errorBit : 0);
    if (cell >= errorBit) cells.fill(cell, lane + from, lane + to);
    else for (let at = lane + from; at < lane + to; at++) if (cells[at] < errorBit) cells[at] = cell;
  }
  return { cells, lanes };
}
