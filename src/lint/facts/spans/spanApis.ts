import { type CallExpression, type Expression, type FileSyntax, field } from '../syntax.ts';
import { enclosing } from '../walk.ts';
import type { Resolver } from './spanNames.ts';

/** A call that starts a span, and what says its name. */
export interface NamedCall {
  readonly call: CallExpression;
  /** Index of the argument that is the name. */
  readonly argument: number;
  readonly value: Expression;
  /** Where the kind is said elsewhere than in the arguments. */
  readonly kind?: Expression;
}

/** Methods of the OpenTelemetry API that start a span → index of the name; Python's takes it by keyword too. */
const scriptApis: { readonly [callee: string]: number } = {
  startSpan: 0,
  startActiveSpan: 0,
  start_span: 0,
  start_as_current_span: 0,
};
/** `StartActivity(kind, parent, tags, links, time, name)` of .NET. */
const nameAfterKind = 5;

/** The calls of a file to the API of OpenTelemetry that start spans. */
export function apiCalls(file: FileSyntax, resolver: Resolver): NamedCall[] {
  switch (file.language) {
    case 'go':
      return file.calls.flatMap(call => goCall(call, resolver));
    case 'java':
      return javaCalls(file);
    case 'csharp':
      return file.calls.flatMap(call => csharpCall(call));
    default:
      return file.calls.flatMap(call => scriptCall(call));
  }
}

function scriptCall(call: CallExpression): NamedCall[] {
  const argument = scriptApis[call.callee];
  const value = call.arguments[argument] ?? call.named.get('name');
  if (argument === undefined || value === undefined || !Object.hasOwn(scriptApis, call.callee)) return [];
  return [{ call, argument, value: nameField(value) }];
}

/** Sentry's way: `startSpan({ name: 'load' }, …)`. */
export function nameField(value: Expression): Expression {
  return field(value, 'name') ?? value;
}

/** `Start` is a common method in Go: the receiver must be made by `Tracer(…)` or be called a tracer. */
function goCall(call: CallExpression, resolver: Resolver): NamedCall[] {
  if (call.callee !== 'Start' || call.arguments.length < 2 || !isTracer(call.receiver, resolver)) return [];
  return [{ call, argument: 1, value: call.arguments[1] }];
}

function isTracer(receiver: Expression | undefined, resolver: Resolver): boolean {
  if (receiver === undefined) return false;
  const made = resolver.resolve(receiver);
  if (made.type === 'call') return /tracer/i.test(made.callee);
  return made.type === 'reference' && /trac|otel/i.test(made.path);
}

/** `tracer.spanBuilder("x")…`, and methods with `@WithSpan`. */
function javaCalls(file: FileSyntax): NamedCall[] {
  const kinds = kindsOfBuilders(file);
  const built = file.calls.flatMap(call => {
    const [value] = call.arguments;
    return call.callee === 'spanBuilder' && value !== undefined
      ? [{ call, argument: 0, value, kind: kinds.get(call) }]
      : [];
  });
  return [...built, ...annotated(file)];
}

/** `spanBuilder("x").setSpanKind(SpanKind.CLIENT)`. */
function kindsOfBuilders(file: FileSyntax): ReadonlyMap<CallExpression, Expression> {
  const found = new Map<CallExpression, Expression>();
  for (const call of file.calls) {
    if (call.callee !== 'setSpanKind' || call.arguments.length !== 1) continue;
    let at = call.receiver;
    for (let hop = 0; hop < 32 && at?.type === 'call' && at.callee !== 'spanBuilder'; hop++) at = at.receiver;
    if (at?.type === 'call' && at.callee === 'spanBuilder') found.set(at, call.arguments[0]);
  }
  return found;
}

/** Without a name the span is called `Orders.place`, by class and method. */
function annotated(file: FileSyntax): NamedCall[] {
  return file.functions.flatMap(({ decorators, className, name }) =>
    decorators.flatMap((decorator): NamedCall[] => {
      const call = decorator.type === 'reference' ? plainAnnotation(decorator, name) : decorator;
      if (call.type !== 'call' || call.callee !== 'WithSpan') return [];
      const written = call.arguments[0] ?? call.named.get('value');
      const implied = className === undefined || className === '' ? name : `${className}.${name}`;
      return [{ call, argument: 0, value: written ?? textAt(call, implied) }];
    }),
  );
}

/** `@WithSpan`: as if it had been called. */
function plainAnnotation(
  { at, path }: Expression & { type: 'reference' },
  decorates: string,
): CallExpression {
  return {
    type: 'call',
    at,
    calleeAt: at,
    argumentsAt: undefined,
    callee: path.replace(/^.*\./, ''),
    receiver: undefined,
    arguments: [],
    named: new Map(),
    constructs: false,
    awaited: false,
    decorates,
    inFunction: undefined,
  };
}

/** `source.StartActivity("x")`, called like the method around it if no name is given; `tracer.StartActiveSpan("x")`. */
function csharpCall(call: CallExpression): NamedCall[] {
  const { callee, receiver, named } = call;
  if (receiver === undefined) return [];
  const [first] = call.arguments;
  if (/^Start(?:Active|Root)?Span$/.test(callee)) {
    const value = first ?? named.get('name');
    return value === undefined ? [] : [{ call, argument: 0, value }];
  }
  if (!/^(?:Start|Create)Activity$/.test(callee)) return [];
  const argument = first?.type === 'reference' && /\bActivityKind\./.test(first.path) ? nameAfterKind : 0;
  const written = call.arguments[argument] ?? named.get('name');
  if (written !== undefined) return [{ call, argument, value: written }];
  const method = [...enclosing(call.inFunction)].at(-1)?.name ?? '';
  return method === '' ? [] : [{ call, argument, value: textAt(call, method) }];
}

function textAt({ calleeAt }: CallExpression, text: string): Expression {
  return { type: 'text', at: calleeAt, parts: [text] };
}
