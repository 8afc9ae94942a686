import { semconvConstant } from '../../../semconv/constants.ts';
import type { CallExpression, Expression } from '../syntax.ts';
import { callsWithin, type Pair, type Taker, type WriteCollector } from './attributesReading.ts';
import type { AttributeSink, Removal } from './attributeWrite.ts';

const attributePackage = 'go.opentelemetry.io/otel/attribute#';
const kinds =
  /^(?:String|Int|Int64|Bool|Float64|Stringer|StringSlice|IntSlice|Int64Slice|BoolSlice|Float64Slice|ByteSlice|Slice|Map)$/;
/** `attribute.String(…)` of the API; `log.String(…)` of its logs. */
const ofApi = /^go\.opentelemetry\.io\/otel\/(attribute|log)#(\w+)$/;
const ofKey = /^go\.opentelemetry\.io\/otel\/attribute#Key\(\)\.(\w+)$/;
const ofConstant = /^(go\.opentelemetry\.io\/(?:otel|collector)\/semconv\/v[\d.]+#\w+)\.(\w+)$/;

/** What takes attributes, by qualified name. */
const takers: readonly { readonly pattern: RegExp; readonly sink: AttributeSink }[] = [
  { pattern: /^go\.opentelemetry\.io\/otel\/metric#With(?:Attributes|AttributeSet)$/, sink: 'metric' },
  { pattern: /^go\.opentelemetry\.io\/otel\/(?:sdk\/)?resource#/, sink: 'resource' },
  { pattern: /^go\.opentelemetry\.io\/otel\/sdk\/resource#/, sink: 'resource' },
  { pattern: /^go\.opentelemetry\.io\/otel\/log#/, sink: 'log' },
];

/** Attributes are made by functions, so each is a call that some other call, list or variable holds. */
export function goWrites(collector: WriteCollector): void {
  const { calls } = collector.unit;
  if (!collector.file.importsOpenTelemetry) return;
  for (const call of calls) readCall(collector, call);
  for (const call of calls) {
    const pair = pairOf(collector, call);
    if (pair !== undefined) collector.add({ sink: 'unknown', call, certainty: 'certain' }, pair);
  }
}

function readCall(collector: WriteCollector, call: CallExpression): void {
  const { callee, inFunction, receiver, arguments: given } = call;
  const { receivers, file } = collector;
  switch (callee) {
    case 'SetAttributes': {
      const certainty = receivers.span(receiver, inFunction);
      addArguments(
        collector,
        { sink: 'span', call, certainty: certainty === 'no' ? 'likely' : certainty },
        given,
      );
      return;
    }
    case 'AddEvent':
      addArguments(collector, { sink: 'event', call, certainty: 'likely' }, given.slice(1));
      return;
    case 'RecordError':
      addArguments(collector, { sink: 'event', call, certainty: 'likely' }, given.slice(1));
      return;
    case 'Start':
      addArguments(collector, { sink: 'startOptions', call, certainty: 'likely' }, given.slice(2));
      return;
    case 'SetName':
      collector.addValue({ sink: 'name', call, certainty: receivers.span(receiver, inFunction) }, given[0]);
      return;
    case 'SetStatus':
      collector.addValue({ sink: 'status', call, certainty: receivers.span(receiver, inFunction) }, given[1]);
      return;
    case 'NewMember':
    case 'NewMemberRaw':
      if (/^go\.opentelemetry\.io\/otel\/baggage#/.test(file.names.callee(call) ?? '') && given.length >= 2)
        collector.add(
          { sink: 'baggage', call, certainty: 'certain' },
          {
            key: collector.keyOf(given[0], inFunction),
            keyAt: given[0].at,
            value: given[1],
            removal: { kind: 'none', at: call.at },
          },
        );
      return;
  }
  if (!/^(?:With|New|AddAttributes|SetBody)/.test(callee)) return;
  const name = file.names.callee(call) ?? '';
  const taker = takers.find(({ pattern }) => pattern.test(name));
  if (taker !== undefined) addArguments(collector, { sink: taker.sink, call, certainty: 'certain' }, given);
}

/** The attributes in the arguments: given one by one, inside options, in a list, or in a variable that holds one. */
function addArguments(collector: WriteCollector, taker: Taker, given: readonly Expression[]): void {
  const { call } = taker;
  for (const argument of given) {
    const spread =
      argument.type === 'operation' && argument.operator === '...' ? argument.operands[0] : argument;
    if (spread === undefined) continue;
    const held = collector.file.names.resolve(spread, call.inFunction);
    for (const inner of callsWithin(held)) {
      const pair = pairOf(collector, inner, removal(collector, call, given, inner));
      if (pair !== undefined) collector.add(taker, pair);
    }
  }
}

/** The only attribute of a statement goes with the statement. */
function removal(
  collector: WriteCollector,
  call: CallExpression,
  given: readonly Expression[],
  inner: CallExpression,
): Removal {
  const whole = collector.removalOf(call);
  return given.length === 1 && given[0] === inner && whole.kind === 'statement'
    ? whole
    : { kind: 'element', at: inner.at };
}

/** `attribute.String(k, v)`, `attribute.Key(k).String(v)`, `semconv.UserEmailKey.String(v)`, `semconv.UserEmail(v)`. */
function pairOf(
  collector: WriteCollector,
  call: CallExpression,
  removal: Removal = { kind: 'element', at: call.at },
): Pair | undefined {
  const { arguments: given, callee, receiver, inFunction } = call;
  if (given.length === 0 || given.length > 2) return undefined;
  // Names are looked up for what can be an attribute only: most calls are not.
  if (!kinds.test(callee) && !isOfSemconv(collector, receiver)) return undefined;
  const name = collector.file.names.callee(call);
  if (name === undefined) return undefined;
  const made = ofApi.exec(name);
  if (made !== null) {
    if (given.length !== 2 || !kinds.test(made[2])) return undefined;
    return {
      key: collector.keyOf(given[0], inFunction),
      keyAt: given[0].at,
      value: given[1],
      valueType: made[2],
      removal,
    };
  }
  if (given.length !== 1) return undefined;
  const [value] = given;
  if (receiver !== undefined && kinds.test(callee)) {
    if (ofKey.test(name)) {
      const key = collector.file.names.resolve(receiver, inFunction);
      const text = key.type === 'call' ? key.arguments[0] : undefined;
      return text === undefined
        ? undefined
        : {
            key: collector.keyOf(text, inFunction),
            keyAt: key === receiver ? text.at : receiver.at,
            value,
            valueType: callee,
            removal,
          };
    }
    const constant = semconvConstant(ofConstant.exec(name)?.[1] ?? '');
    if (constant !== undefined)
      return { key: constant.key, keyAt: receiver.at, value, valueType: callee, removal };
  }
  const constant = name.startsWith(attributePackage) ? undefined : semconvConstant(name);
  return constant?.form === 'function'
    ? { key: constant.key, keyAt: call.calleeAt, value, removal }
    : undefined;
}

function isOfSemconv({ file }: WriteCollector, receiver: Expression | undefined): boolean {
  return (
    receiver?.type === 'reference' &&
    file.syntax.imports.some(({ local, module }) => local === receiver.path && module.includes('/semconv/'))
  );
}
