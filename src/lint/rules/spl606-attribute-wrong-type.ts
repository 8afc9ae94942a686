import { type AttributeType, attributeInfo, deprecation, fitsType } from '../../semconv/registry.ts';
import { type AttributeWrite, attributeWrites } from '../facts/attributes/attributes.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Expression } from '../facts/syntax.ts';
import { replace } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';

export const attributeWrongType: Rule = {
  id: 'SPL606',
  name: 'attribute-wrong-type',
  group: 'conventions',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds values of another type than the conventions give the key: a status code as text, a port in quotes.',
    why: 'Backends keep text and numbers apart: `http.response.status_code >= 500` does not find "500", and a column that gets both refuses one of them.',
    examples: [
      {
        language: 'typescript',
        bad: "span.setAttribute('http.response.status_code', '200');",
        good: "span.setAttribute('http.response.status_code', 200);",
      },
      {
        language: 'go',
        bad: 'attribute.String("server.port", "8080")',
        good: 'attribute.Int("server.port", 8080)',
      },
    ],
    notReported: [
      'Values whose type the code does not tell.',
      'Lists, and whole numbers where the conventions have fractions.',
    ],
    fix: 'Writes a literal in the type of the key.',
    evidence: 'Attributes that arrive in another type confirm it.',
    references: ['[Attribute registry](https://opentelemetry.io/docs/specs/semconv/registry/attributes/)'],
  },
  check({ file, report }) {
    for (const write of file.get(attributeWrites)) {
      const { key, sink, value, valueAt } = write;
      if (key === undefined || sink === 'baggage' || sink === 'metric') continue;
      // What a deprecated key meant, its new user may not even know.
      const wanted = deprecation(key) === undefined ? attributeInfo(key)?.type : undefined;
      const given = wanted === undefined ? undefined : typeOf(file, write);
      if (wanted === undefined || given === undefined || fitsType(given, wanted)) continue;
      report({
        at: valueAt,
        message: `"${key}" is ${article(wanted)} ${wanted} in the conventions, and gets ${article(given)} ${given} here.`,
        fixes: fixesOf(file, value, wanted),
        anchor: { attributeKey: key },
      });
    }
  },
};

type Given = 'string' | 'int' | 'double' | 'boolean';

/** By the function that makes the attribute in Go, by the value elsewhere. */
function typeOf(file: FileFacts, write: AttributeWrite): Given | undefined {
  if (file.language !== 'go') return typeOfValue(file, write.value, write.call);
  const made = file.syntax.calls.find(({ arguments: given }) => given.includes(write.value));
  if (made === undefined || !/attribute#|semconv\/v/.test(file.names.callee(made) ?? '')) return undefined;
  return goTypes[made.callee];
}

const goTypes: { readonly [name: string]: Given | undefined } = {
  String: 'string',
  Stringer: 'string',
  Int: 'int',
  Int64: 'int',
  Float64: 'double',
  Bool: 'boolean',
};

function typeOfValue(
  file: FileFacts,
  value: Expression,
  { inFunction }: AttributeWrite['call'],
): Given | undefined {
  const resolved = file.names.resolve(value, inFunction);
  switch (resolved.type) {
    case 'text':
      return 'string';
    case 'constant':
      if (typeof resolved.value === 'boolean') return 'boolean';
      return typeof resolved.value !== 'number'
        ? undefined
        : /[.eE]/.test(resolved.at.text) && !/^0x/i.test(resolved.at.text)
          ? 'double'
          : 'int';
    case 'call': {
      const name = resolved.receiver === undefined ? file.names.callee(resolved) : undefined;
      if (
        name === 'global#String' ||
        name === 'global#str' ||
        resolved.callee === 'toString' ||
        resolved.callee === 'ToString'
      )
        return 'string';
      return name === 'global#int' || name === 'global#parseInt' ? 'int' : undefined;
    }
    default:
      return undefined;
  }
}

function fixesOf(file: FileFacts, value: Expression, wanted: AttributeType): Fix[] {
  // Go's functions say the type too.
  if (file.language === 'go') return [];
  const text =
    value.type === 'text' && value.parts.every(part => typeof part === 'string')
      ? value.parts.join('')
      : undefined;
  const literal =
    text !== undefined && wanted === 'int' && /^\d{1,15}$/.test(text)
      ? text
      : text !== undefined && wanted === 'boolean' && /^(?:true|false)$/i.test(text)
        ? file.language === 'python'
          ? text[0].toUpperCase() + text.slice(1).toLowerCase()
          : text.toLowerCase()
        : value.type === 'constant' && typeof value.value === 'number' && wanted === 'string'
          ? `"${value.at.text}"`
          : undefined;
  return literal === undefined
    ? []
    : [{ title: `Write ${literal}`, kind: 'safe', edits: [replace(value.at, literal)] }];
}

function article(type: string): string {
  return type === 'int' ? 'an' : 'a';
}
