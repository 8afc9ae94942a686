import { literally } from '../../../base/literally.ts';
import { regionOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn, namesIt } from '../mentions.ts';
import { sharesVariable } from '../pythonSharing.ts';
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
import { handedIn, isCalledSpan, isEnding, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/**
 * Leaves out that a span is put into a list or a map of the same function which goes nowhere, and from which nothing takes
 * it that may end it: `spans = append(spans, span)`.
 * @param fields also of Python's private fields, `self._ended[id] = span`: what else has the span is not followed into them
 */
export function withoutIdleLists(
  file: FileFacts,
  uses: SpanUses,
  inFunction: FunctionSyntax | undefined,
  fields = false,
): SpanUses {
  if (uses.escapes.length === 0 || inFunction === undefined) return uses;
  const escapes = uses.escapes.filter(({ at, statement }) => {
    const list = listGiven(statement, at);
    if (list === undefined) return true;
    return list.includes('.') ? !(fields && isIdleField(file, list)) : !isIdle(file, list, inFunction);
  });
  return escapes.length === uses.escapes.length ? uses : { ...uses, escapes };
}

/** What is done with the spans of the lists that it is put into, where the function goes over them. */
export function usesInLists(
  file: FileFacts,
  { escapes }: SpanUses,
  { body }: FunctionSyntax,
): readonly { readonly variable: string; readonly uses: SpanUses }[] {
  const lists = escapes.flatMap(({ at, statement }) => listGiven(statement, at) ?? []);
  return lists.flatMap(list =>
    [...mentioningIn(body, list)].flatMap(each =>
      each.type === 'loop' && isAllOf(each.over, list)
        ? each.variables
            .filter(({ path }) => isCalledSpan.test(path))
            .map(({ path }) => ({ variable: path, uses: usesOfSpan(each.body, path, handedIn(file)) }))
        : [],
    ),
  );
}

/** `spans` of `spans = append(spans, span)`, `spans.push(span)`, `spans.append((id, span))`, `spans[i] = span`, `spans = {"call": span}`. */
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
  const isGiven = expression.arguments.some(
    each => each.at === at || (each.type === 'list' && each.values.some(value => value.at === at)),
  );
  return isGiven ? nameOf(expression.receiver) : undefined;
}

function isAppend({ callee, receiver }: CallExpression): boolean {
  return callee === 'append' && receiver === undefined;
}

function nameOf(expression: Expression | undefined): string | undefined {
  return expression?.type === 'reference' && /^(?:self\._)?[\w$]+$/.test(expression.path)
    ? expression.path
    : undefined;
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

/** Whether nobody but the functions of the file takes anything from a private field, and these leave the spans in there open. */
function isIdleField(file: FileFacts, field: string): boolean {
  if (file.language !== 'python') return false;
  const known = file.get(fieldsKnown);
  let answer = known.get(field);
  if (answer === undefined) {
    const name = literally(field.slice('self.'.length));
    const isReached = new RegExp(`(?<!\\bself)\\.${name}\\b|['"]${name}['"]`).test(file.syntax.source);
    answer =
      !isReached &&
      file.syntax.functions.every(
        made =>
          !made.bodyAt.text.includes(field) ||
          [...mentioningIn(made.body, field)].every(isHarmless(file, field, made)),
      );
    known.set(field, answer);
  }
  return answer;
}

function fieldsKnown(): Map<string, boolean> {
  return new Map();
}

/** It is given to the function, or Python's `nonlocal spans`. */
function isShared(made: FunctionSyntax, list: string): boolean {
  return made.parameters.some(({ name }) => name === list) || sharesVariable(made, list);
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
  const name = list.slice(list.lastIndexOf('.') + 1);
  const around: Around = {
    leavesOpen: made =>
      made.parameters.every(each => each.name !== list) &&
      [...mentioningIn(made.body, list)].every(isHarmless(file, list, made)),
    looks: (call, argument) => isObject(body, list) && handed(call, argument) === 'looks',
  };
  return statement => {
    if (statement.type === 'function' || statement.type === 'class' || statement.type === 'broken')
      return false;
    if (!namesIt(statement, name)) return true;
    if (statement.type === 'loop' && isAllOf(statement.over, list)) {
      const { variables, body: round } = statement;
      const spans = variables.filter(({ path }) => isCalledSpan.test(path));
      // Of `for id, span in spans` the one is told to others.
      const others = spans.length === 0 ? [] : variables.filter(each => !spans.includes(each));
      return (
        areOpen(spans.length === 0 ? variables : spans, round) &&
        others.every(({ path }) => path !== '' && usesOfSpan(round, path, handed).ends.length === 0)
      );
    }
    if (statement.type === 'expression' && drops(statement.expression, list)) return true;
    if (statement.type === 'bind') {
      const { targets, values } = statement;
      const chosen = values.flatMap(value => (value.type === 'choice' ? value.values : value));
      if (chosen.some(value => isElement(value, list) || isGot(value, list)))
        return (
          targets.every(({ path }) => /^[\w$]+$/.test(path)) && areOpen(targets, regionOf(statement, body))
        );
      const put = targets.flatMap(({ target }) => (target === undefined ? [] : target));
      const keys = put.map(target => (isElement(target, list) ? target.key : target));
      return [...keys, ...values].every(each => isLookedAt(each, list, around));
    }
    return expressionsOf(statement).every(
      each => (statement.type === 'if' && isGot(each, list)) || isLookedAt(each, list, around),
    );
  };
}

function isAllOf(over: Expression | undefined, list: string): boolean {
  return collectionOf(over) === list;
}

/** What is gone over by `spans`, `spans.items()`, `list(spans.values())`. */
export function collectionOf(over: Expression | undefined): string | undefined {
  if (over?.type !== 'call') return over?.type === 'reference' ? over.path : undefined;
  if (/^(?:values|items)$/.test(over.callee)) return collectionOf(over.receiver);
  return /^(?:list|tuple|reversed|enumerate|sorted)$/.test(over.callee) && over.receiver === undefined
    ? collectionOf(over.arguments[0])
    : undefined;
}

/** `self._ended.clear()`, `self._ended.pop(id, None)`: nobody has them then. */
function drops(expression: Expression, list: string): boolean {
  return (
    expression.type === 'call' &&
    /^(?:clear|pop|popitem|popleft|discard|remove)$/.test(expression.callee) &&
    isReferenceTo(expression.receiver, list)
  );
}

/** Who else has the list. */
interface Around {
  /** `defer func() { for _, span := range spans { … } }()` */
  readonly leavesOpen: (made: FunctionSyntax) => boolean;
  /** What is given an object with a span, and does nothing to that: `complete(job, telemetry)`. */
  readonly looks: (call: CallExpression, argument: number) => boolean;
}

/** `const telemetry = { tracker, span };` */
function isObject(body: readonly Statement[], name: string): boolean {
  return [...mentioningIn(body, name)].some(
    each =>
      each.type === 'bind' &&
      each.declares &&
      each.targets[0]?.path === name &&
      each.values[0]?.type === 'object' &&
      each.values[0].entries.every(({ key, spread }) => key !== undefined && !spread),
  );
}

/** Whether nothing in an expression gives the list away, or takes a span from it. */
function isLookedAt(root: Expression, list: string, around: Around): boolean {
  const open: { readonly expression: Expression; readonly parent: Expression | undefined }[] = [
    { expression: root, parent: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { expression, parent } = next;
    if (expression.type === 'function' || expression.type === 'unknown') {
      const isOpen =
        !expression.at.text.includes(list) ||
        (expression.type === 'function' && around.leavesOpen(expression.function));
      if (!isOpen) return false;
      continue;
    }
    if (expression.type === 'reference') {
      const isOfList = expression.path === list || expression.path.startsWith(`${list}.`);
      const isGiven = parent?.type === 'call' && expression.path === list && expression !== parent.receiver;
      const isLeftSo = isGiven && around.looks(parent, parent.arguments.indexOf(expression));
      if (isOfList && !isLeftSo && !isLeft(expression, list, parent)) return false;
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
  // `id in spans`, `not spans`
  if (parent?.type === 'operation') return /^(?:(?:not )?in|not|!)$/.test(parent.operator);
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
