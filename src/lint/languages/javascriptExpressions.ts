import type {
  CallExpression,
  Expression,
  ListExpression,
  ObjectExpression,
  OperationExpression,
  TextExpression,
} from '../facts/syntax.ts';
import { entry, functionExpression, readClass } from './javascriptFunctions.ts';
import { readLoaded } from './javascriptImports.ts';
import { referencePath, stringText, unescaped, unwrapped } from './javascriptNames.ts';
import type { Draft, Reading } from './reading.ts';
import { chainOf, concatenated, text } from './texts.ts';
import type { SyntaxNode } from './tree.ts';

export function readExpression(wrapped: SyntaxNode, reading: Reading): Expression {
  const node = unwrapped(wrapped);
  switch (node.type) {
    case 'identifier':
    case 'this':
    case 'super':
    case 'meta_property':
    case 'shorthand_property_identifier':
    case 'private_property_identifier':
    case 'property_identifier':
      return { type: 'reference', at: node, path: node.text };
    case 'string':
      return text(node, stringText(node));
    case 'template_string':
      return readTemplate(node, reading);
    case 'number':
      return { type: 'constant', at: node, value: numberOf(node.text) };
    case 'true':
    case 'false':
      return { type: 'constant', at: node, value: node.type === 'true' };
    case 'null':
    case 'undefined':
      return { type: 'constant', at: node, value: null };
    case 'member_expression':
      return readMember(node, reading);
    case 'subscript_expression':
      return readSubscript(node, reading);
    case 'call_expression':
      return readGenericCall(node, reading) ?? readCall(node, reading, node.child('function'));
    case 'new_expression':
      return readCall(node, reading, node.child('constructor'));
    case 'await_expression':
      return readAwait(node, reading);
    case 'object':
      return readObject(node, reading);
    case 'array':
      return readArray(node, reading);
    case 'binary_expression':
      return readBinary(node, reading);
    case 'ternary_expression':
      return readTernary(node, reading);
    case 'unary_expression':
      return readUnary(node, reading);
    case 'assignment_expression':
      return operation(node, '=', ['left', 'right'], reading);
    case 'augmented_assignment_expression':
      return operation(node, node.child('operator')?.text ?? '', ['left', 'right'], reading);
    case 'update_expression':
      return operation(node, node.child('operator')?.text ?? '', ['argument'], reading);
    case 'sequence_expression':
      return operationOf(node, ',', node.items, reading);
    case 'yield_expression':
      return operationOf(node, 'yield', node.items, reading);
    case 'spread_element':
      return operationOf(node, '...', node.items, reading);
    case 'arrow_function':
    case 'function_expression':
    case 'generator_function':
    case 'function_declaration':
    case 'generator_function_declaration':
      return functionExpression(node, reading);
    case 'class':
    case 'class_declaration':
      readClass(node, reading);
      return { type: 'operation', at: node, operator: 'class', operands: [] };
    case 'jsx_element':
    case 'jsx_self_closing_element':
    case 'jsx_fragment':
      return readElement(node, reading);
    case 'jsx_expression':
      return node.item === undefined ? { type: 'unknown', at: node } : reading.expression(node.item);
    case 'ERROR':
      reading.statement(node);
      return { type: 'unknown', at: node };
    default:
      return { type: 'unknown', at: node };
  }
}

function numberOf(written: string): number | null {
  const value = Number(written.replaceAll('_', '').replace(/n$/, ''));
  return Number.isNaN(value) ? null : value;
}

function operation(
  node: SyntaxNode,
  operator: string,
  fields: readonly string[],
  reading: Reading,
): OperationExpression {
  return operationOf(
    node,
    operator,
    fields.flatMap(field => node.child(field) ?? []),
    reading,
  );
}

function operationOf(
  at: SyntaxNode,
  operator: string,
  operands: readonly SyntaxNode[],
  reading: Reading,
): OperationExpression {
  return { type: 'operation', at, operator, operands: reading.expressions(operands) };
}

function readTemplate(node: SyntaxNode, reading: Reading): TextExpression {
  const parts: (string | Expression)[] = [];
  let from = node.start + 1;
  for (const child of node.children) {
    if (child.type !== 'template_substitution') continue;
    if (child.start > from) parts.push(unescaped(node.textBetween(from, child.start)));
    parts.push(child.item === undefined ? { type: 'unknown', at: child } : reading.expression(child.item));
    from = child.end;
  }
  const end = node.end - 1;
  if (end > from || parts.length === 0) parts.push(unescaped(node.textBetween(from, end)));
  return { type: 'text', at: node, parts };
}

function readMember(node: SyntaxNode, reading: Reading): Expression {
  const path = referencePath(node);
  if (path !== undefined) return { type: 'reference', at: node, path };
  const object = node.child('object');
  const property = node.child('property')?.text ?? '';
  if (object === undefined) return { type: 'unknown', at: node };
  return { type: 'member', at: node, object: reading.expression(object), property };
}

function readSubscript(node: SyntaxNode, reading: Reading): Expression {
  const object = node.child('object');
  const index = node.child('index');
  if (object === undefined || index === undefined) return { type: 'unknown', at: node };
  return {
    type: 'index',
    at: node,
    object: reading.expression(object),
    key: reading.expression(index),
  };
}

/**
 * TypeScript's grammar takes `await f<T>(x)` for a call of `await f`, and so with `!f<T>(x)` and `a + f<T>(x)`.
 * @returns undefined for all other calls
 */
function readGenericCall(node: SyntaxNode, reading: Reading): Expression | undefined {
  const callee = node.child('function');
  const awaits = callee?.type === 'await_expression';
  const called = awaits ? callee.item : (callee?.child('argument') ?? callee?.child('right'));
  if (called === undefined || node.childOf('type_arguments') === undefined) return undefined;
  if (awaits) {
    const call = readCall(node, reading, called);
    call.awaited = true;
    return call;
  }
  if (callee?.type !== 'unary_expression' && callee?.type !== 'binary_expression') return undefined;
  const left = callee.child('left');
  const operands = left === undefined ? [] : [reading.expression(left)];
  operands.push(readCall(node, reading, called));
  const operator = callee.child('operator')?.text ?? '';
  return { type: 'operation', at: node, operator, operands };
}

/** Of `a.b()`, `new a.B()`, `` a.b`text` ``. What is called and has no name is the receiver. */
function readCall(node: SyntaxNode, reading: Reading, called = node): Draft<CallExpression> {
  const callee = unwrapped(called);
  const list = node.child('arguments');
  const tagged = list?.type === 'template_string';
  const member = callee.type === 'member_expression';
  const named = member ? (callee.child('property') ?? callee) : callee;
  const plain = member || isName(callee);
  const call = reading.call(node, plain ? named.text : '', named, tagged ? undefined : list);
  call.constructs = node.type === 'new_expression';
  const receiver = member ? callee.child('object') : plain || callee === node ? undefined : callee;
  if (receiver !== undefined) {
    call.receiver = reading.expression(receiver);
    // `await f<T>(x).y()`, see `readGenericCall`: an awaited receiver has parentheses.
    if (call.receiver.type === 'call' && call.receiver.awaited && receiver.type === 'call_expression') {
      (call.receiver as Draft<CallExpression>).awaited = false;
      call.awaited = true;
    }
  }
  if (tagged) call.arguments.push(reading.expression(list));
  else if (list !== undefined) call.arguments.push(...reading.expressions(list.items));
  readLoaded(call, reading);
  return call;
}

function isName({ type }: SyntaxNode): boolean {
  return type === 'identifier' || type === 'super' || type === 'import' || type === 'undefined';
}

function readAwait(node: SyntaxNode, reading: Reading): Expression {
  const inner = node.item;
  if (inner === undefined) return { type: 'unknown', at: node };
  const awaited = reading.expression(inner);
  if (awaited.type !== 'call') return { type: 'operation', at: node, operator: 'await', operands: [awaited] };
  (awaited as Draft<CallExpression>).awaited = true;
  return awaited;
}

function readObject(node: SyntaxNode, reading: Reading): ObjectExpression {
  const object = reading.object(node);
  for (const member of node.items) {
    const key = member.child('key') ?? member.child('name');
    if (member.type === 'shorthand_property_identifier')
      object.entries.push(entry(member, member, { type: 'reference', at: member, path: member.text }));
    else if (member.type === 'spread_element') {
      if (member.item === undefined) continue;
      const value = reading.expression(member.item);
      object.entries.push({
        at: member,
        key: undefined,
        keyAt: undefined,
        keyExpression: undefined,
        value,
        spread: true,
        quoted: false,
      });
    } else if (key !== undefined) readEntry(object, member, key, reading);
  }
  return object;
}

function readEntry(
  object: ReturnType<Reading['object']>,
  member: SyntaxNode,
  key: SyntaxNode,
  reading: Reading,
): void {
  const computed = key.type === 'computed_property_name' ? key.item : undefined;
  const keyExpression =
    computed === undefined || computed.type === 'string' ? undefined : reading.expression(computed);
  const written = member.child('value');
  const value: Expression =
    member.type === 'method_definition'
      ? functionExpression(member, reading)
      : written === undefined
        ? { type: 'unknown', at: member }
        : reading.expression(written);
  if (keyExpression === undefined) object.entries.push(entry(member, computed ?? key, value));
  else
    object.entries.push({
      at: member,
      key: undefined,
      keyAt: key,
      keyExpression,
      value,
      spread: false,
      quoted: false,
    });
}

function readArray(node: SyntaxNode, reading: Reading): ListExpression {
  return { type: 'list', at: node, typeName: undefined, values: reading.expressions(node.items) };
}

function readBinary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const operands = reading.expressions(chainOf(node, operator));
  if (operator === '||' || operator === '??')
    return { type: 'choice', at: node, condition: undefined, values: operands };
  const joined = operator === '+' ? concatenated(node, operands) : undefined;
  return joined ?? { type: 'operation', at: node, operator, operands };
}

function readTernary(node: SyntaxNode, reading: Reading): Expression {
  const condition = node.child('condition');
  const arms = [node.child('consequence'), node.child('alternative')].flatMap(arm => arm ?? []);
  return {
    type: 'choice',
    at: node,
    condition: condition === undefined ? undefined : reading.expression(condition),
    values: reading.expressions(arms),
  };
}

function readUnary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const argument = node.child('argument');
  if (operator === '-' && argument?.type === 'number') {
    const value = numberOf(argument.text);
    return { type: 'constant', at: node, value: value === null ? null : -value };
  }
  return operation(node, operator, ['argument'], reading);
}

function readElement(node: SyntaxNode, reading: Reading): OperationExpression {
  const open = node.child('open_tag') ?? node;
  const operands = open.all('attribute').flatMap(attribute => {
    if (attribute.type !== 'jsx_attribute') return attribute;
    const [, value] = attribute.items;
    return value ?? [];
  });
  for (const child of node.items)
    if (child.field === '' && child.type.startsWith('jsx_') && child.type !== 'jsx_text')
      operands.push(child);
  return operationOf(node, 'jsx', operands, reading);
}
