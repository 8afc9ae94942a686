import type { CallExpression, Expression, FileSyntax, LanguageId } from '../../src/lint/facts/syntax.ts';

/** A call that is taken out of a program to see whether the linter misses it. */
export interface Deletion {
  readonly path: string;
  /** Of its line, as it was. */
  readonly line: number;
  readonly text: string;
  /** The whole file without it. */
  readonly source: string;
}

export type DeletionKind = 'end' | 'inject' | 'registration';

/** What is deleted, found by its text alone: what the linter understands of it must not decide what it is tested with. */
export function deletionsOf(kind: DeletionKind, path: string, syntax: FileSyntax): Deletion[] {
  if (isTest(path)) return [];
  const bound = boundToSpans(syntax.source);
  return syntax.calls.filter(call => is[kind](call, bound)).map(call => without(call, path, syntax));
}

const is: { readonly [kind in DeletionKind]: (call: CallExpression, bound: ReadonlySet<string>) => boolean } =
  {
    end({ callee, receiver }, bound) {
      if (!/^(?:end|End)$/.test(callee) || receiver === undefined) return false;
      const name = /(\w+)\W*$/.exec(receiver.at.text)?.[1] ?? '';
      return /span/i.test(receiver.at.text) || bound.has(name);
    },
    inject({ callee, receiver, at }) {
      // Elsewhere `inject(key)`, Angular's `inject(Service)` and `@Inject('name')` are of frameworks.
      if (receiver === undefined)
        return callee === 'inject' && /\binject\((?:[a-z_]\w*\)|\w+,)|carrier/.test(at.text);
      return /^inject$/i.test(callee) && /propagat|otel|trace/i.test(`${receiver.at.text}${at.text}`);
    },
    registration({ callee, receiver, at }) {
      const of = receiver?.at.text ?? '';
      if (at.text.startsWith('new ')) return instrumentations.test(callee);
      if (/^get(?:Node|Web)AutoInstrumentations$/.test(callee)) return true;
      if (callee === 'instrument') return instrumentors.test(of);
      return goWrappers.test(`${of}.${callee}`);
    },
  };

// Of clients, as far as they inject the context: those of servers, databases and loggers lose no trace.
const instrumentations =
  /^(?:Http|Undici|Fetch|XMLHttpRequest|Grpc|Kafka[jJ]s|Amqplib|Aws(?:Sdk)?|BullMQ|AzureSdk)Instrumentation$/;
const instrumentors =
  /(?:Requests|URLLib3?|HTTPXClient|AioHttpClient|GrpcInstrumentorClient|GrpcAioInstrumentorClient|Pika|AioPika|Kafka|AIOKafka|Celery|Remoulade|Botocore|Boto3SQS)(?:Instrumentor)?\(/;
const goWrappers =
  /^otel(?:http\.NewTransport|grpc\.(?:NewClientHandler|\w+ClientInterceptor)|aws\.AppendMiddlewares|sarama\.Wrap\w*Producer)$/;

/** The variables that get what starts a span. */
function boundToSpans(source: string): ReadonlySet<string> {
  const starts =
    /(\w+)\s*(?::\s*[\w.]+\s*)?:?=\s*(?:await\s+)?[\w.()?!'"[\]]*(?:[tT]racer\w*(?:\([^()]*\))?[.?!]+(?:start\w*|Start\w*)|start_span|startSpan|startInactiveSpan)\(/g;
  return new Set([...source.matchAll(starts)].map(([, name]) => name));
}

function isTest(path: string): boolean {
  return /(?:^|[/_.-])(?:tests?|spec|mocks?|__tests__|fixtures?|testdata|e2e)(?:[/_.-]|$)/i.test(path);
}

function without(call: CallExpression, path: string, syntax: FileSyntax): Deletion {
  const { source } = syntax;
  const { start, end } = call.at;
  const { instead, ...extent } = takenOut(call, syntax);
  return {
    path,
    line: source.slice(0, start).split('\n').length,
    text: source.slice(start, end).split('\n')[0],
    source: source.slice(0, extent.start) + instead + source.slice(extent.end),
  };
}

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly instead: string;
}

function takenOut(call: CallExpression, syntax: FileSyntax): Replacement {
  const { source, language } = syntax;
  // What is before it in a chain is still called: `tracer.startSpan(name).end()`.
  if (/^end$/i.test(call.callee) && call.receiver?.type === 'call')
    return { start: call.at.start, end: call.at.end, instead: call.receiver.at.text };
  const statement = extentOf(call, syntax);
  const isStatement =
    /(?:^|[\n;{}])[ \t]*$/.test(source.slice(Math.max(0, statement.start - 400), statement.start)) &&
    /^[ \t]*(?:$|[\n;}#/])/.test(source.slice(statement.end, statement.end + 400));
  if (isStatement) return { ...statement, instead: language === 'python' ? 'pass' : '' };
  const of = wrapped(call, syntax);
  const inner = language === 'go' && of === call ? innerOf(call) : undefined;
  if (inner !== undefined) return { start: call.at.start, end: call.at.end, instead: inner.at.text };
  const isOne = of !== call || isAmongOthers(call, syntax) || /Instrumentations?$/.test(call.callee);
  const { start, end } = of.at;
  return (isOne ? element(of, source) : undefined) ?? { start, end, instead: nothing[language] };
}

const nothing: { readonly [language in LanguageId]: string } = {
  javascript: 'undefined',
  typescript: 'undefined',
  tsx: 'undefined',
  python: 'None',
  go: 'nil',
  java: 'null',
  csharp: 'null',
};

/** Of Go: what a wrapper of a client wraps is left, `otelhttp.NewTransport(base)`, `otelsarama.WrapSyncProducer(config, producer)`. */
function innerOf({ callee, arguments: given }: CallExpression): Expression | undefined {
  return callee === 'NewTransport' ? given[0] : /^Wrap/.test(callee) ? given[1] : undefined;
}

/** Of Go: the option that the call is given to, `grpc.WithStatsHandler(otelgrpc.NewClientHandler())`. */
function wrapped(call: CallExpression, { language, calls }: FileSyntax): CallExpression {
  if (language !== 'go' || call.receiver?.at.text !== 'otelgrpc') return call;
  const option = calls.find(
    ({ callee, arguments: given }) =>
      /^With(?:StatsHandler|Unary|Stream|Chain)/.test(callee) && given.length === 1 && isSame(given[0], call),
  );
  return option ?? call;
}

/** Of Go: one of those that a function takes as many of as there are, or that a list has: `grpc.WithChainUnaryInterceptor(otelgrpc.UnaryClientInterceptor(), metrics())`. */
function isAmongOthers(call: CallExpression, { language, calls, source }: FileSyntax): boolean {
  if (language !== 'go' || call.receiver?.at.text !== 'otelgrpc') return false;
  return (
    calls.some(
      ({ callee, arguments: given }) =>
        /^(?:WithChain|Chain)/.test(callee) && given.some(each => isSame(each, call)),
    ) || /\[\][\w.]+\{(?:[^{}]*,)?\s*$/.test(source.slice(Math.max(0, call.at.start - 400), call.at.start))
  );
}

function isSame({ at }: Expression, call: CallExpression): boolean {
  return at.start === call.at.start && at.end === call.at.end;
}

/** An argument or element among others, with the comma behind or before it. */
function element({ at }: CallExpression, source: string): Replacement | undefined {
  const behind = /^\s*,[ \t]*/.exec(source.slice(at.end, at.end + 400));
  const before = /[,([{]\s*(?:\/\/.*\s*)*$/.exec(source.slice(Math.max(0, at.start - 400), at.start));
  if (before === null) return undefined;
  if (behind !== null) return { start: at.start, end: at.end + behind[0].length, instead: '' };
  if (!/^\s*[\])}]/.test(source.slice(at.end, at.end + 400))) return undefined;
  const isAlone = !before[0].startsWith(',');
  return { start: isAlone ? at.start : at.start - before[0].length, end: at.end, instead: '' };
}

/** The call; with `defer`, `await`, `void` before it and `;` behind it where it is a statement of its own. */
function extentOf(call: CallExpression, { source }: FileSyntax): { start: number; end: number } {
  const before = /(?:^|[\n;{}])[ \t]*((?:defer|go|await|void)\s+)?$/.exec(
    source.slice(Math.max(0, call.at.start - 400), call.at.start),
  );
  const after = /^[ \t]*;?/.exec(source.slice(call.at.end))?.[0] ?? '';
  if (before === null) return { start: call.at.start, end: call.at.end };
  return { start: call.at.start - (before[1]?.length ?? 0), end: call.at.end + after.length };
}
