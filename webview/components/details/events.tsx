import { displayValue } from '../../../src/model/anyValue.ts';
import type { LogRecord, SpanEvent } from '../../../src/model/span.ts';
import { formatDuration } from '../../../src/model/time.ts';
import { Icon } from '../../controls/icon.tsx';
import { fill } from '../format.ts';
import { usePanel } from '../panelContext.ts';
import { Attributes } from './attributes.tsx';
import { FirstOf, mostEntries } from './firstOf.tsx';
import { LongText } from './longText.tsx';

/** From here on a severity number means an error (OpenTelemetry log data model, "Severity Fields"). */
const errorSeverity = 17;
const stackKey = 'exception.stacktrace';

/** Time from the start of the span, as text. */
function relativeTime(time: string | undefined, spanStart: string): string {
  return time && time !== '0' ? formatDuration(Number(BigInt(time) - BigInt(spanStart))) : '';
}

export function Events({ events, spanStart }: { events: readonly SpanEvent[]; spanStart: string }) {
  const { text } = usePanel();
  return (
    <FirstOf items={events} most={mostEntries}>
      {shown => (
        <ul class="entries">
          {shown.map((event, index) => {
            const attributes = event.attributes ?? [];
            const stack = attributes.find(({ key }) => key === stackKey);
            const isException = event.name === 'exception';
            const others = attributes.filter(attribute => attribute !== stack);
            return (
              <li key={`${event.timeUnixNano} ${index}`} class={isException ? 'entry error' : 'entry'}>
                <div class="entry-head">
                  {isException && <Icon name="error" />}
                  <strong>{event.name}</strong>
                  <span class="hint">{fill(text.eventAt, relativeTime(event.timeUnixNano, spanStart))}</span>
                </div>
                {(others.length > 0 || event.droppedAttributesCount) && (
                  <Attributes attributes={others} dropped={event.droppedAttributesCount} label={event.name} />
                )}
                {stack && <LongText text={displayValue(stack.value)} preformatted />}
              </li>
            );
          })}
        </ul>
      )}
    </FirstOf>
  );
}

export function Logs({ logs, spanStart }: { logs: readonly LogRecord[]; spanStart: string }) {
  const { text } = usePanel();
  return (
    <FirstOf items={logs} most={mostEntries}>
      {shown => (
        <ul class="entries">
          {shown.map((log, index) => {
            const isError = (log.severityNumber ?? 0) >= errorSeverity;
            const severity = log.severityText || (log.severityNumber ? String(log.severityNumber) : '');
            const time =
              log.timeUnixNano && log.timeUnixNano !== '0' ? log.timeUnixNano : log.observedTimeUnixNano;
            return (
              <li key={index} class={isError ? 'entry error' : 'entry'}>
                <div class="entry-head">
                  {isError && <Icon name="error" />}
                  {severity !== '' && <span class="severity">{severity}</span>}
                  {log.eventName && <strong>{log.eventName}</strong>}
                  <span class="hint">{fill(text.eventAt, relativeTime(time, spanStart))}</span>
                </div>
                {log.body && <LongText text={displayValue(log.body)} preformatted />}
                {log.attributes && log.attributes.length > 0 && (
                  <Attributes
                    attributes={log.attributes}
                    dropped={log.droppedAttributesCount}
                    label={text.sectionLogs}
                  />
                )}
              </li>
            );
          })}
        </ul>
      )}
    </FirstOf>
  );
}
