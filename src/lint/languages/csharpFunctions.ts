import type {
  Expression,
  FunctionExpression,
  FunctionSyntax,
  Parameter,
  Place,
  Statement,
} from '../facts/syntax.ts';
import { readBlock } from './csharpBlocks.ts';
import { holderOf, memberOf, modifiersOf, simpleName, typeText, valueIn } from './csharpNames.ts';
import { readArguments } from './csharpParts.ts';
import type { FunctionHead, Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** A method, constructor, operator or local function. */
export function readFunction(node: SyntaxNode, reading: Reading): FunctionSyntax {
  const name = node.child('name') ?? node.child('operator') ?? node.child('type') ?? node;
  const returned = typeText(node.child('returns') ?? node.child('type'));
  const modifiers = modifiersOf(node);
  return readBody(node, reading, node.child('body') ?? node, {
    nameAt: name,
    name: nameOfFunction(node, name),
    ...memberHead(node, reading),
    results: returned === undefined ? [] : [{ name: '', typeName: returned }],
    decorators: readAttributes(node, simpleName(name), reading),
    async: modifiers.has('async'),
    static: modifiers.has('static'),
    exported: modifiers.has('public'),
  });
}

function nameOfFunction({ type }: SyntaxNode, name: SyntaxNode): string {
  if (type === 'destructor_declaration') return `~${name.text}`;
  return type.endsWith('operator_declaration') ? `operator ${name.text}` : simpleName(name);
}

function memberHead(
  { type }: SyntaxNode,
  reading: Reading,
): Pick<FunctionHead, 'className' | 'receiverName'> {
  return type === 'local_function_statement' || reading.className === undefined
    ? {}
    : { className: reading.className, receiverName: 'this' };
}

/** `get_A` and `set_A`, as the compiler calls them; `=> a` is a `get`. */
export function readAccessor(
  node: SyntaxNode,
  property: SyntaxNode,
  body: SyntaxNode,
  reading: Reading,
): FunctionSyntax {
  const name = property.child('name');
  const kind = node === property ? 'get' : (node.child('name')?.text ?? 'get');
  const typeName = typeText(property.child('type'));
  const set = kind !== 'get';
  return readBody(
    node,
    reading,
    body,
    {
      nameAt: name ?? property,
      name: `${kind === 'init' ? 'set' : kind}_${name === undefined ? 'Item' : simpleName(name)}`,
      ...memberHead(property, reading),
      results: set || typeName === undefined ? [] : [{ name: '', typeName }],
      static: modifiersOf(property).has('static'),
      exported: modifiersOf(property).has('public'),
    },
    property,
    set ? [parameter(node, 'value', typeName)] : [],
  );
}

export function functionExpression(node: SyntaxNode, reading: Reading): FunctionExpression {
  const name = lambdaName(node);
  const body = node.child('body') ?? node.childOf('block') ?? node;
  const modifiers = modifiersOf(node);
  const head = {
    nameAt: name ?? node,
    name: name === undefined ? '' : simpleName(name),
    async: modifiers.has('async'),
    static: modifiers.has('static'),
  };
  return { type: 'function', at: node, function: readBody(node, reading, body, head) };
}

/** `Func<int> f = () => …`, `this.f = () => …`. */
function lambdaName(node: SyntaxNode): SyntaxNode | undefined {
  const holder = holderOf(node);
  if (holder?.type === 'variable_declarator') return holder.child('name');
  const left = holder?.type === 'assignment_expression' ? holder.child('left') : undefined;
  // `button.Click += …` gives no name.
  if (left === undefined || holder?.child('operator')?.text !== '=') return undefined;
  return left.type === 'identifier' ? left : memberOf(left)?.name;
}

/**
 * @param declaration has the parameters
 * @param given parameters that are not written
 */
function readBody(
  node: SyntaxNode,
  reading: Reading,
  body: SyntaxNode,
  head: Omit<FunctionHead, 'bodyAt'>,
  declaration = node,
  given: readonly Parameter[] = [],
): FunctionSyntax {
  const returned =
    body.type === 'arrow_expression_clause' ? valueIn(body) : body.type === 'block' ? undefined : body;
  const bodyAt = returned ?? body;
  return reading.function(node, { ...head, bodyAt }, made => {
    made.parameters = [...readParameters(declaration.child('parameters'), reading), ...given];
    const before = node.childOf('constructor_initializer');
    const first = before === undefined ? [] : [readInitializer(before, reading)];
    made.body = [...first, ...(body === node ? [] : readStatements(body, returned, made, reading))];
  });
}

/** Of `=> a` the `a` is returned, where there is something to return; what a lambda returns is open. */
function readStatements(
  body: SyntaxNode,
  returned: SyntaxNode | undefined,
  { results, className, name }: FunctionSyntax,
  reading: Reading,
): readonly Statement[] {
  if (returned === undefined) return readBlock(body.items, reading);
  if (returned.type === 'throw_expression') {
    const value = valueIn(returned);
    return [{ type: 'throw', at: returned, value: value && reading.expression(value) }];
  }
  const returnsNothing = results[0]?.typeName === 'void' || (className !== undefined && results.length === 0);
  return returnsNothing && name !== ''
    ? reading.statement(returned)
    : [{ type: 'return', at: returned, values: [reading.expression(returned)] }];
}

/** `: base(a)`, `: this(a)`. */
function readInitializer(node: SyntaxNode, reading: Reading): Statement {
  const called = node.children.find(({ type }) => type === 'base' || type === 'this') ?? node;
  const list = node.childOf('argument_list');
  const call = reading.call(node, called.type, called, list);
  readArguments(call, list, reading);
  return { type: 'expression', at: node, expression: call };
}

const noFields: ReadonlyMap<string, string> = new Map();

function parameter(
  at: Place,
  name: string,
  typeName: string | undefined,
  more: Partial<Parameter> = {},
): Parameter {
  return { at, name, fields: noFields, typeName, value: undefined, rest: false, decorators: [], ...more };
}

/** Of `params T[] a` the grammar makes no parameter of its own. */
export function readParameters(list: SyntaxNode | undefined, reading: Reading): Parameter[] {
  if (list === undefined) return [];
  if (list.type === 'implicit_parameter') return [parameter(list, simpleName(list), undefined)];
  const found = list.items
    .filter(({ type }) => type === 'parameter' || type === 'implicit_parameter')
    .map(node => readParameter(node, reading));
  const rest = list.child('name');
  if (rest !== undefined)
    found.push(parameter(rest, simpleName(rest), typeText(list.child('type')), { rest: true }));
  return found;
}

function readParameter(node: SyntaxNode, reading: Reading): Parameter {
  const name = node.type === 'implicit_parameter' ? node : node.child('name');
  const equals = node.children.findIndex(({ type }) => type === '=');
  const value = equals < 0 ? undefined : node.children[equals + 1];
  return parameter(node, name === undefined ? '' : simpleName(name), typeText(node.child('type')), {
    value: value && reading.expression(value),
    decorators: readAttributes(node, name === undefined ? '' : simpleName(name), reading),
    rest: modifiersOf(node).has('params'),
  });
}

/** `[HttpGet("x")]` is a call, `[Authorize]` a reference. */
export function readAttributes(node: SyntaxNode, attributed: string, reading: Reading): Expression[] {
  const lists = node.type === 'global_attribute' ? [node] : node.items;
  return lists
    .filter(({ type }) => type === 'attribute_list' || type === 'global_attribute')
    .flatMap(list => list.items.filter(({ type }) => type === 'attribute'))
    .map(attribute => readAttribute(attribute, attributed, reading));
}

function readAttribute(node: SyntaxNode, attributed: string, reading: Reading): Expression {
  const written = node.child('name') ?? node;
  const member = memberOf(written);
  const name = member?.name ?? written;
  const list = node.childOf('attribute_argument_list');
  if (list === undefined) return reading.expression(written);
  const call = reading.call(node, simpleName(name), name, list);
  call.decorates = attributed;
  if (member !== undefined) call.receiver = reading.expression(member.object);
  const named = new Map<string, Expression>();
  for (const argument of list.items) {
    // `Name = "x"` sets a property, `name: "x"` gives a parameter.
    const assigned = argument.item?.type === 'assignment_expression' ? argument.item : undefined;
    const key = assigned?.child('left') ?? argument.child('name');
    const value = assigned?.child('right') ?? valueIn(argument);
    if (value === undefined) continue;
    if (key === undefined) call.arguments.push(reading.expression(value));
    else named.set(simpleName(key), reading.expression(value));
  }
  if (named.size > 0) call.named = named;
  return call;
}
