import { type Varying, varying } from '../facts/attributes/cardinality.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { type SpanStart, spanStarts } from '../facts/spans/spanStarts.ts';
import type { Expression, FunctionSyntax, TextExpression } from '../facts/syntax.ts';
import { replace } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';

export const highCardinalitySpanName: Rule = {
  id: 'SPL401',
  name: 'high-cardinality-span-name',
  group: 'names',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'suggestion',
  docs: {
    what: 'Finds span names that hold an id, a URL, the time or another value that is different for each request.',
    why: 'Every view that groups by name falls apart: thousands of operations with one span each, and no percentile that means anything. Backends drop or bill what has too many names.',
    examples: [
      {
        language: 'typescript',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source in an example
        bad: 'tracer.startSpan(`GET /orders/${id}`);',
        good: "tracer.startSpan('GET /orders/{id}', { attributes: { 'app.order.id': id } });",
      },
      {
        language: 'python',
        bad: 'tracer.start_as_current_span(f"process {order.id}")',
        good: 'tracer.start_as_current_span("process order", attributes={"app.order.id": order.id})',
      },
      {
        language: 'go',
        bad: 'for i := range items {\n\t_, span := tracer.Start(ctx, fmt.Sprintf("item-%d", i))\n\tspan.End()\n}',
        good: 'for i := range items {\n\t_, span := tracer.Start(ctx, "item", trace.WithAttributes(attribute.Int("app.item.index", i)))\n\tspan.End()\n}',
      },
    ],
    notReported: [
      'What there are few of: topics, queues, tables, operations, commands, models, routes, functions, and their ids; rounds of a loop that ends after ten.',
      'Values whose names tell nothing; traces can tell.',
      'Constants of other files, whatever they speak of: `SpanNames.FindByOrderId`.',
      'An id that stands in where there is no name is an info: `name or run_id`.',
      'An id of unknown kind is an info, and so is the number of a worker, a step or an attempt, or of a span in a benchmark; and a first name that the same function replaces, when it knows the route.',
    ],
    fix: 'Takes the value out of the name, and leaves it to you to keep it as an attribute.',
    evidence: 'Many names of one place that differ only in digits and ids confirm it.',
    references: [
      '[Span names](https://opentelemetry.io/docs/specs/otel/trace/api/#span)',
      '[SPA-003](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-003.md)',
    ],
  },
  check({ file, report }) {
    for (const { name, at, from, start } of spanNames(file)) {
      const value = file.names.resolve(name, from);
      if (value.type === 'text') {
        const fixed = idInText(value);
        if (fixed !== undefined) {
          report({
            at: name.at,
            message: `The span name holds "${fixed}", an id; write a placeholder.`,
            anchor: { spanName: partsOf(value) },
          });
          continue;
        }
      }
      const parts = value.type === 'text' ? value.parts.filter(part => typeof part !== 'string') : [value];
      const found = parts
        .map(part => varying(file, part, from))
        .map((each, index) =>
          each !== undefined && isOfFew(value, parts[index], each) ? { ...each, sure: false } : each,
        )
        .filter(each => each !== undefined);
      const worst = found.find(({ sure }) => sure) ?? found[0];
      if (worst === undefined) continue;
      const sure =
        worst.sure && !isRenamed(file, start) && !isNamedByRoute(file, worst) && !isBenchmark(file, worst);
      report({
        at,
        message: `The span name holds ${worst.what}, so that there are as many names as values; keep it as an attribute.`,
        severity: sure ? undefined : 'info',
        confidence: sure ? undefined : 'medium',
        fixes: value === name && value.type === 'text' ? fixesOf(file, value) : [],
        anchor: { spanName: value.type === 'text' ? partsOf(value) : [null] },
      });
    }
  },
};

interface SpanName {
  readonly name: Expression;
  readonly at: Expression['at'];
  readonly from: FunctionSyntax | undefined;
  readonly start: SpanStart | undefined;
}

/** Of starts, and of `updateName` where spans are made. */
function spanNames(file: FileFacts): SpanName[] {
  const started = file.get(spanStarts).flatMap(start => {
    const { name, call } = start;
    return name === undefined ? [] : [{ name, at: name.at, from: call.inFunction, start }];
  });
  const renamed = file.syntax.calls.flatMap(({ callee, arguments: [name], receiver, inFunction }) =>
    /^(?:updateName|update_name|SetName)$/.test(callee) &&
    name !== undefined &&
    receiver !== undefined &&
    file.importsOpenTelemetry &&
    /span|activity/i.test(receiver.at.text)
      ? [{ name, at: name.at, from: inFunction, start: undefined }]
      : [],
  );
  return [...started, ...renamed];
}

/** `span.SetName(route)` further down: middlewares know the route when the request has been handled. */
function isRenamed({ syntax: { source } }: FileFacts, start: SpanStart | undefined): boolean {
  const { call, variable } = start ?? {};
  if (call?.inFunction === undefined || variable === undefined) return false;
  let around = call.inFunction;
  while (around.parent !== undefined) around = around.parent;
  const rest = source.slice(call.at.end, Math.min(around.at.end, call.at.end + longestLife));
  return [...rest.matchAll(renaming)].some(([, name]) => name === variable);
}

/** Who is called later, and knows the route, takes the current span to name it. */
function isNamedByRoute(file: FileFacts, { what }: Varying): boolean {
  return what === 'the path of the request' && file.says(hasCurrent) && file.says(namesAnew);
}

const hasCurrent = /\bget_?[cC]urrent_?[sS]pan\(|\bgetActiveSpan\(|\bSpanFromContext\(|\bSpan\.current\(/;
const namesAnew = /\.(?:SetName|updateName|update_name)\(/;

const renaming = /(?<![\w.])([\w$]+)[?!]?\.(?:SetName\(|updateName\(|update_name\(|DisplayName\s*=(?!=))/g;
/** Characters: a hundred lines or two. */
const longestLife = 8_000;

/** What counts the spans that it makes for a measurement may number them. */
function isBenchmark({ path }: FileFacts, { what }: Varying): boolean {
  return what === 'the number of the round' && measures.test(path);
}

const measures =
  /(?:^|[/._-])(?:bench(?:es|marks?|marking)?|load-?(?:test|gen)\w*|stress|perf(?:ormance)?)(?=[/._-])/i;

/** `worker-3`, `step 2`: as many as somebody has configured; the name may tell them apart on purpose. */
function isOfFew(name: Expression, part: Expression, { what }: Varying): boolean {
  if (name.type !== 'text' || what !== 'the number of the round') return false;
  const before = name.parts[name.parts.indexOf(part) - 1];
  return typeof before === 'string' && fewOfThem.test(before);
}

const fewOfThem =
  /(?:^|[^a-z])(?:worker|shard|partition|thread|replica|node|core|step|stage|phase|level|layer|attempt|retry|try|turn|round|iter|iteration|pass|hop|depth|slot|lane|consumer|producer)s?[^a-z]*$/i;

/** `/orders/12345`, a UUID: somebody's id, copied; not `/reports/2026`. */
function idInText({ parts }: TextExpression): string | undefined {
  for (const part of parts) {
    const found =
      typeof part === 'string'
        ? (/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i.exec(part) ??
          /(?<=\/)(?!(?:19|20)\d\d(?!\d))\d{4,}(?=$|[/? ])/.exec(part))
        : null;
    if (found !== null) return found[0];
  }
  return undefined;
}

function partsOf({ parts }: TextExpression): (string | null)[] {
  return parts.map(part => (typeof part === 'string' ? part : null));
}

/** In a path the value becomes a placeholder, elsewhere it goes. */
function fixesOf(file: FileFacts, { parts, at }: TextExpression): Fix[] {
  const text = parts
    .map((part, index) => {
      if (typeof part === 'string') return part;
      const before = parts[index - 1];
      const inPath = typeof before === 'string' && before.endsWith('/');
      return inPath ? `{${placeholder(part)}}` : '';
    })
    .join('')
    .replace(/\s{2,}/g, ' ')
    .replace(/^[\s:._#-]+|[\s:._#-]+$/g, '');
  if (text === '' || /["'`\\\n]/.test(text)) return [];
  const quote =
    /['"]/.exec(at.text)?.[0] ??
    (file.language === 'javascript' || file.language === 'typescript' || file.language === 'tsx' ? "'" : '"');
  const mark = file.language === 'go' || file.language === 'java' || file.language === 'csharp' ? '"' : quote;
  return [
    { title: `Call the span "${text}"`, kind: 'suggestion', edits: [replace(at, `${mark}${text}${mark}`)] },
  ];
}

function placeholder(value: Expression): string {
  return /(\w+)\W*$/.exec(value.at.text)?.[1] ?? 'id';
}
