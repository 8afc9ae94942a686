import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { declares, mentioningIn } from '../mentions.ts';
import { isReferenceTo } from '../references.ts';
import type { Expression, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { contains, enclosing } from '../walk.ts';
import { handedIn, joinedUses, mayBeEnded, type SpanPlace, type SpanUses, usesOfSpan } from './spanUses.ts';

/** Python: `with trace.use_span(root) as span:` gives it another name for the block. */
export function withScopedAliases(
  file: FileFacts,
  uses: SpanUses,
  variable: string,
  region: readonly Statement[],
): SpanUses {
  if (file.language !== 'python' || !file.says(usesAgain)) return uses;
  const aliases = [...mentioningIn(region, variable)].flatMap(each =>
    each.type === 'with'
      ? each.items.flatMap(({ value, name }) =>
          value.type === 'call' &&
          value.callee === 'use_span' &&
          isReferenceTo(value.arguments[0], variable) &&
          name !== variable &&
          name !== ''
            ? usesOfSpan(each.body, name, handedIn(file))
            : [],
        )
      : [],
  );
  return aliases.reduce((sum, each) => joinedUses(sum, each), uses);
}

const usesAgain = /\buse_span\(/;

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
  const isDirect = statement.type === 'bind' && statement.values.some(value => isOneOf(value, at));
  const owner = isDirect
    ? made
    : file.syntax.functions.findLast(each => contains(made.at, each.at) && contains(each.at, at));
  const binding = isDirect ? statement : [...statementsAround(owner?.body ?? [], at)].at(-1);
  if (owner === undefined || binding?.type !== 'bind') return false;
  const index = binding.values.findIndex(value => isOneOf(value, at));
  const alias = binding.targets[index]?.path ?? '';
  if (binding.values.length !== binding.targets.length || !/^[\w$]+$/.test(alias)) return false;
  if (alias === '_') return file.language === 'go';
  // Not a named result or a parameter; a variable of what is around is seen from there.
  const holder = [...enclosing(owner)].find(
    each => each.parameters.some(({ name }) => name === alias) || declares(each.body, alias),
  );
  return (
    holder !== undefined &&
    declares(holder.body, alias) &&
    !mayBeEnded(usesOfSpan(holder.body, alias, handedIn(file)))
  );
}

/** `span`, `parent or span` */
function isOneOf(value: Expression, at: Place): boolean {
  return value.at === at || (value.type === 'choice' && value.values.some(each => isOneOf(each, at)));
}
