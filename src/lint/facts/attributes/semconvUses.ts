import { type SemconvConstant, semconvConstant } from '../../../semconv/constants.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { Expression, Extent, FunctionSyntax, Statement } from '../syntax.ts';
import { bodiesOf, expressionsOf, operandsOf } from '../walk.ts';

/** A use of a constant of the semantic conventions. */
export interface SemconvUse {
  /** The constant as written: `SEMATTRS_HTTP_METHOD`, `semconv.HTTPMethodKey`. */
  readonly at: Extent & { readonly text: string };
  readonly constant: SemconvConstant;
}

/** Every use of a constant in the file, in source order; imports are none. */
export function semconvUses(file: FileFacts): readonly SemconvUse[] {
  if (!/semconv|semantic|sdk\.resources/i.test(file.syntax.source)) return [];
  const uses = new Map<number, SemconvUse>();
  const add = (name: string | undefined, at: SemconvUse['at']) => {
    const constant = name === undefined ? undefined : semconvConstant(name);
    if (constant !== undefined && !uses.has(at.start)) uses.set(at.start, { at, constant });
  };
  for (const [expression, from] of everyExpression(file)) {
    if (expression.type === 'reference') add(file.names.qualified(expression, from), expression.at);
    // Go: `semconv.HTTPMethod("GET")` is called itself, of `semconv.HTTPMethodKey.String("GET")` the receiver is the constant.
    if (expression.type === 'call' && expression.receiver?.type === 'reference' && file.language === 'go') {
      const { start, text } = expression.receiver.at;
      const end = expression.calleeAt.end;
      const whole = { start, end, text: `${text}.${expression.callee}` };
      const name = file.names.callee(expression);
      if (name !== undefined && /#\w+$/.test(name)) add(name, whole);
    }
  }
  return [...uses.values()].sort((a, b) => a.at.start - b.at.start);
}

/** The constant that stands at the place; undefined for a literal. */
export function constantAt(file: FileFacts, at: Extent): SemconvConstant | undefined {
  return semconvUseAt(file, at)?.constant;
}

/** The use at the place, or inside it. */
export function semconvUseAt(file: FileFacts, at: Extent): SemconvUse | undefined {
  return file
    .get(semconvUses)
    .find(use => use.at.start === at.start || (at.start <= use.at.start && use.at.end <= at.end));
}

function* everyExpression(file: FileFacts): Generator<[Expression, FunctionSyntax | undefined]> {
  yield* expressionsOfAll(file.syntax.body, undefined);
  for (const each of file.syntax.functions) yield* expressionsOfAll(each.body, each);
  for (const { fields, body } of file.syntax.classes)
    yield* expressionsOfAll([...fields, ...body], undefined);
}

function* expressionsOfAll(
  statements: readonly Statement[],
  from: FunctionSyntax | undefined,
): Generator<[Expression, FunctionSyntax | undefined]> {
  const open = [...statements];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const values = [...expressionsOf(at)];
    for (let value = values.pop(); value !== undefined; value = values.pop()) {
      yield [value, from];
      values.push(...operandsOf(value));
    }
    for (const body of bodiesOf(at)) open.push(...body);
  }
}
