import type { CallExpression, ChoiceExpression, Expression } from '../facts/syntax.ts';
import {
  readArrayCreation,
  readCreation,
  readInitializer,
  readNameless,
  readWith,
} from './csharpCreations.ts';
import { functionExpression } from './csharpFunctions.ts';
import {
  holderOf,
  identifierOf,
  isName,
  memberOf,
  plainName,
  referencePath,
  unwrapped,
  valuesOf,
} from './csharpNames.ts';
import { readIs, readSwitchValue } from './csharpPatterns.ts';
import { formatted, interpolated, stringText } from './csharpTexts.ts';
import type { Draft, Reading } from './reading.ts';
import { chainOf, concatenated, text } from './texts.ts';
import type { SyntaxNode } from './tree.ts';

export function readExpression(wrapped: SyntaxNode, reading: Reading): Expression {
  const node = unwrapped(wrapped);
  if (isName(node)) return { type: 'reference', at: node, path: plainName(node.text) };
  switch (node.type) {
    case 'string_literal':
    case 'verbatim_string_literal':
    case 'raw_string_literal':
    case 'character_literal':
      return text(node, stringText(node) ?? '');
    case 'interpolated_string_expression':
      return interpolated(node, reading);
    case 'integer_literal':
    case 'real_literal':
      return { type: 'constant', at: node, value: numberOf(node.text) };
    case 'boolean_literal':
      return { type: 'constant', at: node, value: node.text === 'true' };
    case 'null_literal':
    case 'default_expression':
      return { type: 'constant', at: node, value: null };
    case 'declaration_expression':
    case 'implicit_parameter':
      return { type: 'reference', at: node, path: plainName((node.child('name') ?? node).text) };
    case 'member_access_expression':
    case 'conditional_access_expression':
      return readMember(node, reading);
    case 'element_access_expression':
      return readIndex(node, node.child('expression'), node.child('subscript'), reading);
    case 'invocation_expression':
      return readCall(node, reading);
    case 'object_creation_expression':
    case 'implicit_object_creation_expression':
      return readCreation(node, reading);
    case 'anonymous_object_creation_expression':
      return readNameless(node, reading);
    case 'array_creation_expression':
    case 'implicit_array_creation_expression':
    case 'stackalloc_expression':
    case 'implicit_stackalloc_expression':
      return readArrayCreation(node, reading);
    case 'initializer_expression':
      return readInitializer(node, undefined, reading);
    case 'element_binding_expression':
      return { type: 'list', at: node, typeName: undefined, values: readElements(node, reading) };
    case 'tuple_expression':
      return { type: 'list', at: node, typeName: undefined, values: argumentsOf(node, reading).all };
    case 'with_expression':
      return readWith(node, reading);
    case 'await_expression':
      return readAwait(node, reading);
    case 'assignment_expression':
      return operation(
        node,
        node.child('operator')?.text ?? '=',
        [node.child('left'), node.child('right')],
        reading,
      );
    case 'binary_expression':
      return readBinary(node, reading);
    case 'prefix_unary_expression':
      return readPrefix(node, reading);
    case 'postfix_unary_expression':
      return operation(node, node.has('++') ? '++' : '--', valuesOf(node), reading);
    case 'conditional_expression':
      return readConditional(node, reading);
    case 'is_expression':
    case 'is_pattern_expression':
      return readIs(node, reading);
    case 'switch_expression':
      return readSwitchValue(node, reading);
    case 'lambda_expression':
    case 'anonymous_method_expression':
      return functionExpression(node, reading);
    case 'range_expression':
      return operation(node, ':', valuesOf(node), reading);
    case 'throw_expression':
      return operation(node, 'throw', valuesOf(node), reading);
    case 'typeof_expression':
    case 'sizeof_expression':
      return operation(node, 'typeof', [node.child('type')], reading);
    case 'query_expression':
      return readQuery(node, reading);
    case 'argument':
      return { type: 'list', at: node, typeName: undefined, values: reading.expressions(valuesOf(node)) };
    case 'ERROR':
      reading.statement(node);
      return { type: 'unknown', at: node };
    default:
      return { type: 'unknown', at: node };
  }
}

function numberOf(written: string): number | null {
  const plain = written.replaceAll('_', '');
  const value = Number(
    /^0[xb]/i.test(plain) ? plain.replace(/[uUlL]+$/, '') : plain.replace(/[a-zA-Z]+$/, ''),
  );
  return Number.isNaN(value) ? null : value;
}

export function operation(
  at: SyntaxNode,
  operator: string,
  operands: readonly (SyntaxNode | undefined)[],
  reading: Reading,
): Expression {
  const present = operands.filter(each => each !== undefined);
  return { type: 'operation', at, operator, operands: reading.expressions(present) };
}

/** `f().Status`, `f()?.Status`, `f()?[0]`. */
function readMember(node: SyntaxNode, reading: Reading): Expression {
  const path = referencePath(node);
  if (path !== undefined) return { type: 'reference', at: node, path };
  const member = memberOf(node);
  if (member === undefined)
    return readIndex(node, node.child('condition'), node.childOf('element_binding_expression'), reading);
  const { object, name } = member;
  return { type: 'member', at: node, object: reading.expression(object), property: plainName(name.text) };
}

function readIndex(
  node: SyntaxNode,
  object: SyntaxNode | undefined,
  subscript: SyntaxNode | undefined,
  reading: Reading,
): Expression {
  if (object === undefined || subscript === undefined) return { type: 'unknown', at: node };
  const read = reading.expression(object);
  const keys = argumentsOf(subscript, reading).all;
  const key: Expression =
    keys.length === 1 ? keys[0] : { type: 'list', at: subscript, typeName: undefined, values: keys };
  return { type: 'index', at: node, object: read, key };
}

/** `[1, ..others]`. */
function readElements(node: SyntaxNode, reading: Reading): Expression[] {
  return valuesOf(node).flatMap(element => {
    const [value] = valuesOf(element);
    if (value?.type !== 'range_expression') return value === undefined ? [] : [reading.expression(value)];
    return [operation(value, '...', valuesOf(value), reading)];
  });
}

/** What is called and has no name is the receiver. */
function readCall(node: SyntaxNode, reading: Reading): Expression {
  const called = unwrapped(node.child('function') ?? node);
  const list = node.child('arguments');
  const member = memberOf(called);
  const plain = member !== undefined || isName(called);
  const nameAt = member?.name ?? (plain ? identifierOf(called) : called);
  const name = plain ? plainName(nameAt.text) : '';
  if (member === undefined && name === 'nameof') return nameOf(node, list);
  const call = reading.call(node, name, nameAt, list);
  const receiver = member?.object ?? (plain || called === node ? undefined : called);
  if (receiver !== undefined) call.receiver = reading.expression(receiver);
  readArguments(list, call, reading);
  return formatted(call) ?? call;
}

/** `nameof(a.B)` is "B". */
function nameOf(node: SyntaxNode, list: SyntaxNode | undefined): Expression {
  return text(node, plainName((list?.text ?? '').slice(1, -1)).replace(/^.*\./, ''));
}

export function readArguments(
  list: SyntaxNode | undefined,
  call: Draft<CallExpression> & { arguments: Expression[] },
  reading: Reading,
): void {
  if (list === undefined) return;
  const { positional, named } = argumentsOf(list, reading);
  for (const value of positional) call.arguments.push(value);
  if (named.size > 0) call.named = named;
}

interface Arguments {
  readonly all: readonly Expression[];
  readonly positional: readonly Expression[];
  readonly named: ReadonlyMap<string, Expression>;
}

/** Of calls, attributes (`[A("x", B = 1)]`), indexers and tuples. */
function argumentsOf(list: SyntaxNode, reading: Reading): Arguments {
  const all: Expression[] = [];
  const positional: Expression[] = [];
  const named = new Map<string, Expression>();
  for (const argument of valuesOf(list)) {
    const inner = /argument$/.test(argument.type) ? valuesOf(argument) : [argument];
    const setting = argument.type === 'attribute_argument' && inner[0]?.type === 'assignment_expression';
    const [name, value] = setting
      ? [inner[0].child('left'), inner[0].child('right')]
      : [inner.length > 1 ? inner[0] : undefined, inner.at(-1)];
    if (value === undefined) continue;
    const read = reading.expression(value);
    all.push(read);
    if (name === undefined) positional.push(read);
    else named.set(plainName(name.text), read);
  }
  return { all, positional, named };
}

/** `await f().ConfigureAwait(false)` awaits `f()`. */
function readAwait(node: SyntaxNode, reading: Reading): Expression {
  const [inner] = valuesOf(node);
  if (inner === undefined) return { type: 'unknown', at: node };
  const value = reading.expression(inner);
  if (value.type !== 'call') return { type: 'operation', at: node, operator: 'await', operands: [value] };
  (value as Draft<CallExpression>).awaited = true;
  if (value.callee === 'ConfigureAwait' && value.receiver?.type === 'call')
    (value.receiver as Draft<CallExpression>).awaited = true;
  return value;
}

function readBinary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  if (operator === '??') {
    const values = reading.expressions(
      [node.child('left'), node.child('right')].filter(each => each !== undefined),
    );
    return { type: 'choice', at: node, condition: undefined, values };
  }
  const operands = reading.expressions(chainOf(node, operator));
  const joined = operator === '+' ? concatenated(node, operands) : undefined;
  return joined ?? { type: 'operation', at: node, operator, operands };
}

function readPrefix(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.children[0]?.text ?? '';
  const [operand] = valuesOf(node);
  const value = operator === '-' && /_literal$/.test(operand?.type ?? '') ? numberOf(operand.text) : null;
  return value === null
    ? operation(node, operator, [operand], reading)
    : { type: 'constant', at: node, value: -value };
}

function readConditional(node: SyntaxNode, reading: Reading): ChoiceExpression {
  const condition = node.child('condition');
  const arms = [node.child('consequence'), node.child('alternative')].filter(arm => arm !== undefined);
  return {
    type: 'choice',
    at: node,
    condition: condition === undefined ? undefined : reading.expression(condition),
    values: reading.expressions(arms),
  };
}

/** `from a in b where c select d`: `d` first, then the rest. */
function readQuery(node: SyntaxNode, reading: Reading): Expression {
  const clauses = node.items.filter(({ type }) => type.endsWith('_clause'));
  const made = clauses.findLast(({ type }) => /^(?:select|group)_clause$/.test(type));
  const rest = clauses.filter(clause => clause !== made);
  const operands = [...(made === undefined ? [] : valuesOf(made)), ...rest.flatMap(sourcesOf)];
  return operation(node, 'for', operands, reading);
}

/** What a clause looks at, without the names that it gives. */
function sourcesOf(clause: SyntaxNode): SyntaxNode[] {
  const values = valuesOf(clause);
  switch (clause.type) {
    case 'from_clause':
      return values.slice(-1);
    case 'join_clause':
      return values.filter(({ type }) => !type.endsWith('_clause')).slice(-3);
    case 'let_clause':
      return values.slice(1);
    default:
      return values;
  }
}

/** The type that `new(…)` makes: that of the variable, field or property that is given it. */
export function typeAround(node: SyntaxNode): SyntaxNode | undefined {
  const holder = holderOf(node);
  const declaration = holder?.type === 'variable_declarator' ? holder.parent : holder;
  return declaration?.type === 'variable_declaration' || declaration?.type === 'property_declaration'
    ? declaration.child('type')
    : undefined;
}
