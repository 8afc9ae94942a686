import type { FileFacts } from '../fileFacts.ts';
import type { Place, Statement } from '../syntax.ts';
import { bodiesOf, statementsIn } from '../walk.ts';
import { mayThrow } from './spanFlow.ts';
import { type SpanLife, spanLives } from './spanLives.ts';

/** A span that is ended if all goes well, and what can leave before its end. */
export interface SpanRisk {
  readonly life: SpanLife;
  /** The first that can throw, and nothing around it ends the span then. */
  readonly at: Place;
  /** It is awaited, or is a `throw`; otherwise any call. */
  readonly likely: boolean;
}

/** Spans whose end an exception passes over. */
export function spanRisks(file: FileFacts): readonly SpanRisk[] {
  return file.get(spanLives).flatMap(life => {
    const { escapes, leaks, uses, start, region } = life;
    if (escapes || leaks.length > 0 || uses.ends.length === 0) return [];
    // Callbacks, `finally` of promises, events: they end it at a time of their own.
    if (uses.ends.some(use => use.within !== undefined)) return [];
    const risk = new Search(life).in(
      start.binding === undefined ? region : after(region, start.binding),
      false,
    );
    return risk === undefined ? [] : [{ life, ...risk }];
  });
}

/** The statements that follow a statement, also where it stands in a block inside. */
function after(region: readonly Statement[], binding: Statement): readonly Statement[] {
  const index = region.indexOf(binding);
  return index < 0 ? region : region.slice(index + 1);
}

type Risk = Omit<SpanRisk, 'life'>;

class Search {
  readonly #life: SpanLife;
  readonly #from: number;
  readonly #ending: ReadonlySet<Statement>;

  constructor(life: SpanLife) {
    this.#life = life;
    this.#from = life.start.binding?.at.end ?? 0;
    this.#ending = new Set(life.uses.ends.map(({ statement }) => statement));
  }

  /** @param caught a handler inside the region gets what is thrown here */
  in(statements: readonly Statement[], caught: boolean): Risk | undefined {
    const open: { readonly list: readonly Statement[]; readonly caught: boolean }[] = [
      { list: statements, caught },
    ];
    const found: Risk[] = [];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const statement of next.list) {
        if (statement.at.end > this.#from && !next.caught) {
          const risk = this.#of(statement);
          if (risk !== undefined) found.push(risk);
        }
        if (this.#ends(statement)) break;
        open.push(...this.#inside(statement, next.caught));
      }
    }
    const ends = Math.max(...this.#life.uses.ends.map(({ call }) => call.at.start));
    return found
      .filter(({ at }) => at.start < ends)
      .sort((a, b) => Number(b.likely) - Number(a.likely) || a.at.start - b.at.start)[0];
  }

  #inside(
    statement: Statement,
    caught: boolean,
  ): { readonly list: readonly Statement[]; readonly caught: boolean }[] {
    if (statement.type !== 'try') return bodiesOf(statement).map(list => ({ list, caught }));
    const { body, handlers, otherwise, finally: last } = statement;
    if (last !== undefined && this.#endsIn(last)) return [];
    return [
      { list: body, caught: caught || handlers.length > 0 },
      ...handlers.map(handler => ({ list: handler.body, caught })),
      { list: otherwise ?? [], caught },
      { list: last ?? [], caught },
    ];
  }

  /** What a statement itself can throw; those inside it are asked for themselves. */
  #of(statement: Statement): Risk | undefined {
    if (statement.type === 'throw') return { at: statement.at, likely: true };
    const thrown = mayThrow(statement, this.#life.variable);
    return thrown === undefined ? undefined : { at: thrown.at, likely: thrown.awaited };
  }

  /** In the statement itself, or by what it returns. */
  #ends(statement: Statement): boolean {
    return statement.type !== 'if' && this.#ending.has(statement);
  }

  #endsIn(statements: readonly Statement[]): boolean {
    return [...statementsIn(statements)].some(statement => this.#ends(statement));
  }
}
