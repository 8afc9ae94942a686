import { regionOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type FunctionSyntax,
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
  /** It is a key that others have to write out as well. */
  readonly isKey: boolean;
  /** The struct whose field it is. */
  readonly ofType: string | undefined;
}

/** `context.WithValue(ctx, spanKey{}, span)`, `c.Set("span", span)`, `Query{span: span}`. */
export function namedPlaceOf(
  file: FileFacts,
  { at, statement }: SpanPlace,
  made: FunctionSyntax | undefined,
): NamedPlace | undefined {
  for (const each of expressionsOf(statement).flatMap(expression => within(expression))) {
    if (each.type === 'call' && each.arguments.at(-1)?.at === at) {
      const key = each.arguments.at(-2);
      const place = puts.test(each.callee) ? nameOf(key) : undefined;
      return place === undefined
        ? undefined
        : { place, isKey: isWrittenOut(file, key, made), ofType: undefined };
    }
    if (each.type !== 'object' || each.typeName === undefined) continue;
    const entry = each.entries.find(({ value, spread }) => !spread && value.at === at);
    if (entry === undefined) continue;
    const type = each.typeName.split('.').at(-1);
    const key = entry.key ?? fieldOfSpan(file, type);
    // Others call `End` of a struct that is a span itself.
    if (key === 'Span' && fieldOfSpan(file, type) !== key) return undefined;
    if (key !== undefined) return { place: `${type}.${key}`, isKey: false, ofType: type };
  }
  return undefined;
}

/** Of `Query{conn, span}`: the one field of the struct that is a span; one that is embedded makes it a span itself. */
function fieldOfSpan({ syntax }: FileFacts, type: string | undefined): string | undefined {
  const made = syntax.classes.find(({ name }) => name === type);
  if (made?.bases.includes('trace.Span')) return undefined;
  const targets = made?.fields.flatMap(each => each.targets);
  const [span, ...others] = targets?.filter(({ typeName }) => typeName === 'trace.Span') ?? [];
  return others.length > 0 ? undefined : span?.path;
}

const puts = /^(?:WithValue|SetUserValue|Set|InstanceSet|Locals)$/;
const gets = /^(?:Value|UserValue|Get|MustGet|InstanceGet|Locals)$/;

/** It is the same for everybody: no variable of a function. */
function isWrittenOut(
  file: FileFacts,
  key: Expression | undefined,
  made: FunctionSyntax | undefined,
): boolean {
  if (key?.type !== 'reference') return true;
  const definitions = file.names.definitions(key.path, made, key.at);
  return (
    definitions.length > 0 &&
    definitions.every(each => each.kind === 'value' && each.inFunction === undefined)
  );
}

/** `"span"`, `spanKey`, `tracing.SpanKey`, `spanKey{}`. */
function nameOf(key: Expression | undefined): string | undefined {
  if (key === undefined) return undefined;
  const written =
    key.type === 'reference' ? key.path : key.type === 'object' ? key.typeName : staticText(key);
  return written?.split('.').at(-1);
}

/**
 * The names under which a part of a file looks something up that it may end: `ctx.Value(spanKey{})`; `*` for the key that a
 * function is given.
 */
export function keysReleased(file: FileFacts, { functions, calls }: SyntaxUnit): readonly string[] {
  if (file.language !== 'go') return [];
  const released: string[] = [];
  const bound = new Set<Expression>();
  const release = (key: string, made: FunctionSyntax | undefined) =>
    released.push(made?.parameters.some(({ name }) => name === key) === true ? anyKey : key);
  for (const made of functions)
    for (const statement of statementsIn(made.body)) {
      if (statement.type !== 'bind') continue;
      const [value] = statement.values;
      const key = value?.type === 'call' ? keyGot(value) : undefined;
      if (key === undefined) continue;
      bound.add(value);
      if (isLetGo(file, statement, made.body)) release(key, made);
    }
  for (const call of calls) {
    const key = bound.has(call) ? undefined : keyGot(call);
    if (key !== undefined) release(key, call.inFunction);
  }
  return released;
}

/** Stands for the keys that functions are given. */
export const anyKey = '*';

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
