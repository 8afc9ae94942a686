import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo, nothing } from '../references.ts';
import {
  type BindStatement,
  type CallExpression,
  type ChoiceExpression,
  type Expression,
  type FunctionSyntax,
  type Place,
  type Statement,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { expressionsOf, operandsOf, statementsIn, within } from '../walk.ts';
import { knowsPropagation } from './missingInjections.ts';

/** A variable that is to carry the context, that nothing is put into, and that is read or sent all the same. */
export interface EmptyCarrier {
  readonly name: string;
  readonly at: Place;
  readonly inFunction: FunctionSyntax;
  /** It is named or typed as what carries the context; otherwise it is just headers. */
  readonly isCarrier: boolean;
  /** Nothing else is done with it in here. */
  readonly isReturned: boolean;
  /** It comes with what the function hands on, and goes back there: `kwargs["headers"]`. */
  readonly isPassedOn: boolean;
  /** It has something else in it: `{ 'x-request-id': id }`. */
  readonly hasOthers: boolean;
}

const named = /carrier|trace_?(?:parent|context|ctx|headers?)|propagat|otel_?\w*headers?\b/i;
/** What is empty at first is none yet. */
const contextNamed = /(?:^|_)span_?(?:context|ctx)$/i;
const typed = /^propagation\.(?:MapCarrier|HeaderCarrier)$/;
/** Of the project: a map with the methods of a carrier. */
const ownTyped = /(?:^|\.)(?:Trac(?:e|ing)Data|\w*[cC]arrier)$/;
/** What these are given, or give, may be filled later. */
const makesViews = /carrier$|propagat|setter|supplier|inject/i;
const headersNamed = /^(?:\w*headers?|hdrs?|md|meta(?:data)?|\w*(?:message|msg)_?attributes)$/i;
const headersTyped =
  /^(?:amqp\w*\.Table|nats\.Header|http\.Header|metadata\.MD|map\[string\](?:(?:\[\])?string|any))$/;
/** Functions and methods that only read what they are given, or are called on. */
const reads =
  /^(?:entries|keys|values|items|forEach|stringify|Marshal|MarshalIndent|dumps|len|dict|list|str|fromEntries|get|Get|has|Keys|[eE]xtract)$/;
const extracts = /^extract$/i;
/** Functions that send what they are given. */
export const sends =
  /^_*(?:send|publish|produce|enqueue|emit|dispatch|post|request|fetch|NewOutgoingContext)/i;
/** Where a message or a request has its headers. */
const holders =
  /^(?:(?:(?:additional|custom|extra|message|request)_?)?headers?|properties|meta(?:data)?|message_?attributes|user_?properties)$/i;

/** Without one of these among its arguments nothing of Go can inject. */
const mayInject = /ctx|context|span|propagat|\breq\b|request/i;

/** `maps.Copy(carrier, header)` */
const fills = /^(?:copy|merge|fill|unmarshal|decode|insert)/i;

/** Methods that put what is in a carrier somewhere else. */
const outwards = /[a-z](?:In)?[tT]o(?:[A-Z]|$)/;

/** `=`, `+=`, `<<=`, but no comparison. */
const assigns = /(?:(?<![=!<>])|<<|>>)=$/;

/** Functions of the file that it is handed on to. */
const maxDepth = 2;

const maySay = /carrier|(?:trace|span)_?(?:parent|context|ctx|headers?)|propagat|otel|inject/i;

/** In the order of what they weigh. */
const uses = ['none', 'handed', 'read', 'returned', 'sent', 'filled'] as const;
type Use = (typeof uses)[number];

export function emptyCarriers(file: FileFacts): readonly EmptyCarrier[] {
  if (!file.says(maySay)) return [];
  return file
    .ofUnits(madeEmptyIn)
    .flat()
    .flatMap(({ statement, isMap, isOwn, ...made }) => {
      const { name, isCarrier, inFunction, isPassedOn } = made;
      const followed = { file, name, isCarrier, isMap, isOwn, isPassedOn };
      const use = usesOf(followed, statementsIn(inFunction.body), statement);
      const isReturned = use === 'returned';
      const isFound =
        use === 'sent' || (isReturned && !isPassedOn) || (isCarrier && (use === 'read' || use === 'handed'));
      return isFound ? [{ ...made, isReturned }] : [];
    });
}

/** `kwargs.get("headers", {})` of what else a function of Python is given. */
function isOfRest(value: Expression, { parameters }: FunctionSyntax): boolean {
  if (value.type !== 'call' || !/^(?:get|pop)$/.test(value.callee)) return false;
  const { receiver, arguments: given } = value;
  const rest = parameters.find(({ name }) => isReferenceTo(receiver, name));
  return rest?.rest === true && given.length === 2 && isEmpty(given[1]);
}

/** `kwargs["headers"] = headers` */
function isPutBack(statement: Statement, name: string): boolean {
  if (statement.type !== 'bind' || statement.targets.length !== 1) return false;
  const [{ target }] = statement.targets;
  return (
    target?.type === 'index' &&
    holders.test(staticText(target.key) ?? '') &&
    isReferenceTo(statement.values[0], name)
  );
}

/** What is empty at first, and may be filled later. */
interface MadeEmpty extends Omit<EmptyCarrier, 'isReturned'> {
  readonly statement: Statement;
  readonly isMap: boolean;
  readonly isOwn: boolean;
}

function madeEmptyIn(file: FileFacts, { functions }: SyntaxUnit): readonly MadeEmpty[] {
  const mayBeHeaders = knowsPropagation(file);
  const extracted = mayBeHeaders ? keysExtracted(file) : [];
  return functions.flatMap(made => madeEmpty(made, mayBeHeaders, extracted));
}

function madeEmpty(made: FunctionSyntax, mayBeHeaders: boolean, extracted: readonly string[]): MadeEmpty[] {
  return statementsIn(made.body).flatMap(statement => {
    if (statement.type !== 'bind' || statement.targets.length !== 1 || statement.values.length !== 1)
      return [];
    const [{ path: name, at, typeName }] = statement.targets;
    const [value] = statement.values;
    const isPassedOn = isOfRest(value, made) && statementsIn(made.body).some(each => isPutBack(each, name));
    const hasOthers = mayBeHeaders && isForTrace.test(made.name) && hasOnlyOthers(value);
    if (name === '' || name === '_' || name.includes('.')) return [];
    if (!isPassedOn && !hasOthers && !isEmpty(value)) return [];
    const type = typeOf(value) ?? typeName ?? '';
    const isCarrier =
      named.test(name) ||
      typed.test(type) ||
      (mayBeHeaders &&
        (ownTyped.test(type) ||
          contextNamed.test(name) ||
          givesTraceparent(name, made) ||
          isForCarrier(name, made) ||
          isExtracted(name, made, extracted)));
    if (!isCarrier && !(mayBeHeaders && (headersNamed.test(name) || headersTyped.test(type)))) return [];
    const isMap = typed.test(type);
    const isOwn = !isMap && ownTyped.test(type);
    return [{ name, at, inFunction: made, isCarrier, statement, isPassedOn, hasOthers, isMap, isOwn }];
  });
}

/** By its name it carries the context. */
export function isCarrierNamed(name: string): boolean {
  return named.test(name);
}

/** It is a carrier of the API. */
export function isCarrierTyped(value: Expression): boolean {
  return typed.test(typeOf(value) ?? '');
}

/** `headers` of `getTraceparentHeaders()` */
function isForCarrier(name: string, made: FunctionSyntax): boolean {
  return headersNamed.test(name) && named.test(made.name);
}

/** `{ traceparent: output['traceparent'] }` */
function givesTraceparent(name: string, { at }: FunctionSyntax): boolean {
  return new RegExp(`(?<![\\w$])${literally(name)}(?:\\??\\.|\\[['"])traceparent\\b`).test(at.text);
}

/** `context` of `propagation.extract(active, message['context'])` */
function keysExtracted({ syntax }: FileFacts): readonly string[] {
  return syntax.calls.flatMap(({ callee, arguments: given }) =>
    /^extract$/i.test(callee) ? given.flatMap(each => keyOf(each) ?? []) : [],
  );
}

function keyOf(value: Expression): string | undefined {
  if (value.type === 'index') return staticText(value.key);
  if (value.type === 'member') return value.property;
  return value.type === 'reference' && value.path.includes('.') ? value.path.split('.').at(-1) : undefined;
}

/** `{ context: parent }`, and the file extracts the context from what has that key. */
function isExtracted(name: string, { bodyAt }: FunctionSyntax, keys: readonly string[]): boolean {
  return keys.some(key => {
    const given = `['"]?${literally(key)}['"]?\\s*[:=]\\s*${literally(name)}(?![\\w$.([])`;
    return new RegExp(name === key ? `[{,]\\s*${literally(name)}\\s*[,}]|${given}` : given).test(bodyAt.text);
  });
}

/** `buildTraceHeaders` */
const isForTrace = /trac(?:e|ing)_?(?:context_?)?headers?|propagation_?headers?|otel_?headers?/i;

/** `{ 'x-request-id': id }`, which says nothing of a trace. */
function hasOnlyOthers(value: Expression): boolean {
  return (
    value.type === 'object' &&
    value.entries.length > 0 &&
    value.entries.every(({ spread, keyAt, at }) => !spread && !ofTrace.test((keyAt ?? at).text))
  );
}

const ofTrace = /trace(?!_?id)|b3|uber|baggage|propagat/i;

export function isEmpty(value: Expression): boolean {
  if (value.type === 'object') {
    const { entries, typeName } = value;
    return (
      entries.length === 0 &&
      (typeName === undefined || [typed, ownTyped, headersTyped].some(each => each.test(typeName)))
    );
  }
  return /^(?:propagation\.(?:Header|Map)Carrier\((?:http\.Header\{\}|map\[string\](?:\[\])?string\{\}|make\([\w.[\]]+\))\)|Object\.create\(null\)|map\[\w+\][\w.[\]]+\{\}|dict\(\)|make\([\w.[\]]+\)|new (?:Headers|Map|HttpHeaders|HashMap|Dictionary|(?:\w+\.)?Metadata)(?:<[^>]*>)?\(\))$/.test(
    value.at.text,
  );
}

/** Of Go: `amqp.Table{}`, `map[string]string{}`, `make(nats.Header)`. */
function typeOf(value: Expression): string | undefined {
  if (value.type === 'object') return value.typeName;
  if (value.type === 'call' && value.receiver !== undefined)
    return `${value.receiver.at.text}.${value.callee}`;
  const [, map, made] = /^(?:(map\[\w+\][\w.[\]]+)\{\}|make\(([\w.[\]]+)\))$/.exec(value.at.text) ?? [];
  return map ?? made;
}

interface Followed {
  readonly file: FileFacts;
  readonly name: string;
  readonly isCarrier: boolean;
  /** It is typed as a carrier of the API. */
  readonly isMap: boolean;
  /** Its type is of the project: it may get what it has from elsewhere, from the environment, say. */
  readonly isOwn: boolean;
  readonly isPassedOn: boolean;
}

/**
 * `filled`: something may be put into it; `sent`: it is headers of something; `returned`: by the function that makes it;
 * `handed`: to something else, which could only fill it for nobody; `read`: anything else is done with it.
 * @param made gives it its first value
 */
function usesOf(
  followed: Followed,
  statements: readonly Statement[],
  made: Statement | undefined,
  depth = 0,
): Use {
  const { name, isCarrier } = followed;
  let use: Use = 'none';
  for (const at of statements) {
    if (at === made) continue;
    if (at.type === 'function' || at.type === 'class' || at.type === 'broken') {
      if (!at.at.text.includes(name)) continue;
      const found = at.type === 'function' ? usesInside(followed, at.function, depth) : 'filled';
      if (found === 'filled') return found;
      use = more(use, found);
      continue;
    }
    if (at.type === 'bind' && at.targets.some(target => isOf(name, target.path, target.target))) {
      if (isWithoutValue(at) || (followed.isPassedOn && isEmpty(at.values[0]))) continue;
      return 'filled';
    }
    if (followed.isPassedOn && isPutBack(at, name)) {
      use = more(use, 'sent');
      continue;
    }
    const view = viewOf(at, name);
    if (view !== undefined) {
      const found =
        depth > maxDepth ? 'filled' : usesOf({ ...followed, name: view }, statements, at, depth + 1);
      if (found === 'filled') return found;
      use = more(use, found);
      continue;
    }
    if (depth === 0 && at.type === 'return' && at.values.length === 1 && at.values[0].at.text === name) {
      use = more(use, 'returned');
      continue;
    }
    // Whoever called the function may do anything with it.
    const leaves =
      depth > 0 &&
      !isCarrier &&
      (at.type === 'return' || (at.type === 'bind' && at.targets.some(({ path }) => path.includes('.'))));
    for (const expression of expressionsOf(at)) {
      const found = leaves && mentions(expression, name) ? 'filled' : useIn(followed, expression, depth);
      if (found === 'filled') return found;
      use = more(use, found);
    }
  }
  return use;
}

/** `var carrier map[string]string`, `let carrier = null`: it is given its first value later. */
function isWithoutValue({ values, targets }: BindStatement): boolean {
  return targets.length === 1 && values.every(({ at }) => nothing.test(at.text));
}

/** Of headers, what a function inside does, and when, is not followed. */
function usesInside(followed: Followed, inside: FunctionSyntax, depth: number): Use {
  if (!followed.isCarrier || depth > maxDepth) return 'filled';
  if (inside.parameters.some(({ name }) => name === followed.name)) return 'none';
  return usesOf(followed, [...statementsIn(inside.body)], undefined, depth);
}

/** What is handed on, and used again, may be filled in between. */
function more(one: Use, other: Use): Use {
  if (one === 'handed' || other === 'handed') {
    if (one === 'none') return other;
    return other === 'none' ? one : 'filled';
  }
  return uses.indexOf(one) > uses.indexOf(other) ? one : other;
}

function isOf(name: string, path: string, target: Expression | undefined): boolean {
  if (isNamed(path, name)) return true;
  return target !== undefined && mentions(target, name);
}

function mentions(expression: Expression, name: string): boolean {
  return within(expression).some(each => each.type === 'reference' && isNamed(each.path, name));
}

/** `carrier := amqpCarrier(headers)`: the variable through which they would be filled. */
function viewOf(statement: Statement, name: string): string | undefined {
  if (statement.type !== 'bind' || statement.targets.length !== 1 || statement.values.length !== 1)
    return undefined;
  const [value] = statement.values;
  const isView = value.type === 'call' && /carrier$/i.test(value.callee) && value.arguments.length === 1;
  const [{ path }] = statement.targets;
  return isView && /^\w+$/.test(path) && mentions(value.arguments[0], name) ? path : undefined;
}

function isNamed(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}

function useIn(followed: Followed, outer: Expression, depth: number): Use {
  const { name } = followed;
  let use: Use = 'none';
  const open: { readonly expression: Expression; readonly as: () => Use }[] = [
    { expression: outer, as: isRead },
  ];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { expression, as } = at;
    if (expression.type === 'reference') {
      if (!isNamed(expression.path, name)) continue;
      // Who gets `carrier.traceparent` has a text, and not the carrier.
      const found = /\.(?:traceparent|tracestate|baggage)$/.test(expression.path) ? 'read' : as();
      if (found === 'filled') return found;
      use = more(use, found);
    } else if (expression.type === 'function') {
      if (!expression.at.text.includes(name)) continue;
      const found = usesInside(followed, expression.function, depth);
      if (found === 'filled') return found;
      use = more(use, found);
    } else if (
      expression.type === 'unknown' ||
      (expression.type === 'operation' && assigns.test(expression.operator))
    ) {
      if (expression.at.text.includes(name)) return 'filled';
    } else if (expression.type === 'object') {
      // `amqpCarrier{headers}`
      if (/carrier$/i.test(expression.typeName ?? '') && mentions(expression, name)) return 'filled';
      for (const { key, keyExpression, value } of expression.entries) {
        open.push({ expression: value, as: key !== undefined && holders.test(key) ? isSent : isRead });
        if (keyExpression !== undefined) open.push({ expression: keyExpression, as: isRead });
      }
    } else if (expression.type === 'call') {
      for (const [key, value] of expression.named)
        open.push({
          expression: value,
          as: holders.test(key) ? isSent : () => givenTo(followed, expression, value, depth),
        });
      if (expression.receiver !== undefined)
        open.push({ expression: expression.receiver, as: isCalled(followed, expression, depth) });
      for (const value of expression.arguments)
        open.push({ expression: value, as: () => givenTo(followed, expression, value, depth) });
    } else {
      const chosen =
        expression.type === 'choice' && !isOfTruthy(followed, expression) ? expression.values : [];
      for (const operand of operandsOf(expression))
        open.push({ expression: operand, as: chosen.includes(operand) ? as : isRead });
    }
  }
  return use;
}

/** Python's `headers or {}`: what is empty is not chosen. */
function isOfTruthy({ file }: Followed, { condition }: ChoiceExpression): boolean {
  return file.language === 'python' && condition === undefined;
}

const isRead = (): Use => 'read';
const isSent = (): Use => 'sent';

/** A method of a type of the file: it may only read what it is called on. */
function isCalled(followed: Followed, call: CallExpression, depth: number): () => Use {
  if (reads.test(call.callee)) return isRead;
  return () => {
    const { body, receiverName } = followed.file.names.functionCalled(call) ?? {};
    if (body === undefined && givesAway(followed, call)) return 'read';
    if (body === undefined || receiverName === undefined || depth > maxDepth) return 'filled';
    const inside = usesOf({ ...followed, name: receiverName }, [...statementsIn(body)], undefined, depth + 1);
    return inside === 'none' ? 'read' : inside;
  };
}

/** Of Go: `carrier.AddTo(command)` of another package, without a context. */
function givesAway({ file, isCarrier }: Followed, { callee, arguments: given }: CallExpression): boolean {
  return (
    isCarrier &&
    file.language === 'go' &&
    outwards.test(callee) &&
    !given.some(({ at }) => mayInject.test(at.text))
  );
}

/** What is given to a function as it is may be filled by it; a part of an object that is given may not. */
function givenTo(followed: Followed, call: CallExpression, value: Expression, depth: number): Use {
  if (followed.isOwn && extracts.test(call.callee)) return 'filled';
  if (reads.test(call.callee)) return 'read';
  const own = followed.file.names.functionCalled(call);
  if (own === undefined) return givenAway(followed, call, depth);
  const inside = inOwn(followed, own, call, value, depth);
  if (inside === 'filled') return inside;
  return sends.test(call.callee) ? 'sent' : inside === 'none' ? 'read' : inside;
}

function inOwn(
  followed: Followed,
  own: FunctionSyntax,
  call: CallExpression,
  value: Expression,
  depth: number,
): Use {
  const name = own.parameters[call.arguments.indexOf(value)]?.name ?? '';
  if (name === '' || depth > maxDepth || makesViews.test(call.callee) || fills.test(call.callee))
    return 'filled';
  return usesOf({ ...followed, name }, [...statementsIn(own.body)], undefined, depth + 1);
}

/** To a function of another file, or of somebody else. */
function givenAway(followed: Followed, call: CallExpression, depth: number): Use {
  const { file, name, isMap } = followed;
  if (sends.test(call.callee)) return 'sent';
  if (isHandedOn(followed, call, depth)) return 'handed';
  if (!isMap || file.language !== 'go' || makesViews.test(call.callee) || fills.test(call.callee))
    return 'filled';
  return call.arguments.some(({ at }) => at.text !== name && mayInject.test(at.text)) ? 'filled' : 'read';
}

/** `Message(id=id, otel_carrier=carrier)`: of Python, with something that it goes with. */
function isHandedOn({ file, isCarrier }: Followed, call: CallExpression, depth: number): boolean {
  return (
    depth === 0 &&
    isCarrier &&
    file.language === 'python' &&
    call.arguments.length + call.named.size > 1 &&
    !makesViews.test(call.callee) &&
    knowsPropagation(file)
  );
}
