import type {
  BindStatement,
  ClassSyntax,
  Expression,
  FunctionExpression,
  FunctionSyntax,
  Parameter,
  Place,
  Statement,
} from '../facts/syntax.ts';
import { holderOf, nameText, typeText } from './javaNames.ts';
import type { Draft, Reading } from './reading.ts';
import { block } from './statements.ts';
import type { SyntaxNode } from './tree.ts';

/** A method, a constructor or a lambda. */
export function readFunction(node: SyntaxNode, reading: Reading): FunctionSyntax {
  const name = node.type === 'lambda_expression' ? lambdaName(node) : node.child('name');
  const body = node.child('body') ?? node;
  const modifiers = node.childOf('modifiers');
  const member = node.type !== 'lambda_expression';
  const returned = typeText(node.child('type'));
  const head = {
    nameAt: name ?? node,
    name: name?.text ?? '',
    className: member ? reading.className : undefined,
    receiverName: member && reading.className !== undefined ? 'this' : undefined,
    results: returned === undefined ? [] : [{ name: '', typeName: returned }],
    decorators: readAnnotations(modifiers, name, reading),
    static: modifiers?.has('static') ?? false,
    exported: modifiers?.has('public') ?? false,
    bodyAt: body,
  };
  return reading.function(node, head, made => {
    made.parameters = readParameters(node.child('parameters') ?? recordParameters(node), reading);
    made.body =
      body === node
        ? []
        : body.type === 'block' || body.type === 'constructor_body'
          ? reading.statements(body.items)
          : [{ type: 'return', at: body, values: [reading.expression(body)] }];
  });
}

export function functionExpression(node: SyntaxNode, reading: Reading): FunctionExpression {
  return { type: 'function', at: node, function: readFunction(node, reading) };
}

/** `Runnable r = () -> …`, `this.r = () -> …`. */
function lambdaName(node: SyntaxNode): SyntaxNode | undefined {
  const holder = holderOf(node);
  if (holder?.type === 'variable_declarator') return holder.child('name');
  const left = holder?.type === 'assignment_expression' ? holder.child('left') : undefined;
  return left?.type === 'field_access' ? left.child('field') : left?.type === 'identifier' ? left : undefined;
}

/** The short form of a record's constructor takes the record's own. */
function recordParameters(node: SyntaxNode): SyntaxNode | undefined {
  return node.type === 'compact_constructor_declaration'
    ? node.parent?.parent?.child('parameters')
    : undefined;
}

const noFields: ReadonlyMap<string, string> = new Map();

function readParameters(list: SyntaxNode | undefined, reading: Reading): Parameter[] {
  const nodes = list === undefined ? [] : list.type === 'identifier' ? [list] : list.items;
  return nodes.flatMap((node): Parameter[] => {
    if (node.type === 'receiver_parameter') return [];
    const rest = node.type === 'spread_parameter';
    const name =
      node.type === 'identifier' ? node : (node.childOf('variable_declarator') ?? node).child('name');
    const type = rest ? node.items.find(({ type: kind }) => kind !== 'modifiers') : node.child('type');
    return [
      {
        at: node,
        name: name?.text ?? '',
        fields: noFields,
        typeName: typeText(type),
        value: undefined,
        rest,
        decorators: readAnnotations(node.childOf('modifiers'), name, reading),
      },
    ];
  });
}

/** `@WithSpan("x")` is a call, `@Override` a reference. */
export function readAnnotations(
  modifiers: SyntaxNode | undefined,
  annotated: SyntaxNode | undefined,
  reading: Reading,
): Expression[] {
  const found: Expression[] = [];
  for (const node of modifiers?.items ?? []) {
    const name = node.child('name');
    if (name === undefined) continue;
    const path = nameText(name);
    if (node.type !== 'annotation') {
      found.push({ type: 'reference', at: name, path });
      continue;
    }
    const list = node.child('arguments');
    const dot = path.lastIndexOf('.');
    const call = reading.call(node, path.slice(dot + 1), name, list);
    call.decorates = annotated?.text ?? '';
    if (dot >= 0) call.receiver = { type: 'reference', at: name, path: path.slice(0, dot) };
    const named = new Map<string, Expression>();
    for (const item of list?.items ?? []) {
      const value = item.type === 'element_value_pair' ? item.child('value') : item;
      if (value === undefined) continue;
      // The only value of an annotation is that of its member `value`.
      if (value === item) call.arguments.push(reading.expression(value));
      else named.set(item.child('key')?.text ?? '', reading.expression(value));
    }
    call.named = named;
    found.push(call);
  }
  return found;
}

/** A class, interface, enum, record or annotation type. */
export function readClass(node: SyntaxNode, reading: Reading): ClassSyntax {
  const name = node.child('name');
  const modifiers = node.childOf('modifiers');
  const head = {
    nameAt: name ?? node,
    name: name?.text ?? '',
    bases: basesOf(node),
    decorators: readAnnotations(modifiers, name, reading),
    exported: modifiers?.has('public') ?? false,
  };
  return reading.class(node, head, made => {
    const components = node.type === 'record_declaration' ? node.child('parameters') : undefined;
    const parameters = readParameters(components, reading);
    readMembers(node.child('body')?.items ?? [], made, reading);
    made.fields = [...parameters.map(componentField), ...made.fields];
  });
}

/** `new Runnable() { … }`. */
export function readAnonymous(
  node: SyntaxNode,
  body: SyntaxNode,
  bases: readonly string[],
  reading: Reading,
): ClassSyntax {
  return reading.class(node, { nameAt: node, name: '', bases }, made =>
    readMembers(body.items, made, reading),
  );
}

function basesOf(node: SyntaxNode): string[] {
  const clauses = [node.child('superclass'), node.child('interfaces'), node.childOf('extends_interfaces')];
  return clauses
    .flatMap(clause => clause?.items ?? [])
    .flatMap(item => (item.type === 'type_list' ? item.items : [item]))
    .map(({ text }) => text);
}

function readMembers(members: readonly SyntaxNode[], made: Draft<ClassSyntax>, reading: Reading): void {
  const fields: BindStatement[] = [];
  const methods: FunctionSyntax[] = [];
  const statements: Statement[] = [];
  const all = members.flatMap(each => (each.type === 'enum_body_declarations' ? each.items : [each]));
  for (const member of all) {
    const read = nested.has(member.type) ? readMember(member, reading) : reading.unit(member, readMember);
    fields.push(...read.fields);
    if (read.method !== undefined) methods.push(read.method);
    statements.push(...read.body);
  }
  made.fields = fields;
  made.methods = methods;
  made.body = statements;
}

/** Types with members that are units themselves. */
const nested = new Set([
  'class_declaration',
  'interface_declaration',
  'enum_declaration',
  'record_declaration',
]);

interface Member {
  readonly fields: readonly BindStatement[];
  readonly method?: FunctionSyntax;
  readonly body: readonly Statement[];
}

function readMember(node: SyntaxNode, reading: Reading): Member {
  switch (node.type) {
    case 'field_declaration':
    case 'constant_declaration':
      return { fields: readFields(node, reading), body: [] };
    case 'enum_constant':
      return { fields: [readConstant(node, reading)], body: [] };
    case 'method_declaration':
    case 'constructor_declaration':
    case 'compact_constructor_declaration':
    case 'annotation_type_element_declaration':
      return { fields: [], method: readFunction(node, reading), body: [] };
    case 'static_initializer':
    case 'block': {
      const inner = node.type === 'block' ? node : node.childOf('block');
      const body = reading.statements(inner?.items ?? []);
      return { fields: [], body: [block(node, undefined, body)] };
    }
    default:
      return { fields: [], body: reading.statement(node) };
  }
}

function readFields(node: SyntaxNode, reading: Reading): BindStatement[] {
  const declarators = node.all('declarator');
  readAnnotations(node.childOf('modifiers'), declarators[0]?.child('name'), reading);
  const typeName = typeText(node.child('type'));
  return declarators.map(declarator => {
    const value = declarator.child('value');
    const at = declarators.length === 1 ? node : declarator;
    const name = declarator.child('name') ?? declarator;
    return field(at, name, name.text, typeName, value === undefined ? [] : [reading.expression(value)]);
  });
}

function componentField({ at, name, typeName }: Parameter): BindStatement {
  return field(at, at, name, typeName, []);
}

/** `A("a") { … }` makes an object of the enum's class. */
function readConstant(node: SyntaxNode, reading: Reading): BindStatement {
  const name = node.child('name') ?? node;
  const { className = '' } = reading;
  readAnnotations(node.childOf('modifiers'), name, reading);
  const list = node.child('arguments');
  const body = node.child('body');
  const values: Expression[] = [];
  if (list !== undefined) {
    const call = reading.call(node, className, name, list);
    call.constructs = true;
    call.arguments.push(...reading.expressions(list.items));
    values.push(call);
  }
  if (body !== undefined) readAnonymous(node, body, [className], reading);
  return field(node, name, name.text, className, values);
}

function field(
  at: Place,
  nameAt: Place,
  path: string,
  typeName: string | undefined,
  values: readonly Expression[],
): BindStatement {
  const target = { at: nameAt, path, target: undefined, typeName, from: undefined };
  return { type: 'bind', at, declares: true, operator: '=', targets: [target], values };
}
