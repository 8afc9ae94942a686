import { checkRetired, checkRetiredConfiguration } from './retired.ts';
import type { Rule } from './rule.ts';

export const retiredInstrumentation: Rule = {
  id: 'SPL509',
  name: 'removed-or-moved-instrumentation',
  group: 'sdk',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  fix: 'safe',
  docs: {
    what: 'Finds packages, functions and collector components of OpenTelemetry that were removed, renamed or replaced.',
    why: 'They hold the service back at an old version, or break with the next update; what replaced them often does more.',
    examples: [
      {
        language: 'go',
        bad: 'grpc.WithUnaryInterceptor(otelgrpc.UnaryClientInterceptor())',
        good: 'grpc.WithStatsHandler(otelgrpc.NewClientHandler())',
      },
      {
        language: 'typescript',
        bad: "import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis-4';",
        good: "import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';",
      },
    ],
    notReported: [
      'What only development needs, what others bring (peer dependencies), what is loaded if it is there (in a `try`), and examples of a published package are an info, and so is what the version of the collector in use still has.',
      'The version in use still has it and nothing has replaced it.',
      'A package in `package.json` that no code imports: an info, to remove it.',
      'Dependencies that are only listed in `go.mod`.',
    ],
    fix: 'Takes the successor where the change is the same everywhere: safe within a package, unsafe if another one has to be installed. Removes a dependency that nothing imports.',
    references: [
      '[Changelog of opentelemetry-go-contrib](https://github.com/open-telemetry/opentelemetry-go-contrib/blob/main/CHANGELOG.md)',
      '[Upgrade to the JavaScript SDK 2](https://github.com/open-telemetry/opentelemetry-js/blob/main/doc/upgrade-to-2.x.md)',
    ],
  },
  check(context) {
    checkRetired('SPL509', context);
  },
  checkConfiguration(context) {
    checkRetiredConfiguration('SPL509', context);
  },
};
