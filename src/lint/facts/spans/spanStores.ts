import { addToGroup } from '../../../base/groups.ts';
import type { FileFacts } from '../fileFacts.ts';
import { nothing } from '../references.ts';
import {
  type BindTarget,
  type CallExpression,
  type Expression,
  isScript,
  type Statement,
  staticText,
} from '../syntax.ts';
import { expressionsOf, statementsIn, within } from '../walk.ts';
import { isStored } from './spanUses.ts';

/** A field or collection of the file into which it puts spans that it starts. */
export interface StoredPlace {
  /** `self.spans`, `active`, as written. */
  readonly path: string;
  /** Where in the element that is put there the span is: a property, or the index in a tuple; undefined: it is the element. */
  readonly key: string | number | undefined;
}

/** Where a statement puts a span: `self.span = span`, `spans[id] = (span, token)`, `spans.set(id, { span })`, `spans.append(Entry(span=span))`. */
export function placeOf(
  statement: Statement,
  isSpan: (value: Expression) => boolean,
): StoredPlace | undefined {
  if (statement.type === 'bind') {
    const [{ path, target }, ...others] = statement.targets;
    const [value, ...more] = statement.values;
    if (others.length + more.length > 0 || value === undefined) return undefined;
    const element = target?.type === 'index' ? pathOf(target.object) : '';
    const place = path.includes('.') ? path : element;
    const key = appended(value).flatMap(each => keyOf(each, isSpan) ?? [])[0] ?? keyOf(value, isSpan);
    return place === '' || key === undefined ? undefined : { path: place, ...key };
  }
  if (statement.type !== 'expression') return undefined;
  for (const each of within(statement.expression)) {
    if (each.type !== 'call' || each.receiver === undefined || !isStored(each)) continue;
    const path = pathOf(each.receiver);
    for (const given of path === '' ? [] : each.arguments) {
      const key = keyOf(given, isSpan);
      if (key !== undefined) return { path, ...key };
    }
  }
  return undefined;
}

/** Of Go: `spans = append(spans, span)`. */
function appended(value: Expression): readonly Expression[] {
  const appends = value.type === 'call' && value.callee === 'append' && value.receiver === undefined;
  return appends ? value.arguments.slice(1) : [];
}

/** `self.spans`, and `storage["spans"]` as written. */
export function pathOf(collection: Expression): string {
  if (collection.type === 'reference') return collection.path;
  const isNamed = collection.type === 'index' && collection.object.type === 'reference';
  return isNamed && staticText(collection.key) !== undefined ? collection.at.text : '';
}

/** Whether it is the place with that path. */
export function isPlace(expression: Expression | undefined, path: string): boolean {
  return expression !== undefined && path !== '' && pathOf(expression) === path;
}

/**
 * The collections that a file of Python or of scripts declares to hold spans, or objects of the file that have one: `self._open:
 * dict[str, OpenSpan] = {}`. Not where two hold the same kind of objects.
 */
export function declaredPlaces(file: FileFacts): readonly StoredPlace[] {
  const { functions, classes, body } = file.syntax;
  if (!(file.language === 'python' || isScript(file.language)) || !file.importsOpenTelemetry) return [];
  const keys = new Map<string, string>();
  for (const { name, at, fields } of classes) {
    const [span, ...others] = fields
      .flatMap(({ targets }) => targets)
      .filter(({ typeName = '' }) => mayBeSpan.test(typeName));
    // What ends it itself is followed there.
    if (span === undefined || others.length > 0 || endsItself.test(at.text)) continue;
    if (isSpanType(file, span.typeName?.replace(orNothing, '') ?? '')) keys.set(name, span.path);
  }
  if (keys.size === 0 && !file.says(elementOfSpan)) return [];
  const found = new Map<string, StoredPlace[]>();
  const add = (owner: string, { path, typeName = '' }: BindTarget) => {
    const element = elementOf.exec(typeName)?.[1];
    if (element === undefined || path === '') return;
    const key = keys.get(element);
    if (key !== undefined || isSpanType(file, element))
      addToGroup(found, element, { path: owner + path, key });
  };
  for (const each of [body, ...functions.map(made => made.body)].flatMap(list => statementsIn(list)))
    if (each.type === 'bind') for (const target of each.targets) add('', target);
  const owner = file.language === 'python' ? 'self.' : 'this.';
  for (const { targets } of classes.flatMap(({ fields }) => fields))
    for (const target of targets) add(owner, target);
  return [...found.values()].flatMap(places =>
    new Set(places.map(({ path }) => path)).size === 1 ? places.slice(0, 1) : [],
  );
}

const mayBeSpan = /Span\b/;
const endsItself = /\.(?:end|End|__exit__)\(/;
/** `OpenSpan` of `dict[str, OpenSpan]` and of `Map<string, OpenSpan>` */
const elementOf =
  /^(?:\w+\.)*(?:dict|Dict|OrderedDict|DefaultDict|defaultdict|MutableMapping|list|List|deque|Deque|Map|Array)[[<](?:(?:[^[\]<>]|[[<][^[\]<>]*[\]>])*,)?\s*["']?([\w.]+)["']?\s*[\]>]$/;
const elementOfSpan = /\bSpan["']?\s*[\]>]/;
const orNothing = /\s*\|\s*(?:None|undefined|null)$/;

function isSpanType(file: FileFacts, typeName: string): boolean {
  return ofOpenTelemetry.test(file.names.ofType(typeName) ?? '');
}

const ofOpenTelemetry = /^@?opentelemetry\b.*\bSpan\(\)$/;

function keyOf(
  value: Expression,
  isSpan: (value: Expression) => boolean,
): Pick<StoredPlace, 'key'> | undefined {
  if (isSpan(value)) return { key: undefined };
  switch (value.type) {
    case 'object': {
      const key = value.entries.find(entry => !entry.spread && isSpan(entry.value))?.key;
      return key === undefined ? undefined : { key };
    }
    case 'list': {
      const key = value.values.findIndex(isSpan);
      return key < 0 ? undefined : { key };
    }
    case 'call':
      return keyOfField(value, isSpan);
    default:
      return undefined;
  }
}

/** `Entry(span=span)`; `TurnSpan(span)`, which is made to be used as one. */
function keyOfField(
  { named, callee, arguments: given }: CallExpression,
  isSpan: (value: Expression) => boolean,
): Pick<StoredPlace, 'key'> | undefined {
  if (/^_?[A-Z]\w*Span$/.test(callee) && given.length === 1 && isSpan(given[0])) return { key: undefined };
  if (!/^_?[A-Z]/.test(callee)) return undefined;
  for (const [key, value] of named) if (isSpan(value)) return { key };
  return undefined;
}

/**
 * `spans.delete(id)`, `spans.pop(id, None)`, `del spans[id]`, `this.span = undefined`, Go's `delete(spans, id)` and `spans =
 * spans[:last]`; if asked for, of that key as written.
 */
export function removesFrom(statement: Statement, path: string, key?: string): boolean {
  if (statement.type === 'bind')
    return statement.targets.some((target, index) => {
      const value = statement.values[index];
      return target.path === path && (nothing.test(value?.at.text ?? '') || isRestOf(value, path));
    });
  const deletes = /^del(?:ete)?\b/.test(statement.at.text);
  return expressionsOf(statement).some(expression =>
    within(expression).some(
      each =>
        (each.type === 'call' &&
          /^(?:delete|pop|remove)$/.test(each.callee) &&
          isPlace(each.receiver ?? each.arguments[0], path) &&
          isKey(each.arguments[each.receiver === undefined ? 1 : 0], key)) ||
        (deletes && each.type === 'index' && isPlace(each.object, path) && isKey(each.key, key)),
    ),
  );
}

/** `spans[:len(spans)-1]` */
function isRestOf(value: Expression | undefined, path: string): boolean {
  return value?.type === 'index' && isPlace(value.object, path) && isRange(value.key);
}

function isRange(key: Expression): boolean {
  return key.type === 'operation' && key.operator === ':';
}

function isKey(given: Expression | undefined, asked: string | undefined): boolean {
  return asked === undefined || given === undefined || given.at.text === asked;
}
