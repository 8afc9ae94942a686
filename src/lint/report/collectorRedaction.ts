import { literally } from '../../base/literally.ts';
import type { SensitiveValue } from '../../model/evidence.ts';
import type { SensitiveSettings } from '../../semconv/sensitive/options.ts';
import { sensitiveValues } from '../../semconv/sensitive/values.ts';
import { type Finding, isAtLeast } from '../finding.ts';

/** A configuration of the collector that masks what was found. */
export interface CollectorRedaction {
  /** YAML; the names of keys are in it, but no value. */
  readonly text: string;
  /** How many patterns of keys and of values it has. */
  readonly patterns: number;
}

/** Rules about attributes that have a key. */
const rules: ReadonlySet<string> = new Set(['SPL201', 'SPL202', 'SPL203', 'SPL204']);
/** What is longer is data. */
const longestKey = 256;
/** Places that are named for each pattern. */
const mostPlaces = 3;

/**
 * What can be found by its shape alone, in the syntax that Go and JavaScript have in common. Where a shape would also fit ids and
 * times (cards, bank accounts, phones), the attribute is masked whole.
 */
const shapes: { readonly [detector: string]: string | undefined } = {
  email: '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,24}',
  jwt: 'eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*',
  'bearer-token': '[Bb]earer\\s+[A-Za-z0-9._~+/=-]{16,}',
  'basic-credentials': '[Bb]asic\\s+[A-Za-z0-9+/=]{8,}',
  'aws-access-key': '(AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
  'url-password': '://[^/\\s:@]+:[^/\\s@]+@',
  'us-ssn': '\\b[0-9]{3}-[0-9]{2}-[0-9]{4}\\b',
};
/** What Go's expressions do not have: looking around and referring back. */
const notInGo = /\(\?[=!<]|\\[1-9k]/;

/**
 * A `redaction` processor for what findings and traces show to be sensitive; undefined if that is nothing.
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/processor/redactionprocessor
 * @param observed in traces
 * @param settings whose patterns of values are among the detectors
 * @param placeOf where a finding is: `src/users.ts:14`
 */
export function collectorRedaction(
  findings: readonly Finding[],
  observed: readonly SensitiveValue[],
  settings: SensitiveSettings | undefined,
  placeOf: (finding: Finding) => string,
): CollectorRedaction | undefined {
  const keys = new Patterns();
  const values = new Patterns();
  const statuses = new Set<string>();
  for (const finding of findings) {
    const key = finding.anchor?.attributeKey;
    const isWritten = finding.suppression === undefined || finding.suppression.kind === 'baseline';
    if (key === undefined || !isWritten || !rules.has(finding.rule.id)) continue;
    if (isAtLeast(finding.severity, 'warning')) keys.add(patternOf(key), placeOf(finding));
  }
  const own = new Map((settings?.values?.extra ?? []).map(({ name, pattern }) => [name, pattern]));
  for (const { attributeKey, carrier, detector, level, serviceName } of observed) {
    if (level === 'info') continue;
    const place = `traces of ${serviceName}`;
    const shape = own.get(detector) ?? shapes[detector];
    if (carrier === 'status') statuses.add(serviceName);
    else if (shape !== undefined && !notInGo.test(shape)) values.add(shape, place);
    else keys.add(patternOf(attributeKey), place);
  }
  const patterns = keys.size + values.size;
  if (patterns === 0) return undefined;
  const text = [
    '# Masks what was found. Put "redaction" among the processors of the pipelines in "service".',
    'processors:',
    '  redaction:',
    '    allow_all_keys: true',
    '    redact_all_types: true',
    ...keys.lines('blocked_key_patterns'),
    ...values.lines('blocked_values'),
    '    summary: silent',
    ...[...statuses].map(name => `# Out of its reach: status messages of ${inComment(name)}.`),
    '',
  ].join('\n');
  return { text, patterns };
}

/** The key as a whole; undefined for one that must not be told. */
function patternOf(key: string): string | undefined {
  if (key.length > longestKey || sensitiveValues(key).length > 0) return undefined;
  return `^${literally(key)}$`;
}

/** Patterns, each with the places that it is there for. */
class Patterns {
  readonly #places = new Map<string, Set<string>>();

  get size(): number {
    return this.#places.size;
  }

  add(pattern: string | undefined, place: string): void {
    if (pattern === undefined) return;
    const places = this.#places.get(pattern) ?? new Set();
    this.#places.set(pattern, places.add(place));
  }

  lines(field: string): string[] {
    const sorted = [...this.#places].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = sorted.map(([pattern, places]) => {
      const shown = [...places].slice(0, mostPlaces).map(inComment);
      if (places.size > mostPlaces) shown.push('…');
      // JSON is YAML.
      return `      - ${JSON.stringify(pattern)} # ${shown.join(', ')}`;
    });
    return lines.length === 0 ? [] : [`    ${field}:`, ...lines];
  }
}

function inComment(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 200);
}
