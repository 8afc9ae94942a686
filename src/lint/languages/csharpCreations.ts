import type { Expression, ListExpression, ObjectEntry, ObjectExpression } from '../facts/syntax.ts';
import { holderOf, isExpression, simpleName, typeText, valueIn, withoutArguments } from './csharpNames.ts';
import { readArguments } from './csharpParts.ts';
import { stringText } from './csharpTexts.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/**
 * `new A(b)` is a call; with an initializer only (`new A { B = c }`) an object or a list, with both the call gets
 * the object as its last argument. The class of `new(b)` is the declared one.
 */
export function readCreation(node: SyntaxNode, reading: Reading): Expression {
  const type = node.child('type');
  const list = node.child('arguments') ?? node.childOf('argument_list');
  const initializer = node.child('initializer') ?? node.childOf('initializer_expression');
  const typeName = type?.text ?? targetType(node);
  const given = list?.items.filter(isExpression).length ?? 0;
  if (initializer !== undefined && given === 0) return readInitializer(node, initializer, typeName, reading);
  const path = typeName === undefined ? '' : withoutArguments(typeName);
  const dot = path.lastIndexOf('.');
  const call = reading.call(node, path.slice(dot + 1), type ?? node.childOf('new') ?? node, list);
  call.constructs = true;
  if (dot >= 0) call.receiver = { type: 'reference', at: type ?? node, path: path.slice(0, dot) };
  readArguments(call, list, reading);
  if (initializer !== undefined)
    call.arguments.push(readInitializer(initializer, initializer, typeName, reading));
  return call;
}

/** `A a = new(…)`, `private A _a = new(…)`, `A B { get; } = new(…)`. */
function targetType(node: SyntaxNode): string | undefined {
  const holder = holderOf(node);
  const declaration = holder?.type === 'variable_declarator' ? holder.parent : holder;
  return declaration?.type === 'variable_declaration' || declaration?.type === 'property_declaration'
    ? typeText(declaration.child('type'))
    : undefined;
}

/** `{ A = 1, ["b"] = 2 }` and `{ { "a", 1 } }` are objects, `{ 1, 2 }` is a list. */
function readInitializer(
  at: SyntaxNode,
  initializer: SyntaxNode,
  typeName: string | undefined,
  reading: Reading,
): ObjectExpression | ListExpression {
  const items = initializer.items.filter(isExpression);
  const assigned = items.some(({ type }) => type === 'assignment_expression');
  const pairs = items.length > 0 && items.every(item => isPair(item));
  if (items.length > 0 && !assigned && !pairs)
    return { type: 'list', at, typeName, values: reading.expressions(items) };
  const object = reading.object(at, typeName === undefined ? undefined : withoutArguments(typeName));
  for (const item of items) object.entries.push(readEntry(item, reading));
  return object;
}

function isPair({ type, items }: SyntaxNode): boolean {
  return type === 'initializer_expression' && items.length === 2;
}

function readEntry(item: SyntaxNode, reading: Reading): ObjectEntry {
  const pair = isPair(item);
  const key = pair ? item.items[0] : item.child('left');
  const value = pair ? item.items[1] : item.child('right');
  if (key === undefined || value === undefined || (item.type !== 'assignment_expression' && !pair))
    return entry(item, undefined, reading.expression(item));
  // `["a"] = 1`
  const bracketed = key.type === 'element_binding_expression' ? key.item : undefined;
  const written = (bracketed === undefined ? undefined : valueIn(bracketed)) ?? key;
  const computed = (pair || bracketed !== undefined) && !written.type.endsWith('string_literal');
  const keyExpression = computed ? reading.expression(written) : undefined;
  const read =
    value.type === 'initializer_expression'
      ? readInitializer(value, value, undefined, reading)
      : reading.expression(value);
  return { ...entry(item, computed ? undefined : written, read), keyAt: written, keyExpression };
}

/** @param key a name or a text; undefined for none */
function entry(at: SyntaxNode, key: SyntaxNode | undefined, value: Expression): ObjectEntry {
  const quoted = key?.type.endsWith('string_literal') ?? false;
  return {
    at,
    key: key === undefined ? undefined : quoted ? stringText(key) : simpleName(key),
    keyAt: key,
    keyExpression: undefined,
    value,
    spread: false,
    quoted,
  };
}

/** `new { A = 1, b.C }`: the second is called `C`. */
export function readAnonymousObject(node: SyntaxNode, reading: Reading): ObjectExpression {
  const object = reading.object(node);
  readAssigned(
    node.children.filter(({ type }) => type !== 'new'),
    object.entries,
    reading,
  );
  return object;
}

/** `a with { B = 1 }`. */
export function readWith(node: SyntaxNode, reading: Reading): Expression {
  const source = node.children.find(isExpression);
  const operands = source === undefined ? [] : [reading.expression(source)];
  const object = reading.object(node);
  for (const each of node.items)
    if (each.type === 'with_initializer') readAssigned(each.children, object.entries, reading);
  return { type: 'operation', at: node, operator: 'with', operands: [...operands, object] };
}

/** A row of `a`, `=`, `b` and of lone values. */
function readAssigned(row: readonly SyntaxNode[], entries: ObjectEntry[], reading: Reading): void {
  const parts = row.filter(each => isExpression(each) || each.type === '=');
  for (let index = 0; index < parts.length; index++) {
    const key = parts[index];
    const assigned = parts[index + 1]?.type === '=' ? parts[index + 2] : undefined;
    if (key.type === '=') continue;
    if (assigned === undefined) {
      const name = key.type === 'identifier' ? key : key.child('name');
      entries.push(entry(key, name, reading.expression(key)));
    } else {
      entries.push(entry(key, key, reading.expression(assigned)));
      index += 2;
    }
  }
}

/** `new[] { a }`, `new A[] { a }`, `[a, ..b]`, `(a, b)`, `{ a }` of an array; `new A[3]` has a size only. */
export function readCollection(node: SyntaxNode, reading: Reading): Expression {
  if (node.type === 'initializer_expression') return readInitializer(node, node, undefined, reading);
  const written = node.child('type')?.text;
  const typeName = written?.replace(/\s*\[[^\]]*\]$/, '');
  const values = /array|stackalloc/.test(node.type)
    ? node.childOf('initializer_expression')?.items
    : node.items;
  if (values !== undefined)
    return { type: 'list', at: node, typeName, values: reading.expressions(values.filter(isExpression)) };
  return { type: 'operation', at: node, operator: 'new', operands: [] };
}
