import { blockAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { Expression, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { removesFrom } from './spanStores.ts';
import { handedIn, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span that is taken out of a map which other files may fill, and that is left open though it is told how the work went. */
export interface RemovedSpan {
  /** Where it is taken. */
  readonly at: Place;
  /** `span`, `entry.span` */
  readonly variable: string;
  /** `ctx.spans`, as written. */
  readonly from: string;
}

/** The spans that functions of a script remove from maps which are called so, and do not end. */
export function spansRemoved(file: FileFacts): readonly RemovedSpan[] {
  const isScript = /^(?:javascript|typescript|tsx)$/.test(file.language);
  if (!isScript || !file.says(removes)) return [];
  if (!file.importsOpenTelemetry && !file.service.usesOpenTelemetry) return [];
  return file.syntax.functions.flatMap(made =>
    removes.test(made.bodyAt.text)
      ? statementsIn(made.body).flatMap(each => removedBy(file, made, each) ?? [])
      : [],
  );
}

const removes = /[sS]pans\.(?:delete|clear)\(/;
const ofSpans = /(?:^|\.)#?\w*[sS]pans$/;

function removedBy(file: FileFacts, { body }: FunctionSyntax, statement: Statement): RemovedSpan | undefined {
  const taken = takenIn(body, statement);
  if (taken === undefined) return undefined;
  const { name, from, key, region } = taken;
  const isCleared =
    statement.type === 'loop' &&
    statementsIn(body).some(({ at }) => at.start > statement.at.end && at.text.startsWith(`${from}.clear(`));
  if (!isCleared && !statementsIn(region).some(each => removesFrom(each, from, key))) return undefined;
  const uses = [name, `${name}.span`].map(variable => ({
    variable,
    uses: usesOfSpan(region, variable, handedIn(file)),
  }));
  if (uses.some(each => mayBeEnded(each.uses))) return undefined;
  const judged = uses.find(each => judges(each.uses));
  return judged && { at: statement.at, variable: judged.variable, from };
}

function judges({ statuses, exceptions }: SpanUses): boolean {
  return statuses.length + exceptions.length > 0;
}

interface Taken {
  readonly name: string;
  readonly from: string;
  /** As written, if it is looked up under one. */
  readonly key: string | undefined;
  readonly region: readonly Statement[];
}

/** `const span = ctx.spans.get(id)`, `for (const [id, span] of ctx.spans)` */
function takenIn(body: readonly Statement[], statement: Statement): Taken | undefined {
  if (statement.type === 'bind') {
    const [{ path: name }, ...others] = statement.targets;
    const [value] = statement.values;
    const from = receiverOf(value, 'get');
    const key = value?.type === 'call' ? value.arguments[0]?.at.text : undefined;
    if (!statement.declares || others.length > 0 || from === undefined || !isName.test(name))
      return undefined;
    return { name, from, key, region: blockAround(body, statement)?.statements ?? body };
  }
  if (statement.type !== 'loop') return undefined;
  const { over, variables } = statement;
  const values = receiverOf(over, 'values');
  const from = values ?? receiverOf(over, 'entries') ?? (over?.type === 'reference' ? over.path : '');
  const name = variables.find(each => each.from === (values === undefined ? 1 : undefined))?.path ?? '';
  return ofSpans.test(from) && isName.test(name)
    ? { name, from, key: undefined, region: statement.body }
    : undefined;
}

/** `ctx.spans` of `ctx.spans.get(id)` */
function receiverOf(value: Expression | undefined, callee: string): string | undefined {
  if (value?.type !== 'call' || value.callee !== callee || value.receiver?.type !== 'reference')
    return undefined;
  return ofSpans.test(value.receiver.path) ? value.receiver.path : undefined;
}

const isName = /^[\w$]+$/;
