import { type Detector, detectors, isIdentifier, type KeyOfText, type Match } from './detectors.ts';
import { sensitiveKey } from './keys.ts';
import type { SensitiveOptions } from './options.ts';
import type { SensitiveLevel } from './words.ts';

/** Something in a text that does not belong into telemetry. Of the value only its ends and its length are told. */
export interface SensitiveValue {
  /** `email`, `jwt`, `credit-card`… (detectors.ts), or the name of a pattern of the user. */
  readonly detector: string;
  readonly level: SensitiveLevel;
  /** First and last character and the length. */
  readonly preview: string;
  /** It opens something: a key, a password, a token. */
  readonly secret: boolean;
}

/** What is shorter holds nothing; of what is longer the beginning is read. In UTF-16 units. */
const shortest = 6;
const longest = 65_536;
/** The same for patterns of the user, which may take their time. */
const longestForPatterns = 4_096;

interface Found extends Match {
  readonly detector: string;
  readonly secret: boolean;
}

/**
 * What the detectors find in a text, the worst place of each. Takes time linear in the length of the text.
 * @param key of the attribute, field or header that holds it: some shapes mean something only under a certain name
 */
export function sensitiveValues(text: string, key = '', options?: SensitiveOptions): SensitiveValue[] {
  const values: SensitiveValue[] = [];
  for (const { detector, level, start, end, secret } of findings(text.slice(0, longest), key, options)) {
    const value = { detector, level, preview: previewOf(text.slice(start, end)), secret };
    const index = values.findIndex(other => other.detector === detector);
    if (index < 0) values.push(value);
    else if (ranks[level] > ranks[values[index].level]) values[index] = value;
  }
  return values;
}

/** The text with everything that is found in it replaced by `•••`: for display. */
export function maskSensitive(text: string, key = '', options?: SensitiveOptions): string {
  let masked = '';
  let at = 0;
  for (const { start, end } of findings(text, key, options)) {
    masked += `${text.slice(at, start)}•••`;
    at = end;
  }
  return masked + text.slice(at);
}

/** First and last character and the length; of what is short, the length alone. */
export function previewOf(value: string): string {
  const length = `${value.length} characters`;
  return value.length < 8 ? length : `${value[0]}…${value.at(-1)}, ${length}`;
}

const ranks: { readonly [level in SensitiveLevel]: number } = { error: 2, warning: 1, info: 0 };

/** In order, without places that lie in another one: a JWT in a header is not a bearer token as well. */
function findings(text: string, key: string, options: SensitiveOptions | undefined): Found[] {
  if (text.length < shortest) return [];
  const found = fromPatterns(text, options);
  if (!isIdentifier(text)) {
    const keyOfText: KeyOfText = { text: key, sensitive: key === '' ? undefined : sensitiveKey(key) };
    for (const detector of detectors) {
      if (!isOn(detector, options) || !detector.mayBeIn(text)) continue;
      const { name, secret } = detector;
      for (const match of detector.matches(text, keyOfText))
        if (options === undefined || !isAllowed(text.slice(match.start, match.end), options))
          found.push({ ...match, detector: name, secret });
    }
  }
  return withoutOverlaps(found);
}

/** Of two that overlap, the one whose detector comes first in the list stays. */
function withoutOverlaps(found: readonly Found[]): Found[] {
  const inOrder = found
    .map((match, rank) => ({ match, rank }))
    .sort((a, b) => a.match.start - b.match.start || a.rank - b.rank);
  const kept: typeof inOrder = [];
  for (const each of inOrder) {
    const last = kept.at(-1);
    if (last === undefined || each.match.start >= last.match.end) kept.push(each);
    else if (each.rank < last.rank) kept[kept.length - 1] = each;
  }
  return kept.map(({ match }) => match);
}

function isOn({ name, offByDefault }: Detector, options: SensitiveOptions | undefined): boolean {
  return options?.detectors[name] ?? offByDefault !== true;
}

function fromPatterns(text: string, options: SensitiveOptions | undefined): Found[] {
  if (options === undefined) return [];
  const head = text.slice(0, longestForPatterns);
  return options.patterns.flatMap(({ name, pattern, level }) =>
    [...head.matchAll(pattern)]
      .filter(([match]) => match !== '')
      .map(match => ({
        start: match.index,
        end: match.index + match[0].length,
        level,
        detector: name,
        secret: true,
      })),
  );
}

function isAllowed(value: string, { allow }: SensitiveOptions): boolean {
  return allow.some(pattern => value.slice(0, longestForPatterns).search(pattern) >= 0);
}
