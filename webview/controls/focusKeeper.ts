import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** For an element that goes by itself: if the focus is in it then, `handOn` says where it is to be, or the keyboard is left nowhere. */
export function useFocusKeeper<E extends HTMLElement>(handOn: () => void): RefObject<E | null> {
  const element = useRef<E>(null);
  useLayoutEffect(() => {
    const kept = element.current;
    return () => {
      if (kept?.contains(document.activeElement)) handOn();
    };
  }, []);
  return element;
}
