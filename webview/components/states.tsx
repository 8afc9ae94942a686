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
  const { engineLost, session, trouble, text, formats } = usePanel();
  const { evicted = false, dropped } = session.rows.value?.head ?? {};
  const gone = dropped
    ? fill(text.droppedText, formats.instant(dropped.timeUnixNano).slice(0, -10))
    : text.evictedText;
  return (
    <>
      {engineLost.value && <Banner icon="warning" message={text.engineLost} />}
      {evicted && <Banner icon="info" message={gone} />}
      {trouble.value !== '' && <Banner icon="error" message={fill(text.failed, trouble.value)} />}
    </>
  );
}

export function Banner({ icon, message }: { icon: IconName; message: string }) {
  return (
    <div class={`banner ${icon}`} role="status">
      <Icon name={icon} />
      <span>{message}</span>
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
