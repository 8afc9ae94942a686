import type { SensitiveValue } from '../../model/evidence.ts';
import { counted, quoted, shown, type TraceFinding, type TraceRule, traces } from './traceRule.ts';

const ranks = { error: 2, warning: 1, info: 0 } as const;

export const sensitiveValueObserved: TraceRule = {
  id: 'SPL702',
  name: 'sensitive-value-observed',
  ...traces,
  severity: 'error',
  confidence: 'high',
  docs: {
    what: 'Finds secrets and personal data in attributes, events, resources and status messages that were received.',
    why: 'Telemetry is kept for long, copied to many places and read by many people. Credentials in it must be changed; personal data in it falls under the same laws as in a database, where nobody looks for it.',
    examples: [
      { language: 'traces', bad: 'user.email = "ada@lovelace.org"', good: 'user.hash = "3f1c9a…"' },
      {
        language: 'traces',
        bad: 'http.request.header.authorization = ["Bearer eyJhbGciOi…"]',
        good: '(not captured)',
      },
    ],
    notReported: [
      'Masked values (`***`, `[REDACTED]`), digests and opaque ids.',
      'Documented examples: `user@example.com`, `AKIAIOSFODNN7EXAMPLE`, test card numbers.',
      'What is only likely, until several different values were seen under the same key.',
    ],
    evidence:
      'Every value that arrives is looked at where it is stored; only its first and last character and its length are told.',
    references: [
      '[Handling sensitive data](https://opentelemetry.io/docs/security/handling-sensitive-data/)',
      '[Instrumentation Score](https://github.com/instrumentation-score/spec/tree/main/rules)',
    ],
  },
  find: ({ sensitiveValues }) => strongest(sensitiveValues).map(finding),
};

/** One for each attribute of a span: what the surest detector says. Guesses count from the second value on. */
function strongest(all: readonly SensitiveValue[]): SensitiveValue[] {
  const found = new Map<string, SensitiveValue>();
  for (const each of all) {
    if (each.level === 'info' && !each.severalValues) continue;
    const { serviceName, scopeName, spanName, spanKind, carrier, attributeKey } = each;
    const origin = carrier === 'resource' ? [] : [scopeName, spanName, spanKind];
    const key = JSON.stringify([serviceName, ...origin, carrier, attributeKey]);
    const other = found.get(key);
    if (other === undefined || ranks[each.level] > ranks[other.level]) found.set(key, each);
  }
  return [...found.values()];
}

function finding(each: SensitiveValue): TraceFinding {
  const { serviceName, spanName, attributeKey, carrier, detector, preview, level, spans, traces } = each;
  const place = {
    span: `Spans ${quoted(spanName)} of ${serviceName} carry`,
    event: `Events of ${quoted(spanName)} in ${serviceName} carry`,
    status: `The status of ${quoted(spanName)} in ${serviceName} carries`,
    resource: `The resource of ${serviceName} carries`,
  }[carrier];
  const what = detector.startsWith('key:')
    ? `a value under a key that speaks of ${detector.slice('key:'.length).replaceAll('_', ' ')}`
    : `what looks like ${describe(detector)}`;
  const seen = `${counted(spans, 'span')} in ${counted(traces, 'trace')}`;
  return {
    ...shown(each),
    severity: level,
    message: `${place} ${what}: \`${attributeKey}\`, ${preview}; seen on ${seen}. Leave it out, or mask or hash it before it is set.`,
  };
}

const names: { readonly [detector: string]: string | undefined } = {
  email: 'an email address',
  phone: 'a phone number',
  jwt: 'a JSON web token',
  iban: 'a bank account number (IBAN)',
  'us-ssn': 'a social security number',
  'credit-card': 'a payment card number',
  'aws-access-key': 'an AWS access key',
  'url-password': 'a password in a URL',
  'secret-pair': 'a secret with its name',
  'random-secret': 'a generated secret',
};

function describe(detector: string): string {
  return names[detector] ?? `a ${detector.replaceAll('-', ' ')}`;
}
