import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { fill } from './format.ts';
import { usePanel } from './panelContext.ts';

/** A screen reader is told news at most so often. Milliseconds. */
const interval = 5000;

/** The one polite live region: growth of the trace, matches, what was copied. The latest news wins. */
export function LiveRegion() {
  const panel = usePanel();
  const said = useSignal('');
  const lastSaid = useRef(Number.NEGATIVE_INFINITY);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const spans = useRef<number | undefined>(undefined);

  useSignalEffect(() => {
    const head = panel.session.rows.value?.head;
    if (!head) return;
    if (spans.current !== undefined && head.spanCount > spans.current)
      panel.announcement.value = fill(
        panel.text.announceGrown,
        panel.formats.count(head.spanCount),
        panel.formats.count(head.errorCount),
      );
    spans.current = head.spanCount;
  });
  useSignalEffect(() => {
    const news = panel.announcement.value;
    if (news === '') return;
    clearTimeout(timer.current);
    const say = () => {
      lastSaid.current = performance.now();
      said.value = news;
    };
    timer.current = setTimeout(say, Math.max(0, lastSaid.current + interval - performance.now()));
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div class="spoken-only" role="status" aria-live="polite">
      {said.value}
    </div>
  );
}
