import { addToGroup, addToSet } from '../../../base/groups.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';

/** What runs where some work has failed, beside what runs instead of it where the work has come to its end. */
export interface Alternative {
  /** A function that is written there, or `reject`. */
  readonly failed: Expression;
  readonly done: readonly FunctionSyntax[];
}

/** The functions of a unit of which just one runs at last, and once. */
export function alternativesIn({
  calls,
  objects,
}: Pick<SyntaxUnit, 'calls' | 'objects'>): readonly Alternative[] {
  const found: Alternative[] = [];
  const add = (failed: Expression | undefined, done: readonly (Expression | undefined)[]) => {
    const functions = done.flatMap(each => (each?.type === 'function' ? each.function : []));
    if (failed !== undefined && isWritten(failed) && functions.length > 0)
      found.push({ failed, done: functions });
  };
  const listeners = new Map<string, CallExpression[]>();
  for (const call of calls) {
    const [first, second] = call.arguments;
    if (call.callee === 'then' || observes.test(call.callee)) add(second, [first]);
    else if (call.callee === 'catch') add(first, thensBefore(call));
    else if (call.callee === 'pipe') {
      for (const [index, each] of call.arguments.entries())
        if (each.type === 'call' && each.callee === 'catchError')
          add(each.arguments[0], call.arguments.slice(0, index).flatMap(tapped));
    } else if (listens.test(call.callee) && events.test(staticText(first) ?? '')) {
      addToGroup(listeners, emitterOf(call), call);
    }
  }
  for (const all of listeners.values()) {
    const isForErrors = ({ arguments: [event] }: CallExpression) => staticText(event) === 'error';
    const done = all.filter(each => !isForErrors(each)).map(each => each.arguments[1]);
    for (const call of all) if (isForErrors(call)) add(call.arguments[1], done);
  }
  for (const { entries } of objects) {
    const isObserver = entries.some(({ key = '' }) => isOfObserver.test(key));
    const isFor = (key: string, named: RegExp, own: RegExp) =>
      named.test(key) || (isObserver && own.test(key));
    const failed = entries.filter(({ key = '' }) => isFor(key, fails, /^error$/));
    if (failed.length === 0) continue;
    const done = entries
      .filter(({ key = '' }) => isFor(key, succeeds, isOfObserver))
      .map(({ value }) => value);
    for (const { value } of failed) add(value, done);
  }
  for (const settlers of settlersIn(calls))
    for (const each of settlers)
      if (!each.isBeside)
        add(
          each.given,
          settlers.flatMap(({ given }) => (given === each.given ? [] : given)),
        );
  return found;
}

interface Settler {
  /** The function, as it is given to what calls it. */
  readonly given: Expression;
  /** Of a timer, say: the others may still run when it has. */
  readonly isBeside: boolean;
}

/** The callbacks that settle the same promise: `new Promise((resolve, reject) => { work.on('done', () => resolve()); … })`. */
function settlersIn(calls: readonly CallExpression[]): Iterable<readonly Settler[]> {
  const executors = new Map<FunctionSyntax, readonly string[]>();
  const callbacks = new Map<FunctionSyntax, Settler>();
  for (const { constructs, callee, arguments: given } of calls)
    for (const each of given) {
      if (each.type !== 'function') continue;
      if (constructs && callee === 'Promise')
        executors.set(
          each.function,
          each.function.parameters.map(({ name }) => name),
        );
      else
        callbacks.set(each.function, {
          given: each,
          isBeside: !/^(?:then|on|once)$/.test(callee),
        });
    }
  const found = new Map<FunctionSyntax, Set<Settler>>();
  for (const { receiver, callee, inFunction } of calls) {
    const settler = inFunction && callbacks.get(inFunction);
    const executor = inFunction?.parent;
    if (receiver !== undefined || settler === undefined || executor === undefined) continue;
    if (executors.get(executor)?.includes(callee) !== true) continue;
    addToSet(found, executor, settler);
  }
  return [...found.values()].map(settlers => [...settlers]);
}

/** What an operator of a pipe runs for what comes through: `tap(a)`, `tap({ next: a, complete: b })`. */
function tapped(operator: Expression): readonly Expression[] {
  if (operator.type !== 'call' || !observes.test(operator.callee)) return [];
  const [first] = operator.arguments;
  if (first?.type !== 'object') return first === undefined ? [] : [first];
  return first.entries.flatMap(({ key = '', value }) => (isOfObserver.test(key) ? value : []));
}

/** `then(a)` of `promise.then(a).catch(b)` */
function thensBefore({ receiver }: CallExpression): readonly Expression[] {
  const found: Expression[] = [];
  for (let at = receiver; at?.type === 'call' && at.callee === 'then'; at = at.receiver)
    found.push(...at.arguments.slice(0, 1));
  return found;
}

/** `stream` of `stream.on('end', a).on('error', b)` */
function emitterOf(call: CallExpression): string {
  let at: Expression | undefined = call;
  while (at?.type === 'call' && listens.test(at.callee)) at = at.receiver;
  return `${at?.at.text} ${call.inFunction?.at.start}`;
}

function isWritten(failed: Expression): boolean {
  return failed.type === 'function' || (failed.type === 'reference' && failed.path === 'reject');
}

const listens = /^(?:on|once|addListener|addEventListener)$/;
/** An error is not followed by them. */
const events = /^(?:error|end|complete|done)$/;
/** What is called so among the callbacks that an object has for some work. */
export const fails =
  /^on(?:[A-Z]\w*)?(?:Error|Fail(?:ure|ed)?|Abort(?:ed)?|Cancel(?:led|ed)?|Reject(?:ed)?)$/;
const succeeds = /^on(?:[A-Z]\w*)?(?:Finish(?:ed)?|Completed?|End|Success|Done|Result)$/;
/** Of what is to come they get everything, or at last the error: `tap(a, failed)`, `subscribe({ next: a, error: failed })`. */
export const observes = /^(?:tap|subscribe)$/;
const isOfObserver = /^(?:next|complete)$/;
