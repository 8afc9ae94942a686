import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type ObjectEntry,
  staticText,
} from '../facts/syntax.ts';
import { functionExpression } from './pythonFunctions.ts';
import { referencePath, unescaped, unwrapped } from './pythonNames.ts';
import type { Draft, Reading } from './reading.ts';
import { chainOf, concatenated, printfText } from './texts.ts';
import type { SyntaxNode } from './tree.ts';

export function readExpression(wrapped: SyntaxNode, reading: Reading): Expression {
  const node = unwrapped(wrapped);
  switch (node.type) {
    case 'identifier':
      return { type: 'reference', at: node, path: node.text };
    case 'attribute':
      return readAttribute(node, reading);
    case 'string':
      return { type: 'text', at: node, parts: stringParts(node, reading) };
    case 'concatenated_string':
      return readJoined(node, reading);
    case 'integer':
    case 'float':
      return { type: 'constant', at: node, value: numberOf(node.text) };
    case 'true':
    case 'false':
      return { type: 'constant', at: node, value: node.type === 'true' };
    case 'none':
      return { type: 'constant', at: node, value: null };
    case 'call':
      return readCall(node, reading);
    case 'await':
      return readAwait(node, reading);
    case 'subscript':
      return readSubscript(node, reading);
    case 'dictionary':
      return readDictionary(node, reading);
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list':
    case 'pattern_list':
      return { type: 'list', at: node, typeName: undefined, values: reading.expressions(node.items) };
    case 'binary_operator':
      return readBinary(node, reading);
    case 'boolean_operator':
      return readBoolean(node, reading);
    case 'comparison_operator':
      return readComparison(node, reading);
    case 'not_operator':
      return operation(node, 'not', node.items, reading);
    case 'unary_operator':
      return readUnary(node, reading);
    case 'conditional_expression':
      return readConditional(node, reading);
    case 'lambda':
      return functionExpression(node, reading);
    case 'list_comprehension':
    case 'set_comprehension':
    case 'dictionary_comprehension':
    case 'generator_expression':
      return readComprehension(node, reading);
    case 'named_expression':
      return operation(node, ':=', [node.child('name'), node.child('value')], reading);
    case 'assignment':
      return operation(node, '=', [node.child('left'), node.child('right')], reading);
    case 'list_splat':
      return operation(node, '...', node.items, reading);
    case 'yield':
      if (reading.inFunction !== undefined) (reading.inFunction as Draft<FunctionSyntax>).generator = true;
      return operation(node, 'yield', node.items, reading);
    case 'slice':
      return operation(node, ':', node.items, reading);
    case 'pair':
      return operation(node, ':', [node.child('key'), node.child('value')], reading);
    case 'as_pattern':
      return node.item === undefined ? { type: 'unknown', at: node } : reading.expression(node.item);
    case 'ERROR':
      reading.statement(node);
      return { type: 'unknown', at: node };
    default:
      return { type: 'unknown', at: node };
  }
}

function numberOf(written: string): number | null {
  const value = Number(written.replaceAll('_', ''));
  return Number.isNaN(value) ? null : value;
}

function operation(
  at: SyntaxNode,
  operator: string,
  operands: readonly (SyntaxNode | undefined)[],
  reading: Reading,
): Expression {
  const present = operands.filter(each => each !== undefined);
  return { type: 'operation', at, operator, operands: reading.expressions(present) };
}

function readAttribute(node: SyntaxNode, reading: Reading): Expression {
  const path = referencePath(node);
  if (path !== undefined) return { type: 'reference', at: node, path };
  const object = node.child('object');
  const property = node.child('attribute')?.text ?? '';
  if (object === undefined) return { type: 'unknown', at: node };
  return { type: 'member', at: node, object: reading.expression(object), property };
}

function stringParts(node: SyntaxNode, reading: Reading): (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  const start = node.childOf('string_start')?.text ?? '';
  const raw = /r/i.test(start);
  const braces = /[ft]/i.test(start);
  for (const child of node.children) {
    if (child.type === 'string_content') {
      const text = raw ? child.text : unescaped(child.text);
      parts.push(braces ? text.replaceAll('{{', '{').replaceAll('}}', '}') : text);
    } else if (child.type === 'interpolation') {
      const inner = child.child('expression') ?? child.item;
      parts.push(inner === undefined ? { type: 'unknown', at: child } : reading.expression(inner));
    }
  }
  return parts.length === 0 ? [''] : parts;
}

/** `"a" f"b{c}"`. */
function readJoined(node: SyntaxNode, reading: Reading): Expression {
  const parts = node.items.flatMap(item => (item.type === 'string' ? stringParts(item, reading) : []));
  return { type: 'text', at: node, parts };
}

/** What is called and has no name is the receiver. */
function readCall(node: SyntaxNode, reading: Reading): Expression {
  const callee = unwrapped(node.child('function') ?? node);
  const list = node.child('arguments');
  const member = callee.type === 'attribute';
  const named = member ? (callee.child('attribute') ?? callee) : callee;
  const plain = member || callee.type === 'identifier';
  const call = reading.call(node, plain ? named.text : '', named, list);
  const receiver = member ? callee.child('object') : plain || callee === node ? undefined : callee;
  if (receiver !== undefined) call.receiver = reading.expression(receiver);
  if (list?.type === 'generator_expression') call.arguments.push(reading.expression(list));
  else if (list !== undefined) readArguments(list, call, reading);
  return formatted(call) ?? call;
}

function readArguments(
  list: SyntaxNode,
  call: Draft<CallExpression> & { arguments: Expression[] },
  reading: Reading,
): void {
  const named = new Map<string, Expression>();
  for (const item of list.items) {
    const value = item.child('value');
    if (item.type === 'keyword_argument' && value !== undefined)
      named.set(item.child('name')?.text ?? '', reading.expression(value));
    else if (item.type === 'dictionary_splat' && item.item !== undefined)
      named.set('**', reading.expression(item.item));
    else call.arguments.push(reading.expression(item));
  }
  if (named.size > 0) call.named = named;
}

/** `'process {}'.format(topic)`: positions, numbers and names. */
function formatted(call: CallExpression): Expression | undefined {
  if (call.callee !== 'format') return undefined;
  const format = staticText(call.receiver);
  if (format === undefined) return undefined;
  let next = 0;
  const parts = format.split(/\{([^{}]*)\}/).map((part, index): string | Expression => {
    if (index % 2 === 0) return part;
    const [field] = part.split(/[!:.[]/);
    const position = field === '' ? next++ : Number(field);
    const value = Number.isNaN(position) ? call.named.get(field) : call.arguments[position];
    return value ?? { type: 'unknown', at: call.at };
  });
  return { type: 'text', at: call.at, parts: parts.filter(part => part !== '') };
}

function readAwait(node: SyntaxNode, reading: Reading): Expression {
  const inner = node.item;
  if (inner === undefined) return { type: 'unknown', at: node };
  const awaited = reading.expression(inner);
  if (awaited.type !== 'call') return { type: 'operation', at: node, operator: 'await', operands: [awaited] };
  (awaited as Draft<CallExpression>).awaited = true;
  return awaited;
}

function readSubscript(node: SyntaxNode, reading: Reading): Expression {
  const value = node.child('value');
  const [index, ...others] = node.all('subscript');
  if (value === undefined || index === undefined) return { type: 'unknown', at: node };
  const object = reading.expression(value);
  const key = reading.expression(index);
  if (others.length === 0) return { type: 'index', at: node, object, key };
  const values = [key, ...reading.expressions(others)];
  return { type: 'index', at: node, object, key: { type: 'list', at: index, typeName: undefined, values } };
}

function readDictionary(node: SyntaxNode, reading: Reading): Expression {
  const object = reading.object(node);
  for (const item of node.items) {
    const key = item.child('key');
    const value = item.child('value') ?? (item.type === 'dictionary_splat' ? item.item : undefined);
    if (value === undefined) continue;
    const keyExpression = key === undefined ? undefined : reading.expression(key);
    const name = staticText(keyExpression);
    const entry: ObjectEntry = {
      at: item,
      key: name,
      keyAt: key,
      keyExpression: name === undefined ? keyExpression : undefined,
      value: reading.expression(value),
      spread: item.type === 'dictionary_splat',
      quoted: key?.type === 'string',
    };
    object.entries.push(entry);
  }
  return object;
}

function readBinary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const operands = reading.expressions(chainOf(node, operator));
  if (operator === '+')
    return concatenated(node, operands) ?? { type: 'operation', at: node, operator, operands };
  if (operator === '%' && operands.length === 2) {
    const [format, values] = operands;
    const written = staticText(format);
    if (written !== undefined)
      return printfText(node, written, values.type === 'list' ? values.values : [values]);
  }
  return { type: 'operation', at: node, operator, operands };
}

/** `x or y` is one of both; `and` is an operation. */
function readBoolean(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const operands = reading.expressions(chainOf(node, operator));
  return operator === 'or'
    ? { type: 'choice', at: node, condition: undefined, values: operands }
    : { type: 'operation', at: node, operator, operands };
}

function readComparison(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.children
    .filter(({ field }) => field === 'operators')
    .map(({ text }) => text)
    .join(' ');
  return operation(
    node,
    operator,
    node.items.filter(({ field }) => field !== 'operators'),
    reading,
  );
}

function readUnary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const argument = node.child('argument');
  if (operator === '-' && (argument?.type === 'integer' || argument?.type === 'float')) {
    const value = numberOf(argument.text);
    return { type: 'constant', at: node, value: value === null ? null : -value };
  }
  return operation(node, operator, [argument], reading);
}

/** `a if c else b`. */
function readConditional(node: SyntaxNode, reading: Reading): Expression {
  const [first, condition, last] = node.items;
  if (first === undefined || condition === undefined || last === undefined)
    return { type: 'unknown', at: node };
  const values = [reading.expression(first)];
  const checked = reading.expression(condition);
  values.push(reading.expression(last));
  return { type: 'choice', at: node, condition: checked, values };
}

/** The element first, then what is iterated and the conditions. */
function readComprehension(node: SyntaxNode, reading: Reading): Expression {
  const operands = node.items.flatMap(item =>
    item.type === 'for_in_clause' ? item.all('right') : item.type === 'if_clause' ? item.items : [item],
  );
  return operation(node, 'for', operands, reading);
}
