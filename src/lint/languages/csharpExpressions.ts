import type { CallExpression, Expression, TextExpression } from '../facts/syntax.ts';
import { staticText } from '../facts/syntax.ts';
import { readAnonymousObject, readCollection, readCreation, readWith } from './csharpCreations.ts';
import { functionExpression } from './csharpFunctions.ts';
import { isExpression, memberOf, referencePath, simpleName, unwrapped, valueIn } from './csharpNames.ts';
import { declared, operation, readArguments } from './csharpParts.ts';
import { readIs, readSwitchValue } from './csharpPatterns.ts';
import { formatText, readInterpolated, stringText } from './csharpTexts.ts';
import type { Draft, Reading } from './reading.ts';
import { chainOf, concatenated, text } from './texts.ts';
import type { SyntaxNode } from './tree.ts';

export function readExpression(wrapped: SyntaxNode, reading: Reading): Expression {
  const node = unwrapped(wrapped);
  switch (node.type) {
    case 'identifier':
    case 'this':
    case 'base':
    case 'predefined_type':
    case 'array_type':
    case 'nullable_type':
    case 'generic_name':
    case 'discard':
      return { type: 'reference', at: node, path: simpleName(node) };
    case 'member_access_expression':
    case 'conditional_access_expression':
    case 'qualified_name':
    case 'alias_qualified_name':
      return readMember(node, reading);
    case 'string_literal':
    case 'verbatim_string_literal':
    case 'raw_string_literal':
    case 'character_literal':
      return text(node, stringText(node));
    case 'interpolated_string_expression':
      return readInterpolated(node, reading);
    case 'integer_literal':
    case 'real_literal':
      return { type: 'constant', at: node, value: numberOf(node.text) };
    case 'boolean_literal':
      return { type: 'constant', at: node, value: node.text === 'true' };
    case 'null_literal':
    case 'default_expression':
      return { type: 'constant', at: node, value: null };
    case 'invocation_expression':
      return readCall(node, reading);
    case 'await_expression':
      return readAwait(node, reading);
    case 'object_creation_expression':
    case 'implicit_object_creation_expression':
      return readCreation(node, reading);
    case 'anonymous_object_creation_expression':
      return readAnonymousObject(node, reading);
    case 'array_creation_expression':
    case 'implicit_array_creation_expression':
    case 'stackalloc_expression':
    case 'implicit_stackalloc_expression':
    case 'initializer_expression':
    case 'element_binding_expression':
    case 'tuple_expression':
      return readCollection(node, reading);
    case 'argument':
      return readArgument(node, reading);
    case 'element_access_expression':
      return readIndex(node, reading);
    case 'binary_expression':
      return readBinary(node, reading);
    case 'prefix_unary_expression':
    case 'unary_expression':
    case 'postfix_unary_expression':
      return readUnary(node, reading);
    case 'assignment_expression':
      return operation(
        node,
        node.child('operator')?.text ?? '=',
        [node.child('left'), node.child('right')],
        reading,
      );
    case 'conditional_expression':
      return readConditional(node, reading);
    case 'is_pattern_expression':
    case 'is_expression':
      return readIs(node, reading);
    case 'switch_expression':
      return readSwitchValue(node, reading);
    case 'with_expression':
      return readWith(node, reading);
    case 'lambda_expression':
    case 'anonymous_method_expression':
      return functionExpression(node, reading);
    case 'query_expression':
      return readQuery(node, reading);
    case 'throw_expression':
      return operation(node, 'throw', node.items, reading);
    case 'typeof_expression':
      return operation(node, 'typeof', node.items, reading);
    case 'range_expression':
      return operation(node, ':', node.items, reading);
    case 'declaration_expression':
      return readDeclared(node);
    case 'ERROR':
      reading.statement(node);
      return { type: 'unknown', at: node };
    default:
      return { type: 'unknown', at: node };
  }
}

function numberOf(written: string): number | null {
  const plain = written.replaceAll('_', '').replace(/(?:ul|lu|u|l)$/i, '');
  const value = Number(/^0x/i.test(plain) ? plain : plain.replace(/[fdm]$/i, ''));
  return Number.isNaN(value) ? null : value;
}

/** `a.b`, `a?.b`, `a?[b]`. */
function readMember(node: SyntaxNode, reading: Reading): Expression {
  const path = referencePath(node);
  if (path !== undefined) return { type: 'reference', at: node, path };
  const member = memberOf(node);
  if (member !== undefined)
    return {
      type: 'member',
      at: node,
      object: reading.expression(member.object),
      property: simpleName(member.name),
    };
  return readIndex(node, reading);
}

/** `a[b]` and `a?[b]`; of several keys, an operation `,`. */
function readIndex(node: SyntaxNode, reading: Reading): Expression {
  const object = node.child('expression') ?? node.child('condition');
  const keys = node.child('subscript') ?? node.childOf('element_binding_expression');
  const [key, ...others] = keys?.items ?? [];
  if (object === undefined || keys === undefined || key === undefined) return { type: 'unknown', at: node };
  return {
    type: 'index',
    at: node,
    object: reading.expression(object),
    key: others.length === 0 ? reading.expression(key) : operation(keys, ',', keys.items, reading),
  };
}

/** `F()`, `a.F<T>()`, `a?.F()`. What is called and has no name is the receiver. */
function readCall(node: SyntaxNode, reading: Reading): Expression {
  const callee = unwrapped(node.child('function') ?? node);
  const member = memberOf(callee);
  const list = node.child('arguments');
  const name = member?.name ?? callee;
  const plain = member !== undefined || callee.type === 'identifier' || callee.type === 'generic_name';
  if (plain && callee.text === 'nameof') return nameOf(node, list);
  const named = name.type === 'generic_name' ? (name.item ?? name) : name;
  const call = reading.call(node, plain ? simpleName(name) : '', named, list);
  const receiver = member?.object ?? (plain || callee === node ? undefined : callee);
  if (receiver !== undefined) call.receiver = reading.expression(receiver);
  readArguments(call, list, reading);
  return formatted(call) ?? call;
}

/** `nameof(a.B)` is the text `B`. */
function nameOf(node: SyntaxNode, list: SyntaxNode | undefined): TextExpression {
  const written = list?.text.replace(/[()\s]/g, '') ?? '';
  return text(node, written.replace(/<.*$/s, '').replace(/^.*\./s, ''));
}

/** `out var a` is an operation `out`, `ref a` an operation `ref`. */
function readArgument(node: SyntaxNode, reading: Reading): Expression {
  const value = node.children.findLast(child => isExpression(child) && child.field !== 'name');
  if (value === undefined) return { type: 'unknown', at: node };
  const mark = ['out', 'ref', 'in'].find(each => node.has(each));
  return mark === undefined ? reading.expression(value) : operation(node, mark, [value], reading);
}

/** A variable that the called function gives a value. */
function readDeclared(node: SyntaxNode): Expression {
  const name = node.child('name');
  const nothing: Expression = { type: 'unknown', at: node };
  return name === undefined ? nothing : declared(node, name, nothing);
}

/** `string.Format("{0}", a)`, `String.Format(culture, "{0}", a)`. */
function formatted(call: CallExpression): TextExpression | undefined {
  const { receiver, callee, arguments: given } = call;
  if (callee !== 'Format' || receiver?.type !== 'reference' || !/(?:^|\.)string$/i.test(receiver.path))
    return undefined;
  const index = given[0]?.type === 'text' ? 0 : 1;
  const format = staticText(given[index]);
  return format === undefined ? undefined : formatText(call.at, format, given.slice(index + 1));
}

/** `await f().ConfigureAwait(false)` waits for `f`. */
function readAwait(node: SyntaxNode, reading: Reading): Expression {
  const written = valueIn(node);
  if (written === undefined) return { type: 'unknown', at: node };
  const outer = unwrapped(written);
  const member = memberOf(outer.child('function') ?? outer);
  const inner = member?.name.text === 'ConfigureAwait' ? member.object : written;
  const awaited = reading.expression(inner);
  if (awaited.type !== 'call') return { type: 'operation', at: node, operator: 'await', operands: [awaited] };
  (awaited as Draft<CallExpression>).awaited = true;
  return awaited;
}

function readBinary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  if (operator === '??') return readCoalescing(node, reading);
  const operands = reading.expressions(chainOf(node, operator));
  const joined = operator === '+' ? concatenated(node, operands) : undefined;
  return joined ?? { type: 'operation', at: node, operator, operands };
}

/** `a ?? b ?? throw c` is nested to the right; what throws is no value. */
function readCoalescing(node: SyntaxNode, reading: Reading): Expression {
  const values: Expression[] = [];
  let at: SyntaxNode | undefined = node;
  while (at?.type === 'binary_expression' && at.child('operator')?.text === '??') {
    const left = at.child('left');
    if (left !== undefined) values.push(reading.expression(left));
    at = at.child('right');
  }
  const last = at === undefined ? undefined : reading.expression(at);
  if (last !== undefined && at?.type !== 'throw_expression') values.push(last);
  return { type: 'choice', at: node, condition: undefined, values };
}

function readUnary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.children.find(({ named, type }) => !named && type !== 'this')?.type ?? '';
  const operand = valueIn(node);
  if (operator === '-' && /^(?:integer|real)_literal$/.test(operand?.type ?? '')) {
    const value = numberOf(operand?.text ?? '');
    return { type: 'constant', at: node, value: value === null ? null : -value };
  }
  return operation(node, operator, [operand], reading);
}

function readConditional(node: SyntaxNode, reading: Reading): Expression {
  const condition = node.child('condition');
  const arms = [node.child('consequence'), node.child('alternative')].filter(arm => arm !== undefined);
  const checked = condition === undefined ? undefined : reading.expression(condition);
  const values = arms.flatMap(arm => {
    const value = reading.expression(arm);
    return arm.type === 'throw_expression' ? [] : [value];
  });
  return { type: 'choice', at: node, condition: checked, values };
}

/** `from a in b where c select d`: what is selected, then what it is taken from, then the rest. */
function readQuery(node: SyntaxNode, reading: Reading): Expression {
  const operands = node.items.flatMap(clause => {
    const values = clause.items.filter(({ field }) => field !== 'name' && field !== 'type');
    return clause.type.endsWith('_clause') ? reading.expressions(values) : [];
  });
  const selects = /^(?:select|group)_clause$/.test(node.items.at(-1)?.type ?? '');
  const last = selects ? operands.pop() : undefined;
  return {
    type: 'operation',
    at: node,
    operator: 'for',
    operands: last === undefined ? operands : [last, ...operands],
  };
}
