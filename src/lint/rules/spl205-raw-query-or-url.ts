import { sensitiveKey } from '../../semconv/sensitive/keys.ts';
import { type AttributeWrite, attributeWrites } from '../facts/attributes/attributes.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Expression, ObjectEntry, TextExpression } from '../facts/syntax.ts';
import { replace } from '../fixes/text.ts';
import type { Rule } from './rule.ts';

export const rawQueryOrUrl: Rule = {
  id: 'SPL205',
  name: 'raw-query-or-url',
  group: 'sensitive',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp', 'configuration'],
  inInstrumentation: true,
  fix: 'safe',
  docs: {
    what: 'Finds statements of databases that are recorded with their values, and URLs that are recorded with their credentials.',
    why: 'The values of a statement are what users have typed; a signature or key in a URL opens what it points to. Both also make every span different, so that equal statements cannot be counted.',
    examples: [
      {
        language: 'typescript',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source
        bad: "span.setAttribute('db.query.text', `SELECT * FROM users WHERE email = '${email}'`);",
        good: "span.setAttribute('db.query.text', 'SELECT * FROM users WHERE email = $1');",
      },
      {
        language: 'python',
        bad: 'span.set_attribute("url.full", f"{base}?api_key={key}")',
        good: 'span.set_attribute("url.full", f"{base}?api_key=REDACTED")',
      },
    ],
    notReported: [
      'Statements with placeholders, and with names of tables or columns put in.',
      'Statements and URLs that come from elsewhere.',
      'Values that a published package has recorded for all who use it are an info.',
    ],
    fix: 'Turns the recording of values off in the options of an instrumentation.',
    evidence: 'Statements with quoted values that vary confirm it.',
    references: [
      '[Database spans: sanitization](https://opentelemetry.io/docs/specs/semconv/database/database-spans/#sanitization-of-dbquerytext)',
      '[HTTP spans: url.full](https://opentelemetry.io/docs/specs/semconv/http/http-spans/)',
    ],
  },
  check({ file, service, report }) {
    for (const write of file.get(attributeWrites)) {
      if (write.key === undefined) continue;
      if (/^db\.(?:statement|query\.text)$/.test(write.key)) {
        const put = valuePutIntoQuery(file, write);
        if (put !== undefined)
          report({
            at: write.valueAt,
            message: `"${write.key}" is recorded with the value of ${put.at.text.slice(0, 60)}. Record the statement with placeholders.`,
            anchor: { attributeKey: write.key },
          });
      } else if (/^(?:url\.(?:full|query)|http\.(?:url|target))$/.test(write.key)) {
        const name = credentialInUrl(file, write);
        if (name !== undefined)
          report({
            at: write.valueAt,
            message: `"${write.key}" is recorded with ${name}. Write REDACTED in its place.`,
            anchor: { attributeKey: write.key },
          });
      }
    }
    for (const { at, value } of recordedValues(file))
      report({
        at,
        message: 'The values of all statements are recorded, with the personal data among them.',
        // A distribution has decided so for all who take it.
        severity: service.isPublished ? 'info' : undefined,
        fixes: [
          {
            title: 'Do not record values',
            kind: 'safe',
            edits: [replace(value.at, file.language === 'python' ? 'False' : 'false')],
          },
        ],
      });
  },
  checkConfiguration({ config, report }) {
    for (const { name, value, valueAt, at } of config.environment)
      if (
        /^OTEL_INSTRUMENTATION_(?:\w+_)?DB_(?:STATEMENT_SANITIZER|QUERY_SANITIZATION)_ENABLED$/.test(name) &&
        value?.toLowerCase() === 'false'
      )
        report({
          at: valueAt ?? at,
          message: 'Statements are recorded with the values in them, and with the personal data among them.',
          fixes:
            valueAt === undefined
              ? []
              : [{ title: 'Sanitize statements', kind: 'safe', edits: [replace(valueAt, 'true')] }],
        });
  },
};

/** The first value that is put into the text of a statement where a literal would stand. */
function valuePutIntoQuery(file: FileFacts, write: AttributeWrite): Expression | undefined {
  const text = textOf(file, write);
  if (text === undefined) return undefined;
  const whole = text.parts.filter(part => typeof part === 'string').join(' ');
  if (!/\b(?:select|insert|update|delete|merge|replace|where|values)\b/i.test(whole)) return undefined;
  for (let index = 1; index < text.parts.length; index++) {
    const [before, part] = [text.parts[index - 1], text.parts[index]];
    if (typeof part === 'string' || typeof before !== 'string') continue;
    // Quotes, comparisons and lists of values; `(` and `,` also stand before names of columns.
    if (
      /(?:[=<>]\s*|\b(?:like|between|and)\s+|\bvalues\s*\(\s*)["']?%?$|['"]%?$/i.test(before) &&
      !isStructure(part)
    )
      return part;
  }
  return undefined;
}

/** Names of columns and lists of placeholders are put in the same way. */
function isStructure(value: Expression): boolean {
  return (
    value.type === 'constant' ||
    /placeholder|column|field|table|clause|where|condition|param|bind|sql|query|order|schema/i.test(
      value.at.text,
    )
  );
}

/** What a URL carries that must not be seen: `user:password@`, `?X-Amz-Signature=`. */
function credentialInUrl(file: FileFacts, write: AttributeWrite): string | undefined {
  const text = textOf(file, write);
  if (text === undefined) return undefined;
  for (let index = 0; index < text.parts.length; index++) {
    const part = text.parts[index];
    if (typeof part !== 'string') continue;
    const isLast = index === text.parts.length - 1;
    for (const [, name, value] of part.matchAll(/[?&]([\w.-]{1,64})=([^&]*)/g)) {
      const isPut = value === '' ? !isLast : !/^(?:REDACTED|\*+|x+)$/i.test(value);
      if (isPut && isCredential(name)) return `the credential "${name}"`;
    }
    // `https://user:${password}@host`
    if (
      /:\/\/[^/\s]*:$/.test(part) &&
      typeof text.parts[index + 2] === 'string' &&
      /^@/.test(text.parts[index + 2] as string)
    )
      return 'a password';
  }
  return undefined;
}

function isCredential(name: string): boolean {
  return (
    /^(?:x-amz-(?:signature|credential|security-token)|sig|x-goog-signature|token|signature)$/i.test(name) ||
    sensitiveKey(name)?.tier === 'credential'
  );
}

function textOf(file: FileFacts, { value, call }: AttributeWrite): TextExpression | undefined {
  const text = file.names.resolve(value, call.inFunction);
  return text.type === 'text' ? text : undefined;
}

/** `enhancedDatabaseReporting: true`, Python's `capture_parameters=True`. */
function recordedValues(file: FileFacts): { readonly at: Expression['at']; readonly value: Expression }[] {
  const isOn = (value: Expression) => value.type === 'constant' && value.value === true;
  if (file.language === 'python')
    return file.syntax.calls.flatMap(({ named, callee }) => {
      const value = named.get('capture_parameters');
      return value !== undefined &&
        isOn(value) &&
        /^(?:instrument\w*|trace_integration|wrap_connect)$/.test(callee)
        ? [{ at: value.at, value }]
        : [];
    });
  return file.syntax.objects.flatMap(({ at: { start }, entries }) =>
    entries
      .filter(({ key, value }: ObjectEntry) => key === 'enhancedDatabaseReporting' && isOn(value))
      .filter(() => !withoutStatements.test(file.syntax.source.slice(Math.max(start - 80, 0), start)))
      .map(({ at, value }) => ({ at, value })),
  );
}

/** Whose settings the option does nothing in: `new KoaInstrumentation({`, `'@opentelemetry/instrumentation-hapi': {`. */
const withoutStatements =
  /(?:hapi|koa|express|fastify|nestjs(?:-core)?|connect|restify|https?|undici|fetch|grpc(?:-js)?|kafkajs|amqplib|graphql)(?:Instrumentation)?['"]?\s*[:(]\s*$/i;
