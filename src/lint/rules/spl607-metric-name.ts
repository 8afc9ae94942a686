import { attributeInfo } from '../../semconv/registry.ts';
import { staticText } from '../facts/syntax.ts';
import type { Rule } from './rule.ts';

export const metricName: Rule = {
  id: 'SPL607',
  name: 'metric-name-equals-attribute',
  group: 'conventions',
  severity: 'hint',
  confidence: 'medium',
  offByDefault: true,
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds metrics that are called like an attribute, or that have their unit in the name.',
    why: 'A name that is both a metric and an attribute cannot be asked for. The unit is a field of its own: with it in the name, exporters to Prometheus write it twice.',
    examples: [
      {
        language: 'typescript',
        bad: "meter.createHistogram('job.duration.seconds');",
        good: "meter.createHistogram('job.duration', { unit: 's' });",
      },
    ],
    notReported: ['Names that are put together.'],
    references: [
      '[Metric naming](https://opentelemetry.io/docs/specs/semconv/general/metrics/#naming-rules-for-metrics)',
      '[MET-005](https://github.com/instrumentation-score/spec/blob/main/rules/MET-005.md)',
    ],
  },
  check({ file, report }) {
    if (!file.importsOpenTelemetry) return;
    for (const {
      callee,
      arguments: [first],
      named,
      receiver,
      inFunction,
    } of file.syntax.calls) {
      if (receiver === undefined || !instruments.test(callee)) continue;
      const name = first ?? named.get('name');
      const text = name === undefined ? undefined : staticText(file.names.resolve(name, inFunction));
      if (name === undefined || text === undefined) continue;
      if (attributeInfo(text) !== undefined)
        report({ at: name.at, message: `"${text}" is an attribute; a metric needs a name of its own.` });
      else if (
        /[._](?:seconds|secs|milliseconds|millis|ms|microseconds|us|ns|nanoseconds|bytes|kilobytes|kb|mb|percent)$/i.test(
          text,
        )
      )
        report({ at: name.at, message: `"${text}" has its unit in the name; give it as the unit.` });
    }
  },
};

const instruments =
  /^(?:create(?:Histogram|Counter|UpDownCounter|Gauge|ObservableGauge|ObservableCounter|ObservableUpDownCounter)|create_(?:histogram|counter|up_down_counter|gauge|observable_\w+)|(?:Int64|Float64)(?:Histogram|Counter|UpDownCounter|Gauge|Observable\w+)|Create(?:Histogram|Counter|UpDownCounter|ObservableGauge)|(?:histogram|counter|gauge|upDownCounter)Builder)$/;
