import { isConditional } from '../facts/conditions.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { partsOf, sdkCalls } from '../facts/sdk/sdk.ts';
import { type CallExpression, type Expression, field } from '../facts/syntax.ts';
import { replace } from '../fixes/text.ts';
import type { ConfigFacts, ConfigVariable } from '../project/types.ts';
import type { ConfigurationContext, Fix, Rule } from './rule.ts';

export const samplerHidesTraces: Rule = {
  id: 'SPL505',
  name: 'sampler-hides-traces-in-dev',
  group: 'sdk',
  severity: 'info',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  fix: 'safe',
  docs: {
    what: 'Finds samplers that drop traces while developing: `always_off` and ratios under 1, in `.env` and compose files, launch configurations and code that no condition surrounds; ratios that are no number from 0 to 1; and ratios that ignore the decision of the caller.',
    why: 'The request that one looks for is not there, and nothing says why. A ratio that is not parent-based decides for each service anew: traces arrive with holes.',
    examples: [
      {
        language: 'configuration',
        bad: 'OTEL_TRACES_SAMPLER=always_off',
        good: 'OTEL_TRACES_SAMPLER=parentbased_always_on',
      },
      {
        language: 'typescript',
        bad: 'new NodeSDK({ sampler: new TraceIdRatioBasedSampler(0.01) });',
        good: 'new NodeSDK({ sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }) });',
      },
    ],
    notReported: [
      'Files for production or staging, Helm charts and Kubernetes manifests.',
      'Ratios that are computed or read from the environment, and samplers in a branch of a condition.',
      'A ratio of 1.',
    ],
    fix: 'In files for development: samples everything, as the caller decided.',
    evidence: 'Requests whose logs or callers are seen without their spans confirm it.',
    references: ['[Samplers](https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers)'],
  },
  check({ file, report }) {
    const samplers = sdkCalls(file, 'sampler');
    const parents = samplers.filter(({ name }) => /ParentBased/i.test(name));
    const wrapped = new Set(parents.flatMap(({ call }) => partsOf(file, call, 'sampler')));
    const used = new Set(providerSamplers(file));
    for (const sampler of samplers) {
      const { name, call } = sampler;
      if (isConditional(file, call)) continue;
      if (/AlwaysOff|NeverSample/i.test(name) && !wrapped.has(sampler))
        report({ at: call.calleeAt, message: `${call.callee} drops every trace.` });
      if (!/Ratio/i.test(name)) continue;
      const ratio = ratioOf(file, call);
      if (ratio === undefined) {
        if (!/ParentBased/i.test(name) && used.has(call) && !wrapped.has(sampler))
          report({
            at: call.calleeAt,
            message: `${call.callee} ignores what the caller has decided: traces arrive with holes. Wrap it in a parent-based sampler.`,
          });
        continue;
      }
      if (ratio < 0 || ratio > 1)
        report({ at: call.at, message: `A ratio is a number from 0 to 1; ${ratio} is not.` });
      else if (ratio < 1)
        report({
          at: call.at,
          message: `Only ${percent(ratio)} of the traces are kept, while developing as well; make the ratio depend on the environment.`,
        });
    }
    for (const off of constantSamplers(file))
      report({ at: off.at, message: `${off.at.text} drops every trace.` });
  },
  checkConfiguration(context) {
    if (!isForDevelopment(context.config)) return;
    for (const variable of context.config.environment) checkVariable(context, variable);
  },
};

/** What providers and SDKs are given as their sampler. */
function providerSamplers(file: FileFacts): Expression[] {
  return sdkCalls(file, 'sdk', 'tracerProvider').flatMap(({ call }) => {
    const options = call.arguments.map(each =>
      each.type === 'call' && each.callee === 'WithSampler' ? each.arguments[0] : field(each, 'sampler'),
    );
    return [...options, call.named.get('sampler')]
      .filter(value => value !== undefined)
      .map(value => file.names.resolve(value, call.inFunction));
  });
}

/** Python's samplers without a ratio are values. */
function constantSamplers(file: FileFacts): Expression[] {
  if (file.language !== 'python') return [];
  return sdkCalls(file, 'tracerProvider').flatMap(({ call }) => {
    const sampler = call.named.get('sampler');
    if (sampler === undefined || sampler.type !== 'reference') return [];
    const name = file.names.qualified(sampler, call.inFunction) ?? '';
    return /^opentelemetry\.sdk\.trace\.sampling\.(?:DEFAULT|ALWAYS)_OFF$/.test(name) ? [sampler] : [];
  });
}

function ratioOf(file: FileFacts, call: CallExpression): number | undefined {
  const argument = call.arguments[0] ?? call.named.get('rate') ?? call.named.get('ratio');
  if (argument === undefined) return undefined;
  const value = file.names.resolve(argument, call.inFunction);
  return value.type === 'constant' && typeof value.value === 'number' ? value.value : undefined;
}

function isForDevelopment({ path, kind }: ConfigFacts): boolean {
  if (/prod|staging|stage|release|perf|bench|load/i.test(path)) return false;
  return kind === 'dotenv' || kind === 'compose' || kind === 'launch' || kind === 'settings';
}

function checkVariable({ config, report }: ConfigurationContext, variable: ConfigVariable): void {
  const { name, value, valueAt, at, scope } = variable;
  if (value === undefined) return;
  const fixes = valueAt === undefined ? [] : fixesOf(config, valueAt);
  if (name === 'OTEL_TRACES_SAMPLER' && /^(?:parentbased_)?always_off$/.test(value))
    report({
      at: valueAt ?? at,
      message: `${value} drops every trace${scope === undefined ? '' : ` of ${scope}`}.`,
      fixes,
    });
  if (name !== 'OTEL_TRACES_SAMPLER_ARG') return;
  const sampler = config.environment.find(
    each => each.name === 'OTEL_TRACES_SAMPLER' && each.scope === scope,
  );
  if (sampler?.value === undefined || !sampler.value.endsWith('traceidratio') || /[$({]/.test(value)) return;
  const ratio = Number(value);
  if (value.trim() === '' || !(ratio >= 0 && ratio <= 1))
    report({
      at: valueAt ?? at,
      message:
        'The argument of a ratio is a number from 0 to 1; with anything else the SDK keeps every trace.',
    });
  else if (ratio < 1)
    report({
      at: valueAt ?? at,
      message: `Only ${percent(ratio)} of the traces are kept while developing.`,
      fixes: valueAt === undefined ? [] : [{ ...everything(config), edits: [replace(valueAt, '1')] }],
    });
}

function fixesOf(config: ConfigFacts, valueAt: { start: number; end: number }): Fix[] {
  return [{ ...everything(config), edits: [replace(valueAt, 'parentbased_always_on')] }];
}

/** A compose file may be deployed as it is. */
function everything({ kind, path }: ConfigFacts): Pick<Fix, 'title' | 'kind'> {
  const surely = kind === 'launch' || /\.env\.(?:dev|local|development)/.test(path);
  return { title: 'Keep every trace', kind: surely ? 'safe' : 'unsafe' };
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(3))} %`;
}
