import { useSignal } from '@preact/signals';
import { fill } from '../format.ts';
import { usePanel } from '../panelContext.ts';
import { MoreButton } from './moreButton.tsx';

/** Longer texts are cut until the reader asks for all: one attribute may hold megabytes. */
const shownLength = 600;

export function LongText({ text, preformatted = false }: { text: string; preformatted?: boolean }) {
  const { text: strings, formats } = usePanel();
  const isOpen = useSignal(false);
  const isLong = text.length > shownLength;
  const shown = isLong && !isOpen.value ? `${text.slice(0, shownLength)}…` : text;
  return (
    <>
      {preformatted ? <pre class="stack">{shown}</pre> : <span class="long-text">{shown}</span>}
      {isLong && <MoreButton isOpen={isOpen} more={fill(strings.showMore, formats.count(text.length))} />}
    </>
  );
}
