import { sensitiveKey } from '../../semconv/sensitive/keys.ts';
import { capturedHeaders, writesOfAllHeaders } from '../facts/attributes/capturedHeaders.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { ObjectEntry } from '../facts/syntax.ts';
import { removeElement, replace } from '../fixes/text.ts';
import type { ConfigVariable } from '../project/types.ts';
import type { ConfigurationContext, Fix, Rule } from './rule.ts';

export const sensitiveHeaderCapture: Rule = {
  id: 'SPL204',
  name: 'sensitive-header-capture',
  group: 'sensitive',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'configuration'],
  fix: 'safe',
  docs: {
    what: 'Finds instrumentations that are told to record headers with credentials, all headers, or whole bodies.',
    why: 'Every request then leaves its session cookie or token in a span; who can read traces can act as any user.',
    examples: [
      {
        language: 'typescript',
        bad: "headersToSpanAttributes: { server: { requestHeaders: ['authorization', 'x-request-id'] } }",
        good: "headersToSpanAttributes: { server: { requestHeaders: ['x-request-id'] } }",
      },
      {
        language: 'configuration',
        bad: 'OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=cookie,x-request-id',
        good: 'OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST=x-request-id',
      },
    ],
    notReported: [
      'Headers that the instrumentation is told to sanitize.',
      'Loops over headers that leave some out.',
      'The content of GenAI calls is an info: one opts in to it.',
    ],
    fix: 'Takes the header out of the list.',
    evidence: 'Values under `http.request.header.*` that are credentials confirm it.',
    references: [
      '[Python: capturing headers](https://opentelemetry-python-contrib.readthedocs.io/en/latest/instrumentation/flask/flask.html)',
      '[Java: capturing headers](https://opentelemetry.io/docs/zero-code/java/agent/instrumentation/http/)',
    ],
  },
  check({ file, service, report }) {
    const everywhere = (service.environment.get(sanitizedVariable) ?? []).flatMap(
      ({ value }) => value?.split(',') ?? [],
    );
    for (const { name, at, inList, sanitized } of file.get(capturedHeaders)) {
      if (!isSensitiveHeader(name) || isSanitized(name, [...sanitized, ...everywhere])) continue;
      const fix: Fix = {
        title: `Do not record ${name}`,
        kind: 'safe',
        edits: [removeElement(file.syntax.source, at)],
      };
      report({ at, message: messageOf(name), fixes: inList ? [fix] : [] });
    }
    for (const { write, ofResponse } of writesOfAllHeaders(file))
      report({
        at: write.keyAt ?? write.valueAt,
        message: `Every header is recorded, ${
          ofResponse ? 'the cookies that it sets' : 'cookies and authorization'
        } included. Choose those that are needed.`,
        confidence: 'medium',
      });
    for (const { keyAt, at } of bodyCaptures(file))
      report({
        at: keyAt ?? at,
        message: 'Whole bodies are recorded, with whatever passwords and personal data users send.',
        confidence: 'medium',
      });
  },
  checkConfiguration(context) {
    for (const variable of context.config.environment) checkVariable(context, variable);
  },
};

const headersVariable =
  /^OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_(?:SERVER|CLIENT)_(?:REQUEST|RESPONSE)$|^OTEL_INSTRUMENTATION_HTTP_(?:SERVER|CLIENT)_CAPTURE_(?:REQUEST|RESPONSE)_HEADERS$|^OTEL_DOTNET_TRACES_\w+_INSTRUMENTATION_CAPTURE_(?:REQUEST|RESPONSE)_(?:HEADERS|METADATA)$|^otel\.instrumentation\.http\.(?:server|client)\.capture-(?:request|response)-headers$/;

const sanitizedVariable = 'OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS';

function checkVariable({ config, report }: ConfigurationContext, variable: ConfigVariable): void {
  const { name, value, valueAt, at, scope } = variable;
  if (value === undefined) return;
  if (/^OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT$/.test(name)) {
    if (/^(?:true|1|span_only|event_only|span_and_event)$/i.test(value))
      report({
        at: valueAt ?? at,
        message: 'What users write to the model is recorded in full. Turn it off where the users are real.',
        severity: 'info',
      });
    return;
  }
  if (!headersVariable.test(name)) return;
  const sanitized = config.environment
    .filter(other => other.name === sanitizedVariable && other.scope === scope)
    .flatMap(other => other.value?.split(',') ?? []);
  const names = value.split(',').map(each => each.trim());
  const bad = names.filter(each => isSensitiveHeader(each) && !isSanitized(each, sanitized));
  if (bad.length === 0) return;
  const rest = names.filter(each => !bad.includes(each));
  const fixes: Fix[] =
    rest.length === 0 || valueAt === undefined
      ? []
      : [
          {
            title: `Do not record ${bad.join(', ')}`,
            kind: 'safe',
            edits: [replace(valueAt, rest.join(','))],
          },
        ];
  report({ at: valueAt ?? at, message: messageOf(bad.join(', ')), fixes });
}

function messageOf(name: string): string {
  return isWildcard(name)
    ? 'Every header is recorded, cookies and authorization included. Name those that are needed, or sanitize the others.'
    : `The header ${name} is recorded in every span: who can read traces can use what is in it.`;
}

function isSensitiveHeader(name: string): boolean {
  return isWildcard(name) || sensitiveKey(name.replace(/\.\*$/, ''))?.tier === 'credential';
}

function isWildcard(name: string): boolean {
  return /^(?:\.?\*|\.\+|\^?\.\*\$?)$/.test(name);
}

/** Compared as text, as nearly all patterns are: `authorization`, `.*session.*`, `set-cookie`. */
function isSanitized(name: string, patterns: readonly string[]): boolean {
  return patterns.some(pattern => {
    const plain = pattern.trim().toLowerCase().replaceAll('.*', '');
    return plain === '' || isWildcard(name) || name.toLowerCase().includes(plain);
  });
}

/** `captureRequestBody: true` of an instrumentation. */
function bodyCaptures(file: FileFacts): ObjectEntry[] {
  if (!file.importsOpenTelemetry && !/hyperdx|@sentry|dd-trace/.test(file.syntax.source)) return [];
  return file.syntax.objects.flatMap(({ entries }) =>
    entries.filter(
      ({ key, value }) =>
        /^(?:capture(?:Request|Response)?Body|captureRequestBodies|advancedNetworkCapture|record(?:Request|Response)Body)$/.test(
          key ?? '',
        ) &&
        value.type === 'constant' &&
        value.value === true,
    ),
  );
}
