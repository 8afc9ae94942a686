import { sdkFacts } from '../facts/sdk/sdk.ts';
import type { Rule } from './rule.ts';

export const inconsistentServiceName: Rule = {
  id: 'SPL503',
  name: 'inconsistent-service-name',
  group: 'sdk',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  docs: {
    what: 'Finds a service that is called one thing in its code and another in its configuration.',
    why: 'Which of the names wins depends on the SDK and on how the program is started: one program is then two services, each with half of the traces.',
    examples: [
      {
        language: 'typescript',
        bad: "new NodeSDK({ serviceName: 'cart_svc' }); // .env: OTEL_SERVICE_NAME=cart-svc",
        good: "new NodeSDK({ serviceName: 'cart-svc' }); // .env: OTEL_SERVICE_NAME=cart-svc",
      },
    ],
    notReported: [
      'Names that are put together or come from elsewhere.',
      'Several names in the configuration: one program runs in several roles.',
    ],
    evidence: 'Spans under both names, or under two names from one process, confirm it.',
    references: ['[Service attributes](https://opentelemetry.io/docs/specs/semconv/resource/#service)'],
  },
  check({ file, service, report }) {
    const configured = (service.environment.get('OTEL_SERVICE_NAME') ?? []).flatMap(({ value, place }) =>
      value === undefined || /[$%{]/.test(value) ? [] : [{ value, place }],
    );
    const [first] = configured;
    if (first === undefined || configured.some(({ value }) => value !== first.value)) return;
    const names = file
      .get(sdkFacts)
      .resourceKeys.filter(({ key, value }) => key === 'service.name' && value !== undefined);
    const [name, ...others] = names;
    if (name?.value === undefined || others.length > 0 || name.value === first.value) return;
    // A file outside of the service speaks of many: only another spelling is surely meant for this one.
    const isOwn = service.root !== '' && first.place.path.startsWith(`${service.root}/`);
    if (!isOwn && !isSameName(name.value, first.value)) return;
    report({
      at: name.at,
      message: `The service is called "${name.value}" here and "${first.value}" in OTEL_SERVICE_NAME: its traces may come under two names.`,
      related: [{ path: first.place.path, at: first.place.at, message: `"${first.value}"` }],
    });
  },
};

/** `cart_svc`, `cart-svc`, `CartService`, `cart`. */
function isSameName(a: string, b: string): boolean {
  const [x, y] = [a, b].map(name =>
    name
      .toLowerCase()
      .replace(/[\W_]/g, '')
      .replace(/(?:service|svc|server|app|api)$/, ''),
  );
  return x === y;
}
