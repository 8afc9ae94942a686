import { compareVersions } from '../../semconv/constants.ts';
import { deprecation } from '../../semconv/registry.ts';
import { semconvUses } from '../facts/attributes/semconvUses.ts';
import { replacementOf } from '../fixes/semconvKeys.ts';
import type { Rule } from './rule.ts';

export const legacySemconvConstant: Rule = {
  id: 'SPL604',
  name: 'legacy-semconv-constant',
  group: 'conventions',
  severity: 'info',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java'],
  fix: 'safe',
  docs: {
    what: 'Finds constants of lists that are frozen at an old version of the semantic conventions: `SemanticAttributes`, `SEMATTRS_*`, `SEMRESATTRS_*`, `SpanAttributes`, `ResourceAttributes`, and old or several versions of the Go package.',
    why: 'Most of what they name has been renamed since: spans get the keys of 2021 beside those that instrumentations write today. The next major version drops them.',
    examples: [
      {
        language: 'typescript',
        bad: 'span.setAttribute(SEMATTRS_HTTP_METHOD, method);',
        good: 'span.setAttribute(ATTR_HTTP_REQUEST_METHOD, method);',
      },
      {
        language: 'go',
        bad: 'semconv "go.opentelemetry.io/otel/semconv/v1.17.0"',
        good: 'semconv "go.opentelemetry.io/otel/semconv/v1.37.0"',
      },
    ],
    notReported: ['Constants of incubating keys, which are made to change.'],
    fix: 'Takes the constant of today where there is one for one, and the installed version has it.',
    evidence: 'Spans of the service that carry the key confirm it.',
    references: [
      '[Semantic conventions for JavaScript](https://github.com/open-telemetry/opentelemetry-js/tree/main/semantic-conventions)',
    ],
  },
  check({ file, service, report }) {
    for (const use of file.get(semconvUses)) {
      const { key, legacy } = use.constant;
      if (!legacy) continue;
      const current = deprecation(key)?.renamedTo ?? (deprecation(key) === undefined ? key : undefined);
      const edits = current === undefined ? undefined : replacementOf(file, use, current, service);
      report({
        at: use.at,
        message: `${use.at.text} is of a list that is deprecated as a whole${current === undefined || current === key ? '' : `; "${key}" is "${current}" today`}.`,
        group: 'constants',
        // Whether the package has the module of the new constants is known of npm only.
        fixes:
          edits === undefined
            ? []
            : [{ title: `Write "${current}"`, kind: file.language === 'python' ? 'unsafe' : 'safe', edits }],
        anchor: { attributeKey: key },
      });
    }
    if (file.language !== 'go') return;
    const versions = file.syntax.imports.flatMap(each => {
      const version = /^go\.opentelemetry\.io\/otel\/semconv\/v(\d+\.\d+\.\d+)$/.exec(each.module)?.[1];
      return version === undefined ? [] : [{ version, at: each.at }];
    });
    for (const { version, at } of versions)
      if (compareVersions(version, '1.26.0') < 0)
        report({
          at,
          message: `Version ${version} of the semantic conventions is of before 2024; most of its keys have been renamed.`,
          group: 'go version',
        });
    const [first, second] = versions;
    if (second !== undefined && second.version !== first.version)
      report({
        at: second.at,
        message: `The file writes keys of versions ${first.version} and ${second.version}; schema URLs of both cannot be merged.`,
      });
  },
};
