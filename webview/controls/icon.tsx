import { type IconName, icons } from './icons.ts';

/** A decoration: what it means is said by the text or the label beside it. */
export function Icon({ name, slot }: { name: IconName; slot?: string }) {
  return (
    <span class="icon" slot={slot} aria-hidden="true" dangerouslySetInnerHTML={{ __html: icons[name] }} />
  );
}
