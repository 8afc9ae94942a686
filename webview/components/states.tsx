import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TraceBreak } from '../../src/protocol/traceView.ts';
import { TextButton } from '../controls/button.tsx';
import { Icon } from '../controls/icon.tsx';
import type { IconName } from '../controls/icons.ts';
import { fill } from './format.ts';
import { usePanel } from './panelContext.ts';

/** What stands in place of the waterfall when there is none. */
export function Placeholder(props: {
  icon: IconName;
  title: string;
  detail?: string;
  action?: { label: string; run(): void };
}) {
  const { icon, title, detail, action } = props;
  return (
    <div class="placeholder" role="status">
      <Icon name={icon} />
      <h2>{title}</h2>
      {detail && <p>{detail}</p>}
      {action && <TextButton label={action.label} onClick={action.run} />}
    </div>
  );
}

/** What the user should know of the trace as a whole, above the rows. */
export function Banners() {
  const { engineLost, session, trouble, text, formats, breaks } = usePanel();
  const { evicted = false, dropped } = session.rows.value?.head ?? {};
  const gone = dropped
    ? fill(text.droppedText, formats.instant(dropped.timeUnixNano).slice(0, -10))
    : text.evictedText;
  return (
    <>
      {engineLost.value && <Banner icon="warning" message={text.engineLost} />}
      {evicted && <Banner icon="info" message={gone} />}
      {breaks.value.map(each => (
        <BreakBanner key={each.traceId} found={each} />
      ))}
      {trouble.value !== '' && <Banner icon="error" message={fill(text.failed, trouble.value)} />}
    </>
  );
}

/** Why the trace is in pieces, what would make it one, and the way to the other piece. */
function BreakBanner({ found }: { found: TraceBreak }) {
  const panel = usePanel();
  const { text, client } = panel;
  const { kind, traceId, hasDatadog } = found;
  const reason = fill(kind === 'halfId' ? text.breakHalfId : text.breakParentElsewhere, traceId.slice(0, 8));
  const advice = hasDatadog
    ? text.breakAdviceDatadog
    : kind === 'halfId'
      ? text.breakAdviceHalfId
      : text.breakAdviceHeaders;
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const banner = element.current;
    // The banner goes when the piece does: the keyboard is not left nowhere.
    return () => {
      if (banner?.contains(document.activeElement)) panel.run('focusGrid');
    };
  }, [panel]);
  const open = () => void panel.attempt(() => client.request('trace/open', { traceId }));
  const action = { label: text.breakOpen, run: open };
  return <Banner icon="info" message={`${reason} ${advice}`} action={action} element={element} />;
}

export function Banner(props: {
  icon: IconName;
  message: string;
  action?: { readonly label: string; run(): void };
  element?: RefObject<HTMLDivElement | null>;
}) {
  const { icon, message, action, element } = props;
  return (
    <div class={`banner ${icon}`} role="status" ref={element}>
      <Icon name={icon} />
      <span>{message}</span>
      {action && (
        <button type="button" class="link banner-action" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}

/** A filter that nothing matches. */
export function NoMatches() {
  const panel = usePanel();
  const { intent, session, text } = panel;
  if (intent.filter.value === '' || session.rows.value?.head.rowCount !== 0) return null;
  return (
    <Placeholder
      icon="filter"
      title={fill(text.noRowsForFilter, intent.filter.value)}
      action={{ label: text.clearFilter, run: () => void panel.attempt(() => panel.filter('')) }}
    />
  );
}
