import { spanKindNames } from '../model/span.ts';
import { durationBounds, type Exemplar, type SpanMetrics, type SpanSeries } from './spanMetrics.ts';

/** The two text formats that Prometheus reads; OpenMetrics has exemplars. */
export type MetricsFormat = 'prometheus' | 'openMetrics';

export const metricsContentTypes: { readonly [format in MetricsFormat]: string } = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

const calls = 'traces_span_metrics_calls';
const duration = 'traces_span_metrics_duration_seconds';
const statusNames = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];
const bounds = [...durationBounds.map(bound => `${bound}`), '+Inf'];

/**
 * Span metrics with the names and labels of the collector's `spanmetrics` connector as its Prometheus exporter writes
 * them, so that dashboards made for those work.
 */
export function spanMetricsText(metrics: SpanMetrics, format: MetricsFormat): string {
  const series = [...metrics.series, ...(metrics.overflow === undefined ? [] : [metrics.overflow])];
  const labelled = series.map(each => [each, labelsOf(metrics, each)] as const);
  const isOpen = format === 'openMetrics';
  const lines = [
    `# HELP ${isOpen ? calls : `${calls}_total`} Spans received.`,
    `# TYPE ${isOpen ? calls : `${calls}_total`} counter`,
    ...labelled.map(([each, labels]) => `${calls}_total{${labels}} ${each.calls}`),
    `# HELP ${duration} Durations of spans that have ended.`,
    `# TYPE ${duration} histogram`,
    ...(isOpen ? [`# UNIT ${duration} seconds`] : []),
  ];
  for (const [each, labels] of labelled) lines.push(...histogramLines(each, labels, isOpen));
  if (isOpen) lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function histogramLines(series: SpanSeries, labels: string, isOpen: boolean): string[] {
  let below = 0;
  const lines = bounds.map((bound, index) => {
    below += series.buckets[index];
    const exemplar = isOpen ? exemplarText(series.exemplars[index]) : '';
    return `${duration}_bucket{${labels},le="${isOpen ? canonical(bound) : bound}"} ${below}${exemplar}`;
  });
  return [
    ...lines,
    `${duration}_sum{${labels}} ${series.secondsSum}`,
    `${duration}_count{${labels}} ${series.ended}`,
  ];
}

function labelsOf(metrics: SpanMetrics, series: SpanSeries): string {
  if (series === metrics.overflow) return 'otel_metric_overflow="true"';
  const { serviceName, spanName, kind, status } = series;
  return [
    label('service_name', serviceName),
    label('span_name', spanName),
    label('span_kind', `SPAN_KIND_${spanKindNames[kind as 0].toUpperCase()}`),
    label('status_code', statusNames[status]),
  ].join(',');
}

function label(name: string, value: string): string {
  return `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function exemplarText(exemplar: Exemplar | undefined): string {
  if (exemplar === undefined) return '';
  const { traceId, spanId, seconds, time } = exemplar;
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${seconds} ${time / 1000}`;
}

/** OpenMetrics writes bounds as floating-point numbers. */
function canonical(bound: string): string {
  return /^\d+$/.test(bound) ? `${bound}.0` : bound;
}
