import { pathsIn } from './references.ts';
import type { Expression, Handler, Place, Statement } from './syntax.ts';
import { bodiesOf, contains, statementsIn, within } from './walk.ts';

/** What a walk over the paths of a function asks about the thing that must be ended. */
export interface Lifetime {
  /** Where it begins: the statement with the start; undefined if it is there from the first statement on. */
  readonly start: Statement | undefined;
  /** Whether what the statement itself evaluates ends it, or gives it to somebody who will. */
  ends(statement: Statement): boolean;
  /** Whether somewhere in the statement it is given away: then what comes after it cannot be told. */
  givesAway(statement: Statement): boolean;
  /** Whether the statement puts something else into the variable: `next` if that must be ended too, `nothing` if it empties it. */
  replaces(statement: Statement): 'next' | 'other' | 'nothing' | undefined;
  /** Whether a condition has to do with it: `if span != nil`. */
  concerns(condition: Expression): boolean;
  /** Whether a condition says that it is there: `if span is not None`. */
  asserts(condition: Expression): boolean;
  /** Whether what the statement itself evaluates may throw. */
  throws(statement: Statement): boolean;
  /** Whether a handler may get what is thrown before it is ended; all may, if not given. */
  reaches?(handler: Handler): boolean;
}

/** Where a path leaves with the thing still open. */
export interface Leak {
  readonly at: Place;
  readonly kind: 'return' | 'throw' | 'end' | 'again' | 'jump' | 'emptied';
}

interface State {
  /** Whether some path comes here with the thing open, or with it closed. */
  readonly open: boolean;
  readonly closed: boolean;
}

interface Exit {
  readonly label: string | undefined;
  /** Joined from every `break`. */
  state: State;
}

/** Handlers that get what is thrown in a block, with the states in which it can be thrown. */
interface Catching {
  state: State;
}

/**
 * The paths through a block on which something that is started is not ended. A call that may throw is followed to the
 * handlers inside the block, not out of it. Empty if the paths cannot be told (`goto` back, or out of the block).
 * @param block the statements in whose scope it lives
 * @param isLoopBody the block is run again and again
 */
export function openPaths(block: readonly Statement[], life: Lifetime, isLoopBody: boolean): readonly Leak[] {
  const walk = new Walk(life);
  const out = walk.outermost(block);
  if (walk.lost || walk.leadsOut) return [];
  const last = block.at(-1);
  if (out.open && last !== undefined && !isExhausted(last))
    walk.leaks.push({ at: last.at, kind: isLoopBody ? 'jump' : 'end' });
  return walk.leaks;
}

const opened: State = { open: true, closed: false };
const closed: State = { open: false, closed: true };
const unreachable: State = { open: false, closed: false };
/** Statements nested deeper are not told apart. */
const maxDepth = 150;

/** What follows a loop of attempts or a `switch` over all cases, each of which leaves, is never reached. */
function isExhausted(block: Statement): boolean {
  let last = block;
  while (last.type === 'block' && last.body.length > 0) last = last.body[last.body.length - 1];
  if (last.type === 'loop') return isOfAttempts(last);
  const leaves = (body: readonly Statement[]) =>
    [...statementsIn(body)].some(({ type }) => type === 'return' || type === 'throw');
  return (
    last.type === 'switch' &&
    !last.arms.some(({ isDefault }) => isDefault) &&
    last.arms.every(({ body, fallsThrough }) => (fallsThrough && body.length === 0) || leaves(body))
  );
}

/**
 * Each round returns, throws, or asks whether it is the last: not `for step in steps: if
 * step.done: return step`.
 */
function isOfAttempts({ form, variables, over, condition, body }: Statement & { type: 'loop' }): boolean {
  const counted = new Set(condition === undefined ? [] : pathsIn(condition));
  // `for attempt in range(3)`
  if (form === 'count' || (over?.type === 'call' && /^(?:range|enumerate)$/.test(over.callee)))
    for (const { path } of variables) counted.add(path);
  const open = [...body];
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (each.type === 'return' || each.type === 'throw') return true;
    if (each.type !== 'if' || pathsIn(each.condition).some(path => counted.has(path)))
      open.push(...bodiesOf(each).flat());
    else if (statementsIn([each]).some(({ type }) => type === 'throw')) return true;
  }
  return false;
}

class Walk {
  readonly leaks: Leak[] = [];
  lost = false;
  readonly #life: Lifetime;
  readonly #exits: Exit[] = [];
  readonly #catching: Catching[] = [];
  /** Labels that a `goto` before them leads to, with the states in which it does. */
  readonly #ahead = new Map<string, State>();
  readonly #passed = new Set<string>();
  #loops = 0;
  #depth = 0;

  constructor(life: Lifetime) {
    this.#life = life;
  }

  /** Goes from the start on, and no further than what can still tell something: a function may start thousands. */
  outermost(block: readonly Statement[]): State {
    const { start } = this.#life;
    const first = start === undefined ? 0 : block.findIndex(({ at }) => contains(at, start.at));
    if (first < 0 || (start !== undefined && first > reached(block))) return unreachable;
    let at = start === undefined ? opened : closed;
    for (let index = first; index < block.length; index++) {
      at = this.#next(block[index], at);
      const isDone = !isReachable(at) || (!at.open && this.leaks.length === 0);
      if (this.lost || (isDone && !this.jumps)) break;
    }
    return at;
  }

  /** What is still to be looked for when the end is reached: a label outside, to which the thing is taken open. */
  get leadsOut(): boolean {
    return [...this.#ahead.values()].some(({ open }) => open);
  }

  /** Some path goes on at a label that is not reached yet. */
  get jumps(): boolean {
    return this.#ahead.size > 0;
  }

  /** A label is reached from above and from what jumps to it. */
  #next(statement: Statement, from: State): State {
    const label = statement.type === 'block' ? statement.label : undefined;
    let at = from;
    if (label !== undefined) {
      at = joined(from, this.#ahead.get(label) ?? unreachable);
      this.#ahead.delete(label);
      this.#passed.add(label);
    }
    return isReachable(at) ? this.#statement(statement, at) : at;
  }

  block(statements: readonly Statement[], from: State): State {
    let at = from;
    if (++this.#depth > maxDepth) this.lost = true;
    for (const statement of statements) {
      if (this.lost || (!isReachable(at) && !this.jumps)) break;
      at = this.#next(statement, at);
    }
    this.#depth--;
    return at;
  }

  #statement(statement: Statement, from: State): State {
    const life = this.#life;
    if (this.#isNewToHandlers(from) && life.throws(statement)) this.#thrown(from);
    if (statement === life.start) {
      if (from.open) this.leaks.push({ at: statement.at, kind: 'again' });
      return statement.type === 'return' ? unreachable : opened;
    }
    const replaced = life.replaces(statement);
    if (replaced !== undefined) {
      if (from.open && replaced !== 'other')
        this.leaks.push({ at: statement.at, kind: replaced === 'next' ? 'again' : 'emptied' });
      return closed;
    }
    const after = this.#inside(statement, life.ends(statement) ? closed : from);
    // A way on which it is given away and that leaves says nothing of the others.
    return after.open && after.closed && life.givesAway(statement) ? closed : after;
  }

  #inside(statement: Statement, from: State): State {
    switch (statement.type) {
      case 'return':
        if (from.open) this.leaks.push({ at: statement.at, kind: 'return' });
        return unreachable;
      case 'throw':
        if (this.#catching.length > 0) this.#thrown(from);
        else if (from.open) this.leaks.push({ at: statement.at, kind: 'throw' });
        return unreachable;
      case 'if':
        return this.#if(statement, from);
      case 'loop':
        return this.#loop(statement, from);
      case 'try':
        return this.#try(statement, from);
      case 'switch':
        return this.#switch(statement, from);
      case 'with':
        return this.block(statement.body, from);
      case 'block':
        return statement.label === undefined
          ? this.block(statement.body, from)
          : this.#breakable(statement.label, () => this.block(statement.body, from));
      case 'jump':
        return this.#jump(statement, from);
      case 'broken':
        this.lost = true;
        return from;
      case 'expression':
        return isFinal(statement) ? unreachable : from;
      default:
        return from;
    }
  }

  #thrown(state: State): void {
    const catching = this.#catching.at(-1);
    if (catching !== undefined) catching.state = joined(catching.state, state);
  }

  /** Whether it tells the handlers anything if a statement throws: asking the statement is what costs. */
  #isNewToHandlers({ open, closed: ended }: State): boolean {
    const catching = this.#catching.at(-1)?.state;
    return catching !== undefined && ((open && !catching.open) || (ended && !catching.closed));
  }

  /** A condition that speaks of the span tells when there is none to end. */
  #if({ condition, then, otherwise }: Statement & { type: 'if' }, from: State): State {
    const before = this.leaks.length;
    const first = this.block(then, from);
    // `if span.IsRecording() { … return }`: what comes after is for one that is not there.
    const isLast = otherwise === undefined && !isReachable(first) && this.leaks.length === before;
    const outs = [first, this.block(otherwise ?? [], from)];
    // What is started inside has not been there to ask about.
    if (!from.open || !this.#life.concerns(condition)) return outs.reduce(joined);
    const inside = this.leaks.splice(before);
    if (isLast) return closed;
    // `if span: span = None`
    const emptied = inside.filter(({ kind }) => kind === 'emptied');
    if (emptied.length > 0 && this.#life.asserts(condition))
      this.leaks.push(...emptied.filter(({ at }) => then.some(each => contains(each.at, at))));
    const open = outs.some(out => out.open) && outs.every(out => out.open || !isReachable(out));
    return { open, closed: !open || outs.some(out => out.closed) };
  }

  #loop({ body, form }: Statement & { type: 'loop' }, from: State): State {
    return this.#breakable(undefined, () => {
      this.#loops++;
      const once = this.block(body, from);
      this.#loops--;
      if (form === 'forever') return unreachable;
      // What a round ends is taken as ended, however many rounds there are.
      const ended = from.open && once.closed && !once.open;
      return joined(once, ended ? closed : from);
    });
  }

  #breakable(label: string | undefined, run: () => State): State {
    const exit: Exit = { label, state: unreachable };
    this.#exits.push(exit);
    const out = run();
    this.#exits.pop();
    return joined(out, exit.state);
  }

  #jump({ kind, label, at }: Statement & { type: 'jump' }, from: State): State {
    if (kind === 'goto') {
      if (label === undefined || this.#passed.has(label)) this.lost = true;
      else this.#ahead.set(label, joined(from, this.#ahead.get(label) ?? unreachable));
      return unreachable;
    }
    const exit =
      label === undefined ? this.#exits.at(-1) : this.#exits.findLast(each => each.label === label);
    if (kind === 'break' && exit !== undefined) exit.state = joined(exit.state, from);
    // Out of the block in which the span lives.
    else if (from.open && (kind === 'break' || this.#loops === 0)) this.leaks.push({ at, kind: 'jump' });
    return unreachable;
  }

  #try({ body, handlers, otherwise, finally: last }: Statement & { type: 'try' }, from: State): State {
    const before = this.leaks.length;
    const atLast = last === undefined ? opened : this.block(last, opened);
    const always = last !== undefined && !atLast.open;
    this.leaks.length = before;
    const caught: Catching = { state: unreachable };
    if (handlers.length > 0 || always) this.#catching.push(caught);
    const done = this.block(body, from);
    if (handlers.length > 0 || always) this.#catching.pop();
    if (!always && atLast.closed && last !== undefined && asksForResult(last, body))
      this.leaks.push(...this.leaks.splice(before).filter(({ kind }) => kind !== 'return'));
    if (always) this.#catching.push({ state: unreachable });
    const entry = isReachable(caught.state) ? caught.state : closed;
    const outs = [
      this.block(otherwise ?? [], done),
      ...handlers.map(handler =>
        this.block(handler.body, this.#life.reaches?.(handler) === false ? closed : entry),
      ),
    ];
    if (always) {
      this.#catching.pop();
      // It runs whatever way they leave, but ends only what is there by then.
      const replaced = this.leaks.splice(before).filter(({ kind }) => kind === 'again' || kind === 'emptied');
      this.leaks.push(...replaced);
      return outs.some(isReachable) ? closed : unreachable;
    }
    const out = outs.reduce(joined);
    return last === undefined || !isReachable(out) ? out : this.block(last, out);
  }

  #switch({ arms, select }: Statement & { type: 'switch' }, from: State): State {
    return this.#breakable(undefined, () => {
      let out = unreachable;
      let through = unreachable;
      for (const arm of arms) {
        const end = this.block(arm.body, joined(from, through));
        through = arm.fallsThrough ? end : unreachable;
        if (!arm.fallsThrough) out = joined(out, end);
      }
      out = joined(out, through);
      return select || arms.some(({ isDefault }) => isDefault) ? out : joined(out, from);
    });
  }
}

/** `finally: if result is not None: span.end()`: what the work returns may be what is asked for there. */
function asksForResult(last: readonly Statement[], work: readonly Statement[]): boolean {
  const bound = new Set(
    statementsIn(work).flatMap(each =>
      each.type === 'bind' && each.values.some(({ type }) => type !== 'constant')
        ? each.targets.map(({ path }) => path)
        : [],
    ),
  );
  return statementsIn(last).some(
    each =>
      each.type === 'if' &&
      within(each.condition).some(asked => asked.type === 'reference' && bound.has(asked.path)),
  );
}

/** Nothing begins and nothing ends. */
const still: Lifetime = {
  start: undefined,
  ends: () => false,
  givesAway: () => false,
  replaces: () => undefined,
  concerns: () => false,
  asserts: () => false,
  throws: () => false,
};

/** Kept as long as the syntax is. */
const reachedIn = new WeakMap<readonly Statement[], number>();

/** The last statement of a block that can be reached, or that paths can be followed to. */
function reached(block: readonly Statement[]): number {
  let index = reachedIn.get(block);
  if (index === undefined) {
    const walk = new Walk(still);
    for (index = 0; index < block.length; index++)
      if ((!isReachable(walk.block([block[index]], closed)) && !walk.jumps) || walk.lost) break;
    reachedIn.set(block, index);
  }
  return index;
}

/** Kept as long as the syntax is. */
const left = new WeakMap<readonly Statement[], boolean>();

/** Whether what comes after a block is never reached through it: each way in it returns, throws or jumps. */
export function isLeft(block: readonly Statement[]): boolean {
  let known = left.get(block);
  if (known === undefined) {
    const walk = new Walk(still);
    known = !isReachable(walk.block(block, closed)) && !walk.lost;
    left.set(block, known);
  }
  return known;
}

function isReachable({ open, closed: ended }: State): boolean {
  return open || ended;
}

function joined(some: State, others: State): State {
  return { open: some.open || others.open, closed: some.closed || others.closed };
}

/** Kept as long as the syntax is: each span that a function starts walks past all its statements. */
const final = new WeakMap<Statement, boolean>();

function isFinal(statement: Statement & { type: 'expression' }): boolean {
  let ends = final.get(statement);
  if (ends === undefined) final.set(statement, (ends = endsProgram(statement.expression)));
  return ends;
}

/** Whether an expression calls what ends the program or the goroutine. */
export function endsProgram(expression: Expression): boolean {
  for (const each of within(expression)) {
    if (each.type !== 'call') continue;
    const receiver = each.receiver?.type === 'reference' ? each.receiver.path : '';
    if (receiver === '' && /^(?:panic|exit|quit)$/.test(each.callee)) return true;
    if (
      /^(?:os|process|sys|System|Environment)$/.test(receiver) &&
      /^(?:Exit|exit|abort|FailFast|_exit)$/.test(each.callee)
    )
      return true;
    if (/^(?:Fatal|Fatalf|Fatalln|Panic|Panicf|Panicln|Goexit)$/.test(each.callee)) return true;
  }
  return false;
}
