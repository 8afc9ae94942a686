import { remembered } from '../../base/remembered.ts';
import { defusing, distancing, neutral, type SensitiveLevel, type SensitiveTier, words } from './words.ts';

export type { SensitiveLevel, SensitiveTier };

export interface SensitiveKey {
  readonly tier: SensitiveTier;
  /** How bad it is to find a value under that key. */
  readonly level: SensitiveLevel;
  /** What in the key says so, in segments joined by `_`: `card_number`. */
  readonly word: string;
}

/** What the user adds to the lists of words (options.ts). */
export interface KeyOptions {
  /** The user's pattern that the key matches. */
  extra(key: string, segments: readonly string[]): string | undefined;
  ignores(key: string, segments: readonly string[]): boolean;
}

/** Longer keys are data; the words of a longer phrase mean something else. */
const maxLength = 256;
const maxSegments = 4;

/**
 * Whether a key (of an attribute, field, header or parameter) names sensitive data. Whole segments are compared, never
 * parts of words, and the word has to be what the key is about: `user.password`, not `password.policy`.
 */
export function sensitiveKey(key: string, options?: KeyOptions): SensitiveKey | undefined {
  if (key.length > maxLength) return undefined;
  const segments = keySegments(key);
  if (options?.ignores(key, segments) === true) return undefined;
  const extra = options?.extra(key, segments);
  if (extra !== undefined) return { tier: 'custom', level: 'warning', word: extra };
  if (segments.some(segment => defusing.has(segment)) || segments.join('_').endsWith('_last_four'))
    return undefined;
  for (let start = 0; start < segments.length; start++)
    for (let length = Math.min(maxSegments, segments.length - start); length > 0; length--) {
      const word = segments.slice(start, start + length).join('_');
      const found = words.get(word);
      if (found === undefined) continue;
      // The longest word decides: what is said about `api_key` is not said about `key`.
      if (!isAbout(segments, start, start + length)) break;
      const { context, infoAfter, tier, undotted, unlessAfter } = found;
      const before = segments[start - 1] ?? '';
      if (unlessAfter?.has(before) === true) break;
      if (undotted === true && key.toLowerCase().includes(word.replaceAll('_', '.'))) break;
      const level =
        context === undefined || segments.some(segment => context.has(segment)) ? found.level : found.weak;
      if (level !== undefined) return { tier, level: infoAfter?.has(before) === true ? 'info' : level, word };
      break;
    }
  return undefined;
}

/** `userEmail`, `user.email`, `HTTP_USER-email` → lower-case segments. */
export const keySegments = remembered((key: string): readonly string[] =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(segment => segment !== ''),
);

/** Only neutral words follow, and none before it turns it into something else. */
function isAbout(segments: readonly string[], start: number, end: number): boolean {
  return (
    !distancing.has(segments[start - 1] ?? '') && segments.slice(end).every(segment => neutral.has(segment))
  );
}
