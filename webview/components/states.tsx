import type { ComponentChildren, RefObject } from 'preact';
import type { TraceBreak } from '../../src/protocol/traceView.ts';
import { TextButton } from '../controls/button.tsx';
import { useFocusKeeper } from '../controls/focusKeeper.ts';
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
  /** The live region has said it already. */
  isSaid?: boolean;
}) {
  const { icon, title, detail, action, isSaid = false } = props;
  return (
    <div class="placeholder" role={isSaid ? undefined : 'status'}>
      <Icon name={icon} />
      <h2>{title}</h2>
      {detail && <p>{detail}</p>}
      {action && <TextButton label={action.label} onClick={action.run} />}
    </div>
  );
}

/** What the user should know of the trace as a whole, above the rows. It stays as long as the trace is as it is. */
export function Banners() {
  const { session, text, formats, breaks } = usePanel();
  const { evicted = false, dropped } = session.rows.value?.head ?? {};
  const gone = dropped
    ? fill(text.droppedText, formats.instant(dropped.timeUnixNano).slice(0, -10))
    : text.evictedText;
  return (
    <News>
      {evicted && <Banner icon="info" message={gone} />}
      {breaks.value.map(each => (
        <BreakBanner key={each.traceId} found={each} />
      ))}
    </News>
  );
}

/** What passes: it lies over what is there, so that no row moves under the pointer when it comes and when it goes. */
export function Notices() {
  const { engineLost, trouble, text } = usePanel();
  return (
    <News class="notices">
      {engineLost.value && <Banner icon="warning" message={text.engineLost} />}
      {trouble.value !== '' && <Banner icon="error" message={fill(text.failed, trouble.value)} />}
    </News>
  );
}

/** A screen reader speaks what comes into it, and that alone: it must have been there before. */
export function News(props: { class?: string; children: ComponentChildren }) {
  return (
    <div class={props.class} role="status" aria-atomic="false">
      {props.children}
    </div>
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
  const element = useFocusKeeper<HTMLDivElement>(() => panel.run('focusGrid'));
  const open = () => void panel.attempt(() => client.request('trace/open', { traceId }));
  const action = { label: text.breakOpen, run: open };
  return <Banner icon="info" message={`${reason} ${advice}`} action={action} element={element} />;
}

/** A line of `News`. */
export function Banner(props: {
  icon: IconName;
  message: string;
  action?: { readonly label: string; run(): void };
  element?: RefObject<HTMLDivElement | null>;
}) {
  const { icon, message, action, element } = props;
  return (
    <div class={`banner ${icon}`} ref={element}>
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
  const clear = () => {
    // The button goes with what it stands on.
    panel.run('focusGrid');
    void panel.attempt(() => panel.filter(''));
  };
  return (
    <Placeholder
      icon="filter"
      title={fill(text.noRowsForFilter, intent.filter.value)}
      action={{ label: text.clearFilter, run: clear }}
      isSaid
    />
  );
}
