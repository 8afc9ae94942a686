import type { TraceSummary } from '../../../src/protocol/control.ts';
import type { PanelHandlers } from './panelPage.ts';
import type { StoreHost } from './storeHost.ts';

/** Traces of a file, the first with a long name and with errors. */
export const tracesOfFile: readonly TraceSummary[] = [
  summary(1, 'POST /api/v2/checkout/{cartId}/confirm', { spanCount: 1_204, errorCount: 12 }),
  summary(2, 'GET /health', { spanCount: 1 }),
  summary(3, 'orders publish', { spanCount: 8, errorCount: 1 }),
];

function summary(number: number, rootSpanName: string, rest: Partial<TraceSummary>): TraceSummary {
  return {
    traceId: number.toString(16).padStart(32, '0'),
    rootServiceName: 'gateway',
    rootSpanName,
    startTimeUnixNano: '1785499509123456789',
    durationNano: `${number}41900000`,
    spanCount: 1,
    errorCount: 0,
    serviceNames: ['gateway'],
    rootMissing: false,
    pinned: false,
    workspaces: [],
    ...rest,
  };
}

/** The extension host of an editor of a file with these traces. */
export function fileOfTraces(host: StoreHost): PanelHandlers {
  return {
    ...host.handlers,
    'panel/hello': () => ({
      traceId: '',
      summary: null,
      file: {
        name: 'checkout.otlp.json',
        format: 'OTLP JSON',
        spans: 1_213,
        traces: tracesOfFile.length,
        warnings: ['line 7, column 12: a span without an id was left out'],
      },
    }),
    'file/traces': ({ text }) => {
      const traces = tracesOfFile.filter(({ rootSpanName }) => rootSpanName.includes(text));
      return { total: traces.length, traces: [...traces] };
    },
  };
}
