import { attributeInfo } from '../../semconv/registry.ts';
import { attributeWrites } from '../facts/attributes/attributes.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Expression, FunctionSyntax } from '../facts/syntax.ts';
import type { Rule } from './rule.ts';

export const attributeAtWrongLevel: Rule = {
  id: 'SPL603',
  name: 'attribute-at-wrong-level',
  group: 'conventions',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds attributes of the resource that are written to spans, and attributes of operations that are written to the resource.',
    why: 'What describes the process is on every span already, through its resource: a second value contradicts it, and queries by service look at one of them. What describes one request is wrong for every other when it is on the resource.',
    examples: [
      {
        language: 'typescript',
        bad: "span.setAttribute('service.version', '1.2.3');",
        good: "resourceFromAttributes({ 'service.version': '1.2.3' });",
      },
    ],
    notReported: [
      'Keys that the conventions have on both.',
      'Values that the code works out: they may be of another process, and are an info.',
    ],
    evidence: 'Spans of the service that carry the key confirm it.',
    references: [
      '[Resource conventions](https://opentelemetry.io/docs/specs/semconv/resource/)',
      '[RES-004](https://github.com/instrumentation-score/spec/blob/main/rules/RES-004.md)',
    ],
  },
  check({ file, report }) {
    for (const { key, keyAt, sink, value, call } of file.get(attributeWrites)) {
      if (key === undefined || keyAt === undefined) continue;
      if ((sink === 'span' || sink === 'startOptions') && isOfResource(key)) {
        const own = describesItself(file, value, call.inFunction);
        report({
          at: keyAt,
          message: `"${key}" describes what sends the span and belongs on its resource, where it is written once.`,
          severity: own ? undefined : 'info',
          confidence: own ? undefined : 'medium',
          // Whoever writes it does so on every span.
          group: `${key} ${own}`,
          anchor: { attributeKey: key },
        });
      } else if (
        sink === 'resource' &&
        /^(?:http|db|rpc|messaging|url)\./.test(key) &&
        attributeInfo(key)?.place === 'span'
      )
        report({
          at: keyAt,
          message: `"${key}" describes one operation; on the resource it is on every span.`,
          anchor: { attributeKey: key },
        });
    }
  },
};

/** Others of the resource (`host.name`, `k8s.pod.name`) are what the span is about in programs that look after hosts and pods. */
function isOfResource(key: string): boolean {
  return /^(?:service\.(?:name|version|namespace|instance\.id)|deployment\.environment(?:\.name)?|telemetry\.(?:sdk|distro)\.\w+|process\.runtime\.\w+)$/.test(
    key,
  );
}

/** A literal, a constant or the environment: nothing that came with a request. */
function describesItself(file: FileFacts, value: Expression, from: FunctionSyntax | undefined): boolean {
  const resolved = file.names.resolve(value, from);
  if (resolved.type === 'text') return resolved.parts.every(part => typeof part === 'string');
  const text = resolved.at.text;
  return /^(?:process\.env\b|os\.environ\b|os\.getenv\(|os\.Getenv\(|System\.getenv\(|[A-Z][A-Z0-9_]+$)/.test(
    text,
  );
}
