import { sdkCalls, sdkFacts } from '../facts/sdk/sdk.ts';
import type { Rule } from './rule.ts';

export const missingVersionOrEnvironment: Rule = {
  id: 'SPL502',
  name: 'missing-version-or-environment',
  group: 'sdk',
  severity: 'hint',
  confidence: 'low',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds services whose resource has neither `service.version` nor `deployment.environment.name`, or lacks one of them.',
    why: 'Without them a trace does not say which release made it, nor whether it is of production: two releases cannot be compared.',
    examples: [
      {
        language: 'python',
        bad: 'Resource.create({"service.name": "billing"})',
        good: 'Resource.create({"service.name": "billing", "service.version": VERSION, "deployment.environment.name": ENV})',
      },
    ],
    notReported: [
      'They are given anywhere in the service, in code or in `OTEL_RESOURCE_ATTRIBUTES`.',
      'No `service.name` is given in code: the resource is made elsewhere.',
    ],
    evidence: 'Resources that arrive without them confirm it.',
    references: [
      '[Deployment attributes](https://opentelemetry.io/docs/specs/semconv/resource/deployment-environment/)',
      '[RES-007](https://github.com/instrumentation-score/spec/blob/main/rules/RES-007.md)',
    ],
  },
  check({ file, service, report }) {
    if (sdkCalls(file, 'sdk', 'tracerProvider', 'resource').length === 0) return;
    const { resourceKeys } = file.get(sdkFacts);
    const name = resourceKeys.find(({ key }) => key === 'service.name');
    if (name === undefined) return;
    const variables = service.environment.get('OTEL_RESOURCE_ATTRIBUTES') ?? [];
    if (variables.some(({ value }) => value === undefined || value.includes('$'))) return;
    const has = (key: string) =>
      service.resourceKeys.has(key) ||
      resourceKeys.some(each => each.key === key) ||
      variables.some(({ value }) => value?.includes(`${key}=`));
    const missing = [
      ...(has('service.version') ? [] : ['service.version']),
      ...(has('deployment.environment.name') || has('deployment.environment')
        ? []
        : ['deployment.environment.name']),
    ];
    if (missing.length === 0) return;
    report({
      at: name.at,
      message: `The resource has no ${missing.join(' and no ')}: traces do not tell ${missing.length > 1 ? 'release and environment' : missing[0] === 'service.version' ? 'the release' : 'the environment'} apart.`,
      group: missing.join(),
    });
  },
};
