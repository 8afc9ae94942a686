import type { CallExpression, ChoiceExpression, Expression, TextExpression } from '../facts/syntax.ts';
import { staticText } from '../facts/syntax.ts';
import { functionExpression, readAnonymous } from './javaFunctions.ts';
import { nameText, referencePath, stringText, unwrapped, withoutArguments } from './javaNames.ts';
import { readSwitchValue } from './javaSwitch.ts';
import type { Reading } from './reading.ts';
import { chainOf, concatenated, printfText, text } from './texts.ts';
import type { SyntaxNode } from './tree.ts';

export function readExpression(wrapped: SyntaxNode, reading: Reading): Expression {
  const node = unwrapped(wrapped);
  switch (node.type) {
    case 'identifier':
    case 'scoped_identifier':
    case 'type_identifier':
    case 'scoped_type_identifier':
    case 'class_literal':
    case 'this':
    case 'super':
      return { type: 'reference', at: node, path: nameText(node) };
    case 'generic_type':
      return { type: 'reference', at: node, path: withoutArguments(node.text) };
    case 'string_literal':
    case 'character_literal':
      return text(node, stringText(node));
    case 'true':
    case 'false':
      return { type: 'constant', at: node, value: node.type === 'true' };
    case 'null_literal':
      return { type: 'constant', at: node, value: null };
    case 'field_access':
      return readMember(node, node.child('object'), node.child('field'), reading);
    case 'method_reference':
      return readMember(node, node.item, node.items[1], reading);
    case 'method_invocation':
      return readCall(node, reading);
    case 'object_creation_expression':
      return readCreation(node, reading);
    case 'explicit_constructor_invocation':
      return readConstructorCall(node, reading);
    case 'array_access':
      return readIndex(node, reading);
    case 'array_creation_expression':
      return readArray(node, reading);
    case 'array_initializer':
    case 'element_value_array_initializer':
      return { type: 'list', at: node, typeName: undefined, values: reading.expressions(node.items) };
    case 'binary_expression':
      return readBinary(node, reading);
    case 'unary_expression':
      return readUnary(node, reading);
    case 'update_expression':
      return operation(node, node.has('++') ? '++' : '--', node.items, reading);
    case 'assignment_expression':
      return operation(
        node,
        node.child('operator')?.text ?? '=',
        [node.child('left'), node.child('right')],
        reading,
      );
    case 'ternary_expression':
      return readTernary(node, reading);
    case 'instanceof_expression':
      return readInstanceOf(node, reading);
    case 'lambda_expression':
      return functionExpression(node, reading);
    case 'switch_expression':
      return readSwitchValue(node, reading).value;
    case 'template_expression':
      return operation(node, 'template', node.items, reading);
    case 'ERROR':
      reading.statement(node);
      return { type: 'unknown', at: node };
    default:
      return node.type.endsWith('_literal')
        ? { type: 'constant', at: node, value: numberOf(node.text) }
        : { type: 'unknown', at: node };
  }
}

function numberOf(written: string): number | null {
  const plain = written.replaceAll('_', '').replace(/[lL]$/, '');
  const value = Number(/^0x/i.test(plain) ? plain : plain.replace(/[fFdD]$/, ''));
  return Number.isNaN(value) ? null : value;
}

export function operation(
  at: SyntaxNode,
  operator: string,
  operands: readonly (SyntaxNode | undefined)[],
  reading: Reading,
): Expression {
  return {
    type: 'operation',
    at,
    operator,
    operands: reading.expressions(operands.filter(each => each !== undefined)),
  };
}

/** `f().status`, and `f()::status`; `A::new` is the property `new`. */
function readMember(
  node: SyntaxNode,
  object: SyntaxNode | undefined,
  named: SyntaxNode | undefined,
  reading: Reading,
): Expression {
  if (object === undefined) return { type: 'unknown', at: node };
  const property = named?.text ?? 'new';
  const path = referencePath(object);
  if (path !== undefined)
    return { type: 'reference', at: node, path: property === 'this' ? 'this' : `${path}.${property}` };
  return { type: 'member', at: node, object: reading.expression(object), property };
}

/** `f()`, `a.b()`, `this.<T>f()`, `A.super.f()`. */
function readCall(node: SyntaxNode, reading: Reading): Expression {
  const name = node.child('name') ?? node;
  const object = node.child('object');
  const list = node.child('arguments');
  const call = reading.call(node, name.text, name, list);
  const outer = node.childOf('super');
  if (outer !== undefined) call.receiver = { type: 'reference', at: outer, path: 'super' };
  else if (object !== undefined) call.receiver = reading.expression(object);
  call.arguments.push(...reading.expressions(list?.items ?? []));
  return formatted(call) ?? call;
}

/** `String.format("%s", a)`, `String.format(Locale.ROOT, "%s", a)`, `"%s".formatted(a)`. */
function formatted(call: CallExpression): TextExpression | undefined {
  const { receiver, callee, arguments: given } = call;
  if (callee === 'formatted') return printf(call, receiver, given);
  if (callee !== 'format' || receiver?.type !== 'reference' || receiver.path !== 'String') return undefined;
  return given[0]?.type === 'text'
    ? printf(call, given[0], given.slice(1))
    : printf(call, given[1], given.slice(2));
}

function printf(
  { at }: CallExpression,
  format: Expression | undefined,
  values: readonly Expression[],
): TextExpression | undefined {
  const written = staticText(format);
  if (written === undefined) return undefined;
  // Line breaks take no value.
  return printfText(
    at,
    written.replace(/%%|%n/g, each => (each === '%n' ? '\n' : each)),
    values,
  );
}

/** The methods of an anonymous class are functions that the constructor is given. */
function readCreation(node: SyntaxNode, reading: Reading): Expression {
  const type = node.child('type') ?? node;
  const list = node.child('arguments');
  const path = withoutArguments(type.text);
  const dot = path.lastIndexOf('.');
  const call = reading.call(node, path.slice(dot + 1), type, list);
  call.constructs = true;
  if (dot >= 0) call.receiver = { type: 'reference', at: type, path: path.slice(0, dot) };
  call.arguments.push(...reading.expressions(list?.items ?? []));
  const body = node.childOf('class_body');
  if (body !== undefined)
    for (const method of readAnonymous(node, body, [type.text], reading).methods)
      call.arguments.push({ type: 'function', at: method.at, function: method });
  return call;
}

/** `this(…)` and `super(…)`. */
function readConstructorCall(node: SyntaxNode, reading: Reading): Expression {
  const called = node.child('constructor') ?? node;
  const list = node.child('arguments');
  const call = reading.call(node, called.text, called, list);
  call.arguments.push(...reading.expressions(list?.items ?? []));
  return call;
}

function readIndex(node: SyntaxNode, reading: Reading): Expression {
  const array = node.child('array');
  const index = node.child('index');
  if (array === undefined || index === undefined) return { type: 'unknown', at: node };
  return { type: 'index', at: node, object: reading.expression(array), key: reading.expression(index) };
}

/** `new String[] {"a"}` is a list; `new int[n]` has a size only. */
function readArray(node: SyntaxNode, reading: Reading): Expression {
  const values = node.child('value');
  const typeName = node.child('type')?.text;
  if (values !== undefined)
    return { type: 'list', at: node, typeName, values: reading.expressions(values.items) };
  const sizes = node
    .all('dimensions')
    .flatMap(({ type, items }) => (type === 'dimensions_expr' ? items : []));
  return operation(node, 'new', sizes, reading);
}

function readBinary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const operands = reading.expressions(chainOf(node, operator));
  const joined = operator === '+' ? concatenated(node, operands) : undefined;
  return joined ?? { type: 'operation', at: node, operator, operands };
}

function readUnary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const operand = node.child('operand');
  const value = operator === '-' && operand?.type.endsWith('_literal') ? numberOf(operand.text) : null;
  return value === null
    ? operation(node, operator, [operand], reading)
    : { type: 'constant', at: node, value: -value };
}

function readTernary(node: SyntaxNode, reading: Reading): ChoiceExpression {
  const condition = node.child('condition');
  return {
    type: 'choice',
    at: node,
    condition: condition === undefined ? undefined : reading.expression(condition),
    values: reading.expressions(
      [node.child('consequence'), node.child('alternative')].filter(arm => arm !== undefined),
    ),
  };
}

/** `a instanceof B b` gives `b` the value of `a`; what a record pattern takes out of it is not followed. */
function readInstanceOf(node: SyntaxNode, reading: Reading): Expression {
  const left = node.child('left');
  const right = node.child('right');
  const name = node.child('name');
  if (left === undefined) return { type: 'unknown', at: node };
  const value = reading.expression(left);
  const named: Expression =
    name === undefined
      ? value
      : {
          type: 'operation',
          at: node,
          operator: ':=',
          operands: [{ type: 'reference', at: name, path: name.text }, value],
        };
  const operands = right === undefined ? [named] : [named, reading.expression(right)];
  return { type: 'operation', at: node, operator: 'instanceof', operands };
}
