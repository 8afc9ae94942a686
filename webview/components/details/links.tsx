import type { SpanLink } from '../../../src/model/span.ts';
import type { SpanDetails } from '../../../src/protocol/control.ts';
import { usePanel } from '../panelContext.ts';
import { Attributes } from './attributes.tsx';
import { FirstOf, mostEntries } from './firstOf.tsx';

/** Spans that this one links to. */
export function Links({ links }: { links: readonly SpanLink[] }) {
  const { text } = usePanel();
  return (
    <FirstOf items={links} most={mostEntries}>
      {shown => (
        <ul class="entries">
          {shown.map((link, index) => (
            <li key={`${link.spanId} ${index}`} class="entry">
              <SpanAddress traceId={link.traceId} spanId={link.spanId} />
              {link.attributes && link.attributes.length > 0 && (
                <Attributes
                  attributes={link.attributes}
                  dropped={link.droppedAttributesCount}
                  label={text.sectionLinks}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </FirstOf>
  );
}

/** Spans that link to this one. */
export function BackLinks({ linkedFrom }: { linkedFrom: SpanDetails['linkedFrom'] }) {
  return (
    <FirstOf items={linkedFrom} most={mostEntries}>
      {shown => (
        <ul class="entries">
          {shown.map(({ traceId, spanId, name, serviceName }) => (
            <li key={`${traceId} ${spanId}`} class="entry">
              <div class="entry-head">
                <strong>{name}</strong> <span class="hint">{serviceName}</span>
              </div>
              <SpanAddress traceId={traceId} spanId={spanId} />
            </li>
          ))}
        </ul>
      )}
    </FirstOf>
  );
}

function SpanAddress({ traceId, spanId }: { traceId: string; spanId: string }) {
  const panel = usePanel();
  const isHere = traceId === panel.session.traceId;
  const open = () =>
    panel.attempt(() =>
      isHere ? panel.reveal(spanId) : panel.client.request('trace/open', { traceId, spanId }),
    );
  return (
    <div class="entry-head">
      <code>{isHere ? spanId : `${traceId} / ${spanId}`}</code>
      <button type="button" class="link" onClick={() => void open()}>
        {isHere ? panel.text.showSpan : panel.text.openTrace}
      </button>
    </div>
  );
}
