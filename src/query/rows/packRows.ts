import { readEventMarks } from '../../decode/otlp/readSpanParts.ts';
import { nanosBetween } from '../../model/time.ts';
import { allocateRowColumns } from '../../protocol/rowColumns.ts';
import { markKinds, type RowWindow, rowFlags } from '../../protocol/traceView.ts';
import { treeFlags } from '../../store/assembly/treeFlags.ts';
import { duplicateFlag } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { Mark, TraceModel } from './traceModel.ts';
import type { VisibleRows } from './visibleRows.ts';

/** More marks than this on one bar cannot be told apart. */
const mostMarks = 64;
const mostSections = 256;

export interface RowSource {
  readonly store: TraceStore;
  readonly model: TraceModel;
  readonly rows: VisibleRows;
  readonly collapsed: Uint8Array;
  /** 1 for the spans that match the filter; absent if there is none. */
  readonly matches: Uint8Array | undefined;
}

/** Rows `first … first + count` (clamped to what is there) in packed columns. */
export function packRows(source: RowSource, generation: number, first: number, count: number): RowWindow {
  const { store, model, rows, collapsed } = source;
  const { tree, critical, criticalFirst, criticalOrder } = model;
  const from = Math.min(Math.max(0, first), rows.count);
  const length = Math.min(Math.max(0, count), rows.count - from);
  const marks = Array.from({ length }, (_, row) => marksOf(source, rows.spans[from + row]));
  const sectionCount = (i: number): number => Math.min(mostSections, criticalFirst[i + 1] - criticalFirst[i]);
  let criticalSections = 0;
  for (let row = 0; row < length; row++) criticalSections += sectionCount(rows.spans[from + row]);
  const markCount = marks.reduce((sum, list) => sum + list.length, 0);
  const { bytes, columns } = allocateRowColumns({ rows: length, marks: markCount, criticalSections });

  const names: string[] = [];
  const nameIndex = new Map<number, number>();
  let nextMark = 0;
  let nextSection = 0;
  for (let row = 0; row < length; row++) {
    const i = rows.spans[from + row];
    const segment = store.segmentOf(tree.refs[i]);
    const at = store.rowOf(tree.refs[i]);
    const nameId = segment.name[at];
    let name = nameIndex.get(nameId);
    if (name === undefined) {
      name = names.push(store.names.string(nameId)) - 1;
      nameIndex.set(nameId, name);
    }
    columns.start[row] = tree.start[i];
    columns.duration[row] = tree.duration[i];
    columns.selfTime[row] = model.selfTime[i];
    columns.spanId[2 * row] = segment.spanId[2 * at];
    columns.spanId[2 * row + 1] = segment.spanId[2 * at + 1];
    columns.name[row] = name;
    columns.parentRow[row] = tree.parent[i] < 0 ? 0xffffffff : rows.rowOf[tree.parent[i]];
    columns.descendants[row] = tree.subtreeSize[i];
    columns.posInSet[row] = rows.posInSet[from + row];
    columns.setSize[row] = rows.setSize[from + row];
    columns.depth[row] = tree.depth[i];
    columns.service[row] = model.service[i];
    columns.kind[row] = model.kind[i];
    columns.flags[row] = flagsOf(
      source,
      i,
      (segment.kindStatus[at] & duplicateFlag) !== 0,
      collapsed[i] !== 0,
    );
    columns.markFirst[row] = nextMark;
    for (const mark of marks[row]) {
      columns.markAt[nextMark] = mark.at;
      columns.markKind[nextMark++] = mark.kind;
    }
    columns.criticalFirst[row] = nextSection;
    for (let n = 0; n < sectionCount(i); n++) {
      const section = criticalOrder[criticalFirst[i] + n];
      columns.criticalStart[nextSection] = critical.start[section];
      columns.criticalEnd[nextSection++] = critical.end[section];
    }
  }
  columns.markFirst[length] = nextMark;
  columns.criticalFirst[length] = nextSection;
  return { generation, first: from, count: length, names, columns: bytes };
}

function flagsOf({ model, matches }: RowSource, i: number, duplicate: boolean, collapsed: boolean): number {
  const { tree, errorsBefore } = model;
  const below = tree.subtreeSize[i];
  let flags = 0;
  if (below > 0) flags |= collapsed ? rowFlags.hasChildren : rowFlags.hasChildren | rowFlags.expanded;
  if (model.error[i] !== 0) flags |= rowFlags.error;
  if (model.criticalFirst[i + 1] > model.criticalFirst[i]) flags |= rowFlags.onCriticalPath;
  if ((tree.flags[i] & treeFlags.orphan) !== 0) flags |= rowFlags.orphan;
  if ((tree.flags[i] & treeFlags.unfinished) !== 0) flags |= rowFlags.unfinished;
  if (matches !== undefined && matches[i] !== 0) flags |= rowFlags.match;
  if (collapsed && errorsBefore[i + below + 1] > errorsBefore[i + 1]) flags |= rowFlags.hidesError;
  if (duplicate) flags |= rowFlags.duplicate;
  return flags;
}

/** Events and logs in the order of time. */
function marksOf({ store, model }: RowSource, i: number): readonly Mark[] {
  const { tree } = model;
  const events = readEventMarks(store.segmentOf(tree.refs[i]).rest(store.rowOf(tree.refs[i])));
  const logs = model.logMarks(i);
  if (events.length === 0 && logs.length === 0) return logs;
  const marks: Mark[] = events.map(({ timeLow, timeHigh, isException }) => ({
    at: nanosBetween(tree.originLow, tree.originHigh, timeLow, timeHigh),
    kind: isException ? markKinds.exception : markKinds.event,
  }));
  marks.push(...logs.slice(0, mostMarks));
  return marks.sort((a, b) => a.at - b.at).slice(0, mostMarks);
}
