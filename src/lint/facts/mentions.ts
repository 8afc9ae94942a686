import type { Statement } from './syntax.ts';
import { bodiesOf } from './walk.ts';

/** Shorter lists are faster gone through than looked up. */
const fewStatements = 16;

/** Kept as long as the syntax is, over many versions of a document: word → indices of the statements with it. */
const indices = new WeakMap<readonly Statement[], ReadonlyMap<string, readonly number[]>>();

/**
 * Those statements of a list, in its order, that can have to do with a variable: its name stands somewhere in their text.
 * What asks for each of many variables in one list would go through all of it each time.
 * @param variable `span`; `this.span` is looked for by its last name
 */
export function mentioning(statements: readonly Statement[], variable: string): readonly Statement[] {
  if (statements.length < fewStatements) return statements;
  const [word] = /[\p{ID_Continue}$]+$/u.exec(variable) ?? [];
  if (word === undefined) return statements;
  let index = indices.get(statements);
  if (index === undefined) indices.set(statements, (index = wordsOf(statements)));
  return (index.get(word) ?? []).map(at => statements[at]);
}

function wordsOf(statements: readonly Statement[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const [index, { at }] of statements.entries())
    for (const [word] of at.text.matchAll(/[\p{ID_Continue}$]+/gu)) {
      const known = found.get(word);
      if (known === undefined) found.set(word, [index]);
      else if (known.at(-1) !== index) known.push(index);
    }
  return found;
}

/** The same of all statements below, outer first. */
export function* mentioningIn(statements: readonly Statement[], variable: string): Generator<Statement> {
  const open = mentioning(statements, variable).toReversed();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    yield at;
    for (const body of bodiesOf(at).toReversed()) open.push(...mentioning(body, variable).toReversed());
  }
}

/** Whether a variable is declared in a body, leaving out the functions inside it. */
export function declares(body: readonly Statement[], variable: string): boolean {
  return [...mentioningIn(body, variable)].some(
    each => each.type === 'bind' && each.declares && each.targets.some(({ path }) => path === variable),
  );
}

/** Whether the name stands in a statement itself, leaving out the statements inside it. */
export function namesIt(statement: Statement, variable: string): boolean {
  const { start, text } = statement.at;
  const first = Math.min(...bodiesOf(statement).flatMap(([inner]) => inner?.at.start ?? []));
  const own = first === Infinity ? text : text.slice(0, Math.max(0, first - start));
  return [...own.matchAll(/[\p{ID_Continue}$]+/gu)].some(([word]) => word === variable);
}
