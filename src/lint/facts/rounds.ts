import type { Names } from './names.ts';
import type { Expression, FunctionSyntax, LoopStatement } from './syntax.ts';

/** More names than this of one place drown a list of operations. */
const fewRounds = 10;

/** Bounds that are made of bounds: beyond what a reader would follow. */
const maxSteps = 6;

/** Whether a loop is known to end after a few rounds: `range(5)`, `range 5`, `i < 5`, `enumerate(['a', 'b'])`. */
export function hasFewRounds(
  names: Names,
  { over, condition }: LoopStatement,
  from: FunctionSyntax | undefined,
): boolean {
  const numberOf = (bound: Expression) => numberIn(names, bound, from, maxSteps);
  const isSmall = (bound: Expression) => Math.abs(numberOf(bound) ?? Number.POSITIVE_INFINITY) <= fewRounds;
  if (over !== undefined) {
    if (isSmall(over) || (lengthOf(names, over, from) ?? fewRounds + 1) <= fewRounds) return true;
    if (over.type !== 'call') return false;
    const { callee, arguments: given, receiver } = over;
    if (callee === 'range') return given.length > 0 && given.slice(0, 2).every(isSmall);
    const listed = callee === 'enumerate' ? given[0] : callee === 'entries' ? receiver : undefined;
    return listed !== undefined && (lengthOf(names, listed, from) ?? fewRounds + 1) <= fewRounds;
  }
  if (condition?.type !== 'operation' || condition.operands.length !== 2) return false;
  const [left, right] = condition.operands;
  // What counts down begins at its bound.
  return (
    isSmall(right) &&
    (/^(?:<=?|!==?)$/.test(condition.operator) || (/^>=?$/.test(condition.operator) && isSmall(left)))
  );
}

/** The number that a bound is known to be, the largest if it is one of several; `rounds`, `COUNT + 1`, `names.length`. */
function numberIn(
  names: Names,
  bound: Expression,
  from: FunctionSyntax | undefined,
  steps: number,
): number | undefined {
  if (steps === 0) return undefined;
  switch (bound.type) {
    case 'constant':
      return typeof bound.value === 'number' ? bound.value : undefined;
    case 'reference': {
      if (bound.path.endsWith('.length')) {
        const list = { ...bound, path: bound.path.slice(0, -'.length'.length) };
        return lengthOf(names, list, from);
      }
      // What the head of a loop declares is a value of the block around it, too.
      const given = names.definitions(bound.path, from, bound.at).filter(({ kind }) => kind !== 'element');
      const numbers = given.map(each =>
        each.kind !== 'value' || each.value === undefined || each.adds || each.from !== undefined
          ? undefined
          : numberIn(names, each.value, each.inFunction, steps - 1),
      );
      return numbers.length > 0 && numbers.every(each => each !== undefined)
        ? Math.max(...numbers)
        : undefined;
    }
    case 'operation': {
      const [left, right] = bound.operands.map(each => numberIn(names, each, from, steps - 1));
      if (left === undefined || right === undefined) return undefined;
      return bound.operator === '+' ? left + right : bound.operator === '*' ? left * right : undefined;
    }
    case 'call':
      return bound.callee === 'len' && bound.arguments.length === 1
        ? lengthOf(names, bound.arguments[0], from)
        : undefined;
    default:
      return undefined;
  }
}

/** How many values a list has that is written out. */
export function lengthOf(
  names: Names,
  value: Expression,
  from: FunctionSyntax | undefined,
): number | undefined {
  const list = names.resolve(value, from);
  // An empty one is filled later.
  return list.type === 'list' && list.values.length > 0 && list.values.every(isOne)
    ? list.values.length
    : undefined;
}

/** Not `...others`. */
function isOne(value: Expression): boolean {
  return value.type !== 'operation';
}
