import { formatDuration } from '../../../src/model/time.ts';
import type { TraceStrings } from '../../../src/protocol/traceStrings.ts';
import { markKinds, rowFlags, type ServiceInTrace } from '../../../src/protocol/traceView.ts';
import type { LoadedRow } from '../../rows/rowWindows.ts';
import { fill, nameOr } from '../format.ts';

/** All that a row shows, as a sentence for a screen reader. */
export function spokenRow(row: LoadedRow, services: readonly ServiceInTrace[], text: TraceStrings): string {
  const { columns, names, index } = row;
  const flags = columns.flags[index];
  const parts = [
    fill(
      text.rowSpoken,
      nameOr(text.noName, names[columns.name[index]]),
      services[columns.service[index]]?.name ?? '',
      formatDuration(columns.duration[index]),
      formatDuration(columns.start[index]),
    ),
  ];
  if (flags & rowFlags.error) parts.push(text.rowError);
  if (flags & rowFlags.hidesError) parts.push(text.rowHidesError);
  if (flags & rowFlags.onCriticalPath) parts.push(text.rowCritical);
  if (flags & rowFlags.orphan) parts.push(text.rowOrphan);
  if (flags & rowFlags.unfinished) parts.push(text.rowUnfinished);
  if (flags & rowFlags.duplicate) parts.push(text.rowDuplicate);
  const isCollapsed = (flags & rowFlags.hasChildren) !== 0 && (flags & rowFlags.expanded) === 0;
  if (isCollapsed) parts.push(fill(text.rowHidden, columns.descendants[index]));
  let exceptions = 0;
  for (let mark = columns.markFirst[index]; mark < columns.markFirst[index + 1]; mark++)
    if (columns.markKind[mark] === markKinds.exception) exceptions++;
  const others = columns.markFirst[index + 1] - columns.markFirst[index] - exceptions;
  if (exceptions > 0) parts.push(fill(text.rowExceptions, exceptions));
  if (others > 0) parts.push(fill(text.rowMarks, others));
  return parts.join(', ');
}
