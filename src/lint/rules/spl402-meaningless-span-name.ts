import { type SpanStart, spanStarts } from '../facts/spans/spanStarts.ts';
import { staticText } from '../facts/syntax.ts';
import { replace } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';

export const meaninglessSpanName: Rule = {
  id: 'SPL402',
  name: 'meaningless-span-name',
  group: 'names',
  severity: 'info',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'suggestion',
  docs: {
    what: 'Finds span names that say nothing: `doStuff`, `operation`, `span`, `GET`.',
    why: 'In the waterfall and in every list one reads the name first. A name that fits everything has to be opened to be understood, and its durations are those of different things.',
    examples: [
      {
        language: 'typescript',
        bad: "tracer.startSpan('doStuff');",
        good: "tracer.startSpan('price order');",
      },
      {
        language: 'python',
        bad: 'with tracer.start_as_current_span("work"):',
        good: 'with tracer.start_as_current_span("render invoice"):',
      },
    ],
    notReported: [
      'Names that are put together.',
      'The method of an HTTP request, where the span is a request: the conventions name it so.',
      'Names that the option `allow` lists.',
    ],
    fix: 'Takes the name of the function around it, which may be a better one.',
    options: ['`allow`: names that mean something here.'],
    references: ['[Span names](https://opentelemetry.io/docs/specs/otel/trace/api/#span)'],
  },
  check({ file, options, report }) {
    const allowed = Array.isArray(options['allow']) ? options['allow'].map(String) : [];
    for (const start of file.get(spanStarts)) {
      const { name, call } = start;
      if (name === undefined) continue;
      const text = staticText(file.names.resolve(name, call.inFunction));
      if (text === undefined || allowed.includes(text) || !isMeaningless(text)) continue;
      if (isOfRequest(text, start)) continue;
      const around = call.inFunction?.qualifiedName ?? '';
      report({
        at: name.at,
        message: text.trim() === '' ? 'The span has no name.' : `"${text}" does not say what the span does.`,
        fixes: staticText(name) === undefined ? [] : fixesOf(name.at, around),
        anchor: { spanName: text },
      });
    }
  },
};

const words =
  /^(?:dostuff|dosomething|dowork|foo|bar|baz|foobar|test|testspan|span|span\d|myspan|thespan|newspan|operation|myoperation|op|work|task|process|handler|handle|run|execute|exec|func|function|method|tmp|temp|todo|x|a|b|c|unnamed|unknown|name|spanname|get|post|put|patch|delete|head|options)$/;

/** The conventions call a request by its method where no route or template is known. */
function isOfRequest(text: string, { kind, call }: SpanStart): boolean {
  if (!/^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/.test(text)) return false;
  return /client|server|^[12]$/i.test(kind ?? '') || /\bhttp\.|\burl\.|HTTP_|URL_/.test(call.at.text);
}

function isMeaningless(text: string): boolean {
  return text.trim() === '' || words.test(text.toLowerCase().replace(/[\s_.-]/g, ''));
}

function fixesOf(
  at: { readonly start: number; readonly end: number; readonly text: string },
  around: string,
): Fix[] {
  const name = around.slice(around.lastIndexOf('.') + 1);
  const quote = /^\w*(["'`])/.exec(at.text)?.[1];
  if (name === '' || isMeaningless(name) || name === 'main' || quote === undefined) return [];
  return [
    {
      title: `Call the span "${around}"`,
      kind: 'suggestion',
      edits: [replace(at, `${quote}${around}${quote}`)],
    },
  ];
}
