import { statementsAround } from '../bindings.ts';
import { namesIt } from '../mentions.ts';
import type { Statement } from '../syntax.ts';
import { contains, statementsIn } from '../walk.ts';
import { isIdle } from './spanJudging.ts';
import type { SpanUses } from './spanUses.ts';

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
    if (around?.type !== 'try' || around.handlers.length === 0 || found.has(around.body[0])) continue;
    const body = statementsIn(around.body);
    if (!around.body.some(({ at }) => contains(at, statement.at))) continue;
    const onlyLogs = ({ type }: Statement) => type === 'expression' || type === 'block';
    if (
      around.handlers.every(handler =>
        handler.body.every(each => isIdle([each]) || (onlyLogs(each) && !mayThrow(each))),
      ) &&
      body.every(each => namesIt(each, variable) || !mayThrow(each))
    )
      for (const each of body) found.add(each);
  }
  return found;
}
