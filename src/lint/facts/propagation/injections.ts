import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, ChoiceExpression, Expression, Place } from '../syntax.ts';

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
  if (!isInjection(file, call)) return undefined;
  const carrier = carrierArgument(file, call);
  if (carrier === undefined) return { call, carrier: undefined, carrierAt: undefined };
  const wrapped = carrier.type === 'call' && carriers.test(carrier.callee) ? carrier.arguments[0] : carrier;
  const given = isDefaulted(file, wrapped) ? wrapped.values[0] : wrapped;
  const path = given?.type === 'reference' ? given.path : undefined;
  return { call, carrier: path, carrierAt: given?.at };
}

/** `headers || {}`. What is empty is not chosen by Python's `headers or {}`: that is neither the one nor the other. */
function isDefaulted({ language }: FileFacts, carrier: Expression | undefined): carrier is ChoiceExpression {
  return carrier?.type === 'choice' && carrier.condition === undefined && language !== 'python';
}

/** Whether a call writes the current context into a carrier. */
export function isInjection(file: FileFacts, call: CallExpression): boolean {
  const isCalledSo = /^[iI]nject$/.test(call.callee);
  if (!isCalledSo && (file.language !== 'python' || call.receiver !== undefined)) return false;
  const name = file.names.callee(call) ?? '';
  // `from opentelemetry.propagate import inject as inject_context`
  if (!isCalledSo) return name === 'opentelemetry.propagate.inject';
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
export function carrierArgument({ language }: FileFacts, call: CallExpression): Expression | undefined {
  return language === 'python' ? (call.arguments[0] ?? call.named.get('carrier')) : call.arguments[1];
}
