import { formatDuration } from '../model/time.ts';
import type { QueriedTrace } from '../protocol/control.ts';
import { CommandError, command } from './command.ts';
import { withEngine } from './connect.ts';
import { coloured, print, printJson } from './output.ts';
import { alignColumns, printable, shorten } from './table.ts';
import { instant, wholeNumber } from './values.ts';

export const query = command({
  usage: 'query [options] <TraceQL>',
  summary: 'Find traces with a TraceQL query, newest first.',
  operands: { least: 1, most: 1 },
  options: {
    limit: { value: '<n>', description: 'most traces to show (default 20)' },
    'spans-per-trace': { value: '<n>', description: 'most matching spans to show of each (default 3)' },
    start: { value: '<time>', description: 'only from this time on: RFC 3339 or Unix seconds' },
    end: { value: '<time>', description: 'only up to this time' },
    step: { value: '<duration>', description: 'interval of a metrics query' },
  },
  async run({ options, operands: [text] }) {
    if (options.step !== undefined)
      throw new CommandError('metrics queries, and --step with them, are not supported yet');
    const { traces } = await withEngine(options, engine =>
      engine.request('traces/query', {
        query: text,
        limit: wholeNumber('limit', options.limit ?? '20', 0),
        spansPerTrace: wholeNumber('spans-per-trace', options['spans-per-trace'] ?? '3', 0),
        startUnixNano: options.start === undefined ? undefined : instant('start', options.start),
        endUnixNano: options.end === undefined ? undefined : instant('end', options.end),
      }),
    );
    if (options.json) await printJson({ traces });
    else await print(traces.length === 0 ? 'no trace matches\n' : `${tracesText(traces)}\n`);
    return 0;
  },
});

function tracesText(traces: readonly QueriedTrace[]): string {
  const rows = traces.flatMap(trace => [
    [
      trace.traceId,
      localTime(trace.startTimeUnixNano),
      formatDuration(Number(trace.durationNano)),
      `${trace.spanCount}`,
      trace.errorCount === 0 ? '' : coloured('red', `${trace.errorCount}`),
      printable(`${trace.rootServiceName}: ${trace.rootSpanName}`),
    ],
    ...trace.matchedSpans.map(span => [
      '',
      `  ${span.spanId}`,
      formatDuration(Number(span.durationNano)),
      '',
      '',
      coloured('grey', printable(`${span.serviceName}: ${span.name} ${attributesText(span.attributes)}`)),
    ]),
  ]);
  return alignColumns([['trace', 'start', 'duration', 'spans', 'errors', 'root'], ...rows], [2, 3, 4]);
}

function attributesText(attributes: QueriedTrace['matchedSpans'][number]['attributes']): string {
  return Object.entries(attributes)
    .map(([key, value]) => shorten(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`, 80))
    .join(' ');
}

function localTime(unixNano: string): string {
  const time = new Date(Number(BigInt(unixNano) / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${date} ${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
