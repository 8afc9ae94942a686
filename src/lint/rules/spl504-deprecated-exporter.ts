import type { FileFacts } from '../facts/fileFacts.ts';
import { type CallExpression, field, type Import, staticText } from '../facts/syntax.ts';
import { replace } from '../fixes/text.ts';
import type { ConfigVariable } from '../project/types.ts';
import { checkRetired, checkRetiredConfiguration, type Retired } from './retired.ts';
import type { Edit, Fix, Rule } from './rule.ts';

export const deprecatedExporter: Rule = {
  id: 'SPL504',
  name: 'deprecated-exporter',
  group: 'sdk',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  fix: 'unsafe',
  docs: {
    what: 'Finds exporters that are deprecated or gone: those of Jaeger, Zipkin and OpenCensus, and old names of the OTLP exporters, in code, manifests, environment variables and collector configuration.',
    why: 'They get no fixes, stop working with the next version of the SDK, and what they speak is taken by fewer backends each year. Jaeger, Zipkin and every collector take OTLP.',
    examples: [
      {
        language: 'typescript',
        bad: "import { JaegerExporter } from '@opentelemetry/exporter-jaeger';",
        good: "import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';",
      },
      {
        language: 'configuration',
        bad: 'OTEL_TRACES_EXPORTER=jaeger',
        good: 'OTEL_TRACES_EXPORTER=otlp',
      },
    ],
    notReported: [
      'What `application.yml` says of an exporter where no starter that reads it is among the dependencies: an info.',
      'What only development needs, what others bring (peer dependencies), what is loaded if it is there (in a `try`), and examples of a published package are an info, and so is what the version of the collector in use still has.',
      'A package in `package.json` that no code imports: an info, to remove it.',
      "Jaeger's remote sampler: it is maintained.",
      'Exporters of Zipkin are an info: they are maintained until the end of 2026.',
    ],
    fix: 'Exports OTLP to the same host; the package has to be installed, and the port is another one, so that one decides for each.',
    references: [
      '[Jaeger exporters](https://opentelemetry.io/blog/2023/jaeger-exporter-collector-migration/)',
      '[Zipkin exporter](https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/zipkin/)',
    ],
  },
  check(context) {
    checkRetired('SPL504', context, (row, imported) => exporterFixes(context.file, row, imported));
  },
  checkConfiguration(context) {
    checkRetiredConfiguration('SPL504', context);
    const { path } = context.config;
    const isProperty = ofSpring.test(path);
    // The Java agent does not look there.
    const isUnread =
      isProperty && ![...context.service.dependencies.keys()].some(each => readsProperties.test(each));
    const doubt = isUnread ? ' It is not shown that anything reads this file for it.' : '';
    for (const variable of context.config.environment) {
      const { name, value, at, valueAt } = variable;
      const old =
        name === 'OTEL_TRACES_EXPORTER'
          ? value?.split(',').find(each => /^(?:jaeger|zipkin)$/.test(each.trim()))
          : undefined;
      if (old !== undefined)
        context.report({
          at: valueAt ?? at,
          message: `The exporter ${old.trim()} is outdated: SDKs drop it, and ${old.trim() === 'jaeger' ? 'Jaeger' : 'Zipkin'} takes OTLP. Use otlp.${doubt}`,
          severity: old.trim() === 'zipkin' || isUnread ? 'info' : undefined,
          group: `${name} ${old.trim()} ${path}`,
          fixes: variableFixes(variable, old),
        });
      else if (/^OTEL_EXPORTER_JAEGER_/.test(name))
        context.report({
          at: variable.nameAt,
          message: `${written(name, isProperty)} configures an exporter that the SDKs have dropped. Use ${written('OTEL_EXPORTER_OTLP_ENDPOINT', isProperty)}.${doubt}`,
          severity: isUnread ? 'info' : undefined,
          group: `OTEL_EXPORTER_JAEGER ${path}`,
        });
    }
  },
};

const ofSpring = /(?:^|\/)(?:application|bootstrap)[\w-]*\.(?:ya?ml|properties)$/;
const readsProperties =
  /opentelemetry-spring-boot|spring-boot-starter-opentelemetry|spring-cloud-sleuth-otel|quarkus-opentelemetry|micronaut-tracing-opentelemetry|helidon|smallrye|microprofile/;

/** As it stands in a file of properties. */
function written(name: string, isProperty: boolean): string {
  return isProperty ? name.toLowerCase().replaceAll('_', '.') : name;
}

function variableFixes({ value, valueAt }: ConfigVariable, old: string): Fix[] {
  if (value === undefined || valueAt === undefined) return [];
  const names = value.split(',').map(each => (each === old ? 'otlp' : each.trim()));
  return [{ title: 'Export OTLP', kind: 'unsafe', edits: [replace(valueAt, [...new Set(names)].join(','))] }];
}

const successors: {
  readonly [ecosystem: string]: { readonly module: string; readonly name: string } | undefined;
} = {
  npm: { module: '@opentelemetry/exporter-trace-otlp-http', name: 'OTLPTraceExporter' },
  pypi: { module: 'opentelemetry.exporter.otlp.proto.http.trace_exporter', name: 'OTLPSpanExporter' },
};

/** Class for class, where all that is done with it is to make one. */
function exporterFixes(
  file: FileFacts,
  { ecosystem }: Retired,
  { module, name, local, statementAt }: Import,
): Fix[] {
  const successor = successors[ecosystem];
  if (successor === undefined || !/^(?:Jaeger|Zipkin)Exporter$/.test(name) || local !== name) return [];
  const uses = file.syntax.calls.filter(call => call.callee === local && call.receiver === undefined);
  const mentions = file.syntax.source.split(new RegExp(`\\b${local}\\b`)).length - 1;
  if (uses.length === 0 || mentions !== uses.length + 1) return [];
  const edits: Edit[] = [];
  for (const [old, newText] of [
    [module, successor.module],
    [name, successor.name],
  ]) {
    // The name may be part of the module's.
    const start =
      statementAt.start + (old === name ? wordIn(statementAt.text, old) : statementAt.text.indexOf(old));
    edits.push({ start, end: start + old.length, newText });
  }
  for (const call of uses) {
    edits.push(replace(call.calleeAt, successor.name));
    if (call.argumentsAt !== undefined && call.argumentsAt.text !== '()')
      edits.push(replace(call.argumentsAt, argumentsFor(ecosystem, call)));
  }
  return [{ title: 'Export OTLP', kind: 'unsafe', edits }];
}

function wordIn(text: string, word: string): number {
  return new RegExp(`\\b${word}\\b`).exec(text)?.index ?? 0;
}

/** The same host at OTLP's port, where it is written out; else the SDK's default or environment. */
function argumentsFor(ecosystem: string, call: CallExpression): string {
  const [options] = call.arguments;
  const given = ['endpoint', 'url', 'host', 'collector_endpoint', 'agent_host_name']
    .map(key => staticText(field(options, key) ?? call.named.get(key)))
    .find(text => text !== undefined);
  const host = /^(?:\w+:\/\/)?([\w.-]+)/.exec(given ?? '')?.[1];
  if (host === undefined) return '()';
  const url = `http://${host}:4318/v1/traces`;
  return ecosystem === 'npm' ? `({ url: '${url}' })` : `(endpoint="${url}")`;
}
