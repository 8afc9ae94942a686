import { type KeyOptions, keySegments } from './keys.ts';
import { boundedPattern } from './patterns.ts';
import type { SensitiveLevel } from './words.ts';

/** As it stands in `spanline.json` under `sensitive`, and in the settings. */
export interface SensitiveSettings {
  readonly keys?: { readonly extra?: readonly string[]; readonly ignore?: readonly string[] };
  readonly values?: {
    readonly extra?: readonly { readonly name: string; readonly pattern: string; readonly level?: string }[];
    readonly allow?: readonly string[];
    readonly detectors?: Readonly<Record<string, boolean>>;
  };
}

/** Settings made ready. */
export interface SensitiveOptions {
  readonly keys: KeyOptions;
  readonly patterns: readonly {
    readonly name: string;
    readonly pattern: RegExp;
    readonly level: SensitiveLevel;
  }[];
  readonly allow: readonly RegExp[];
  readonly detectors: Readonly<Record<string, boolean>>;
  /** Patterns that are left out, with the reason. */
  readonly problems: readonly string[];
}

/** Patterns that are wrong or could take long are left out and named in `problems`. */
export function readSensitiveSettings(settings: SensitiveSettings): SensitiveOptions {
  const problems: string[] = [];
  const compile = (pattern: string): RegExp[] => {
    const compiled = boundedPattern(pattern);
    if (typeof compiled !== 'string') return [compiled];
    problems.push(`${JSON.stringify(pattern)} ${compiled}`);
    return [];
  };
  const { keys, values } = settings;
  const extra = (keys?.extra ?? []).map(keyPattern);
  const ignored = (keys?.ignore ?? []).map(keyPattern);
  return {
    keys: {
      extra: (key, segments) => extra.find(({ matches }) => matches(key, segments))?.pattern,
      ignores: (key, segments) => ignored.some(({ matches }) => matches(key, segments)),
    },
    patterns: (values?.extra ?? []).flatMap(({ name, pattern, level }) =>
      compile(pattern).map(compiled => ({ name, pattern: compiled, level: levelOf(level) })),
    ),
    allow: (values?.allow ?? []).flatMap(compile),
    detectors: values?.detectors ?? {},
    problems,
  };
}

function levelOf(level: string | undefined): SensitiveLevel {
  return level === 'error' || level === 'info' ? level : 'warning';
}

/** Segments (`badge_number` matches `user.badgeNumber`), or with `*` the whole key (`acme.*.pin`). */
function keyPattern(pattern: string): {
  pattern: string;
  matches(key: string, segments: readonly string[]): boolean;
} {
  if (pattern.includes('*'))
    return { pattern, matches: key => matchesGlob(pattern.toLowerCase(), key.toLowerCase()) };
  const wanted = `_${keySegments(pattern).join('_')}_`;
  return { pattern, matches: (_, segments) => `_${segments.join('_')}_`.includes(wanted) };
}

/** In time of the product of both lengths at worst. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  let at = first.length;
  for (const part of rest) {
    at = text.indexOf(part, at);
    if (at < 0) return false;
    at += part.length;
  }
  return at <= text.length - last.length;
}
