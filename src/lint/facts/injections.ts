import type { FileFacts } from './fileFacts.ts';
import type { CallExpression, Expression, FunctionSyntax, Place } from './syntax.ts';
import { enclosing, within } from './walk.ts';

/** A call that writes the current context into a carrier. */
export interface Injection {
  readonly call: CallExpression;
  /** `headers`, `req.Header`, `message.headers`; undefined if the carrier is made on the spot. */
  readonly carrier: string | undefined;
  readonly carrierAt: Place | undefined;
}

/** The injections of a file, in source order. */
export function injections(file: FileFacts): readonly Injection[] {
  return file.syntax.calls.flatMap(call => injectionOf(file, call) ?? []);
}

const carriers = /(?:HeaderCarrier|MapCarrier|MessageCarrier|Carrier|carrier)$/;

function injectionOf(file: FileFacts, call: CallExpression): Injection | undefined {
  if (!/^(?:inject|Inject|inject_headers|injectContext)$/.test(call.callee)) return undefined;
  if (!isPropagation(file, call)) return undefined;
  const carrier = carrierOf(file, call);
  if (carrier === undefined) return { call, carrier: undefined, carrierAt: undefined };
  const wrapped = carrier.type === 'call' && carriers.test(carrier.callee) ? carrier.arguments[0] : carrier;
  const path = wrapped?.type === 'reference' ? wrapped.path : undefined;
  return { call, carrier: path, carrierAt: wrapped?.at };
}

function isPropagation(file: FileFacts, call: CallExpression): boolean {
  const name = file.names.callee(call) ?? '';
  if (/opentelemetry|^global#(?:propagation|\w*[pP]ropagator\w*)\./.test(name)) return true;
  const receiver = call.receiver === undefined ? '' : call.receiver.at.text;
  return (
    (file.importsOpenTelemetry && /propagat/i.test(receiver)) ||
    (call.receiver === undefined &&
      file.language === 'python' &&
      file.importsOpenTelemetry &&
      name.startsWith('opentelemetry'))
  );
}

/** The argument that is written to. */
function carrierOf({ language }: FileFacts, call: CallExpression): Expression | undefined {
  switch (language) {
    case 'python':
      return call.arguments[0] ?? call.named.get('carrier');
    case 'csharp':
      return call.arguments[1];
    default:
      return call.arguments[1];
  }
}

/** Whether the headers hold an injected context, as far as the function and those around it show. */
export function isInjected(
  file: FileFacts,
  headers: Expression | undefined,
  from: FunctionSyntax | undefined,
): boolean {
  if (headers === undefined) return false;
  const paths = new Set<string>();
  const open: Expression[] = [headers];
  const seen = new Set<Expression>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (const each of within(at)) {
      if (each.type === 'reference') {
        paths.add(each.path);
        for (const definition of file.names.definitions(each.path, from, each.at)) {
          // What a caller gives may have it.
          if (definition.kind === 'parameter') return true;
          if (definition.kind === 'value' && definition.value !== undefined) open.push(definition.value);
        }
      }
      if (each.type === 'call' && returnsCarrier(file, each)) return true;
    }
  }
  return file
    .get(injections)
    .some(({ carrier, call }) => carrier !== undefined && paths.has(carrier) && isNear(call, from));
}

/** In the same function, one around it, or one inside it. */
function isNear({ inFunction }: CallExpression, from: FunctionSyntax | undefined): boolean {
  return (
    [...enclosing(from)].includes(inFunction as FunctionSyntax) ||
    [...enclosing(inFunction)].includes(from as FunctionSyntax) ||
    inFunction === from
  );
}

/** A function of the project whose result was injected into, or one whose name says so. */
function returnsCarrier(file: FileFacts, call: CallExpression): boolean {
  const own = file.names.functionCalled(call);
  if (own !== undefined) return injectsInside(file, own);
  if (/trace_?headers|inject|propagat|with_?trac|otel_?headers|trace_?context/i.test(call.callee))
    return true;
  const split = /^([^#]+)#([\w$.]+)$/.exec(file.names.callee(call) ?? '');
  if (split === null || split[1] === 'global') return false;
  const summary = file.project.functionOf(file.path, split[1], split[2]);
  return summary !== undefined && (summary.returnsCarrier || summary.injects.length > 0);
}

/** Whether the function, or one inside it, injects. */
export function injectsInside(file: FileFacts, made: FunctionSyntax): boolean {
  return file
    .get(injections)
    .some(({ call }) => made.at.start <= call.at.start && call.at.end <= made.at.end);
}
