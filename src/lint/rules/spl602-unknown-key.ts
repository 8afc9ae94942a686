import { isKnownKey, isMoved, isRegisteredNamespace, knownKeys, nearestKey } from '../../semconv/registry.ts';
import { attributeWrites } from '../facts/attributes/attributes.ts';
import { replacementAt } from '../fixes/semconvKeys.ts';
import type { Rule } from './rule.ts';

export const unknownKey: Rule = {
  id: 'SPL602',
  name: 'unknown-key-in-reserved-namespace',
  group: 'conventions',
  severity: 'hint',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds keys in a namespace of the semantic conventions that the conventions do not have: misspelt ones (a warning) and own ones.',
    why: 'A misspelt key is found by nobody who searches for the right one. An own key in a reserved namespace may mean something else in the next version of the conventions.',
    examples: [
      {
        language: 'typescript',
        bad: "span.setAttribute('http.requst.method', 'GET');",
        good: "span.setAttribute('http.request.method', 'GET');",
      },
      {
        language: 'go',
        bad: 'attribute.String("http.retry_reason", reason)',
        good: 'attribute.String("app.http.retry_reason", reason)',
      },
    ],
    notReported: [
      'Keys in use and deprecated ones, those below a template such as `http.request.header`, and namespaces that moved to another repository (`gen_ai`, `mcp`).',
      'Namespaces that the conventions do not have, and `otel`.',
      'Keys that differ from a known one by a plural only are no misspelling.',
      'Own keys below everyday words, such as `session` and `file`.',
    ],
    fix: 'Corrects a misspelt key.',
    evidence: 'Spans of the service that carry the key confirm it.',
    references: ['[Attribute naming](https://opentelemetry.io/docs/specs/semconv/general/naming/)'],
  },
  check({ file, service, report }) {
    const nearest = new Map<string, string | undefined>();
    for (const { key, keyAt, sink } of file.get(attributeWrites)) {
      if (key === undefined || keyAt === undefined || sink === 'baggage' || sink === 'metric' || !isOwn(key))
        continue;
      if (!nearest.has(key)) nearest.set(key, nearestKey(key));
      const meant = nearest.get(key);
      if (meant !== undefined && meant !== `${key}s` && key !== `${meant}s`) {
        const edits = replacementAt(file, keyAt, meant, service);
        report({
          at: keyAt,
          message: `"${key}" is not a key of the semantic conventions; "${meant}" is.`,
          severity: 'warning',
          confidence: 'high',
          fixes: edits === undefined ? [] : [{ title: `Write "${meant}"`, kind: 'safe', edits }],
          anchor: { attributeKey: key },
        });
      } else if (!everyday.test(key))
        report({
          at: keyAt,
          message: `The semantic conventions have no "${key}", and the namespace "${namespaceOf(key)}" is theirs; give it a prefix of your own.`,
          group: namespaceOf(key),
          anchor: { attributeKey: key },
        });
    }
  },
};

/** Namespaces that are everyday words as well: who writes `session.found` does not mean the conventions. */
const everyday =
  /^(?:app|artifact|destination|device|event|file|geo|log|profile|session|source|system|test|thread)\./;

function isOwn(key: string): boolean {
  if (!/^[a-z][\w]*(?:\.[\w-]+)+$/i.test(key) || isKnownKey(key)) return false;
  const namespace = namespaceOf(key);
  return namespace !== 'otel' && isRegisteredNamespace(namespace) && !movedNamespaces().has(namespace);
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('.'));
}

let moved: Set<string> | undefined;

function movedNamespaces(): Set<string> {
  moved ??= new Set([...knownKeys()].filter(isMoved).map(namespaceOf));
  return moved;
}
