import type { ResourceGap } from '../../model/evidence.ts';
import { quoted, shown, type TraceFinding, type TraceRule, traces } from './traceRule.ts';

export const resourceIncomplete: TraceRule = {
  id: 'SPL704',
  name: 'resource-incomplete-observed',
  ...traces,
  severity: 'warning',
  confidence: 'high',
  docs: {
    what: 'Finds services whose resource does not say who they are.',
    why: 'Without `service.name`, spans of all such programs are thrown together as `unknown_service`. Without a version and an environment, nobody can tell whether a fault came with the last release, or is one of the test system.',
    examples: [
      {
        language: 'traces',
        bad: 'service.name = "unknown_service:node"',
        good: 'service.name = "checkout", service.version = "2.3.1", deployment.environment.name = "staging"',
      },
    ],
    notReported: [
      'The older `deployment.environment` counts as an environment.',
      'A version or an environment that is missing is only an information.',
    ],
    references: [
      '[Service attributes](https://opentelemetry.io/docs/specs/semconv/resource/service/)',
      '[Instrumentation Score RES-005](https://github.com/instrumentation-score/spec/blob/main/rules/RES-005.md)',
    ],
  },
  find: ({ resourceGaps }) => [...nameless(resourceGaps), ...incomplete(resourceGaps)],
};

function nameless(gaps: readonly ResourceGap[]): TraceFinding[] {
  return gaps.flatMap(gap => {
    if (gap.problem === 'no service.name')
      return {
        ...shown(gap),
        message: `A program sends spans without \`service.name\`: they are shown as ${quoted(gap.serviceName)}. Set OTEL_SERVICE_NAME, or the attribute in the resource of its SDK.`,
      };
    if (gap.problem === 'several names for one process')
      return {
        ...shown(gap),
        severity: 'info' as const,
        message: `One process sends as ${quoted(gap.serviceName)} and as ${quoted(gap.detail ?? '')}: its spans are spread over two services. Set \`service.name\` in one place.`,
      };
    return [];
  });
}

/** One for each service, whatever it lacks. */
function incomplete(gaps: readonly ResourceGap[]): TraceFinding[] {
  const lacking = new Map<string, { gap: ResourceGap; keys: Set<string> }>();
  for (const gap of gaps) {
    if (gap.problem !== 'no service.version' && gap.problem !== 'no deployment.environment.name') continue;
    const key = gap.problem.slice('no '.length);
    const known = lacking.get(gap.serviceName);
    if (known === undefined) lacking.set(gap.serviceName, { gap, keys: new Set([key]) });
    else known.keys.add(key);
  }
  return [...lacking.values()].map(({ gap, keys }) => ({
    ...shown(gap),
    severity: 'info',
    message: `The resource of ${gap.serviceName} has no ${[...keys].map(key => `\`${key}\``).join(' and no ')}: set it by OTEL_RESOURCE_ATTRIBUTES, or in the resource of the SDK.`,
  }));
}
