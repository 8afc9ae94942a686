import type { ControlClient } from '../engine/controlClient.ts';
import { formatDuration } from '../model/time.ts';
import { readRowColumns } from '../protocol/rowColumns.ts';
import { type RowWindow, rowFlags, type ViewHead } from '../protocol/traceView.ts';
import { coloured, print } from './output.ts';
import { counted, padEnd, shorten, spanLabel } from './table.ts';

/** Rows asked for at once. */
const windowRows = 1000;
/** Deeper levels are told by a number: a trace may be 72,000 levels deep. */
const deepestIndent = 20;
/** Of a service, so that the name of its span is seen. */
const longestService = 20;

/** Prints the waterfall of a trace, window by window. False if there is no such trace. */
export async function printTraceTree(
  engine: Pick<ControlClient, 'request'>,
  traceId: string,
): Promise<boolean> {
  const view = await engine.request('view/open', { traceId, intent: { collapsed: [], filter: '' } });
  if (view === null) return false;
  const { viewId, head } = view;
  const width = process.stdout.columns ?? 120;
  await print(`${headline(head)}\n`);
  for (let first = 0; first < head.rowCount; first += windowRows) {
    const window = await engine.request('view/rows', { viewId, first, count: windowRows });
    await print(rowLines(window, head, width));
  }
  return true;
}

function headline(head: ViewHead): string {
  const errors = head.errorCount === 0 ? '' : `, ${coloured('red', `${head.errorCount} with errors`)}`;
  const start = new Date(Number(BigInt(head.startTimeUnixNano) / 1_000_000n)).toISOString();
  return (
    `${spanLabel(head.rootServiceName, head.rootSpanName)}\n` +
    `${head.traceId}, ${start}, ${formatDuration(head.duration)}, ${counted(head.spanCount, 'span')}${errors}`
  );
}

function rowLines(window: RowWindow, head: ViewHead, width: number): string {
  const nameWidth = Math.max(20, Math.floor(width * 0.5));
  const barWidth = Math.max(10, width - nameWidth - 12);
  const columns = readRowColumns(window.columns);
  const lines: string[] = [];
  for (let row = 0; row < window.count; row++) {
    const depth = columns.depth[row];
    const indent = depth > deepestIndent ? `${'  '.repeat(deepestIndent)}(${depth}) ` : '  '.repeat(depth);
    const service = head.services[columns.service[row]].name;
    const isError = (columns.flags[row] & rowFlags.error) !== 0;
    const label = shorten(
      `${indent}${isError ? '✗ ' : ''}${spanLabel(service, window.names[columns.name[row]], longestService)}`,
      nameWidth,
    );
    const padded = padEnd(label, nameWidth);
    const unfinished = (columns.flags[row] & rowFlags.unfinished) !== 0;
    const duration = unfinished ? 'unfinished' : formatDuration(columns.duration[row]);
    const drawn = bar(columns.start[row], columns.duration[row], head.duration, barWidth);
    lines.push(
      `${isError ? coloured('red', padded) : padded} ${duration.padStart(10)} ${coloured(isError ? 'red' : 'blue', drawn)}`.trimEnd(),
    );
  }
  return lines.map(line => `${line}\n`).join('');
}

/** A bar within `width` characters for `total` nanoseconds, at least one character long. */
function bar(start: number, duration: number, total: number, width: number): string {
  const scale = total > 0 ? width / total : 0;
  const from = Math.min(width - 1, Math.max(0, Math.floor(start * scale)));
  const length = Math.max(1, Math.min(width - from, Math.round(duration * scale)));
  return ' '.repeat(from) + '█'.repeat(length);
}
