import { SpanMetrics } from '../query/spanMetrics.ts';
import { metricsContentTypes, spanMetricsText } from '../query/spanMetricsText.ts';
import type { MetricsSource } from '../receive/prometheus.ts';
import type { TraceStore } from '../store/traceStore.ts';

/** Counts the spans that are received from now on, for who scrapes. */
export function spanMetricsSource(store: TraceStore): MetricsSource {
  const metrics = new SpanMetrics(store);
  return {
    read(isOpenMetrics) {
      const format = isOpenMetrics ? 'openMetrics' : 'prometheus';
      return { contentType: metricsContentTypes[format], text: spanMetricsText(metrics, format) };
    },
    dispose: () => metrics.dispose(),
  };
}
