import type { FileFacts } from '../fileFacts.ts';
import type { BindStatement, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { expressionsIn, statementsIn } from '../walk.ts';
import { handedIn, isCalledSpan, mayBeEnded, usesOfSpan } from './spanUses.ts';

/** A span that came with the token of its context, in a function that detaches the one and leaves the other open. */
export interface DetachedSpan {
  /** Where both are taken. */
  readonly at: Place;
  readonly variable: string;
}

/** Python: `span, token = entries.pop(id)`, and then only `context.detach(token)`. */
export function spansDetached(file: FileFacts): readonly DetachedSpan[] {
  if (file.language !== 'python' || !file.says(detaches)) return [];
  if (!file.importsOpenTelemetry && !file.service.usesOpenTelemetry) return [];
  return file.syntax.functions.flatMap(made =>
    detaches.test(made.bodyAt.text)
      ? statementsIn(made.body).flatMap(each => detachedBy(file, made, each) ?? [])
      : [],
  );
}

const detaches = /\bdetach\(/;

function detachedBy(
  file: FileFacts,
  { body }: FunctionSyntax,
  statement: Statement,
): DetachedSpan | undefined {
  if (statement.type !== 'bind' || statement.targets.length < 2 || isStart(statement)) return undefined;
  const names = statement.targets.map(({ path }) => path);
  const variable = names.find(name => isCalledSpan.test(name) && /^\w+$/.test(name));
  if (variable === undefined) return undefined;
  const isDetached = expressionsIn(body, true).some(
    each =>
      each.type === 'call' &&
      each.callee === 'detach' &&
      each.arguments.some(({ at }) => at.text !== variable && names.includes(at.text)),
  );
  if (!isDetached || mayBeEnded(usesOfSpan(body, variable, handedIn(file)))) return undefined;
  return { at: statement.at, variable };
}

/** `span, token = start(name)`: whoever starts it may have it elsewhere too. */
function isStart({ values }: BindStatement): boolean {
  return values.some(value => value.type === 'call' && /start|create|open|begin/i.test(value.callee));
}
