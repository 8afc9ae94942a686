import type {
  CallExpression,
  Expression,
  FunctionExpression,
  FunctionSyntax,
  ObjectEntry,
  Parameter,
} from '../facts/syntax.ts';
import { staticText } from '../facts/syntax.ts';
import { referencePath, stringText, unwrapped } from './goNames.ts';
import type { Reading } from './reading.ts';
import { chainOf, concatenated, printfText, text } from './texts.ts';
import type { SyntaxNode } from './tree.ts';

export function readExpression(wrapped: SyntaxNode, reading: Reading): Expression {
  const node = unwrapped(wrapped);
  switch (node.type) {
    case 'identifier':
    case 'field_identifier':
    case 'type_identifier':
    case 'package_identifier':
    case 'blank_identifier':
    case 'qualified_type':
    case 'selector_expression':
      return readSelector(node, reading);
    case 'interpreted_string_literal':
    case 'raw_string_literal':
      return text(node, stringText(node));
    case 'int_literal':
    case 'float_literal':
      return { type: 'constant', at: node, value: numberOf(node.text) };
    case 'true':
    case 'false':
      return { type: 'constant', at: node, value: node.type === 'true' };
    case 'nil':
      return { type: 'constant', at: node, value: null };
    case 'call_expression':
      return readCall(node, reading);
    case 'type_conversion_expression':
      return readConversion(node, reading);
    case 'composite_literal':
      return readComposite(node, reading);
    case 'literal_value':
      return readLiteral(node, undefined, reading);
    case 'func_literal':
      return functionExpression(node, reading);
    case 'binary_expression':
      return readBinary(node, reading);
    case 'unary_expression':
      return operation(node, node.child('operator')?.text ?? '', [node.child('operand')], reading);
    case 'index_expression':
      return readIndex(node, reading);
    case 'slice_expression':
      return readSlice(node, reading);
    case 'variadic_argument':
      return operation(node, '...', node.items, reading);
    default:
      return { type: 'unknown', at: node };
  }
}

function numberOf(written: string): number | null {
  const value = Number(written.replaceAll('_', ''));
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

function readSelector(node: SyntaxNode, reading: Reading): Expression {
  const path = referencePath(node);
  if (path !== undefined) return { type: 'reference', at: node, path };
  const operand = node.child('operand');
  const property = node.child('field')?.text ?? '';
  if (operand === undefined) return { type: 'unknown', at: node };
  return { type: 'member', at: node, object: reading.expression(operand), property };
}

/** `a.B()`, `f[T]()`; of `func() {…}()` the function is the receiver and the callee has no name. */
function readCall(node: SyntaxNode, reading: Reading): Expression {
  const written = node.child('function') ?? node;
  const generic =
    written.type === 'index_expression' && isTypeIndex(written) ? written.child('operand') : written;
  const callee = unwrapped(generic ?? written);
  const selector = callee.type === 'selector_expression';
  const named = selector ? (callee.child('field') ?? callee) : callee;
  const plain = selector || callee.type === 'identifier';
  const call = reading.call(node, plain ? named.text : '', named, node.child('arguments'));
  const receiver = selector ? callee.child('operand') : plain || callee === node ? undefined : callee;
  if (receiver !== undefined) call.receiver = reading.expression(receiver);
  call.arguments.push(...reading.expressions(node.child('arguments')?.items ?? []));
  return formatted(call) ?? call;
}

/** `fmt.Sprintf` makes a text; `new(T)` and `make(T)` are told by their callee. */
function formatted(call: CallExpression): Expression | undefined {
  if (call.callee !== 'Sprintf') return undefined;
  const [format, ...values] = call.arguments;
  const written = staticText(format);
  return written === undefined ? undefined : printfText(call.at, written, values);
}

/** `f[int]`: an index that can only be a type. */
function isTypeIndex(node: SyntaxNode): boolean {
  const index = node.child('index');
  return index !== undefined && /_type$|^type_/.test(index.type);
}

/** `[]byte("x")`, `Key("x")` of a generic or a pointer type: a call of the type's name. */
function readConversion(node: SyntaxNode, reading: Reading): Expression {
  const type = node.child('type');
  const operand = node.child('operand');
  const generic = type?.type === 'generic_type' ? (type.child('type') ?? type) : type;
  const path = generic === undefined ? undefined : referencePath(generic);
  if (operand === undefined || generic === undefined) return { type: 'unknown', at: node };
  if (path === undefined) return operation(node, `(${generic.text})`, [operand], reading);
  const dot = path.lastIndexOf('.');
  const call = reading.call(node, path.slice(dot + 1), generic, undefined);
  if (dot >= 0) call.receiver = { type: 'reference', at: generic, path: path.slice(0, dot) };
  call.arguments.push(reading.expression(operand));
  return call;
}

function readComposite(node: SyntaxNode, reading: Reading): Expression {
  const type = node.child('type');
  const body = node.child('body');
  if (body === undefined) return { type: 'unknown', at: node };
  return readLiteral(body, type, reading, node);
}

/** Slices are lists, structs and maps objects; a struct without field names is an object with its values as entries. */
function readLiteral(
  body: SyntaxNode,
  type: SyntaxNode | undefined,
  reading: Reading,
  at: SyntaxNode = body,
): Expression {
  const keyed = body.items.some(item => item.type === 'keyed_element');
  const element = elementType(type);
  if (!keyed && (element !== undefined || type === undefined)) {
    const values = body.items.map(item => readElement(item, element, reading));
    return { type: 'list', at, typeName: element?.text, values };
  }
  const object = reading.object(at, type?.type === 'map_type' ? undefined : typeNameOf(type));
  for (const item of body.items) {
    const key = item.child('key');
    const value = item.child('value');
    if (item.type !== 'keyed_element' || key === undefined || value === undefined)
      object.entries.push(positional(item, readElement(item, undefined, reading)));
    else object.entries.push(readEntry(item, key, value, elementType(type), reading));
  }
  return object;
}

function typeNameOf(type: SyntaxNode | undefined): string | undefined {
  return type?.type === 'generic_type' ? type.child('type')?.text : type?.text;
}

/** Of slices, arrays and maps: what their elements are, where these leave it out. */
function elementType(type: SyntaxNode | undefined): SyntaxNode | undefined {
  if (type?.type === 'map_type') return type.child('value');
  return /^(?:slice|array|implicit_length_array)_type$/.test(type?.type ?? '')
    ? type?.child('element')
    : undefined;
}

function readElement(item: SyntaxNode, type: SyntaxNode | undefined, reading: Reading): Expression {
  const inner = item.type === 'literal_element' ? (item.item ?? item) : item;
  return inner.type === 'literal_value' && type !== undefined
    ? readLiteral(inner, type.type === 'pointer_type' ? type.items.at(-1) : type, reading)
    : reading.expression(inner);
}

function positional(at: SyntaxNode, value: Expression): ObjectEntry {
  return {
    at,
    key: undefined,
    keyAt: undefined,
    keyExpression: undefined,
    value,
    spread: false,
    quoted: false,
  };
}

function readEntry(
  at: SyntaxNode,
  keyElement: SyntaxNode,
  valueElement: SyntaxNode,
  type: SyntaxNode | undefined,
  reading: Reading,
): ObjectEntry {
  const key = unwrapped(keyElement);
  const quoted = key.type.endsWith('string_literal');
  const isMap = type !== undefined;
  const named = quoted ? stringText(key) : !isMap && key.type === 'identifier' ? key.text : undefined;
  return {
    at,
    key: named,
    keyAt: key,
    keyExpression: named === undefined ? reading.expression(key) : undefined,
    value: readElement(valueElement, type, reading),
    spread: false,
    quoted,
  };
}

function readBinary(node: SyntaxNode, reading: Reading): Expression {
  const operator = node.child('operator')?.text ?? '';
  const operands = reading.expressions(chainOf(node, operator));
  const joined = operator === '+' ? concatenated(node, operands) : undefined;
  return joined ?? { type: 'operation', at: node, operator, operands };
}

function readIndex(node: SyntaxNode, reading: Reading): Expression {
  const operand = node.child('operand');
  const index = node.child('index');
  if (operand === undefined || index === undefined) return { type: 'unknown', at: node };
  if (isTypeIndex(node)) return reading.expression(operand);
  return { type: 'index', at: node, object: reading.expression(operand), key: reading.expression(index) };
}

function readSlice(node: SyntaxNode, reading: Reading): Expression {
  const operand = node.child('operand');
  if (operand === undefined) return { type: 'unknown', at: node };
  const object = reading.expression(operand);
  const bounds = [node.child('start'), node.child('end'), node.child('capacity')];
  return { type: 'index', at: node, object, key: operation(node, ':', bounds, reading) };
}

function functionExpression(node: SyntaxNode, reading: Reading): FunctionExpression {
  return { type: 'function', at: node, function: readFunction(node, reading) };
}

/** A function, a method, or a function literal; one that is given to a name has that name. */
export function readFunction(node: SyntaxNode, reading: Reading): FunctionSyntax {
  const name = node.child('name') ?? holderName(node);
  const body = node.child('body') ?? node;
  const receiver = node.child('receiver')?.items[0];
  const receiverName = receiver?.child('name')?.text;
  const className = receiver === undefined ? undefined : receiverType(receiver);
  const head = {
    nameAt: name ?? node,
    name: name?.text ?? '',
    className,
    receiverName,
    results: readResults(node.child('result')),
    exported: /^\p{Lu}/u.test(name?.text ?? ''),
    bodyAt: body,
  };
  return reading.function(node, head, made => {
    made.parameters = readParameters(node.child('parameters'));
    made.body = body === node ? [] : reading.statements(body.items);
  });
}

/** `f := func() {…}`, `var f = func() {…}`, `Handler: func() {…}`. */
function holderName(node: SyntaxNode): SyntaxNode | undefined {
  if (node.type !== 'func_literal') return undefined;
  let holder = node.parent;
  if (holder?.type === 'literal_element') holder = holder.parent;
  if (holder?.type === 'keyed_element') {
    const key = holder.child('key');
    const named = key === undefined ? undefined : unwrapped(key);
    return named?.type === 'identifier' ? named : undefined;
  }
  if (holder?.type !== 'expression_list') return undefined;
  const index = holder.items.indexOf(node);
  const statement = holder.parent;
  const name =
    statement?.type === 'var_spec' ? statement.all('name')[index] : statement?.child('left')?.items[index];
  if (name?.type === 'identifier') return name;
  return name?.type === 'selector_expression' ? name.child('field') : undefined;
}

function receiverType(receiver: SyntaxNode): string {
  return (receiver.child('type')?.text ?? '').replace(/^[*\s(]+/, '').replace(/[[)].*$/s, '');
}

function readResults(result: SyntaxNode | undefined): { name: string; typeName: string }[] {
  if (result === undefined) return [];
  if (result.type !== 'parameter_list') return [{ name: '', typeName: result.text }];
  return result.items.flatMap(item => {
    const typeName = item.child('type')?.text ?? item.text;
    const names = item.all('name');
    return names.length === 0 ? [{ name: '', typeName }] : names.map(name => ({ name: name.text, typeName }));
  });
}

const noFields: ReadonlyMap<string, string> = new Map();

function readParameters(list: SyntaxNode | undefined): Parameter[] {
  return (list?.items ?? []).flatMap(item => {
    const typeName = item.child('type')?.text;
    const rest = item.type === 'variadic_parameter_declaration';
    const names = item.all('name');
    const made = (at: SyntaxNode, name: string): Parameter => ({
      at,
      name,
      fields: noFields,
      typeName,
      value: undefined,
      rest,
      decorators: [],
    });
    return names.length === 0 ? [made(item, '')] : names.map(name => made(name, name.text));
  });
}
