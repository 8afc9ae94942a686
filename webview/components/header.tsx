import { formatDuration } from '../../src/model/time.ts';
import type { ServiceInTrace } from '../../src/protocol/traceView.ts';
import { Icon } from '../controls/icon.tsx';
import { serviceColor } from '../paint/serviceColor.ts';
import { fill, nameOr } from './format.ts';
import { usePanel } from './panelContext.ts';

/** What the trace is: root, start, duration, counts, and the services with their colours. */
export function Header() {
  const { session, text, formats, rootMissing } = usePanel();
  const head = session.rows.value?.head;
  if (!head) return null;
  const facts: [label: string, value: string, isError?: boolean][] = [
    [text.started, formats.instant(head.startTimeUnixNano).slice(0, -6)],
    [text.duration, formatDuration(head.duration)],
    [text.spans, formats.count(head.spanCount)],
    [text.errors, formats.count(head.errorCount), head.errorCount > 0],
    [text.services, formats.count(head.services.length)],
    [text.depth, formats.count(head.maxDepth + 1)],
  ];
  return (
    <header class="header">
      <h1 class="title" title={`${head.rootSpanName} · ${head.traceId}`}>
        <span class="title-name">{nameOr(text.noName, head.rootSpanName)}</span>
        <span class="title-service">{head.rootServiceName}</span>
      </h1>
      <dl class="facts">
        {facts.map(([label, value, isError]) => (
          <div key={label} class={isError ? 'fact error' : 'fact'}>
            <dt>{label}</dt>
            <dd>
              {isError && <Icon name="error" />}
              {value}
            </dd>
          </div>
        ))}
      </dl>
      {rootMissing && (
        <p class="hint">
          <Icon name="info" /> {text.rootMissing}
        </p>
      )}
      <Legend services={head.services} />
    </header>
  );
}

function Legend({ services }: { services: readonly ServiceInTrace[] }) {
  const { text, formats } = usePanel();
  return (
    <ul class="legend" aria-label={text.services}>
      {services.map((service, index) => {
        const spoken = fill(
          service.errorCount > 0 ? text.serviceLegendErrors : text.serviceLegend,
          service.name,
          formats.count(service.spanCount),
          formats.count(service.errorCount),
        );
        return (
          <li key={service.name} title={spoken}>
            <span class="service-mark" style={{ backgroundColor: serviceColor(index) }} />
            <span class="legend-name">{service.name}</span>
            <span class="legend-count">{formats.count(service.spanCount)}</span>
            {service.errorCount > 0 && <Icon name="error" />}
          </li>
        );
      })}
    </ul>
  );
}
