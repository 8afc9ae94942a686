import type { Signal } from '@preact/signals';
import { usePanel } from '../panelContext.ts';

/** Shows all of what was cut, and cuts it again. `more` says what comes. */
export function MoreButton({ isOpen, more }: { isOpen: Signal<boolean>; more: string }) {
  const { text } = usePanel();
  return (
    <button
      type="button"
      class="link"
      aria-expanded={isOpen.value}
      onClick={() => {
        isOpen.value = !isOpen.value;
      }}
    >
      {isOpen.value ? text.showLess : more}
    </button>
  );
}
