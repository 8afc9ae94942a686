import { literally } from '../../base/literally.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { injections } from '../facts/propagation/injections.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type Place,
  staticText,
} from '../facts/syntax.ts';
import { expressionsIn } from '../facts/walk.ts';
import type { Rule } from './rule.ts';

/** The name of the header, or how its value begins. */
const headerText = /traceparent|00-/i;

export const handmadeTraceparent: Rule = {
  id: 'SPL105',
  name: 'handmade-traceparent',
  group: 'propagation',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  withoutOpenTelemetry: headerText,
  docs: {
    what: 'Finds `traceparent` headers that are put together or taken apart by hand.',
    why: 'Hand-written code forgets what the specification asks for: flags that say whether the trace is sampled, `tracestate`, baggage, other propagators, and what to do with an id that is not valid. A hard-coded `-01` samples every trace.',
    examples: [
      {
        language: 'go',
        bad: 'header.Set("traceparent", fmt.Sprintf("00-%s-%s-01", sc.TraceID(), sc.SpanID()))',
        good: 'otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(header))',
      },
      {
        language: 'python',
        bad: 'trace_id = request.headers["traceparent"].split("-")[1]',
        good: 'context = extract(request.headers)',
      },
    ],
    notReported: [
      'Log fields that only read the ids of a span.',
      'Ids that are read from the header for a log, an answer or a comparison: an info; so are headers whose flags are kept, when they are put together or checked, and what is made up where nothing was there to inject.',
      'Ids that are read from a carrier that the context was injected into before: an info.',
      'Where the project has nothing of OpenTelemetry, or the file neither imports it nor takes ids from a span: an info.',
      'Proxies that hand `traceparent` on as it came, together with `tracestate`: a hint.',
      'What a server tells its caller in `Server-Timing`, `traceresponse` or a `meta` element.',
      'Code of propagators and instrumentation libraries, and tests.',
    ],
    evidence:
      'Calls of the service, to it or from it, of which none has its other end in the same trace confirm it.',
    references: ['[W3C Trace Context](https://www.w3.org/TR/trace-context/)'],
  },
  check({ file, service, report }) {
    if (!headerText.test(file.syntax.source) || isPropagator(file)) return;
    // Without OpenTelemetry there is no propagator to use instead, and beside it a tracer of one's own may have its own ids.
    const isAlone = !file.importsOpenTelemetry && !(service.usesOpenTelemetry && takesIdsFromElsewhere(file));
    const injects = file.syntax.calls.some(({ callee }) => /^inject$/i.test(callee));
    const reported: Place[] = [];
    for (const { text, at, inFunction } of texts(file)) {
      const shape = shapeOf(file, text, inFunction);
      if (shape === undefined || answers(file, inFunction)) continue;
      reported.push(at);
      report({
        at,
        message:
          shape === 'sampled'
            ? 'A traceparent is put together by hand, with flags that sample every trace. Use the propagator: `inject` writes the header, the flags and tracestate.'
            : 'A traceparent is put together by hand. Use the propagator: `inject` writes the header, the flags and tracestate.',
        // With its own flags it says the same; without, it may be what is made up where nothing was there to inject.
        severity: isAlone || shape === 'whole' || (shape === 'unsampled' && injects) ? 'info' : undefined,
        group: `${file.path} ${shape}`,
      });
    }
    for (const call of file.syntax.calls)
      if (
        takesApart(file, call) &&
        !answers(file, call.inFunction) &&
        !reported.some(at => at.start >= call.at.start && at.end <= call.at.end)
      ) {
        if (isOwn(file, call)) {
          report({
            at: call.calleeAt,
            message:
              'A traceparent that is injected here is taken apart again for its ids. The context of the current span has them.',
            severity: 'info',
            group: `${file.path} own`,
          });
          continue;
        }
        const text = call.inFunction?.at.text ?? '';
        const isChecked = isCounted.test(text) || checks.every(each => each.test(text));
        const hasFlags = readsFlags.test(text);
        report({
          at: call.calleeAt,
          message: `A traceparent is taken apart by hand${whatIsAmiss(isChecked || isMeasured.test(text), hasFlags, /tracestate/i.test(text))}. Use the propagator: \`extract\` gives a context.`,
          // For a log or an answer, an id that is wrong breaks no trace.
          severity:
            isAlone || (isChecked && hasFlags) || !continues.test(text) || isCompared(file, call)
              ? 'info'
              : undefined,
          group: `${file.path} apart`,
        });
      }
  },
};

const takesIds = /\w*(?:span_?context|(?:current|active)_?span)\w*/gi;

/** Of a span that the file does not define itself, as a tracer of one's own does. */
function takesIdsFromElsewhere({ syntax: { source, functions, classes } }: FileFacts): boolean {
  const own = new Set([...functions, ...classes].map(({ name }) => name));
  return [...source.matchAll(takesIds)].some(([name]) => !own.has(name));
}

function whatIsAmiss(isChecked: boolean, hasFlags: boolean, hasState: boolean): string {
  const lost = [...(hasFlags ? [] : ['flags']), ...(hasState ? [] : ['tracestate'])];
  const said = [
    ...(isChecked ? [] : ['nothing checks it']),
    ...(lost.length === 0
      ? []
      : [`${lost.join(' and ')} ${lost.length === 1 && hasFlags ? 'is' : 'are'} lost`]),
  ];
  return said.length === 0 ? '' : `: ${said.join(', and ')}`;
}

/** Of a carrier that the context is injected into before: nothing comes in with it. */
function isOwn(file: FileFacts, { at, inFunction }: CallExpression): boolean {
  const { source } = file.syntax;
  return file
    .get(injections)
    .some(
      ({ call, carrier }) =>
        call.inFunction === inFunction &&
        carrier !== undefined &&
        call.at.end < at.start &&
        new RegExp(`(?<![\\w$.])${literally(carrier)}\\b`).test(source.slice(call.at.end, at.end)),
    );
}

/** How many parts there are: `len(parts) != 4`, `parts.length < 4`. */
const isCounted = /\blen\(\w+\) *(?:[!=]=|<|>=) *[34]\b|\.length *(?:[!=]==?|<|>=) *[34]\b/;

/** Anything of it. */
const isMeasured = /\blen\(\w+(?:\[\d\])?\) *(?:[!=]=|<|>)|\.length *(?:[!=]==?|<|>)/;

/** How long the ids are, and what they are made of. */
const checks = [/\b32\b/, /\b16\b/, /a-f|hex/i];

/** `parts[3]`, `[, traceId, spanId, flags] =`, `int(flags, 16)`. */
const readsFlags = /\[3\]|flags\s*\]\s*=|int\(\s*\w*flags/i;

/** Of an id that is only compared with others, nothing goes on. */
function isCompared({ syntax: { source } }: FileFacts, { at, inFunction }: CallExpression): boolean {
  const before = source.slice(source.lastIndexOf('\n', at.start - 1) + 1, at.start);
  const name = /(\w+)\s*=(?!=)[^=;]*$/.exec(before)?.[1];
  if (name === undefined) return false;
  const uses = (inFunction?.at.text ?? source).split(new RegExp(`\\b${name}\\b`)).slice(1);
  const around = [before, ...uses];
  return (
    uses.length > 1 &&
    uses.every(
      (after, index) => index === 0 || /^\s*[!=]==?/.test(after) || /[!=]==?\s*$/.test(around[index]),
    )
  );
}

/** What is read goes on as the parent of something. */
const continues =
  /span_?context|activity_?context|non_?recording|remote|parent_?(?:context|ctx|id|span)|trace_?flags|start_?\w*(?:span|activity)|set_?parent|inject|set_?header|headers?(?:\[[^\]]*\]\s*=(?!=)|\.set\()/i;

/** Of what a server tells its caller with its answer, or a page in it: no propagator writes or reads that. */
function answers({ syntax }: FileFacts, inFunction: FunctionSyntax | undefined): boolean {
  return /server.?timing|traceresponse|<meta\b/i.test(inFunction?.at.text ?? syntax.source);
}

/** What implements the header itself. */
function isPropagator(file: FileFacts): boolean {
  return (
    /propagat|w3c|trace[-_.]?(?:context|parent)/i.test(file.path.slice(file.path.lastIndexOf('/') + 1)) ||
    file.syntax.classes.some(({ name, bases }) => /Propagator/.test(name + bases.join(' ')))
  );
}

function* texts(file: FileFacts): Generator<{
  text: Expression & { type: 'text' };
  at: Place;
  inFunction: FunctionSyntax | undefined;
}> {
  for (const inFunction of [undefined, ...file.syntax.functions]) {
    const body = inFunction?.body ?? file.syntax.body;
    for (const each of expressionsIn(body))
      if (each.type === 'text' && each.parts.length > 1) yield { text: each, at: each.at, inFunction };
  }
}

/** `00-${…}-${…}-01`, in which at least one part is the id of something. */
function shapeOf(
  file: FileFacts,
  { parts }: Expression & { type: 'text' },
  from: FunctionSyntax | undefined,
): 'sampled' | 'unsampled' | 'whole' | undefined {
  const written = parts
    .map(part => (typeof part === 'string' ? part : writtenPart(file, part, from)))
    .join('');
  const match = /^00-([\0\x01]|[0-9a-f]{32})-([\0\x01]|[0-9a-f]{16})-([\0\x01]|[0-9a-f]{2})$/i.exec(written);
  if (match === null || !written.includes('\0')) return undefined;
  return match[3] === '01' && !asksIfSampled.test(from?.at.text ?? '')
    ? 'sampled'
    : match[3] === '00'
      ? 'unsampled'
      : 'whole';
}

/** Of a trace that is not sampled, nothing is written. */
const asksIfSampled =
  /traceFlags\b[^;\n]*&|\btrace_flags\.sampled\b|\bisSampled\b|\.IsSampled\(\)|\bTraceFlags\.SAMPLED\b/;

/** The text that it is; else `\x01` for what is made of texts alone, such as `'0'.repeat(32)`, and `\0` for an id. */
function writtenPart(file: FileFacts, part: Expression, from: FunctionSyntax | undefined): string {
  // What a field begins with is not all that it may be.
  if (part.type === 'reference' && ofObject.test(part.path)) return '\0';
  const value = file.names.resolve(part, from);
  const isWritten = (each: Expression | undefined): boolean =>
    each !== undefined &&
    (each.type === 'constant' || staticText(file.names.resolve(each, from)) !== undefined);
  const isMade =
    (value.type === 'call' && isWritten(value.receiver)) ||
    (value.type === 'call' && value.callee === 'Repeat' && value.arguments.every(isWritten)) ||
    (value.type === 'operation' && value.operands.every(isWritten));
  return staticText(value) ?? (isMade ? '\x01' : '\0');
}

const ofObject = /^(?:self|this)\.(?![A-Z0-9_]+$)/;

/** `.split('-')` of what was read from the header. */
function takesApart(file: FileFacts, call: CallExpression): boolean {
  const { callee, receiver, inFunction } = call;
  const isSplit = /^(?:split|Split|SplitN|rsplit|partition)$/.test(callee);
  if (!isSplit) return false;
  const dash = call.arguments.some(argument => staticText(argument) === '-');
  const subject = callee.startsWith('Split') && file.language === 'go' ? call.arguments[0] : receiver;
  if (!dash || subject === undefined) return false;
  if (isHeader(subject)) return true;
  const value = file.names.resolve(subject, inFunction);
  return isHeader(value) || (subject.type === 'reference' && /(?:^|[._])trace_?parent$/i.test(subject.path));
}

/** `headers['traceparent']`, `headers.get("traceparent")`, `req.headers.traceparent`. */
function isHeader(expression: Expression): boolean {
  switch (expression.type) {
    case 'index':
      return /^traceparent$/i.test(staticText(expression.key) ?? '');
    case 'call':
      return expression.arguments.some(argument => /^traceparent$/i.test(staticText(argument) ?? ''));
    case 'reference':
      return /\.traceparent$/i.test(expression.path);
    case 'choice':
      return expression.values.some(isHeader);
    case 'member':
      return /^traceparent$/i.test(expression.property);
    default:
      return false;
  }
}
