import type { AnyValue } from '../../model/anyValue.ts';
import type { SensitiveKey } from '../../semconv/sensitive/keys.ts';
import { sensitiveValues } from '../../semconv/sensitive/values.ts';

/** Why a value must not be in a span; nothing of the value but its ends and its length. */
export interface SensitiveHit {
  /** See `SensitiveValue.detector`. */
  readonly detector: string;
  readonly level: 'error' | 'warning' | 'info';
  readonly preview: string;
}

const ranks = { error: 2, warning: 1, info: 0 } as const;
/** Under a key that tells of a secret, these are none. */
const trivial =
  /^(?:|[*x•#._-]+|null|nil|none|undefined|true|false|n\/a|unknown|default|empty|required|\[?<?\(?(?:redacted|filtered|masked|hidden|removed|secret|sensitive|obfuscated|scrubbed)[^\w]*(?:\w+)?[\])>]*|bearer|basic)$/i;
const uuidOrHex =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/**
 * What the detectors say of a value, by its content and by what its key speaks of; the latter only where it weighs more.
 * @param speaks what `sensitiveKey` says of the key
 */
export function sensitiveHits(
  key: string,
  speaks: SensitiveKey | undefined,
  text: string,
  value: AnyValue,
): readonly SensitiveHit[] {
  const isText = !('boolValue' in value || 'intValue' in value || 'doubleValue' in value);
  const hits: SensitiveHit[] = isText ? [...sensitiveValues(text, key)] : [];
  const byKey = hitByKey(speaks, text, value);
  if (byKey !== undefined && hits.every(({ level }) => ranks[level] < ranks[byKey.level])) hits.push(byKey);
  return hits;
}

function hitByKey(found: SensitiveKey | undefined, text: string, value: AnyValue): SensitiveHit | undefined {
  if (found === undefined) return undefined;
  const { tier, word } = found;
  const detector = `key:${word}`;
  const preview = masked(text);
  if ('boolValue' in value || 'doubleValue' in value) return undefined;
  if ('intValue' in value)
    return tier === 'financial' && text.length >= 3 ? { detector, level: 'error', preview } : undefined;
  const content = unwrapped(value) ?? text;
  if (content.length < 3 || trivial.test(content)) return undefined;
  switch (tier) {
    case 'credential':
    case 'financial':
      return { detector, level: 'error', preview };
    case 'ambiguous':
      return isRandom(content) ? { detector, level: 'warning', preview } : undefined;
    case 'identity':
    case 'contact':
    case 'health':
    case 'custom':
      return uuidOrHex.test(content) ? undefined : { detector, level: 'warning', preview };
    case 'network':
      return undefined;
  }
}

/** The one element of a list: headers are lists. */
function unwrapped(value: AnyValue): string | undefined {
  if (!('arrayValue' in value) || value.arrayValue.values.length !== 1) return undefined;
  const [only] = value.arrayValue.values;
  return 'stringValue' in only ? only.stringValue : undefined;
}

/** Looks made by a generator: long, of more than 3.5 bits a character (Shannon), and no id or digest. */
function isRandom(text: string): boolean {
  if (text.length < 20 || text.length > 4096 || /\s/.test(text) || uuidOrHex.test(text)) return false;
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits > 3.5;
}

function masked(text: string): string {
  return text.length < 8
    ? `${text.length} characters`
    : `${text[0]}…${text.at(-1)} (${text.length} characters)`;
}
