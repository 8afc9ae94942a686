import { type CallExpression, type Expression, field } from '../syntax.ts';
import type { WriteCollector } from './attributesReading.ts';

type Reader = (collector: WriteCollector, call: CallExpression) => void;

/** JavaScript, TypeScript and Python: attributes are objects and dicts. */
export function literalWrites(collector: WriteCollector): void {
  for (const call of collector.unit.calls) {
    if (Object.hasOwn(readers, call.callee)) readers[call.callee](collector, call);
  }
}

const readers: { readonly [callee: string]: Reader } = {
  setAttribute: setAttribute,
  set_attribute: setAttribute,
  setAttributes: setAttributes,
  set_attributes: setAttributes,
  addEvent: addEvent,
  add_event: addEvent,
  addLink: addLink,
  add_link: addLink,
  addLinks: addLink,
  updateName: updateName,
  update_name: updateName,
  setStatus: setStatus,
  set_status: setStatus,
  startSpan: startSpan,
  start_span: startSpan,
  startActiveSpan: startSpan,
  start_as_current_span: startSpan,
  recordException: recordException,
  record_exception: recordException,
  Resource: resource,
  resourceFromAttributes: resource,
  create: resource,
  createBaggage: createBaggage,
  setEntry: setEntry,
  set_baggage: setBaggage,
  emit: emit,
  add: measure,
  record: measure,
  observe: measure,
  Observation: observation,
};

function setAttribute(collector: WriteCollector, call: CallExpression): void {
  const { receiver, inFunction, arguments: given, named } = call;
  const certainty = collector.receivers.span(receiver, inFunction);
  if (certainty === 'no') return;
  collector.addCall(
    { sink: 'span', call, certainty },
    given[0] ?? named.get('key'),
    given[1] ?? named.get('value'),
  );
}

function setAttributes(collector: WriteCollector, call: CallExpression): void {
  const { receiver, inFunction, arguments: given, named } = call;
  const certainty = collector.receivers.span(receiver, inFunction);
  collector.addPairs({ sink: 'span', call, certainty }, given[0] ?? named.get('attributes'));
}

function addEvent(collector: WriteCollector, call: CallExpression): void {
  const { receiver, inFunction, arguments: given, named } = call;
  const certainty = collector.receivers.span(receiver, inFunction);
  const taker = { sink: 'event', call, certainty } as const;
  collector.addPairs(taker, named.get('attributes') ?? given[1]);
}

function addLink(collector: WriteCollector, call: CallExpression): void {
  const { receiver, inFunction, arguments: given, named } = call;
  const certainty = collector.receivers.span(receiver, inFunction);
  if (certainty === 'no') return;
  const attributes = named.get('attributes') ?? (collector.file.language === 'python' ? given[1] : undefined);
  collector.addPairs({ sink: 'link', call, certainty }, attributes);
  for (const link of listOf(given[0]))
    collector.addPairs({ sink: 'link', call, certainty }, field(link, 'attributes'));
}

function updateName(collector: WriteCollector, call: CallExpression): void {
  const certainty = collector.receivers.span(call.receiver, call.inFunction);
  collector.addValue({ sink: 'name', call, certainty }, call.arguments[0] ?? call.named.get('name'));
}

/** `setStatus({ code, message })`, `set_status(Status(code, description))`, `set_status(code, description)`. */
function setStatus(collector: WriteCollector, call: CallExpression): void {
  const [status, second] = call.arguments;
  const certainty = collector.receivers.span(call.receiver, call.inFunction);
  if (certainty === 'no') return;
  const made = status?.type === 'call' && status.callee === 'Status' ? status : undefined;
  collector.addValue(
    { sink: 'status', call, certainty },
    field(status, 'message') ??
      made?.arguments[1] ??
      made?.named.get('description') ??
      second ??
      call.named.get('description'),
  );
}

function startSpan(collector: WriteCollector, call: CallExpression): void {
  const { arguments: given, named, inFunction } = call;
  const certainty = collector.receivers.tracer(call);
  if (certainty === 'no') return;
  const options = given[1] === undefined ? undefined : collector.file.names.resolve(given[1], inFunction);
  const attributes = named.get('attributes') ?? field(options, 'attributes');
  collector.addPairs({ sink: 'startOptions', call, certainty }, attributes);
  for (const link of listOf(named.get('links') ?? field(options, 'links'))) {
    const attributesOfLink =
      link.type === 'call' ? (link.named.get('attributes') ?? link.arguments[1]) : undefined;
    collector.addPairs({ sink: 'link', call, certainty }, attributesOfLink ?? field(link, 'attributes'));
  }
}

function recordException(collector: WriteCollector, call: CallExpression): void {
  const certainty = collector.receivers.span(call.receiver, call.inFunction);
  collector.addPairs({ sink: 'event', call, certainty }, call.named.get('attributes'));
}

const resources =
  /^@opentelemetry\/(?:resources|sdk-[\w-]+)#(?:\w+\.)*(?:Resource|resourceFromAttributes)$|^opentelemetry\.sdk\.resources\.Resource(?:\.create)?$/;

function resource(collector: WriteCollector, call: CallExpression): void {
  const certainty = collector.receivers.named(call, resources);
  collector.addPairs(
    { sink: 'resource', call, certainty },
    call.arguments[0] ?? call.named.get('attributes'),
  );
}

/** `propagation.createBaggage({ key: { value } })` */
function createBaggage(collector: WriteCollector, call: CallExpression): void {
  const certainty = collector.receivers.named(call, /opentelemetry.*#propagation\.createBaggage$/);
  if (certainty === 'no' || call.arguments[0] === undefined) return;
  for (const pair of collector.pairs(call.arguments[0], call.inFunction))
    collector.add(
      { sink: 'baggage', call, certainty },
      { ...pair, value: field(pair.value, 'value') ?? pair.value },
    );
}

/** `baggage.setEntry(key, { value })` */
function setEntry(collector: WriteCollector, call: CallExpression): void {
  const { receiver, arguments: given } = call;
  if (given.length !== 2 || receiver === undefined || !collector.receivers.tells) return;
  const name = collector.file.names.qualified(receiver, call.inFunction);
  const known = name !== undefined && /opentelemetry.*baggage/i.test(name);
  if (!known && !/baggage/i.test(receiver.at.text)) return;
  const entry = collector.file.names.resolve(given[1], call.inFunction);
  collector.addCall(
    { sink: 'baggage', call, certainty: known ? 'certain' : 'likely' },
    given[0],
    field(entry, 'value') ?? entry,
  );
}

function setBaggage(collector: WriteCollector, call: CallExpression): void {
  const certainty = collector.receivers.named(call, /^opentelemetry\.baggage\.set_baggage$/);
  const { arguments: given, named } = call;
  if (certainty === 'no') return;
  const [key, value] = [given[0] ?? named.get('name'), given[1] ?? named.get('value')];
  if (key === undefined || value === undefined) return;
  collector.add(
    { sink: 'baggage', call, certainty },
    {
      key: collector.keyOf(key, call.inFunction),
      keyAt: key.at,
      value,
      removal: { kind: 'none', at: call.at },
    },
  );
}

function emit(collector: WriteCollector, call: CallExpression): void {
  const name = collector.file.names.callee(call);
  if (name === undefined || !/opentelemetry.*getLogger\(\)\.emit$/i.test(name)) return;
  const [given] = call.arguments;
  const entry = given === undefined ? undefined : collector.file.names.resolve(given, call.inFunction);
  collector.addPairs({ sink: 'log', call, certainty: 'certain' }, field(entry, 'attributes'));
}

const instruments =
  /create_?(?:up_?down_?counter|counter|histogram|gauge|observable\w*)\(\)\.(?:add|record|set|observe)$/i;

/** `counter.add(1, { … })` */
function measure(collector: WriteCollector, call: CallExpression): void {
  const attributes = call.arguments[1] ?? call.named.get('attributes');
  if (attributes === undefined) return;
  const certainty = collector.receivers.named(call, instruments);
  collector.addPairs({ sink: 'metric', call, certainty }, attributes);
}

function observation(collector: WriteCollector, call: CallExpression): void {
  const certainty = collector.receivers.named(call, /^opentelemetry\.metrics\.Observation$/);
  collector.addPairs({ sink: 'metric', call, certainty }, call.arguments[1] ?? call.named.get('attributes'));
}

function listOf(value: Expression | undefined): readonly Expression[] {
  return value === undefined ? [] : value.type === 'list' ? value.values : [value];
}
