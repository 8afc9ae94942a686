import { groupedBy } from '../../base/groups.ts';
import type { LegacyAttribute } from '../../model/evidence.ts';
import { shown, type TraceFinding, type TraceRule, traces } from './traceRule.ts';

const mostKeysNamed = 4;
/** Scopes of the packages that the OpenTelemetry projects publish. */
const instrumentations =
  /^(?:@opentelemetry\/|opentelemetry\.instrumentation\.|go\.opentelemetry\.io\/contrib\/|io\.opentelemetry\.|OpenTelemetry\.)/;

export const legacyAttributes: TraceRule = {
  id: 'SPL708',
  name: 'legacy-attributes-observed',
  ...traces,
  severity: 'info',
  confidence: 'high',
  docs: {
    what: 'Finds attribute keys that the semantic conventions have renamed or given up, by what writes them.',
    why: 'Backends and dashboards follow the new names: what is written under old ones is not found, or counted twice.',
    examples: [{ language: 'traces', bad: 'http.method = "GET"', good: 'http.request.method = "GET"' }],
    notReported: ['Keys that moved to another registry with their meaning, such as `gen_ai.*`.'],
    references: ['[Semantic conventions](https://opentelemetry.io/docs/specs/semconv/)'],
  },
  find: ({ legacyAttributes: all }) => byScope(all).map(finding),
};

function byScope(all: readonly LegacyAttribute[]): LegacyAttribute[][] {
  const scopes = groupedBy(all, ({ serviceName, scopeName, scopeVersion }) =>
    JSON.stringify([serviceName, scopeName, scopeVersion]),
  );
  return [...scopes.values()];
}

function finding(all: readonly LegacyAttribute[]): TraceFinding {
  const keys = all.toSorted((a, b) => b.spans - a.spans || (a.attributeKey < b.attributeKey ? -1 : 1));
  const [first] = keys;
  const { serviceName, scopeName, scopeVersion } = first;
  const named = keys
    .slice(0, mostKeysNamed)
    .map(({ attributeKey, renamedTo }) =>
      renamedTo === undefined ? `\`${attributeKey}\`` : `\`${attributeKey}\` (now \`${renamedTo}\`)`,
    );
  const more = keys.length > mostKeysNamed ? ` and ${keys.length - mostKeysNamed} more` : '';
  const scope = scopeVersion === '' ? scopeName : `${scopeName}@${scopeVersion}`;
  const isInstrumentation = instrumentations.test(scopeName);
  const advice = isInstrumentation
    ? `Upgrade ${scopeName}; many instrumentations write the new keys once OTEL_SEMCONV_STABILITY_OPT_IN asks for them.`
    : 'Write the new keys in the code of this tracer.';
  const by = scopeName === '' ? 'a tracer without a name' : scope;
  return {
    ...shown(first),
    message: `${serviceName} sends outdated attributes through ${by}: ${named.join(', ')}${more}. ${advice}`,
  };
}
