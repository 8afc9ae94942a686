import { attributeInfo, deprecation } from '../../semconv/registry.ts';
import { type AttributeWrite, attributeWrites } from '../facts/attributes/attributes.ts';
import { constantAt } from '../facts/attributes/semconvUses.ts';
import { replacementAt } from '../fixes/semconvKeys.ts';
import { replace } from '../fixes/text.ts';
import type { Service } from '../project/types.ts';
import type { Fix, Rule } from './rule.ts';

export const deprecatedAttribute: Rule = {
  id: 'SPL601',
  name: 'deprecated-attribute',
  group: 'conventions',
  severity: 'info',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  fix: 'safe',
  docs: {
    what: 'Finds attributes that the semantic conventions have renamed or given up, in code and in `OTEL_RESOURCE_ATTRIBUTES`.',
    why: 'Backends, dashboards and queries look for the names in use: a span that has the old ones is left out of every view that is built on the new ones.',
    examples: [
      {
        language: 'python',
        bad: 'span.set_attribute("http.method", "GET")',
        good: 'span.set_attribute("http.request.method", "GET")',
      },
      {
        language: 'configuration',
        bad: 'OTEL_RESOURCE_ATTRIBUTES=deployment.environment=dev',
        good: 'OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=dev',
      },
    ],
    notReported: [
      'Keys that moved to the registry of another repository, such as `gen_ai.*`.',
      'The new key is written beside the old one, or `OTEL_SEMCONV_STABILITY_OPT_IN` is set: the move is under way.',
      'Instrumentation libraries, and keys of `message` events.',
    ],
    fix: 'Writes the new key, if it has the same meaning and type; the others are explained.',
    evidence:
      'Spans that arrive with the key confirm it, and tell whether your code or an old instrumentation writes it.',
    references: [
      '[Attribute registry](https://opentelemetry.io/docs/specs/semconv/registry/attributes/)',
      '[Migration of HTTP conventions](https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/)',
    ],
  },
  check({ file, service, report }) {
    const writes = file.get(attributeWrites);
    for (const write of writes) {
      const { key, keyAt, sink } = write;
      if (key === undefined || keyAt === undefined || sink === 'baggage' || sink === 'metric') continue;
      const mark = deprecation(key);
      if (mark === undefined || key.startsWith('message.') || isMoving(service, key)) continue;
      if (constantAt(file, keyAt)?.legacy === true) continue;
      if (mark.renamedTo !== undefined && isWrittenBeside(write, mark.renamedTo, writes)) continue;
      const since = mark.since === undefined ? '' : ` since ${mark.since}`;
      report({
        at: keyAt,
        message: `"${key}" is deprecated${since}. ${mark.note}`,
        group: key,
        fixes:
          mark.renamedTo === undefined
            ? []
            : fixesOf(replacementAt(file, keyAt, mark.renamedTo, service), key, mark.renamedTo),
        anchor: { attributeKey: key },
      });
    }
  },
  checkConfiguration({ config, report }) {
    for (const { name, value, valueAt } of config.environment) {
      if (name !== 'OTEL_RESOURCE_ATTRIBUTES' || value === undefined || valueAt === undefined) continue;
      const written = config.source.slice(valueAt.start, valueAt.end);
      for (const { 1: key, index } of written.matchAll(/(?<=^|[,\s'"])([\w.]+)=/g)) {
        const mark = deprecation(key);
        if (mark === undefined || (mark.renamedTo !== undefined && written.includes(`${mark.renamedTo}=`)))
          continue;
        const at = { start: valueAt.start + index, end: valueAt.start + index + key.length };
        report({
          at,
          message: `"${key}" is deprecated${mark.since === undefined ? '' : ` since ${mark.since}`}. ${mark.note}`,
          fixes:
            mark.renamedTo === undefined ? [] : fixesOf([replace(at, mark.renamedTo)], key, mark.renamedTo),
          anchor: { attributeKey: key },
        });
      }
    }
  },
};

/** Who opted in to the stable names emits both for a while. */
function isMoving(service: Service, key: string): boolean {
  return (
    service.environment.has('OTEL_SEMCONV_STABILITY_OPT_IN') &&
    /^(?:http|db|net|rpc|messaging|code)\./.test(key)
  );
}

function isWrittenBeside(write: AttributeWrite, key: string, writes: readonly AttributeWrite[]): boolean {
  return writes.some(other => other.key === key && other.call.inFunction === write.call.inFunction);
}

/** A value of another type would be refused by what reads it. */
function fixesOf(edits: Fix['edits'] | undefined, old: string, key: string): Fix[] {
  if (edits === undefined) return [];
  const same = attributeInfo(old)?.type === attributeInfo(key)?.type;
  return [{ title: `Write "${key}"`, kind: same ? 'safe' : 'unsafe', edits }];
}
