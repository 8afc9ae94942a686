import { areOnDifferentWays, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import { type Leak, openPaths } from '../openPaths.ts';
import { sharesVariable } from '../pythonSharing.ts';
import { isReferenceTo } from '../references.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type Place,
  type Statement,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { contains, enclosing, statementsIn, within } from '../walk.ts';
import { type Alternative, alternativesIn } from './spanAlternatives.ts';
import { SpanFlow } from './spanFlow.ts';
import { isLeftTo } from './spanGuards.ts';
import { isEndedAnyway, judgingIn } from './spanJudging.ts';
import { livesIn, type SpanLife } from './spanLives.ts';
import { spansOfCallbacks } from './spansGuessed.ts';
import { handedIn, type SpanUse, usesOfSpan } from './spanUses.ts';

/** A span that functions inside the one that starts it have to end, and that one of them leaves open. */
export interface CallbackSpan {
  readonly life: SpanLife;
  /** In the function that leaves it open. */
  readonly at: Place;
  readonly leak: Leak;
}

/** The spans of a file that are ended in functions inside the one that starts them, but not in all, or not on every path. */
export function spansInCallbacks(file: FileFacts): readonly CallbackSpan[] {
  const given = file.get(spansOfCallbacks);
  return [
    ...file.ofUnits(callbacksIn).flat(),
    ...given.flatMap(life => life.leaks.slice(0, 1).map(leak => ({ life, at: leak.at, leak }))),
    ...(given.length === 0 ? [] : leftIn(file, file.syntax, given)),
  ];
}

function callbacksIn(file: FileFacts, unit: SyntaxUnit): readonly CallbackSpan[] {
  return leftIn(file, unit, file.ofUnit(livesIn, unit));
}

type Part = Pick<SyntaxUnit, 'calls' | 'objects'>;

function leftIn(file: FileFacts, part: Part, all: readonly SpanLife[]): readonly CallbackSpan[] {
  const lives = all.filter(
    ({ uses, leaks, inFunction }) => leaks.length === 0 && uses.ends.some(use => isInside(use, inFunction)),
  );
  if (lives.length === 0) return [];
  const givenTo = functionsGiven(file, part);
  const properties = new Set<FunctionSyntax>();
  for (const { entries } of part.objects)
    for (const { value } of entries) if (value.type === 'function') properties.add(value.function);
  const alternatives = alternativesIn(part);
  return lives.flatMap(
    life => new Reader(file, life, givenTo, properties, part.calls).read(alternatives) ?? [],
  );
}

/** The functions of a unit that are arguments: → the calls that get them. */
export function functionsGiven(_: FileFacts, { calls }: Part): ReadonlyMap<FunctionSyntax, CallExpression> {
  const found = new Map<FunctionSyntax, CallExpression>();
  for (const call of calls)
    for (const each of call.arguments) if (each.type === 'function') found.set(each.function, call);
  return found;
}

function isInside({ call: { inFunction } }: SpanUse, outer: FunctionSyntax | undefined): boolean {
  return inFunction !== undefined && inFunction !== outer;
}

/** They run what they are given many times, or never. */
const repeats =
  /^(?:forEach|map|filter|some|every|reduce|find|flatMap|each|setInterval|subscribe|use|watch|retry|sort|replace|on|addListener|addEventListener)$/;
/** Named so, a function is there for what it does to the span, and others for its end. */
const notes = /^_*(?:set|mark|record|add|note|report|log|update|capture)/i;
/** Events that come once, at the last. */
const lastEvent = /^(?:end|close|finish|exit|disconnect|response|done|complete)$/;
/** What goes on with the work when that has come to an end, and runs at most once. */
const continues = /^(?:then|catch)$/;
const handles = /^on(?:Error|End|Close|Finish)$/;
/** What comes next in a chain, however it went before. */
const comesAnyway =
  /^(?:then|finally|handle|whenComplete|doFinally|doOnTerminate|doAfterTerminate|ContinueWith)$/;
/** A handler that is called when all is over, after one of the others. */
const isLast = /^(?:on)?(?:finali[sz]e|finally|settled)$/i;
const listens = /^(?:on|once|addListener|addEventListener)$/;
/** What is called so may bring the other about, or end the span for it. */
const goesOn = /\b(?:end|finish|close|destroy|complete|done|emit|stop|cleanup|settle)\w*\(/i;

class Reader {
  readonly #file: FileFacts;
  readonly #life: SpanLife;
  readonly #givenTo: ReadonlyMap<FunctionSyntax, CallExpression>;
  readonly #properties: ReadonlySet<FunctionSyntax>;
  readonly #calls: readonly CallExpression[];
  readonly #enders: ReadonlySet<FunctionSyntax>;

  constructor(
    file: FileFacts,
    life: SpanLife,
    givenTo: ReadonlyMap<FunctionSyntax, CallExpression>,
    properties: ReadonlySet<FunctionSyntax>,
    calls: readonly CallExpression[],
  ) {
    this.#file = file;
    this.#life = life;
    this.#givenTo = givenTo;
    this.#properties = properties;
    this.#calls = calls;
    this.#enders = new Set(life.uses.ends.flatMap(({ call }) => call.inFunction ?? []));
  }

  read(alternatives: readonly Alternative[]): CallbackSpan | undefined {
    const { uses, inFunction } = this.#life;
    // `defer func() { …; span.End() }()` ends it whatever the functions beside it do.
    if (uses.ends.some(({ statement }) => statement.type === 'defer' && !statement.spawns)) return undefined;
    const all = [...uses.ends, ...uses.statuses, ...uses.exceptions, ...uses.others];
    const inside = new Set(all.flatMap(({ call }) => call.inFunction ?? []));
    if (inFunction !== undefined) inside.delete(inFunction);
    for (const made of inside) {
      const found = this.#enders.has(made) ? this.#onlyEnder(made) : undefined;
      const left = found ?? this.#judgedOpen(made);
      if (left !== undefined) return { life: this.#life, ...left };
    }
    const at = alternatives.find(each => this.#isLeftOpenBy(each))?.failed.at;
    return at === undefined ? undefined : { life: this.#life, at, leak: { at, kind: 'end' } };
  }

  /** `.then(() => span.end(), error => log(error))`: nothing else ends it where the work has failed. */
  #isLeftOpenBy({ failed, done }: Alternative): boolean {
    const { uses, variable } = this.#life;
    if (uses.escapes.length + uses.handed.length > 0) return false;
    const isEnder = (made: FunctionSyntax) => done.some(each => contains(each.at, made.at));
    const enders = [...this.#enders].filter(each => each !== this.#life.inFunction);
    const own = enders.filter(isEnder);
    if (own.length === 0) return false;
    const { text } = failed.at;
    if (
      [variable, ...enders.flatMap(({ name }) => (name === '' ? [] : name))].some(each => text.includes(each))
    )
      return false;
    if (goesOn.test(text)) return false;
    const made = failed.type === 'function' ? failed.function : own[0];
    if (this.#isFollowed(made)) return false;
    const around = new Set<FunctionSyntax | undefined>([...enclosing(made.parent), this.#life.inFunction]);
    return uses.ends.every(
      ({ call }) =>
        own.some(each => each === call.inFunction) ||
        isLeftTo(made, call, this.#life.region) ||
        (around.has(call.inFunction) &&
          (call.at.start < made.at.start || !this.#mayFollow(made, call, false))),
    );
  }

  /** What nobody else ends after it begins, it has to end on every path. */
  #onlyEnder(made: FunctionSyntax): Omit<CallbackSpan, 'life'> | undefined {
    if (this.#isRepeated(made) || this.#isDeferred(made)) return undefined;
    if (
      this.#life.uses.ends.some(
        ({ call }) =>
          call.inFunction !== made && call.at.start > made.at.start && this.#mayFollow(made, call, false),
      )
    )
      return undefined;
    const leak = this.#leaks(made, undefined).find(each => this.#isLast(made, each));
    return leak === undefined ? undefined : { at: leak.at, leak };
  }

  /** It tells how the work went, as others do that end the span then. */
  #judgedOpen(made: FunctionSyntax): Omit<CallbackSpan, 'life'> | undefined {
    if (notes.test(made.name) || this.#isFollowed(made)) return undefined;
    if (
      ![...this.#enders].some(each => each !== made && each !== this.#life.inFunction) &&
      !this.#enders.has(made)
    )
      return undefined;
    const judging = judgingIn(made.body, this.#life.variable);
    for (const from of judging.length > 0 ? judging : this.#touchedIn(made)) {
      const leak = this.#leaks(made, from).find(each => this.#isLast(made, each));
      if (leak !== undefined) return { at: from.at, leak };
    }
    return undefined;
  }

  /** Where it writes to the span, as the last that does, beside others of its kind that end the span then. */
  #touchedIn(made: FunctionSyntax): readonly Statement[] {
    const { variable, uses } = this.#life;
    const kind = this.#kindOf(made);
    if (kind === undefined || uses.escapes.length + uses.handed.length > 0) return [];
    if (![...this.#enders].some(each => each !== made && this.#kindOf(each) === kind)) return [];
    return usesOfSpan(made.body, variable, handedIn(this.#file))
      .others.filter(use => use.within === undefined)
      .map(({ statement }) => statement)
      .slice(-1);
  }

  /** The way it is told that the work is done: by a promise, or by an event. */
  #kindOf(made: FunctionSyntax): 'promise' | 'event' | undefined {
    const call = this.#givenTo.get(made);
    if (call === undefined) return undefined;
    if (continues.test(call.callee)) return 'promise';
    const event = staticText(call.arguments[0]) ?? '';
    return listens.test(call.callee) && (event === 'error' || lastEvent.test(event)) ? 'event' : undefined;
  }

  #leaks(made: FunctionSyntax, from: Statement | undefined): readonly Leak[] {
    const { variable, start } = this.#life;
    const uses = usesOfSpan(made.body, variable, handedIn(this.#file));
    if (uses.escapes.length + uses.handed.length > 0 || isInClass(made.body, variable)) return [];
    if (from !== undefined && isEndedAnyway(uses, from)) return [];
    const flow = new SpanFlow(
      this.#file.language,
      { start: { ...start, form: 'callback' }, variable, region: made.body, uses, from },
      new Set(),
    );
    const flags = flagsOf(this.#file, made);
    return openPaths(
      made.body,
      {
        start: flow.start,
        ends: statement => flow.ends(statement),
        givesAway: statement => flow.givesAway(statement),
        replaces: statement => flow.replaces(statement),
        concerns: condition => flow.concerns(condition) || asksFor(condition, flags, made),
        asserts: condition => flow.asserts(condition),
        throws: statement => flow.throws(statement),
      },
      false,
    );
  }

  #isRepeated(made: FunctionSyntax): boolean {
    if (this.#properties.has(made)) return true;
    const call = this.#givenTo.get(made);
    if (call === undefined || !repeats.test(call.callee)) return false;
    return !lastEvent.test(staticText(call.arguments[0]) ?? '');
  }

  /** The walk over the function around has asked what is deferred. */
  #isDeferred(made: FunctionSyntax): boolean {
    return this.#life.uses.ends.some(
      ({ call, statement }) => call.inFunction === made && statement.type === 'defer' && !statement.spawns,
    );
  }

  /** Nothing around it ends the span after it has left it open. */
  #isLast(made: FunctionSyntax, { kind }: Leak): boolean {
    const around = new Set<FunctionSyntax | undefined>([...enclosing(made.parent), this.#life.inFunction]);
    return !this.#life.uses.ends.some(
      ({ call }) =>
        around.has(call.inFunction) &&
        call.at.start > made.at.start &&
        this.#mayFollow(made, call, kind === 'throw'),
    );
  }

  /** Not so in `if (isPromise) return result.then(made); span.end();`. */
  #mayFollow(made: FunctionSyntax, end: CallExpression, isThrown: boolean): boolean {
    const around = [...statementsAround(end.inFunction?.body ?? this.#file.syntax.body, made.at)];
    if (around.some(each => areOnDifferentWays(each, made.at, end.at))) return false;
    const tries = around.filter(each => each.type === 'try');
    const isIn = (body: readonly Statement[]) => body.some(({ at }) => contains(at, end.at));
    const last = around.at(-1);
    const isLeaving = last?.type === 'return';
    // A handler around gets only what is thrown, and of what goes on when that has been left, what is awaited.
    const isLater = isLeaving || this.#kindOf(made) !== undefined || handles.test(made.name);
    if (tries.some(each => each.handlers.some(({ body }) => isIn(body))))
      return (
        isThrown &&
        (!isLater || /\bawait\b/.test(last?.at.text.slice(0, made.at.start - last.at.start) ?? ''))
      );
    return !isLeaving || tries.some(each => isIn(each.finally ?? []));
  }

  /** `.then(made).finally(() => span.end())`, also by their names; `{ onError: made, finalize }`, and a handler of `close` beside it. */
  #isFollowed(made: FunctionSyntax): boolean {
    for (const ender of this.#enders) {
      if (isLast.test(ender.name) && this.#properties.has(ender) && this.#properties.has(made)) return true;
      const call = this.#givenTo.get(ender) ?? this.#comingAnyway(ender);
      if (call === undefined || ender === made) continue;
      if (/^(?:close|finish)$/.test(staticText(call.arguments[0]) ?? '')) return true;
      // An operator of a pipe stands beside the others.
      if (call.callee === 'finalize') return true;
      if (comesAnyway.test(call.callee) && call.receiver !== undefined && hasGiven(call.receiver, made))
        return true;
    }
    return false;
  }

  /** `.finally(finish)` */
  #comingAnyway({ name }: FunctionSyntax): CallExpression | undefined {
    if (name === '') return undefined;
    return this.#calls.find(
      each =>
        comesAnyway.test(each.callee) &&
        each.arguments.some(given => isReferenceTo(given, name)) &&
        this.#life.region.some(({ at }) => contains(at, each.at)),
    );
  }
}

/** Written there, or named. */
function hasGiven(chain: Expression, { at, name }: FunctionSyntax): boolean {
  return contains(chain.at, at) || (name !== '' && within(chain).some(each => isReferenceTo(each, name)));
}

/** What a function sets to `true` or `false` as it runs, and others have: it asks so whether it has run already. */
function flagsOf({ language }: FileFacts, made: FunctionSyntax): ReadonlySet<string> {
  const binds = statementsIn(made.body).filter(each => each.type === 'bind');
  const isOfOthers = (path: string) =>
    language === 'python'
      ? !/^\w+$/.test(path) || sharesVariable(made, path)
      : !binds.some(({ declares, targets }) => declares && targets.some(each => each.path === path));
  const set = binds.flatMap(({ declares, values, targets }) =>
    !declares && values[0]?.type === 'constant'
      ? targets.flatMap(({ path, target }) => {
          if (path !== '') return isOfOthers(path) ? path : [];
          // `state["closed"] = True`
          return target?.type === 'index' && target.object.type === 'reference' ? target.object.path : [];
        })
      : [],
  );
  return new Set(set);
}

/** Also for a flag of the function around: `if (!streamed) span.end()`. */
function asksFor(condition: Expression, flags: ReadonlySet<string>, made: FunctionSyntax): boolean {
  if (within(condition).some(each => each.type === 'reference' && flags.has(each.path))) return true;
  const asked =
    condition.type === 'operation' && /^(?:!|not)$/.test(condition.operator)
      ? condition.operands[0]
      : condition;
  return asked?.type === 'reference' && !isOwn(asked.path.split('.')[0], made);
}

function isOwn(name: string, { parameters, body }: FunctionSyntax): boolean {
  return (
    parameters.some(each => each.name === name || [...each.fields.values()].includes(name)) ||
    statementsIn(body).some(
      each =>
        (each.type === 'bind' && each.targets.some(({ path }) => path === name)) ||
        (each.type === 'try' && each.handlers.some(handler => handler.name === name)),
    )
  );
}

/** Methods of a class that the function makes may end it. */
function isInClass(body: readonly Statement[], variable: string): boolean {
  return [...mentioningIn(body, variable)].some(({ type }) => type === 'class');
}
