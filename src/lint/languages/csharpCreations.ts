import type { Expression, ListExpression, ObjectEntry, ObjectExpression } from '../facts/syntax.ts';
import { operation, readArguments, typeAround } from './csharpExpressions.ts';
import { plainName, referencePath, typeText, valuesOf } from './csharpNames.ts';
import { stringText } from './csharpTexts.ts';
import type { Reading } from './reading.ts';
import { Stretch, type SyntaxNode } from './tree.ts';

/** `new A(b) { C = 1 }`, and `new(b)` where the type stands before it. What is in the braces is the last argument. */
export function readCreation(node: SyntaxNode, reading: Reading): Expression {
  const written = node.child('type');
  const type = written ?? typeAround(node);
  const list = node.child('arguments') ?? node.childOf('argument_list');
  const path = plainName(typeText(type) ?? '').replace(/\?$/, '');
  const dot = path.lastIndexOf('.');
  const call = reading.call(node, path.slice(dot + 1), written ?? node.children[0] ?? node, list);
  call.constructs = true;
  if (dot >= 0) call.receiver = { type: 'reference', at: type ?? node, path: path.slice(0, dot) };
  readArguments(list, call, reading);
  const initializer = node.childOf('initializer_expression');
  if (initializer !== undefined) call.arguments.push(readInitializer(initializer, path, reading));
  return call;
}

/** `{ A = 1, ["b"] = 2, { "c", 3 } }` is an object, `{ 1, 2 }` a list. */
export function readInitializer(
  node: SyntaxNode,
  typeName: string | undefined,
  reading: Reading,
): ObjectExpression | ListExpression {
  const items = valuesOf(node);
  const list = items.length === 0 ? typeName === undefined : !items.every(isEntry);
  if (list) return { type: 'list', at: node, typeName, values: reading.expressions(items) };
  const object = reading.object(node, typeName);
  for (const item of items) object.entries.push(readEntry(item, reading));
  return object;
}

function isEntry(item: SyntaxNode): boolean {
  return (
    item.type === 'assignment_expression' ||
    (item.type === 'initializer_expression' && valuesOf(item).length === 2)
  );
}

function readEntry(item: SyntaxNode, reading: Reading): ObjectEntry {
  const [first, last] =
    item.type === 'assignment_expression' ? [item.child('left'), item.child('right')] : valuesOf(item);
  // `["b"] = 2`
  const bracketed = first?.type === 'element_binding_expression';
  const written = bracketed ? valuesOf(valuesOf(first)[0] ?? first)[0] : first;
  const name = item.type === 'assignment_expression' && !bracketed ? written?.text : undefined;
  const quoted = written === undefined ? undefined : stringText(written);
  const key = name ?? quoted;
  return {
    at: item,
    key,
    keyAt: key === undefined ? undefined : written,
    keyExpression: key !== undefined || written === undefined ? undefined : reading.expression(written),
    value: last === undefined ? { type: 'unknown', at: item } : reading.expression(last),
    spread: false,
    quoted: quoted !== undefined,
  };
}

/** `new { A = 1, b.C }`. */
export function readNameless(node: SyntaxNode, reading: Reading): ObjectExpression {
  const object = reading.object(node);
  const values = valuesOf(node);
  for (let index = 0; index < values.length; index++) {
    const name = values[index];
    const [, equals] = node.children.slice(node.children.indexOf(name));
    const value = equals?.type === '=' ? values[++index] : name;
    if (value !== undefined) object.entries.push(entry(name, value, reading));
  }
  return object;
}

/** `a with { B = 1 }`. */
export function readWith(node: SyntaxNode, reading: Reading): Expression {
  const [value] = valuesOf(node);
  const settings = node.items.filter(({ type }) => type === 'with_initializer');
  if (value === undefined || settings.length === 0) return operation(node, 'with', [value], reading);
  const copied = reading.expression(value);
  const object = reading.object(new Stretch(settings[0], settings[settings.length - 1]));
  for (const setting of settings) {
    const [name, given] = valuesOf(setting);
    if (given !== undefined) object.entries.push(entry(name, given, reading));
  }
  return { type: 'operation', at: node, operator: 'with', operands: [copied, object] };
}

function entry(name: SyntaxNode, value: SyntaxNode, reading: Reading): ObjectEntry {
  const path = referencePath(name);
  return {
    at: new Stretch(name, value),
    key: path?.slice(path.lastIndexOf('.') + 1),
    keyAt: path === undefined ? undefined : name,
    keyExpression: undefined,
    value: reading.expression(value),
    spread: false,
    quoted: false,
  };
}

/** `new[] { 1 }` is a list; `new int[n]` has a size only. */
export function readArrayCreation(node: SyntaxNode, reading: Reading): Expression {
  const type = node.child('type');
  const initializer = node.childOf('initializer_expression');
  const element = type?.type === 'array_type' ? type.child('type') : undefined;
  if (initializer !== undefined) {
    const values = reading.expressions(valuesOf(initializer));
    return { type: 'list', at: node, typeName: element?.text, values };
  }
  const sizes: SyntaxNode[] = [];
  for (let at = type; at?.type === 'array_type'; at = at.child('type')) {
    const rank = at.child('rank');
    if (rank !== undefined) sizes.push(...valuesOf(rank));
  }
  return operation(node, 'new', sizes, reading);
}
