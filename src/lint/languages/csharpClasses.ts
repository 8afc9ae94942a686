import type { BindStatement, ClassSyntax, Expression, FunctionSyntax, Statement } from '../facts/syntax.ts';
import { readAccessor, readAttributes, readFunction, readParameters } from './csharpFunctions.ts';
import { modifiersOf, simpleName, typeText } from './csharpNames.ts';
import { flattened, readAssigned } from './csharpParts.ts';
import type { Draft, Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** Types with members that are units themselves. */
export const nestedTypes: ReadonlySet<string> = new Set([
  'class_declaration',
  'struct_declaration',
  'record_declaration',
  'interface_declaration',
]);

/** A class, struct, record, interface or enum; the parameters of a class are fields that its members see. */
export function readClass(node: SyntaxNode, reading: Reading): ClassSyntax {
  const name = node.child('name') ?? node;
  const bases = node.childOf('base_list');
  const head = {
    nameAt: name,
    name: name === node ? '' : simpleName(name),
    bases: bases === undefined ? [] : readBases(bases, reading),
    decorators: readAttributes(node, simpleName(name), reading),
    exported: modifiersOf(node).has('public'),
  };
  return reading.class(node, head, made => {
    const parameters = readParameters(node.childOf('parameter_list'), reading);
    readMembers(flattened(node.child('body')?.items ?? []), made, reading);
    const given = parameters.map(each => field(each.at, each.at, each.name, each.typeName, []));
    made.fields = [...given, ...made.fields];
  });
}

/** `: Base(a), IOne`; the arguments can hold calls. */
function readBases(list: SyntaxNode, reading: Reading): string[] {
  return list.items.flatMap(item => {
    const type = item.type === 'primary_constructor_base_type' ? (item.child('type') ?? item) : item;
    const given = item.type === 'argument_list' ? item : item.childOf('argument_list');
    if (given !== undefined) reading.expressions(given.items);
    return item.type === 'argument_list' ? [] : [type.text];
  });
}

function readMembers(members: readonly SyntaxNode[], made: Draft<ClassSyntax>, reading: Reading): void {
  const fields: BindStatement[] = [];
  const methods: FunctionSyntax[] = [];
  const statements: Statement[] = [];
  for (const member of members) {
    const read = nestedTypes.has(member.type)
      ? { fields: [], methods: [], body: reading.statement(member) }
      : reading.unit(member, readMember);
    fields.push(...read.fields);
    methods.push(...read.methods);
    statements.push(...read.body);
  }
  made.fields = fields;
  made.methods = methods;
  made.body = statements;
}

interface Member {
  readonly fields: readonly BindStatement[];
  readonly methods: readonly FunctionSyntax[];
  readonly body: readonly Statement[];
}

function readMember(node: SyntaxNode, reading: Reading): Member {
  switch (node.type) {
    case 'field_declaration':
    case 'event_field_declaration':
      return { fields: readFields(node, reading), methods: [], body: [] };
    case 'enum_member_declaration':
      return { fields: [readEnumMember(node, reading)], methods: [], body: [] };
    case 'property_declaration':
    case 'indexer_declaration':
    case 'event_declaration':
      return readProperty(node, reading);
    case 'method_declaration':
    case 'constructor_declaration':
    case 'destructor_declaration':
    case 'operator_declaration':
    case 'conversion_operator_declaration':
      return { fields: [], methods: [readFunction(node, reading)], body: [] };
    default:
      return { fields: [], methods: [], body: reading.statement(node) };
  }
}

function readFields(node: SyntaxNode, reading: Reading): BindStatement[] {
  const declaration = node.childOf('variable_declaration');
  const declarators = declaration?.items.filter(({ type }) => type === 'variable_declarator') ?? [];
  const typeName = typeText(declaration?.child('type'));
  readAttributes(node, declarators[0]?.child('name')?.text ?? '', reading);
  return declarators.map(declarator => {
    const name = declarator.child('name') ?? declarator;
    const at = declarators.length === 1 ? node : declarator;
    return field(at, name, simpleName(name), typeName, readAssigned(declarator, reading));
  });
}

function readEnumMember(node: SyntaxNode, reading: Reading): BindStatement {
  const name = node.child('name') ?? node;
  return field(node, name, simpleName(name), reading.className, readAssigned(node, reading));
}

/** A field, and functions where it has code; a property that always has the same value is one with that value. */
function readProperty(node: SyntaxNode, reading: Reading): Member {
  const name = node.child('name');
  readAttributes(node, name === undefined ? '' : simpleName(name), reading);
  const values = readAssigned(node, reading);
  const arrow = node.childOf('arrow_expression_clause');
  const methods = (node.child('accessors')?.items ?? []).flatMap(accessor => {
    const body = accessor.child('body');
    return body === undefined ? [] : [readAccessor(accessor, node, body, reading)];
  });
  if (arrow !== undefined) {
    const get = readAccessor(node, node, arrow, reading);
    methods.push(get);
    const [only] = get.body;
    const value = only?.type === 'return' ? only.values[0] : undefined;
    if (
      value?.type === 'constant' ||
      (value?.type === 'text' && value.parts.every(part => typeof part === 'string'))
    )
      values.push(value);
  }
  const fields =
    name === undefined ? [] : [field(node, name, simpleName(name), typeText(node.child('type')), values)];
  return { fields, methods, body: [] };
}

function field(
  at: BindStatement['at'],
  nameAt: BindStatement['at'],
  path: string,
  typeName: string | undefined,
  values: readonly Expression[],
): BindStatement {
  const target = { at: nameAt, path, target: undefined, typeName, from: undefined };
  return { type: 'bind', at, declares: true, operator: '=', targets: [target], values };
}
