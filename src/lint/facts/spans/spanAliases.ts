import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import type { Expression, FunctionSyntax, Place } from '../syntax.ts';
import { handedIn, mayBeEnded, type SpanPlace, type SpanUses, usesOfSpan } from './spanUses.ts';

/** Leaves out that a span goes to a variable of the same function which nobody can end it by: `parent := span`. */
export function withoutIdleAliases(
  file: FileFacts,
  uses: SpanUses,
  inFunction: FunctionSyntax | undefined,
): SpanUses {
  if (uses.escapes.length === 0 || inFunction === undefined) return uses;
  const escapes = uses.escapes.filter(each => !isIdle(file, each, inFunction));
  return escapes.length === uses.escapes.length ? uses : { ...uses, escapes };
}

function isIdle(file: FileFacts, { at, statement }: SpanPlace, made: FunctionSyntax): boolean {
  if (statement.type !== 'bind') return false;
  const index = statement.values.findIndex(value => isOneOf(value, at));
  const alias = statement.targets[index]?.path ?? '';
  if (statement.values.length !== statement.targets.length || !/^[\w$]+$/.test(alias)) return false;
  if (alias === '_') return file.language === 'go';
  // Not a named result, a parameter or a variable of what is around.
  const isOwn = [...mentioningIn(made.body, alias)].some(
    each => each.type === 'bind' && each.declares && each.targets.some(({ path }) => path === alias),
  );
  if (!isOwn) return false;
  return !mayBeEnded(usesOfSpan(made.body, alias, handedIn(file)));
}

/** `span`, `parent or span` */
function isOneOf(value: Expression, at: Place): boolean {
  return value.at === at || (value.type === 'choice' && value.values.some(each => isOneOf(each, at)));
}
