import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import { tracerOf } from '../sdk/tracers.ts';
import type { CallExpression, Expression, FunctionSyntax, SyntaxUnit } from '../syntax.ts';
import { enclosing, statementsIn } from '../walk.ts';
import { boundTo } from './spanBinding.ts';
import { usesOfSpan } from './spanUses.ts';

/** The functions of a file that start a span for a callback that they are given, and leave its end to that: → its index. */
export function spanGivers(file: FileFacts): ReadonlyMap<FunctionSyntax, number> {
  return new Map(file.ofUnits(giversIn).flat());
}

function giversIn(file: FileFacts, { calls }: SyntaxUnit): readonly (readonly [FunctionSyntax, number])[] {
  const found = new Map<FunctionSyntax, number>();
  for (const call of calls) {
    const last = call.arguments.at(-1);
    const { callee, inFunction: made } = call;
    if (!/^start(?:Active)?Span$/.test(callee) || made === undefined) continue;
    const given =
      callee === 'startActiveSpan' && last?.type === 'reference' ? last.path : calledWith(file, call, made);
    if (given === undefined) continue;
    const names = [given, ...alternatives(given, made)];
    // `step(name, work)` may return a function that does so.
    const giver = [...enclosing(made)].find(({ parameters }) =>
      parameters.some(({ name }) => names.includes(name)),
    );
    const index = giver?.parameters.findLastIndex(({ name }) => names.includes(name));
    if (giver !== undefined && index !== undefined && tracerOf(file, call) !== undefined)
      found.set(giver, index);
  }
  return [...found];
}

/** Of `const work = typeof options === 'function' ? options : callback` both. */
function alternatives(name: string, made: FunctionSyntax): readonly string[] {
  const values = [...enclosing(made)].flatMap(({ body }) =>
    statementsIn(body).flatMap(each =>
      each.type === 'bind' && each.targets.length === 1 && each.targets[0].path === name ? each.values : [],
    ),
  );
  return values.flatMap(value => (value.type === 'choice' ? value.values : [value])).flatMap(pathOf);
}

function pathOf(value: Expression): readonly string[] {
  return value.type === 'reference' ? [value.path] : [];
}

/** `tracer.startActiveSpan(name, span => work(span))`: who alone gets the span, if nothing else is done with it. */
function calledWith(file: FileFacts, start: CallExpression, made: FunctionSyntax): string | undefined {
  const last = start.arguments.at(-1);
  const callback = last?.type === 'function' ? last.function : undefined;
  const active = start.callee === 'startActiveSpan';
  const span = active ? callback?.parameters[0]?.name : boundTo(file, start).variable;
  if (!span || span.includes('.') || tracerOf(file, start) !== 'known') return undefined;
  const body = active ? callback?.body : made.body;
  const { ends, statuses, exceptions, escapes, handed } = usesOfSpan(body ?? [], span, () => undefined);
  if (ends.length + statuses.length + exceptions.length + escapes.length > 0 || handed.length !== 1)
    return undefined;
  const [{ call }] = handed;
  return call.receiver === undefined && isReferenceTo(call.arguments[0], span) ? call.callee : undefined;
}
