import { isKnownKey } from '../../semconv/registry.ts';
import { attributeWrites } from '../facts/attributes/attributes.ts';
import { replace } from '../fixes/text.ts';
import type { Rule } from './rule.ts';

export const attributeKeyStyle: Rule = {
  id: 'SPL605',
  name: 'attribute-key-style',
  group: 'conventions',
  severity: 'hint',
  confidence: 'medium',
  offByDefault: true,
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'suggestion',
  docs: {
    what: 'Finds keys that are not written as the conventions write them: in lower case, in words joined by `_`, in a namespace.',
    why: 'Who searches has to know how each service spells a thing: `userId`, `user_id`, `UserID` and `app.user.id` are four attributes.',
    examples: [
      {
        language: 'typescript',
        bad: "span.setAttribute('orderId', id);",
        good: "span.setAttribute('app.order.id', id);",
      },
    ],
    notReported: [
      'Files in which almost a third of the keys is written in that way: that is the style of the house.',
    ],
    fix: 'Writes the key in lower case below the prefix.',
    options: ['`prefix`: namespace for keys of your own; `app` if it is not given.'],
    evidence: 'Spans of the service that carry the key confirm it.',
    references: ['[Attribute naming](https://opentelemetry.io/docs/specs/semconv/general/naming/)'],
  },
  check({ file, options, report }) {
    const prefix = typeof options['prefix'] === 'string' ? options['prefix'] : 'app';
    const writes = file
      .get(attributeWrites)
      .filter(({ sink }) => sink === 'span' || sink === 'startOptions' || sink === 'event');
    const odd = writes.filter(
      ({ key }) =>
        key !== undefined &&
        !isKnownKey(key) &&
        !/^[a-z][a-z\d]*(?:_[a-z\d]+)*(?:\.[a-z\d]+(?:[_-][a-z\d]+)*)+$/.test(key),
    );
    if (writes.length >= 10 && odd.length > writes.length * 0.3) return;
    for (const { key = '', keyAt } of odd) {
      if (keyAt === undefined) continue;
      const quote = /^["'`]/.exec(file.syntax.source.slice(keyAt.start, keyAt.end))?.[0];
      const better = betterKey(key, prefix);
      report({
        at: keyAt,
        message: `"${key}" is not written as other attributes are; "${better}" would be.`,
        fixes:
          quote === undefined
            ? []
            : [
                {
                  title: `Write "${better}"`,
                  kind: 'suggestion',
                  edits: [replace(keyAt, quote + better + quote)],
                },
              ],
        anchor: { attributeKey: key },
      });
    }
  },
};

/** `OrderID` → `app.order_id`. */
function betterKey(key: string, prefix: string): string {
  const lower = key
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z\d._]+/g, '_')
    .replace(/^[._]+|[._]+$/g, '');
  return lower.includes('.') ? lower : `${prefix}.${lower}`;
}
