import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { spanStarts } from './spanStarts.ts';
import type { GivenSpan } from './spansGiven.ts';
import { handedIn, mayBeEnded, usesOfSpan } from './spanUses.ts';

const takes = /\bSpanFromContext\(/;

/**
 * Go: the spans that a hook takes from its context and leaves open, having told how the work went, where the hook before it
 * has started one for that context: `TraceQueryStart` and `TraceQueryEnd`, `BeforeQuery` and `AfterQuery` of one type.
 */
export function spansOfHooks(file: FileFacts): readonly GivenSpan[] {
  if (file.language !== 'go' || !file.says(takes)) return [];
  const starts = file.get(spanStarts).filter(({ form, endsItself }) => form === 'value' && !endsItself);
  return file.syntax.functions.flatMap((made): GivenSpan[] => {
    const before = beforeIt(made.name);
    const isBefore = (each: FunctionSyntax | undefined) =>
      each !== undefined && each.className === made.className && before.includes(each.name);
    return before.length > 0 && starts.some(({ call }) => isBefore(call.inFunction))
      ? leftIn(file, made)
      : [];
  });
}

/** The names that the hook before it may have. */
function beforeIt(name: string): readonly string[] {
  const [, work] = /^(\w*?)(?:End|Ended|Finish|Finished|Done|Completed?)$/.exec(name) ?? [];
  if (work !== undefined) return [`${work}Start`, `${work}Started`, `${work}Begin`];
  const [, after, rest] = /^(After|after)(?=[A-Z])(\w+)$/.exec(name) ?? [];
  return after === undefined ? [] : [`${after === 'After' ? 'Before' : 'before'}${rest}`];
}

function leftIn(file: FileFacts, { body }: FunctionSyntax): GivenSpan[] {
  return statementsIn(body).flatMap((statement): GivenSpan[] => {
    if (statement.type !== 'bind' || statement.targets.length !== 1) return [];
    const [value] = statement.values;
    if (value?.type !== 'call' || value.callee !== 'SpanFromContext') return [];
    const [{ path: variable }] = statement.targets;
    const uses = usesOfSpan(body, variable, handedIn(file));
    const isTold = uses.statuses.length + uses.exceptions.length + uses.others.length > 0;
    return isTold && !mayBeEnded(uses) ? [{ variable, at: statement.at, leak: undefined }] : [];
  });
}
