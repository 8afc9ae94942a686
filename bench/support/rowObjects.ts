import { readRowColumns } from '../../src/protocol/rowColumns.ts';
import type { RowWindow } from '../../src/protocol/traceView.ts';

/** A row as it would travel in JSON. */
export interface RowObject {
  readonly spanId: readonly [low: number, high: number];
  readonly name: string;
  readonly parentRow: number;
  readonly start: number;
  readonly duration: number;
  readonly selfTime: number;
  readonly depth: number;
  readonly service: number;
  readonly kind: number;
  readonly flags: number;
  readonly descendants: number;
  readonly posInSet: number;
  readonly setSize: number;
  readonly marks: readonly { readonly at: number; readonly kind: number }[];
  readonly critical: readonly { readonly start: number; readonly end: number }[];
}

export function rowObjects({ count, names, columns: bytes }: RowWindow): RowObject[] {
  const columns = readRowColumns(bytes);
  return Array.from({ length: count }, (_, row) => ({
    spanId: [columns.spanId[2 * row], columns.spanId[2 * row + 1]],
    name: names[columns.name[row]],
    parentRow: columns.parentRow[row],
    start: columns.start[row],
    duration: columns.duration[row],
    selfTime: columns.selfTime[row],
    depth: columns.depth[row],
    service: columns.service[row],
    kind: columns.kind[row],
    flags: columns.flags[row],
    descendants: columns.descendants[row],
    posInSet: columns.posInSet[row],
    setSize: columns.setSize[row],
    marks: between(columns.markFirst, row).map(at => ({
      at: columns.markAt[at],
      kind: columns.markKind[at],
    })),
    critical: between(columns.criticalFirst, row).map(at => ({
      start: columns.criticalStart[at],
      end: columns.criticalEnd[at],
    })),
  }));
}

/** Reads something of each row, as a reader of all of them does. */
export function sumOfObjects(rows: readonly RowObject[]): number {
  let sum = 0;
  for (const row of rows) sum += row.start + row.duration + row.depth + row.flags + row.name.length;
  return sum;
}

export function sumOfColumns({ count, names, columns: bytes }: RowWindow): number {
  const { start, duration, depth, flags, name } = readRowColumns(bytes);
  let sum = 0;
  for (let row = 0; row < count; row++)
    sum += start[row] + duration[row] + depth[row] + flags[row] + names[name[row]].length;
  return sum;
}

function between(first: Uint32Array, row: number): number[] {
  return Array.from({ length: first[row + 1] - first[row] }, (_, at) => first[row] + at);
}
