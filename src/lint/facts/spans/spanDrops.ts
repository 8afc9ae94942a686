import { isReferenceTo, nothing } from '../references.ts';
import type { Expression, Place, Statement } from '../syntax.ts';
import { bodiesOf, within } from '../walk.ts';

/**
 * `if (this.span) { this.span = undefined; }`, `this.span.setStatus(…); this.span = undefined;`, and `finally` after a block
 * that has asked for it.
 */
export function dropsIn(body: readonly Statement[], variable: string, seenBefore: boolean): Place[] {
  const found: Place[] = [];
  const open: { readonly list: readonly Statement[]; readonly seen: boolean }[] = [
    { list: body, seen: seenBefore },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    let { seen } = next;
    for (const statement of next.list) {
      if (seen && empties(statement, variable)) found.push(statement.at);
      if (statement.type === 'expression') seen ||= calls(statement.expression, variable);
      const asked = statement.type === 'if' && asksOnlyFor(statement.condition, variable);
      for (const list of bodiesOf(statement))
        open.push({
          list,
          seen:
            seen ||
            (asked && statement.type === 'if' && list === statement.then) ||
            (statement.type === 'try' && list === statement.finally && asksIn(statement.body, variable)),
        });
    }
  }
  return found;
}

function asksIn(body: readonly Statement[], variable: string): boolean {
  return body.some(each => each.type === 'if' && asksOnlyFor(each.condition, variable));
}

export function empties(statement: Statement, variable: string): boolean {
  return (
    statement.type === 'bind' &&
    statement.targets.length === 1 &&
    statement.targets[0].path === variable &&
    statement.values.length === 1 &&
    nothing.test(statement.values[0].at.text)
  );
}

function calls(expression: Expression, variable: string): boolean {
  return expression.type === 'call' && isReferenceTo(expression.receiver, variable);
}

/** Not `if (this.span === span)`: the other name may have been used to end it. */
function asksOnlyFor(condition: Expression, variable: string): boolean {
  const named = [...within(condition)].filter(each => each.type === 'reference');
  return (
    named.some(each => isReferenceTo(each, variable)) &&
    !/^(?:!(?!=)|not\b)/.test(condition.at.text) &&
    !/(?<!!)={2,3}\s*(?:null|undefined)|is None|(?<!!)== nil/.test(condition.at.text) &&
    named.every(({ path }) => path.startsWith(variable) || nothing.test(path))
  );
}
