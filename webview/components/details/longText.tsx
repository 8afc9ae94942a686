import { useSignal } from '@preact/signals';
import { fill } from '../format.ts';
import { usePanel } from '../panelContext.ts';

/** Longer texts are cut until the reader asks for all: one attribute may hold megabytes. */
const shownLength = 600;

export function LongText({ text, preformatted = false }: { text: string; preformatted?: boolean }) {
  const panel = usePanel();
  const isOpen = useSignal(false);
  const isLong = text.length > shownLength;
  const shown = isLong && !isOpen.value ? `${text.slice(0, shownLength)}…` : text;
  return (
    <>
      {preformatted ? <pre class="stack">{shown}</pre> : <span class="long-text">{shown}</span>}
      {isLong && (
        <button
          type="button"
          class="link"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {isOpen.value ? panel.text.showLess : fill(panel.text.showMore, panel.formats.count(text.length))}
        </button>
      )}
    </>
  );
}
