import { blockAround, statementsAround } from '../bindings.ts';
import { mentioningIn, namesIt } from '../mentions.ts';
import type { CallExpression, FunctionSyntax, Handler, Statement } from '../syntax.ts';
import { contains, statementsIn } from '../walk.ts';
import { isIdle } from './spanJudging.ts';
import type { SpanUses } from './spanUses.ts';

/** What only tells a span is short. */
const longest = 20;

/**
 * The statements of each `try` that is only there so that telling the span cannot fail the work: `try: span.set_attribute("size",
 * size(result)); span.end()` before `except Exception: pass`. What they throw is not looked for.
 */
export function guardedStatements(
  region: readonly Statement[],
  variable: string,
  { ends }: Pick<SpanUses, 'ends'>,
  mayThrow: (statement: Statement) => boolean,
): ReadonlySet<Statement> {
  const found = new Set<Statement>();
  for (const { statement, within } of ends) {
    if (within !== undefined) continue;
    const around = [...statementsAround(region, statement.at)].findLast(({ type }) => type === 'try');
    if (around?.type !== 'try' || around.handlers.length === 0 || around.body.length > longest) continue;
    if (!around.body.some(({ at }) => contains(at, statement.at))) continue;
    const isIdleHandler = ({ body }: Handler) =>
      body.every(each => isIdle([each]) || (each.type === 'expression' && !mayThrow(each)));
    if (!around.handlers.every(isIdleHandler)) continue;
    const body = statementsIn(around.body);
    if (body.every(each => namesIt(each, variable) || !mayThrow(each)))
      for (const each of body) found.add(each);
  }
  return found;
}

/** `if (!streaming) span.end()`, and the flag is set where a callback is handed out: where that runs, nothing ends it here. */
export function isLeftTo(
  made: FunctionSyntax,
  { at }: CallExpression,
  region: readonly Statement[],
): boolean {
  return [...statementsAround(region, at)].some(each => {
    if (each.type !== 'if' || each.condition.type !== 'operation') return false;
    const { operator, operands } = each.condition;
    const [asked] = operands;
    if (!/^(?:!|not)$/.test(operator) || asked?.type !== 'reference') return false;
    if (!each.then.some(inner => contains(inner.at, at))) return false;
    return [...mentioningIn(region, asked.path)].some(
      set =>
        set.type === 'bind' &&
        set.targets.some(({ path }) => path === asked.path) &&
        set.values.some(value => value.type === 'constant' && value.value === true) &&
        blockAround(region, set)?.statements.some(inner => contains(inner.at, made.at)) === true,
    );
  });
}
