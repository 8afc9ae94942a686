import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { fill } from '../format.ts';
import { usePanel } from '../panelContext.ts';
import { MoreButton } from './moreButton.tsx';

/** Of attributes, events, logs or links: more than SDKs allow a span by default, 128. */
export const mostEntries = 150;

interface FirstOfProps<T> {
  items: readonly T[];
  /** As many are drawn unless the reader asks for all. */
  most: number;
  children(shown: readonly T[]): ComponentChildren;
}

/** A list of which the first items are drawn: a span may have thousands, and each costs time whenever it is selected. */
export function FirstOf<T>({ items, most, children }: FirstOfProps<T>) {
  const { text, formats } = usePanel();
  const isOpen = useSignal(false);
  return (
    <>
      {children(isOpen.value ? items : items.slice(0, most))}
      {items.length > most && (
        <MoreButton isOpen={isOpen} more={fill(text.showAll, formats.count(items.length))} />
      )}
    </>
  );
}
