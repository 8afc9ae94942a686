import { formatDuration } from '../model/time.ts';
import type { QueriedTrace } from '../protocol/control.ts';
import { QueryError } from '../query/traceql/errors.ts';
import { parseSyntax } from '../query/traceql/parser.ts';
import { backendOptions, backendTarget, searchBackend, seriesOfBackend } from './backend.ts';
import { CommandError, command } from './command.ts';
import { withEngine } from './connect.ts';
import { coloured, print, printJson } from './output.ts';
import { seriesText } from './seriesText.ts';
import { alignColumns, localTime, printable, shorten, spanLabel } from './table.ts';
import { instant, timeSpan, wholeNumber } from './values.ts';

export const query = command({
  usage: 'query [options] <TraceQL>',
  summary: 'Find traces with a TraceQL query, newest first, or make metrics of their spans.',
  operands: { least: 1, most: 1 },
  options: {
    limit: { value: '<n>', description: 'most traces to show (default 20)' },
    'spans-per-trace': { value: '<n>', description: 'most matching spans to show of each (default 3)' },
    start: {
      value: '<time>',
      description: 'only from this time on: 2026-01-31T14:05:00Z (RFC 3339), or Unix seconds',
    },
    end: { value: '<time>', description: 'only up to this time' },
    ...backendOptions,
    step: { value: '<duration>', description: 'interval of a metrics query (default: 1/60 of the time)' },
  },
  async run({ options, operands: [text] }) {
    const times = {
      startUnixNano: options.start === undefined ? undefined : instant('start', options.start),
      endUnixNano: options.end === undefined ? undefined : instant('end', options.end),
    };
    if (times.startUnixNano && times.endUnixNano && BigInt(times.startUnixNano) > BigInt(times.endUnixNano))
      throw new CommandError('--start is after --end');
    const limits = {
      limit: wholeNumber('limit', options.limit ?? '20', 0),
      spansPerTrace: wholeNumber('spans-per-trace', options['spans-per-trace'] ?? '3', 0),
    };
    const stepNano = options.step === undefined ? undefined : timeSpan('step', options.step);
    const backend = await backendTarget(options);
    if (isMetricsQuery(text)) {
      const asked = { query: text, ...times, stepNano };
      const { series } =
        backend === undefined
          ? await withEngine(options, engine => engine.request('series/query', asked))
          : { series: await seriesOfBackend(backend, asked) };
      if (options.json) await printJson({ series });
      else await print(series.length === 0 ? 'No series.\n' : `${seriesText(series)}\n`);
      return 0;
    }
    if (stepNano !== undefined) throw new CommandError('--step goes with a metrics query, like { } | rate()');
    const search = { query: text, ...limits, ...times };
    const { traces } =
      backend === undefined
        ? await withEngine(options, engine => engine.request('traces/query', search))
        : { traces: await searchBackend(backend, search) };
    if (options.json) await printJson({ traces });
    else await print(traces.length === 0 ? 'No trace matches.\n' : `${tracesText(traces)}\n`);
    return 0;
  },
});

/** What is wrong with a query, the engine says. */
function isMetricsQuery(text: string): boolean {
  try {
    return parseSyntax(text).kind === 'metrics';
  } catch (error) {
    if (error instanceof QueryError) return false;
    throw error;
  }
}

function tracesText(traces: readonly QueriedTrace[]): string {
  const rows = traces.flatMap(trace => [
    [
      trace.traceId,
      localTime(trace.startTimeUnixNano),
      formatDuration(Number(trace.durationNano)),
      `${trace.spanCount}`,
      trace.errorCount === 0 ? '' : coloured('red', `${trace.errorCount}`),
      spanLabel(trace.rootServiceName, trace.rootSpanName),
    ],
    ...trace.matchedSpans.map(span => [
      '',
      `  ${span.spanId}`,
      formatDuration(Number(span.durationNano)),
      '',
      '',
      coloured(
        'grey',
        `${spanLabel(span.serviceName, span.name)} ${printable(attributesText(span.attributes))}`,
      ),
    ]),
    ...moreRow(trace.matchedCount - trace.matchedSpans.length),
  ]);
  return alignColumns([['trace', 'start', 'duration', 'spans', 'errors', 'root'], ...rows], [2, 3, 4]);
}

function moreRow(more: number): string[][] {
  return more > 0 ? [['', coloured('grey', `  and ${more} more`)]] : [];
}

function attributesText(attributes: QueriedTrace['matchedSpans'][number]['attributes']): string {
  return Object.entries(attributes)
    .map(([key, value]) => shorten(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`, 80))
    .join(' ');
}
