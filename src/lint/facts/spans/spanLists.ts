import { regionOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn, namesIt } from '../mentions.ts';
import { isReferenceTo } from '../references.ts';
import type {
  BindTarget,
  CallExpression,
  Expression,
  FunctionSyntax,
  IndexExpression,
  Place,
  Statement,
} from '../syntax.ts';
import { expressionsOf, operandsOf } from '../walk.ts';
import { handedIn, isEnding, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/**
 * Leaves out that a span is put into a list or a map of the same function which goes nowhere, and from which nothing takes
 * it that may end it: `spans = append(spans, span)`.
 */
export function withoutIdleLists(
  file: FileFacts,
  uses: SpanUses,
  inFunction: FunctionSyntax | undefined,
): SpanUses {
  if (uses.escapes.length === 0 || inFunction === undefined) return uses;
  const escapes = uses.escapes.filter(({ at, statement }) => {
    const list = listGiven(statement, at);
    return list === undefined || !isIdle(file, list, inFunction);
  });
  return escapes.length === uses.escapes.length ? uses : { ...uses, escapes };
}

/** `spans` of `spans = append(spans, span)`, `spans.push(span)`, `spans[i] = span`, `spans = {"call": span}`. */
function listGiven(statement: Statement, at: Place): string | undefined {
  if (statement.type === 'expression') return listAdded(statement.expression, at);
  if (statement.type !== 'bind' || statement.targets.length !== 1 || statement.values.length !== 1)
    return undefined;
  const [{ path, target }] = statement.targets;
  const [value] = statement.values;
  if (value.at === at) return target?.type === 'index' ? nameOf(target.object) : undefined;
  if (value.type === 'object' && value.entries.some(each => !each.spread && each.value.at === at))
    return /^[\w$]+$/.test(path) ? path : undefined;
  const isAppended = value.type === 'call' && isAppend(value) && isReferenceTo(value.arguments[0], path);
  return isAppended && value.arguments.some((each, index) => index > 0 && each.at === at) ? path : undefined;
}

function listAdded(expression: Expression, at: Place): string | undefined {
  if (expression.type !== 'call' || !adds.test(expression.callee)) return undefined;
  return expression.arguments.some(each => each.at === at) ? nameOf(expression.receiver) : undefined;
}

function isAppend({ callee, receiver }: CallExpression): boolean {
  return callee === 'append' && receiver === undefined;
}

function nameOf(expression: Expression | undefined): string | undefined {
  return expression?.type === 'reference' && /^[\w$]+$/.test(expression.path) ? expression.path : undefined;
}

const adds = /^(?:push|append|add|Add|set|put)$/;
/** They tell how many there are. */
const counts = /^(?:len|cap|size|Count)$/;

/** Of each function: what is known of its lists. */
function listsKnown(): Map<FunctionSyntax, Map<string, boolean>> {
  return new Map();
}

/** Whether a list of a function goes nowhere, and nothing takes a span from it that may end it. */
export function isIdle(file: FileFacts, list: string, inFunction: FunctionSyntax): boolean {
  const known = file.get(listsKnown);
  let ofFunction = known.get(inFunction);
  if (ofFunction === undefined) known.set(inFunction, (ofFunction = new Map<string, boolean>()));
  let answer = ofFunction.get(list);
  if (answer === undefined) {
    const statements = [...mentioningIn(inFunction.body, list)];
    // Not a named result, a parameter or a variable of what is around.
    const isPython = file.language === 'python';
    const isOwn =
      statements.some(
        each =>
          each.type === 'bind' &&
          (each.declares || isPython) &&
          each.targets.some(({ path }) => path === list),
      ) && !(isPython && isShared(inFunction, list));
    ofFunction.set(list, (answer = isOwn && statements.every(isHarmless(file, list, inFunction))));
  }
  return answer;
}

/** Python's `nonlocal spans` */
function isShared({ parameters, bodyAt }: FunctionSyntax, list: string): boolean {
  if (parameters.some(({ name }) => name === list)) return true;
  return new RegExp(`^[ \\t]*(?:nonlocal|global)[ \\t][^\\n]*\\b${list}\\b`, 'm').test(bodyAt.text);
}

/** Whether a statement leaves the spans of the list open, and in the list. */
function isHarmless(
  file: FileFacts,
  list: string,
  { body }: FunctionSyntax,
): (statement: Statement) => boolean {
  const handed = handedIn(file);
  const areOpen = (elements: readonly BindTarget[], region: readonly Statement[]) =>
    elements.every(
      ({ path }) => path === '_' || (path !== '' && !mayBeEnded(usesOfSpan(region, path, handed))),
    );
  return statement => {
    if (statement.type === 'function' || statement.type === 'class' || statement.type === 'broken')
      return false;
    if (!namesIt(statement, list)) return true;
    if (statement.type === 'loop' && isReferenceTo(statement.over, list))
      return areOpen(statement.variables, statement.body);
    if (statement.type === 'bind') {
      const { targets, values } = statement;
      if (values.some(value => isElement(value, list) || isGot(value, list)))
        return (
          targets.every(({ path }) => /^[\w$]+$/.test(path)) && areOpen(targets, regionOf(statement, body))
        );
      const put = targets.flatMap(({ target }) => (target === undefined ? [] : target));
      const keys = put.map(target => (isElement(target, list) ? target.key : target));
      return [...keys, ...values].every(each => isLookedAt(each, list));
    }
    return expressionsOf(statement).every(
      each => (statement.type === 'if' && isGot(each, list)) || isLookedAt(each, list),
    );
  };
}

/** Whether nothing in an expression gives the list away, or takes a span from it. */
function isLookedAt(root: Expression, list: string): boolean {
  const open: { readonly expression: Expression; readonly parent: Expression | undefined }[] = [
    { expression: root, parent: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { expression, parent } = next;
    if (expression.type === 'function' || expression.type === 'unknown') {
      if (expression.at.text.includes(list)) return false;
      continue;
    }
    if (expression.type === 'reference') {
      if (expression.path.split('.')[0] === list && !isLeft(expression, list, parent)) return false;
      continue;
    }
    // Of `spans[i].End()` and `finish(spans[i])` the span is let go.
    if ((isElement(expression, list) || isGot(expression, list)) && !isTold(expression, parent)) return false;
    for (const operand of operandsOf(expression)) open.push({ expression: operand, parent: expression });
  }
  return true;
}

/** `spans.length`, `len(spans)`, `spans[i]`, `append(spans, span)`, `spans.push(span)` */
function isLeft(
  expression: Expression & { readonly type: 'reference' },
  list: string,
  parent: Expression | undefined,
): boolean {
  if (expression.path !== list)
    return expression.path === `${list}.length` || expression.path === `${list}.Count`;
  if (parent?.type === 'index') return parent.object === expression;
  if (parent?.type !== 'call') return false;
  if (parent.receiver === expression)
    return adds.test(parent.callee) || counts.test(parent.callee) || isGot(parent, list);
  return counts.test(parent.callee) || (isAppend(parent) && parent.arguments[0] === expression);
}

function isElement(expression: Expression, list: string): expression is IndexExpression {
  return expression.type === 'index' && isReferenceTo(expression.object, list);
}

/** `spans.get("call")` */
function isGot(expression: Expression, list: string): boolean {
  return (
    expression.type === 'call' && expression.callee === 'get' && isReferenceTo(expression.receiver, list)
  );
}

/** `spans[i].SetStatus(…)`, `spans[i] != nil`, `… if spans.get("call") else None` */
function isTold(element: Expression, parent: Expression | undefined): boolean {
  if (parent?.type === 'operation') return /^(?:[!=]==?|is(?: not)?|not)$/.test(parent.operator);
  if (parent?.type === 'choice') return parent.condition === element;
  return parent?.type === 'call' && parent.receiver === element && !isEnding(parent.callee);
}
