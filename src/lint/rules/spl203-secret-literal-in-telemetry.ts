import { isPlaceholder } from '../../semconv/sensitive/detectors.ts';
import { sensitiveKey } from '../../semconv/sensitive/keys.ts';
import { entropy } from '../../semconv/sensitive/numbers.ts';
import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import { previewOf, sensitiveValues } from '../../semconv/sensitive/values.ts';
import { attributeWrites } from '../facts/attributes/attributes.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { type ExporterHeader, exporterHeaders } from '../facts/sdk/exporterHeaders.ts';
import { staticText } from '../facts/syntax.ts';
import { importNames, type WantedImport } from '../fixes/imports.ts';
import { replace } from '../fixes/text.ts';
import type { ConfigurationContext, Fix, Rule } from './rule.ts';
import { placeOf, sensitiveOptions } from './sensitiveWords.ts';

export const secretLiteralInTelemetry: Rule = {
  id: 'SPL203',
  name: 'secret-literal-in-telemetry',
  group: 'sensitive',
  severity: 'error',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  inInstrumentation: true,
  fix: 'suggestion',
  docs: {
    what: 'Finds secrets that are written out: in attributes, in the headers of exporters, in the configuration of collectors and in `OTEL_EXPORTER_OTLP_HEADERS`.',
    why: 'Who can read the repository can use the secret, and so can everybody who ever could: it stays in the history. In an attribute it is in every trace as well.',
    examples: [
      {
        language: 'typescript',
        bad: "new OTLPTraceExporter({ headers: { 'x-honeycomb-team': 'hcaik_01hq8…' } });",
        good: "new OTLPTraceExporter({ headers: { 'x-honeycomb-team': process.env.HONEYCOMB_API_KEY } });",
      },
      {
        language: 'configuration',
        bad: 'OTEL_EXPORTER_OTLP_HEADERS=api-key=8f3a…',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: of the shell
        good: 'OTEL_EXPORTER_OTLP_HEADERS=api-key=${API_KEY}',
      },
    ],
    notReported: [
      'Placeholders (`<token>`, `xxx`, `changeme`), keys of documentation (`…EXAMPLE`), and references to variables.',
      'Public keys, ids and digests.',
    ],
    fix: 'Reads the secret from an environment variable; revoking the old one and setting the variable is left to you.',
    options: ['`sensitive.values.allow`, `sensitive.values.detectors`.'],
    references: [
      '[OTLP exporter configuration](https://opentelemetry.io/docs/specs/otel/protocol/exporter/)',
      '[Collector: security](https://opentelemetry.io/docs/security/config-best-practices/)',
    ],
  },
  check({ file, options, report }) {
    const own = sensitiveOptions(options);
    for (const { key, value, valueAt, sink, call } of file.get(attributeWrites)) {
      const text = staticText(file.names.resolve(value, call.inFunction));
      const secret = text === undefined ? undefined : secretIn(text, key, own);
      if (secret !== undefined)
        report({
          at: valueAt,
          message: `A secret is written out here (${secret}) and goes into ${placeOf[sink]}. Revoke it, and leave it out.`,
        });
    }
    for (const header of file.get(exporterHeaders)) {
      const secret = secretHeader(header.name, header.text, own);
      if (secret !== undefined)
        report({
          at: header.at,
          message: `The exporter's header "${header.name}" is a secret that is written out (${secret}). Revoke it, and read it from the environment.`,
          fixes: fromEnvironment(file, header),
        });
    }
  },
  checkConfiguration(context) {
    checkVariables(context);
    const own = sensitiveOptions(context.options);
    for (const { settings, section, name } of context.config.components)
      for (const [path, { value, at }] of settings) {
        const header = /(?:^|\.)headers\.([^.]+)$/.exec(path)?.[1];
        const secret = isReference(value)
          ? undefined
          : header !== undefined || sensitiveKey(path)?.tier === 'credential'
            ? secretHeader(header ?? path, value, own)
            : secretIn(value, path, own);
        if (secret !== undefined)
          context.report({
            at,
            message: `"${path}" of ${section}.${name} is a secret that is written out (${secret}). Revoke it, and refer to a variable: \${env:…}.`,
          });
      }
  },
};

function checkVariables({ config, options, report }: ConfigurationContext): void {
  const own = sensitiveOptions(options);
  for (const { name, value, valueAt, at } of config.environment) {
    if (value === undefined || !/^OTEL_(?:EXPORTER_OTLP\w*_HEADERS|RESOURCE_ATTRIBUTES)$/.test(name))
      continue;
    for (const pair of value.split(',')) {
      const [key, ...rest] = pair.split('=');
      const text = decoded(rest.join('=').trim());
      if (isReference(text)) continue;
      const secret = name.endsWith('HEADERS')
        ? secretHeader(key.trim(), text, own)
        : secretIn(text, key, own);
      if (secret !== undefined)
        report({
          at: valueAt ?? at,
          message: `${name} holds a secret that is written out: "${key.trim()}" (${secret}). Revoke it, and refer to a variable or a secret of the platform.`,
        });
    }
  }
}

/** What a detector says of a text: kind and masked preview. */
function secretIn(
  text: string,
  key: string | undefined,
  options: SensitiveOptions | undefined,
): string | undefined {
  const found = sensitiveValues(text, key, options).find(({ secret, level }) => secret && level === 'error');
  return found === undefined ? undefined : `${found.detector.replaceAll('-', ' ')}: ${found.preview}`;
}

/** Of a header whose name speaks of access, what looks made by a generator is enough. */
function secretHeader(name: string, text: string, options: SensitiveOptions | undefined): string | undefined {
  const certain = secretIn(text, name, options);
  // A pair of a name and a password is judged by what it holds.
  if (certain !== undefined || /^Basic\s/i.test(text)) return certain;
  const opens =
    sensitiveKey(name)?.tier === 'credential' ||
    /(?:^|[-_])(?:team|token|key|auth|dsn|secret|apikey)$/i.test(name);
  const bare = text.replace(/^(?:Bearer|Basic|Token|Api-Key|ApiKey)\s+/i, '');
  const isRandom =
    bare.length >= 16 &&
    /\d/.test(bare) &&
    /^[\w+/=.:~-]+$/.test(bare) &&
    !/:\/\/|:\d{2,5}$/.test(bare) &&
    entropy(bare) > 3;
  return opens && isRandom && !isPlaceholder(bare) ? previewOf(bare) : undefined;
}

/** `$KEY`, `${env:KEY}`, `{{ .Values.key }}`, `%KEY%`. */
function isReference(text: string): boolean {
  return /\$\{?\w|\{\{|%\w+%|<\w/.test(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Reading {
  readonly wanted: readonly WantedImport[];
  write(local: string, name: string): string;
}

const readings: { readonly [language: string]: Reading | undefined } = {
  javascript: { wanted: [], write: (_, name) => `process.env.${name} ?? ''` },
  python: { wanted: [{ module: 'os', name: '*' }], write: (os, name) => `${os}.environ["${name}"]` },
  go: { wanted: [{ module: 'os', name: '*' }], write: (os, name) => `${os}.Getenv("${name}")` },
  java: { wanted: [], write: (_, name) => `System.getenv("${name}")` },
  csharp: { wanted: [], write: (_, name) => `Environment.GetEnvironmentVariable("${name}")` },
};

function fromEnvironment(file: FileFacts, { name, at, whole }: ExporterHeader): Fix[] {
  const language = file.language === 'typescript' || file.language === 'tsx' ? 'javascript' : file.language;
  const reading = readings[language];
  if (reading === undefined || !whole) return [];
  const variable = `OTLP_${name.toUpperCase().replace(/\W+/g, '_')}`;
  const names = importNames(file, reading.wanted);
  return [
    {
      title: `Read it from ${variable}`,
      kind: 'suggestion',
      edits: [
        ...names.flatMap(({ edits }) => edits),
        replace(at, reading.write(names[0]?.local ?? '', variable)),
      ],
    },
  ];
}
