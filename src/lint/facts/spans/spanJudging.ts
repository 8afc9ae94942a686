import { mentioningIn } from '../mentions.ts';
import { isReferenceTo, nothing } from '../references.ts';
import type { CallExpression, IfStatement, Statement } from '../syntax.ts';
import { within } from '../walk.ts';
import type { SpanUses } from './spanUses.ts';

/**
 * Statements of a function itself, outer first, that tell how the work of a span went: `span.setStatus(…)`,
 * `set_span_error(span, e)`; or that ask whether there is one, and then do nothing with it. Who does so is done with it.
 */
export function judgingIn(body: readonly Statement[], variable: string): readonly Statement[] {
  return [...mentioningIn(body, variable)].filter(statement =>
    statement.type === 'if'
      ? asksInVain(statement, variable)
      : statement.type === 'expression' &&
        within(statement.expression).some(each => each.type === 'call' && judges(each, variable)),
  );
}

/** `if span is not None: pass` */
export function asksInVain({ condition, then, otherwise }: IfStatement, variable: string): boolean {
  const named = within(condition).filter(each => each.type === 'reference');
  return (
    otherwise === undefined &&
    isIdle(then) &&
    named.length > 0 &&
    named.every(each => isReferenceTo(each, variable) || nothing.test(each.path))
  );
}

/** Nothing is done: `pass`, also in a `try` or an `if` of its own. */
export function isIdle(body: readonly Statement[]): boolean {
  return body.every(each =>
    each.type === 'if'
      ? isIdle(each.then) && isIdle(each.otherwise ?? [])
      : each.type === 'try'
        ? [each.body, each.otherwise ?? [], each.finally ?? []].every(isIdle)
        : each.type === 'block' && isIdle(each.body),
  );
}

function judges({ callee, receiver, arguments: given, named }: CallExpression, variable: string): boolean {
  if (isReferenceTo(receiver, variable)) return own.test(callee);
  if (!helper.test(callee) || ending.test(callee)) return false;
  return [...given, ...named.values()].some(each => isReferenceTo(each, variable));
}

const own = /^(?:set_?status|record_?(?:exception|error)|addexception)$/i;
const helper = /error|exception|status|fail|success/i;
/** What is called so may end it: `FinishWithError(span, err)`. */
const ending = /end|finish|close|complete|done|stop/i;

/** Go's `defer span.End()` before it, and a `with` around it, end the span whatever comes; so does what it calls itself. */
export function isEndedAnyway({ ends }: SpanUses, { at }: Statement): boolean {
  return ends.some(
    ({ statement: { type, at: ending }, call }) =>
      ending === at || ((type === 'defer' || type === 'with') && call.at.start < at.start),
  );
}
