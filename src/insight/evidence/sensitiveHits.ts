import type { AnyValue } from '../../model/anyValue.ts';
import type { SensitiveKey } from '../../semconv/sensitive/keys.ts';
import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import { previewOf, sensitiveValues } from '../../semconv/sensitive/values.ts';

/** Why a value must not be in a span; nothing of the value but its ends and its length. */
export interface SensitiveHit {
  /** See `SensitiveValue.detector`. */
  readonly detector: string;
  readonly level: 'error' | 'warning' | 'info';
  readonly preview: string;
}

const ranks = { error: 2, warning: 1, info: 0 } as const;
/** Under a key that speaks of a secret, these are none. */
const trivial =
  /^(?:[*x•.#_-]+|null|nil|none|undefined|true|false|n\/a|unknown|default|empty|required|bearer|basic|[[<({]?(?:redacted|filtered|masked|hidden|removed|secret|sensitive|obfuscated|scrubbed)\b.{0,20})$/i;
const uuidOrHex =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/**
 * What the detectors say of a value, by its content and by what its key speaks of; the latter only where it weighs more.
 * @param speaks what `sensitiveKey` says of the key
 * @param options what the user adds and takes away
 */
export function sensitiveHits(
  key: string,
  speaks: SensitiveKey | undefined,
  text: string,
  value: AnyValue,
  options?: SensitiveOptions,
): readonly SensitiveHit[] {
  const isText = !('boolValue' in value || 'intValue' in value || 'doubleValue' in value);
  const hits = isText
    ? sensitiveValues(text, key, options).map(({ detector, level, preview }) => ({
        detector,
        level,
        preview,
      }))
    : [];
  const byKey = speaks === undefined ? undefined : hitByKey(speaks, text, value);
  if (byKey !== undefined && hits.every(({ level }) => ranks[level] < ranks[byKey.level])) hits.push(byKey);
  return hits;
}

/** A number is none of a secret, but may be one of a card; a word that may mean much needs a value that looks it. */
function hitByKey(
  { tier, level, word }: SensitiveKey,
  text: string,
  value: AnyValue,
): SensitiveHit | undefined {
  if (tier === 'ambiguous' || tier === 'network' || 'boolValue' in value || 'doubleValue' in value)
    return undefined;
  const content = unwrapped(value) ?? text;
  if (content.length < 3 || trivial.test(content)) return undefined;
  if ('intValue' in value && tier !== 'financial') return undefined;
  if (tier !== 'credential' && uuidOrHex.test(content)) return undefined;
  return { detector: `key:${word}`, level, preview: previewOf(content) };
}

/** The one element of a list: headers are lists. */
function unwrapped(value: AnyValue): string | undefined {
  if (!('arrayValue' in value) || value.arrayValue.values.length !== 1) return undefined;
  const [only] = value.arrayValue.values;
  return 'stringValue' in only ? only.stringValue : undefined;
}
