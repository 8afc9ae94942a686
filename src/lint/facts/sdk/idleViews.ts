import type { FileFacts } from '../fileFacts.ts';
import { knowsPropagation } from '../propagation/missingInjections.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type Place,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { expressionsIn, statementsIn } from '../walk.ts';

/** A view of headers or of a message that a propagator is to write through, and none does. */
export interface IdleView {
  readonly name: string;
  readonly at: Place;
}

const viewed = /carrier$/i;
/** In a file that only traces, a carrier may be somebody who delivers parcels. */
const viewedSurely =
  /(?:header|message|map|metadata|kafka|amqp|rabbit|nats|sqs|record|text|trace|context|attribute)s?_?carrier$/i;
/** What is made of a view is sent. */
const passesOn =
  /^(?:(?:to|as|get)?_?(?:headers?|table|map|metadata|attributes|md|string_?map)|entries|items)$/i;
/** Only looks for something in it. */
const looks = /^(?:get|has|keys|len|values)$/i;
const converts = /(?:^|\.)(?:Table|Header|Headers|MD|MapCarrier)$|^dict$/;

/**
 * Views such as `carrier := amqpCarrier(headers)` that are made for nothing: nobody uses them; what is sent is made of
 * them, as it was; or a producer only extracts from them.
 */
export function idleViews(file: FileFacts): readonly IdleView[] {
  const isTraced = file.importsOpenTelemetry || file.service.usesOpenTelemetry;
  return isTraced && file.says(maySay) ? file.ofUnits(idleIn).flat() : [];
}

const maySay = /carrier/i;

function idleIn(file: FileFacts, { functions }: SyntaxUnit): readonly IdleView[] {
  const named = knowsPropagation(file) ? viewed : viewedSurely;
  return functions.flatMap(made =>
    statementsIn(made.body).flatMap(statement => {
      if (statement.type !== 'bind' || !isView(statement, named)) return [];
      const [{ path: name, at }] = statement.targets;
      return isIdle(name, made, statement) ? [{ name, at }] : [];
    }),
  );
}

/** `carrier.Set("x-request-id", id)` */
function writesAnother({ callee, arguments: [key] }: CallExpression): boolean {
  const name = staticText(key);
  return /^set$/i.test(callee) && name !== undefined && !/trace|b3|baggage|span/i.test(name);
}

/** Made of something that is there already; what is made empty is for `emptyCarriers`. */
function isView({ targets, values }: BindStatement, named: RegExp): boolean {
  if (targets.length !== 1 || values.length !== 1 || !/^\w{2,}$/.test(targets[0].path)) return false;
  const [value] = values;
  if (value.type === 'object') return named.test(value.typeName ?? '') && value.entries.length > 0;
  return value.type === 'call' && named.test(value.callee) && value.arguments.length > 0;
}

function isIdle(name: string, made: FunctionSyntax, bind: BindStatement): boolean {
  let extracted = false;
  let passed = false;
  let looked = false;
  const isIt = (each: Expression | undefined) =>
    each?.type === 'reference' && (each.path === name || each.path.startsWith(`${name}.`));
  const accounted = new Set<Expression>();
  const expressions = expressionsIn(made.body, true);
  for (const each of expressions) {
    if (each.type !== 'call') continue;
    const { callee, receiver } = each;
    if (receiver !== undefined && isIt(receiver)) {
      if (passesOn.test(callee) && each.arguments.length === 0) passed = true;
      else if (looks.test(callee)) looked = true;
      else if (writesAnother(each)) accounted.add(receiver);
      else return false;
      accounted.add(receiver);
    }
    for (const argument of each.arguments) {
      if (!isIt(argument)) continue;
      if (/^extract$/i.test(callee)) extracted = true;
      else if (isConversion(each)) passed = true;
      else return false;
      accounted.add(argument);
    }
  }
  for (const each of expressions) if (isIt(each) && !accounted.has(each)) return false;
  // What has no expression of its own: it is assigned to.
  for (const each of statementsIn(made.body, true))
    if (each.type === 'bind' && each !== bind && each.targets.some(({ path }) => path.split('.')[0] === name))
      return false;
  if (extracted) return isOfMessage(bind.values[0]) && produces(made);
  return passed || !looked;
}

/** Requests come in with headers, too: what handles one may well be called `publish`. */
function isOfMessage(value: Expression): boolean {
  return value.type === 'call' && value.callee !== 'HeaderCarrier';
}

function produces({ qualifiedName, at }: FunctionSyntax): boolean {
  return (
    !/consum|subscri|receiv/i.test(qualifiedName) && /SpanKind\.?_?PRODUCER|Producer\w*Span/i.test(at.text)
  );
}

/** `amqp.Table(carrier)` */
function isConversion({ callee, receiver, arguments: given }: CallExpression): boolean {
  return (
    given.length === 1 && converts.test(receiver === undefined ? callee : `${receiver.at.text}.${callee}`)
  );
}
