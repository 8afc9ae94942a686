import { attributeWrites } from '../facts/attributes/attributes.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Expression, FunctionSyntax } from '../facts/syntax.ts';
import type { Rule } from './rule.ts';

export const oversizedAttribute: Rule = {
  id: 'SPL404',
  name: 'oversized-attribute',
  group: 'names',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds attributes that hold a whole body, payload or response.',
    why: 'An attribute has no limit of its own: one large body makes a batch that the collector refuses, and all spans of the batch are lost with it. What users send is in it as well.',
    examples: [
      {
        language: 'typescript',
        bad: "span.setAttribute('app.request', JSON.stringify(req.body));",
        good: "span.setAttribute('app.request.items', req.body.items.length);",
      },
      {
        language: 'go',
        bad: 'span.SetAttributes(attribute.String("app.response", string(body)))',
        good: 'span.SetAttributes(attribute.Int("app.response.size", len(body)))',
      },
    ],
    notReported: [
      'Values that are cut to a length.',
      'Lengths, hashes and single fields.',
      'The content of GenAI conventions, which one opts in to.',
    ],
    evidence: 'Values of more than 4,096 characters that arrive confirm it.',
    references: ['[Attribute limits](https://opentelemetry.io/docs/specs/otel/common/#attribute-limits)'],
  },
  check({ file, report }) {
    for (const { sink, key, value, valueAt, call } of file.get(attributeWrites)) {
      if (sink !== 'span' && sink !== 'event' && sink !== 'startOptions') continue;
      if (key?.startsWith('gen_ai.') === true || !isWhole(file, value, call.inFunction)) continue;
      report({
        at: valueAt,
        message: `${key === undefined ? 'The attribute' : `"${key}"`} holds a whole body, of any length; cut it, or keep its size.`,
        anchor: { attributeKey: key },
      });
    }
  },
};

const bodies =
  /(?:^|[._])(?:body|raw_?body|payload|request_?body|response_?body|resp_?body|body_?bytes|response\.(?:data|text|content)|resp\.(?:data|text|content)|res\.data|data_?frame|df)$/i;
const readers = /^(?:text|read|ReadAll|json|body|getBody|get_data|getvalue)$/;
const writers =
  /^(?:stringify|dumps|string|String|Marshal|MarshalToString|to_json|to_string|to_csv|writeValueAsString|Serialize|toString|decode|str|repr|ToString|inspect|Sprintf|Sprint)$/;

function isWhole(file: FileFacts, value: Expression, from: FunctionSyntax | undefined): boolean {
  switch (value.type) {
    case 'call': {
      const [first] = value.arguments;
      if (writers.test(value.callee))
        return [value.receiver, ...value.arguments].some(
          each => each !== undefined && isBody(file, each, from),
        );
      return (
        first === undefined &&
        readers.test(value.callee) &&
        value.receiver !== undefined &&
        /^(?:req|request|res|resp|response|r|ctx\.req|ctx\.request)$/.test(value.receiver.at.text)
      );
    }
    case 'choice':
      return value.values.some(each => isWhole(file, each, from));
    default:
      return (
        isBody(file, value, from) &&
        value.type === 'reference' &&
        /[._](?:text|content|body)$/i.test(value.path) &&
        /^(?:req|request|res|resp|response)\b/.test(value.path)
      );
  }
}

function isBody(file: FileFacts, value: Expression, from: FunctionSyntax | undefined): boolean {
  if (value.type === 'reference') return bodies.test(value.path) && !isCut(file, value, from);
  if (value.type === 'member') return bodies.test(`.${value.property}`);
  return value.type === 'call' && isWhole(file, value, from);
}

/** `const body = text.slice(0, 1000)`. */
function isCut(file: FileFacts, value: Expression, from: FunctionSyntax | undefined): boolean {
  const given = file.names.resolve(value, from);
  return (
    given !== value &&
    (given.type === 'index' ||
      (given.type === 'call' && /^(?:slice|substring|substr|truncate|\w*[tT]runc\w*)$/.test(given.callee)))
  );
}
