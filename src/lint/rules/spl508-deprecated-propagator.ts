import { sdkCalls } from '../facts/sdk/sdk.ts';
import { replace } from '../fixes/text.ts';
import type { ConfigVariable } from '../project/types.ts';
import type { Fix, Rule } from './rule.ts';

export const deprecatedPropagator: Rule = {
  id: 'SPL508',
  name: 'deprecated-propagator',
  group: 'sdk',
  severity: 'info',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  fix: 'suggestion',
  docs: {
    what: 'Finds the propagators of Jaeger and OpenTracing, in code and in `OTEL_PROPAGATORS`.',
    why: 'The specification has deprecated both: SDKs drop them one after the other, and services that only understand W3C Trace Context begin a trace of their own behind them.',
    examples: [
      {
        language: 'configuration',
        bad: 'OTEL_PROPAGATORS: jaeger',
        good: 'OTEL_PROPAGATORS: tracecontext,baggage',
      },
    ],
    notReported: ["Jaeger's remote sampler, and exporters: other rules are about them."],
    fix: 'Puts `tracecontext,baggage` in front: the old one stays until the last service has moved.',
    references: [
      '[Propagators](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#propagators-distribution)',
    ],
  },
  check({ file, report }) {
    for (const { name, qualifiedName, call } of sdkCalls(file, 'propagator'))
      if (/Jaeger|OtTrace|OTTrace|propagators\/(?:jaeger|ot)\b/.test(qualifiedName))
        report({ at: call.calleeAt, message: messageFor(name), group: 'propagator' });
    // Go's propagators are values: `jaeger.Jaeger{}`, `ot.OT{}`.
    for (const object of file.syntax.objects) {
      const name = object.typeName === undefined ? undefined : file.names.ofType(object.typeName);
      if (name !== undefined && /contrib\/propagators\/(?:jaeger#Jaeger|ot#OT)\(\)$/.test(name))
        report({ at: object.at, message: messageFor(object.typeName ?? ''), group: 'propagator' });
    }
  },
  checkConfiguration({ config, report }) {
    for (const variable of config.environment) {
      if (variable.name !== 'OTEL_PROPAGATORS' || variable.value === undefined) continue;
      const names = variable.value.split(',').map(name => name.trim());
      const old = names.find(name => name === 'jaeger' || name === 'ottrace');
      if (old === undefined) continue;
      report({
        at: variable.valueAt ?? variable.at,
        message: messageFor(`The propagator ${old}`),
        fixes: fixesOf(variable, names),
      });
    }
  },
};

function messageFor(name: string): string {
  return `${name} is deprecated: services that speak W3C Trace Context do not understand it. Use tracecontext and baggage.`;
}

function fixesOf({ valueAt, value }: ConfigVariable, names: readonly string[]): Fix[] {
  if (valueAt === undefined || value === undefined || names.includes('tracecontext')) return [];
  const wanted = ['tracecontext', ...(names.includes('baggage') ? [] : ['baggage']), ...names];
  return [
    {
      title: 'Speak W3C Trace Context as well',
      kind: 'suggestion',
      edits: [replace(valueAt, wanted.join(','))],
    },
  ];
}
