import { regionOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type Statement,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { expressionsOf, statementsIn, within } from '../walk.ts';
import { handedIn, type SpanPlace, usesOfSpan } from './spanUses.ts';

/** A place in Go that others reach by a name which is written out. */
export interface NamedPlace {
  /** `spanKey` of `context.WithValue(ctx, spanKey{}, span)`, `Query.span` of `Query{span: span}`. */
  readonly place: string;
  /** The struct whose field it is. */
  readonly ofType: string | undefined;
}

/** `context.WithValue(ctx, spanKey{}, span)`, `c.Set("span", span)`, `Query{span: span}`. */
export function namedPlaceOf({ at, statement }: SpanPlace): NamedPlace | undefined {
  for (const each of expressionsOf(statement).flatMap(expression => within(expression))) {
    if (each.type === 'call' && each.arguments.at(-1)?.at === at) {
      const key = puts.test(each.callee) ? nameOf(each.arguments.at(-2)) : undefined;
      return key === undefined ? undefined : { place: key, ofType: undefined };
    }
    if (each.type !== 'object' || each.typeName === undefined) continue;
    const key = each.entries.find(({ value, spread }) => !spread && value.at === at)?.key;
    // Of a struct that is a span itself, by `Span: span`, others call `End`.
    if (key === 'Span') return undefined;
    const type = each.typeName.split('.').at(-1);
    if (key !== undefined) return { place: `${type}.${key}`, ofType: type };
  }
  return undefined;
}

const puts = /^(?:WithValue|SetUserValue|Set|InstanceSet|Locals)$/;
const gets = /^(?:Value|UserValue|Get|MustGet|InstanceGet|Locals)$/;

/** `"span"`, `spanKey`, `tracing.SpanKey`, `spanKey{}`. */
function nameOf(key: Expression | undefined): string | undefined {
  if (key === undefined) return undefined;
  const written =
    key.type === 'reference' ? key.path : key.type === 'object' ? key.typeName : staticText(key);
  return written?.split('.').at(-1);
}

/** The names under which a part of a file looks something up that it may end: `ctx.Value(spanKey{})`. */
export function keysReleased(file: FileFacts, { functions, calls }: SyntaxUnit): readonly string[] {
  if (file.language !== 'go') return [];
  const released: string[] = [];
  const bound = new Set<Expression>();
  for (const { body } of functions)
    for (const statement of statementsIn(body)) {
      if (statement.type !== 'bind') continue;
      const [value] = statement.values;
      const key = value?.type === 'call' ? keyGot(value) : undefined;
      if (key === undefined) continue;
      bound.add(value);
      if (isLetGo(file, statement, body)) released.push(key);
    }
  for (const call of calls) {
    const key = bound.has(call) ? undefined : keyGot(call);
    if (key !== undefined) released.push(key);
  }
  return released;
}

function keyGot({ callee, arguments: given }: CallExpression): string | undefined {
  return gets.test(callee) && given.length === 1 ? nameOf(given[0]) : undefined;
}

/** Whether the variable that it is put into goes anywhere, or is ended; `span, ok := found.(trace.Span)` is followed. */
function isLetGo(
  file: FileFacts,
  statement: BindStatement,
  body: readonly Statement[],
  isAsserted = false,
): boolean {
  const [{ path }] = statement.targets;
  if (!/^\w+$/.test(path)) return true;
  const { ends, handed, escapes } = usesOfSpan(regionOf(statement, body), path, handedIn(file));
  if (ends.length + handed.length > 0) return true;
  return escapes.some(
    ({ statement: to }) =>
      isAsserted ||
      to.type !== 'bind' ||
      !to.at.text.includes(`${path}.(`) ||
      to.values.length !== 1 ||
      isLetGo(file, to, body, true),
  );
}
