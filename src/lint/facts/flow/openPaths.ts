import type { Expression, Place, Statement } from '../syntax.ts';
import { expressionsOf, within } from '../walk.ts';

/** What a walk over the paths of a function asks about the thing that must be ended. */
export interface Lifetime {
  /** The statement that starts it; undefined if it is there from the beginning of the block. */
  readonly start: Statement | undefined;
  /** Whether the statement ends it, itself or by a `defer`. */
  ends(statement: Statement): boolean;
  /** Whether an expression has to do with it: `if span != nil`. */
  concerns(expression: Expression): boolean;
  /** Whether a call in the expression ends the program: `panic`, `os.Exit`. */
  exits(expression: Expression): boolean;
}

/** Where a path leaves with the thing still open. */
export interface Leak {
  readonly at: Place;
  readonly kind: 'return' | 'end' | 'again' | 'jump';
}

interface Out {
  /** Whether some path comes to the end of the statements, with the thing open, or with it closed. */
  readonly open: boolean;
  readonly closed: boolean;
}

interface Loop {
  label: string | undefined;
  /** Open at a `break`. */
  open: boolean;
  closed: boolean;
}

/**
 * The paths through a block on which something that is started is not ended. Errors that are thrown are not followed.
 * Empty if the paths cannot be told (`goto`), or if ending hangs on a condition that speaks of the thing itself.
 * @param block the statements in whose scope it lives
 * @param isLoopBody the block is run again and again
 */
export function openPaths(block: readonly Statement[], life: Lifetime, isLoopBody: boolean): readonly Leak[] {
  const walk = new Walk(life);
  const begins = life.start === undefined;
  const out = walk.block(block, { open: begins, closed: !begins });
  if (walk.lost) return [];
  const last = block.at(-1);
  if (out.open && last !== undefined) walk.leaks.push({ at: last.at, kind: isLoopBody ? 'jump' : 'end' });
  return walk.leaks;
}

const unreachable: Out = { open: false, closed: false };
/** Statements nested deeper are not told apart. */
const maxDepth = 150;

class Walk {
  readonly leaks: Leak[] = [];
  lost = false;
  readonly #life: Lifetime;
  readonly #loops: Loop[] = [];
  #depth = 0;

  constructor(life: Lifetime) {
    this.#life = life;
  }

  block(statements: readonly Statement[], from: Out): Out {
    let at = from;
    if (++this.#depth > maxDepth) this.lost = true;
    for (const statement of statements) {
      if (this.lost || (!at.open && !at.closed)) break;
      at = this.#statement(statement, at);
    }
    this.#depth--;
    return at;
  }

  #statement(statement: Statement, from: Out): Out {
    if (statement === this.#life.start) {
      if (from.open) this.leaks.push({ at: statement.at, kind: 'again' });
      return statement.type === 'return' ? unreachable : { open: true, closed: false };
    }
    if (this.#life.ends(statement) && statement.type !== 'return') return { open: false, closed: true };
    switch (statement.type) {
      case 'return':
        if (from.open && !this.#life.ends(statement)) this.leaks.push({ at: statement.at, kind: 'return' });
        return unreachable;
      case 'throw':
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
          : this.#inLoop(statement.label, () => this.block(statement.body, from));
      case 'jump':
        return this.#jump(statement, from);
      case 'broken':
        this.lost = true;
        return from;
      default:
        return this.#exits(statement) ? unreachable : from;
    }
  }

  #exits(statement: Statement): boolean {
    return (
      statement.type === 'expression' &&
      expressionsOf(statement).some(expression => this.#life.exits(expression))
    );
  }

  /** A condition that speaks of the span tells when there is none to end. */
  #if({ condition, then, otherwise }: Statement & { type: 'if' }, from: Out): Out {
    if (this.#life.concerns(condition)) {
      const before = this.leaks.length;
      const outs = [this.block(then, from), this.block(otherwise ?? [], from)];
      this.leaks.length = before;
      const open = outs.every(out => out.open || !out.closed) && outs.some(out => out.open);
      return { open, closed: !open || outs.some(out => out.closed) };
    }
    return joined(this.block(then, from), this.block(otherwise ?? [], from));
  }

  #loop(loop: Statement & { type: 'loop' }, from: Out): Out {
    const out = this.#inLoop(undefined, () => {
      const once = this.block(loop.body, from);
      // What a round ends is taken as ended, however many rounds there are.
      const ended = from.open && once.closed && !once.open;
      const none: Out = loop.form === 'forever' ? unreachable : ended ? { open: false, closed: true } : from;
      return loop.form === 'forever' ? none : joined(once, none);
    });
    return out;
  }

  #inLoop(label: string | undefined, run: () => Out): Out {
    const loop: Loop = { label, open: false, closed: false };
    this.#loops.push(loop);
    const out = run();
    this.#loops.pop();
    return joined(out, loop);
  }

  #jump({ kind, label, at }: Statement & { type: 'jump' }, from: Out): Out {
    if (kind === 'goto') this.lost = true;
    if (kind === 'break') {
      const loop =
        label === undefined ? this.#loops.at(-1) : this.#loops.findLast(each => each.label === label);
      if (loop === undefined) {
        // Out of the block in which the span lives.
        if (from.open) this.leaks.push({ at, kind: 'jump' });
      } else {
        loop.open ||= from.open;
        loop.closed ||= from.closed;
      }
    } else if (kind === 'continue' && this.#loops.length === 0 && from.open)
      this.leaks.push({ at, kind: 'jump' });
    return unreachable;
  }

  #try({ body, handlers, otherwise, finally: last }: Statement & { type: 'try' }, from: Out): Out {
    if (last?.some(statement => this.#endsSomewhere(statement))) {
      const before = this.leaks.length;
      this.block(body, from);
      for (const handler of handlers) this.block(handler.body, from);
      // `finally` runs whatever way they leave.
      this.leaks.length = before;
      return { open: false, closed: true };
    }
    const done = this.block(otherwise ?? [], this.block(body, from));
    // An error can be thrown before or after the span was started or ended in the body.
    const startsInside = body.some(statement => this.#startsIn(statement));
    const caught = handlers.map(handler =>
      this.block(handler.body, startsInside ? { open: false, closed: true } : from),
    );
    const out = [done, ...caught].reduce(joined);
    return last === undefined ? out : this.block(last, out);
  }

  #switch({ arms, select }: Statement & { type: 'switch' }, from: Out): Out {
    return this.#inLoop(undefined, () => {
      let out: Out = unreachable;
      let through: Out = unreachable;
      for (const arm of arms) {
        const end = this.block(arm.body, joined(from, through));
        through = arm.fallsThrough ? end : unreachable;
        if (!arm.fallsThrough) out = joined(out, end);
      }
      out = joined(out, through);
      return select || arms.some(({ isDefault }) => isDefault) ? out : joined(out, from);
    });
  }

  #endsSomewhere(statement: Statement): boolean {
    if (this.#life.ends(statement)) return true;
    switch (statement.type) {
      case 'if':
        return [...statement.then, ...(statement.otherwise ?? [])].some(each => this.#endsSomewhere(each));
      case 'block':
      case 'with':
        return statement.body.some(each => this.#endsSomewhere(each));
      case 'try':
        return statement.body.some(each => this.#endsSomewhere(each));
      default:
        return false;
    }
  }

  #startsIn(statement: Statement): boolean {
    const { start } = this.#life;
    return start !== undefined && statement.at.start <= start.at.start && start.at.end <= statement.at.end;
  }
}

function joined(some: Out, others: Out): Out {
  return { open: some.open || others.open, closed: some.closed || others.closed };
}

/** Whether an expression calls what ends the program or the goroutine. */
export function endsProgram(expression: Expression): boolean {
  for (const each of within(expression)) {
    if (each.type !== 'call') continue;
    const receiver = each.receiver?.type === 'reference' ? each.receiver.path : '';
    if (receiver === '' && /^(?:panic|exit|quit)$/.test(each.callee)) return true;
    if (
      /^(?:os|process|sys|System|Environment)$/.test(receiver) &&
      /^(?:Exit|exit|abort|FailFast)$/.test(each.callee)
    )
      return true;
    if (/^(?:Fatal|Fatalf|Fatalln|Panic|Panicf|Panicln|Goexit)$/.test(each.callee)) return true;
  }
  return false;
}
