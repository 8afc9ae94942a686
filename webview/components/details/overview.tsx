import type { ComponentChildren } from 'preact';
import { formatDuration } from '../../../src/model/time.ts';
import type { SpanDetails } from '../../../src/protocol/control.ts';
import { IconButton } from '../../controls/button.tsx';
import { Icon } from '../../controls/icon.tsx';
import { usePanel } from '../panelContext.ts';
import { LongText } from './longText.tsx';

/** Header fields of the span. */
export function Overview({ details }: { details: SpanDetails }) {
  const panel = usePanel();
  const { text, formats } = panel;
  const { span } = details;
  const kinds = [
    text.kindUnspecified,
    text.kindInternal,
    text.kindServer,
    text.kindClient,
    text.kindProducer,
    text.kindConsumer,
  ];
  const statuses = [text.statusUnset, text.statusOk, text.statusError];
  const isError = span.status?.code === 2;
  const isEnded = span.endTimeUnixNano !== '0' && span.endTimeUnixNano !== '';
  const duration = Number(BigInt(span.endTimeUnixNano || '0') - BigInt(span.startTimeUnixNano));
  return (
    <dl class="fields">
      <Field label={text.name}>{span.name}</Field>
      <Field label={text.service}>{details.serviceName}</Field>
      <Field label={text.kind}>{kinds[span.kind ?? 0] ?? String(span.kind)}</Field>
      <Field label={text.status}>
        <span class={isError ? 'status error' : 'status'}>
          {isError && <Icon name="error" />}
          {statuses[span.status?.code ?? 0] ?? String(span.status?.code)}
        </span>
      </Field>
      {span.status?.message && (
        <Field label={text.statusMessage}>
          <LongText text={span.status.message} />
        </Field>
      )}
      <Field label={text.start}>{formats.instant(span.startTimeUnixNano)}</Field>
      <Field label={text.end}>{isEnded ? formats.instant(span.endTimeUnixNano) : text.notEnded}</Field>
      {isEnded && <Field label={text.duration}>{formatDuration(duration)}</Field>}
      <Field label={text.selfTime}>{formatDuration(Number(details.selfTimeNano))}</Field>
      {details.onCriticalPath && <Field label={text.onCriticalPath}>{text.yes}</Field>}
      <IdField label={text.spanId} value={span.spanId} />
      {span.parentSpanId && <IdField label={text.parentSpanId} value={span.parentSpanId} />}
      <IdField label={text.traceId} value={span.traceId} />
      {span.traceState && <Field label={text.traceState}>{span.traceState}</Field>}
      {span.flags !== undefined && <Field label={text.flags}>{`0x${span.flags.toString(16)}`}</Field>}
      {details.notes.length > 0 && (
        <Field label={text.notes}>
          <ul class="notes">
            {details.notes.map(note => (
              <li key={note}>
                <Icon name="info" /> {note}
              </li>
            ))}
          </ul>
        </Field>
      )}
    </dl>
  );
}

export function Field({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function IdField({ label, value }: { label: string; value: string }) {
  const panel = usePanel();
  return (
    <Field label={label}>
      <code>{value}</code>
      <IconButton
        icon="copy"
        label={`${panel.text.copyValue}: ${label}`}
        onClick={() => void panel.copy(value)}
      />
    </Field>
  );
}
