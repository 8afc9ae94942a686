import { blockAround, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import { type Leak, type Lifetime, openPaths } from '../openPaths.ts';
import { isReferenceTo, nothing } from '../references.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type Handler,
  isScript,
  type LanguageId,
  type Place,
  type Statement,
} from '../syntax.ts';
import { contains, expressionsOf, statementsIn, within } from '../walk.ts';
import { asksFor } from './spanDrops.ts';
import { guardedStatements } from './spanGuards.ts';
import { judgingIn } from './spanJudging.ts';
import type { SpanStart } from './spanStarts.ts';
import { placeOf } from './spanStores.ts';
import { isEnding, type SpanUse, type SpanUses } from './spanUses.ts';

/** A span in a variable. */
export interface HeldSpan {
  readonly start: Pick<SpanStart, 'form' | 'binding' | 'call' | 'variable' | 'contextVariable' | 'holder'>;
  readonly variable: string;
  readonly region: readonly Statement[];
  readonly uses: SpanUses;
  /** Where the walk begins, if not with the start: the span is there already. */
  readonly from?: Statement;
}

/** `executor.submit(run, span=span)`: who runs it there has the span from then on. */
const runsElsewhere =
  /^(?:submit|run_in_executor|to_thread|apply_async|call_soon(?:_threadsafe)?|run_coroutine_threadsafe)$/;

/** What statements do to a span in a variable, for the walk over the paths. */
export class SpanFlow implements Lifetime {
  readonly start: Statement | undefined;
  readonly #language: LanguageId;
  readonly #held: HeldSpan;
  readonly #throws: boolean;
  readonly #ending = new Set<Statement>();
  readonly #giving = new Set<Statement>();
  readonly #conditions: ReadonlySet<string>;
  readonly #flags: ReadonlySet<string>;
  readonly #guard: Expression | undefined;
  readonly #starts: ReadonlySet<Statement>;
  readonly #guarded: ReadonlySet<Statement>;
  /** `verify(token, (error, user) => span.end())` before a `catch` that tells the span: who calls back later may throw at once. */
  readonly #failing: ReadonlySet<Statement>;

  /**
   * @param starts statements that start any span
   * @param throws whether handlers are reached with it open
   */
  constructor(
    language: LanguageId,
    held: HeldSpan,
    starts: ReadonlySet<Statement>,
    throws = language !== 'go',
  ) {
    const { start, variable, region, uses, from } = held;
    this.start = from ?? (start.form === 'value' ? start.binding : undefined);
    this.#language = language;
    this.#held = held;
    this.#throws = throws;
    this.#starts = starts;
    this.#guarded = throws
      ? guardedStatements(region, variable, uses, each => mayThrow(each, variable) !== undefined)
      : new Set();
    this.#failing = new Set(throws ? failing(region, variable, uses) : []);
    this.#conditions = new Set(conditionsAround(region, this.start).map(({ at }) => at.text));
    this.#guard = guardAfter(region, start);
    this.#flags = new Set([
      ...flagsBeside(
        region,
        this.start,
        uses.ends.slice(0, maxEnds).map(({ statement }) => statement),
      ),
      ...othersThan(start),
      ...contextsOf(uses),
      // `if (!spans.has(id)) span.end()`, where it may have been put.
      ...uses.escapes.flatMap(
        ({ statement }) => placeOf(statement, value => isReferenceTo(value, variable))?.path ?? [],
      ),
    ]);
    for (const use of uses.ends) if (this.#endsStatement(use)) this.#ending.add(use.statement);
    for (const ender of localEnders(uses.ends))
      for (const statement of mentioningIn(region, ender))
        if (mentions(statement, ender)) this.#ending.add(statement);
    for (const { statement } of uses.escapes) this.#giving.add(statement);
    if (language === 'python')
      for (const { call, statement } of uses.handed)
        if (runsElsewhere.test(call.callee)) this.#giving.add(statement);
  }

  ends(statement: Statement): boolean {
    return this.#ending.has(statement) || this.#giving.has(statement);
  }

  givesAway(statement: Statement): boolean {
    if (this.#giving.size === 0) return false;
    // Where it is returned the path ends: what comes after it is another.
    return [...this.#giving].some(each => each.type !== 'return' && contains(statement.at, each.at));
  }

  replaces(statement: Statement): 'next' | 'other' | 'nothing' | undefined {
    if (statement.type !== 'bind') return undefined;
    const { variable, start } = this.#held;
    const index = statement.targets.findIndex(({ path }) => path === variable || path === start.holder);
    if (index < 0) return undefined;
    if (this.#starts.has(statement)) return 'next';
    return nothing.test(statement.values[index]?.at.text ?? '') ? 'nothing' : 'other';
  }

  concerns(condition: Expression): boolean {
    const { variable, uses, start } = this.#held;
    if (this.#conditions.has(condition.at.text) || condition === this.#guard) return true;
    if (this.#asksForThrown(condition)) return true;
    // `if (endWhenDone)`: otherwise it is for those who got the span.
    if (isFlag(condition) && uses.handed.some(({ at }) => this.#mayHaveIt(at, condition))) return true;
    return [...within(condition)].some(
      each =>
        each.type === 'reference' &&
        (each.path === variable ||
          each.path.startsWith(`${variable}.`) ||
          // `if (trace.isRecording)`, where it is `trace.span`.
          (start.holder !== undefined && `${each.path}.`.startsWith(`${start.holder}.`)) ||
          this.#flags.has(each.path)),
    );
  }

  /** `if (!(error instanceof ApiError)) span.end()` */
  #asksForThrown({ at }: Expression): boolean {
    const name = /\binstanceof\s+([\w.]+)/.exec(at.text)?.[1];
    return name !== undefined && this.#isThrownEnded(name);
  }

  /** Of `except HTTPException: raise`, where the other handlers end it. */
  reaches({ types, body }: Handler): boolean {
    return (
      types.length === 0 ||
      body.some(({ at }) => at.text.includes(this.#held.variable)) ||
      !types.every(type => this.#isThrownEnded(type))
    );
  }

  /** An `ApiError` is only thrown when the span is ended. */
  #isThrownEnded(name: string): boolean {
    const { region } = this.#held;
    const thrown = statementsIn(region).filter(
      ({ type, at: { text } }) =>
        type === 'throw' && (text.startsWith(`throw new ${name}(`) || text.startsWith(`raise ${name}(`)),
    );
    return (
      thrown.length > 0 &&
      thrown.every(each => {
        const statements = blockAround(region, each)?.statements ?? [];
        return statements.slice(0, statements.indexOf(each)).some(before => this.#ending.has(before));
      })
    );
  }

  asserts(condition: Expression): boolean {
    return asksFor(condition.at.text, this.#held.variable);
  }

  throws(statement: Statement): boolean {
    // `with use_span(span, end_on_exit=True):` ends it whatever is thrown.
    return (
      this.#throws &&
      !this.#guarded.has(statement) &&
      !isTelling(statement, this.#held.variable) &&
      (this.#ending.has(statement)
        ? this.#failing.has(statement)
        : mayThrow(statement, this.#held.variable) !== undefined)
    );
  }

  /** Scripts: given before the condition is asked for, or where it holds or does not; a function may ask for it later. */
  #mayHaveIt(given: Place, condition: Expression): boolean {
    if (!isScript(this.#language) || given.start < condition.at.start) return true;
    const asking = [...statementsAround(this.#held.region, condition.at)].at(-1);
    return asking?.type !== 'if' || asking.condition !== condition || contains(asking.at, given);
  }

  /** In a function that is called later an end is one, unless it is only for errors, or is deferred on a condition. */
  #endsStatement({ statement, within: inside, call }: SpanUse): boolean {
    if (inside === undefined) return true;
    if (isNamed(statement, inside)) return false;
    if (statement.type === 'defer' && !statement.spawns) return this.#endsOnEveryPath(inside);
    return !expressionsOf(statement).some(expression => isForErrorsOnly(expression, call));
  }

  #endsOnEveryPath(made: FunctionSyntax): boolean {
    const { uses, start } = this.#held;
    const own = uses.ends.filter(each => each.within === made).map(({ call }) => call);
    const inner: Lifetime = {
      start: undefined,
      ends: statement =>
        expressionsOf(statement).some(expression => own.some(call => contains(expression.at, call.at))),
      givesAway: () => false,
      replaces: () => undefined,
      concerns: condition => this.concerns(condition),
      asserts: () => false,
      throws: () => false,
    };
    return start.form === 'scoped' || openPaths(made.body, inner, false).length === 0;
  }
}

/** The first way to leave a span open that is there already, from a statement on. @param call any on the span */
export function leakFrom(
  { language }: FileFacts,
  from: Statement,
  held: Pick<HeldSpan, 'variable' | 'region' | 'uses'>,
  call: CallExpression,
): Leak | undefined {
  const { variable, region } = held;
  const start = { form: 'callback', binding: undefined, call, variable, contextVariable: undefined } as const;
  const [leak] = openPaths(region, new SpanFlow(language, { ...held, start, from }, new Set()), false);
  return leak;
}

/** Statements that end a span only by what they are called back by, in a `try` with a handler that tells the span. */
function failing(
  region: readonly Statement[],
  variable: string,
  { ends, statuses, exceptions }: SpanUses,
): readonly Statement[] {
  if (statuses.length + exceptions.length === 0) return [];
  const own = new Set(ends.flatMap(use => (use.within === undefined ? use.statement : [])));
  return ends.flatMap(({ statement }) => {
    if (own.has(statement)) return [];
    const around = [...statementsAround(region, statement.at)].findLast(({ type }) => type === 'try');
    if (around?.type !== 'try' || !around.body.some(({ at }) => contains(at, statement.at))) return [];
    return around.handlers.some(({ body }) => judgingIn(body, variable).length > 0) ? statement : [];
  });
}

/** What a statement itself evaluates that may throw; calls on the span do not, and neither do those that only write logs. */
export function mayThrow(
  statement: Statement,
  variable: string,
): { readonly at: Expression['at']; readonly awaited: boolean } | undefined {
  if (statement.type === 'function' || statement.type === 'class' || statement.type === 'throw')
    return undefined;
  let call: CallExpression | undefined;
  for (const expression of expressionsOf(statement))
    for (const each of within(expression)) {
      if (each.type === 'operation' && each.operator === 'await') return { at: each.at, awaited: true };
      if (each.type !== 'call' || isHarmless(each, variable)) continue;
      if (each.awaited) return { at: each.calleeAt, awaited: true };
      call ??= each;
    }
  return call === undefined ? undefined : { at: call.calleeAt, awaited: false };
}

function isHarmless({ receiver, callee, awaited }: CallExpression, variable: string): boolean {
  // `await axios.get(…)`, `await redis.set(…)`: not those of a collection.
  if (receiver === undefined && builtIn.test(callee)) return true;
  if (isEnding(callee) || (harmless.test(callee) && !(awaited && ofCollections.test(callee)))) return true;
  // What it runs may throw.
  if (callee === 'with') return false;
  return (
    receiver?.type === 'reference' && (receiver.path === variable || harmlessReceiver.test(receiver.path))
  );
}

/** They do not throw, or only where everything is lost. */
const harmless =
  /^(?:now|sleep|delay|setTimeout|clearTimeout|set_?(?:attributes?|status)|add_?event|record_?exception|setSpan|set_span_in_context|get_?tracer|start_?span|startActiveSpan|String|Number|Boolean|len|str|int|float|dict|list|isinstance|getattr|hasattr|print|time|perf_counter|monotonic|toString|keys|values|entries|push|append|get|has|set|info|debug|warn|warning|error|log|getLogger|toISOString|max|min|round|currentTimeMillis|nanoTime|Date|Map|Set|Error|\w+Error|Status)$/i;
/** Python's: `session.query(Order).all()` may throw. */
const builtIn = /^(?:any|all|sum|sorted|set|tuple|bool|abs|enumerate|zip|range|repr)$/;
const ofCollections = /^(?:keys|values|entries|push|append|get|has|set)$/;
const harmlessReceiver =
  /^(?:console|(?:this\.|self\.)?_?log(?:ger|ging)?|Math|Object|performance|time|context|trace)$/;

/** `const finish = () => { … span.end() … }`: what mentions it later ends the span, not the statement that makes it. */
function localEnders(ends: readonly SpanUse[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { statement, within: inside } of ends)
    if (inside !== undefined && isNamed(statement, inside)) names.add(inside.name);
  names.delete('');
  return names;
}

function isNamed(statement: Statement, made: FunctionSyntax): boolean {
  if (statement.type === 'function') return statement.function === made;
  return (
    statement.type === 'bind' &&
    // Not `res.send = function () { … }`, which others call.
    statement.targets.every(({ path }) => /^\w+$/.test(path)) &&
    statement.values.some(value => value.type === 'function' && value.function === made)
  );
}

/** `span.set_attribute("kinds", ",".join(kinds))`: hardly anything fails there. */
function isTelling(statement: Statement, variable: string): boolean {
  if (statement.type !== 'expression' || statement.expression.type !== 'call') return false;
  return isReferenceTo(statement.expression.receiver, variable) && !mayAwait.test(statement.at.text);
}

const mayAwait = /\bawait\b/;

/** `endWhenDone`, `!options.streaming`. */
function isFlag(condition: Expression): boolean {
  return (
    condition.type === 'reference' ||
    (condition.type === 'operation' &&
      /^(?:!|not)$/.test(condition.operator) &&
      condition.operands[0]?.type === 'reference')
  );
}

/** Not where it is only for errors: `.catch(name)`, `.then(…, name)`. */
function mentions(statement: Statement, name: string): boolean {
  for (const expression of expressionsOf(statement))
    for (const each of within(expression, true)) {
      if (isReferenceTo(each, name) && !isForErrors(expression, each)) return true;
      if (each.type === 'call' && each.receiver === undefined && each.callee === name) return true;
    }
  return false;
}

/** `.catch(e => { span.end(); … })` and the second function of `.then`. */
function isForErrorsOnly(expression: Expression, end: CallExpression): boolean {
  return isGivenForErrors(expression, each => each.type === 'function' && contains(each.at, end.at));
}

function isForErrors(expression: Expression, named: Expression): boolean {
  return isGivenForErrors(expression, each => each === named);
}

function isGivenForErrors(expression: Expression, isIt: (argument: Expression) => boolean): boolean {
  for (const each of within(expression, true)) {
    if (each.type !== 'call' || (each.callee !== 'catch' && each.callee !== 'then')) continue;
    const index = each.arguments.findIndex(isIt);
    if (index === 1 || (index === 0 && each.callee === 'catch')) return true;
  }
  return false;
}

/** The conditions under which the span is started: where they are asked again, the answer is the same. */
function conditionsAround(region: readonly Statement[], start: Statement | undefined): Expression[] {
  if (start === undefined) return [];
  return [...statementsAround(region, start.at)].flatMap(each =>
    each.type === 'if' ? [each.condition] : [],
  );
}

/** `ctx, span, err := startSpan(ctx); if err != nil`: then there is no span. */
function guardAfter(
  region: readonly Statement[],
  { binding, variable, contextVariable }: HeldSpan['start'],
): Expression | undefined {
  if (binding === undefined) return undefined;
  const others = binding.targets
    .map(({ path }) => path)
    .filter(path => path !== variable && path !== contextVariable && path !== '_');
  const next = region[region.indexOf(binding) + 1];
  if (others.length === 0 || next?.type !== 'if') return undefined;
  const speaks = [...within(next.condition)].some(
    each => each.type === 'reference' && others.includes(each.path),
  );
  return speaks ? next.condition : undefined;
}

/** Of `const span = parent ?? tracer.startSpan()` what says whether it is started: `parent`. */
function othersThan({ binding, call }: HeldSpan['start']): string[] {
  const value = binding?.values.find(({ at }) => contains(at, call.at));
  if (value?.type !== 'choice') return [];
  const asked = value.condition === undefined ? [] : within(value.condition);
  return [...value.values, ...asked].flatMap(each => (each.type === 'reference' ? [each.path] : []));
}

/** `context = span.get_span_context()`: one that is not valid is of a span that records nothing. */
function contextsOf({ others }: SpanUses): string[] {
  return others.flatMap(({ call, statement }) =>
    givesContext.test(call.callee) && statement.type === 'bind' && statement.values[0] === call
      ? statement.targets.flatMap(({ path }) => [path, `${path}.is_valid`])
      : [],
  );
}

const givesContext = /^(?:get_span_context|spanContext|SpanContext|getSpanContext)$/;

function isBoolean(value: Expression | undefined): boolean {
  return value?.type === 'constant' && typeof value.value === 'boolean';
}

/** What stands beside more ends than that is not looked for: for each span of a name all are gone through. */
const maxEnds = 50;

/** Variables that are set to `true` or `false` beside the start, or a block that it is in, or beside an end: `ended = true`. */
function flagsBeside(
  region: readonly Statement[],
  start: Statement | undefined,
  ends: readonly Statement[],
): ReadonlySet<string> {
  const flags = new Set<string>();
  const around = start === undefined ? [] : statementsAround(region, start.at);
  const lists = new Set([...around, ...ends].map(each => blockAround(region, each)?.statements));
  for (const list of lists)
    if (list !== undefined && list !== region)
      for (const each of list)
        if (each.type === 'bind' && isBoolean(each.values[0]))
          for (const { path } of each.targets) if (path !== '') flags.add(path);
  // What is set elsewhere as well tells of other things: `for path in allowed: ok = True`.
  return new Set([...flags].filter(flag => isSetOnlyIn(region, flag, lists)));
}

function isSetOnlyIn(
  region: readonly Statement[],
  flag: string,
  lists: ReadonlySet<readonly Statement[] | undefined>,
): boolean {
  return [...mentioningIn(region, flag)].every(each => {
    if (each.type !== 'bind' || each.targets.every(({ path }) => path !== flag)) return true;
    const list = blockAround(region, each)?.statements;
    return list === region || lists.has(list);
  });
}
