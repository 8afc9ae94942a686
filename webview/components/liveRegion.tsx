import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { fill } from './format.ts';
import { usePanel } from './panelContext.ts';

/** A screen reader is told of growth at most so often. Milliseconds. */
const interval = 5000;

/** The one polite live region: matches and what was copied, at once; growth of the trace, now and then. The latest news wins. */
export function LiveRegion() {
  const panel = usePanel();
  const said = useSignal('');
  const lastGrowth = useRef(Number.NEGATIVE_INFINITY);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const spans = useRef<number | undefined>(undefined);
  const say = (news: string) => {
    // The same text again is no change, and would not be spoken.
    said.value = news === said.peek() ? `${news}\u00a0` : news;
  };

  useSignalEffect(() => {
    const head = panel.session.rows.value?.head;
    if (!head) return;
    const hasGrown = spans.current !== undefined && head.spanCount > spans.current;
    spans.current = head.spanCount;
    if (!hasGrown) return;
    const { text, formats } = panel;
    const news = fill(text.announceGrown, formats.count(head.spanCount), formats.count(head.errorCount));
    clearTimeout(timer.current);
    timer.current = setTimeout(
      () => {
        lastGrowth.current = performance.now();
        say(news);
      },
      Math.max(0, lastGrowth.current + interval - performance.now()),
    );
  });
  useEffect(() => {
    const subscription = panel.onDidAnnounce(say);
    return () => {
      subscription.dispose();
      clearTimeout(timer.current);
    };
  }, [panel]);

  return (
    <div class="spoken-only" role="status" aria-live="polite">
      {said.value}
    </div>
  );
}
