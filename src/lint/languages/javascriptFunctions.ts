import type {
  BindStatement,
  ClassSyntax,
  Expression,
  FunctionExpression,
  FunctionSyntax,
  ObjectEntry,
  Statement,
} from '../facts/syntax.ts';
import { holderOf, nameNode, propertyName, stringText, typeText } from './javascriptNames.ts';
import { readParameters } from './javascriptPatterns.ts';
import type { Draft, Reading } from './reading.ts';
import { block } from './statements.ts';
import type { SyntaxNode } from './tree.ts';

const fieldTypes = new Set(['field_definition', 'public_field_definition']);

/** A function, method or arrow function, wherever it stands. */
export function readFunction(
  node: SyntaxNode,
  reading: Reading,
  decorators: readonly Expression[] = [],
): FunctionSyntax {
  const name = nameNode(node);
  const body = node.child('body') ?? node;
  const holder = holderOf(node);
  const member = holder?.type === 'class_body' || fieldTypes.has(holder?.type ?? '');
  const className = member ? reading.className : undefined;
  const returned = typeText(node.child('return_type'));
  const head = {
    nameAt: name ?? node,
    name: propertyName(name),
    className,
    receiverName: className === undefined ? undefined : 'this',
    results: returned === undefined ? [] : [{ name: '', typeName: returned }],
    decorators,
    async: node.has('async'),
    generator: node.has('*') || node.type.startsWith('generator'),
    static: node.has('static') || (member && holder?.has('static') === true),
    exported: isExported(node),
    bodyAt: body,
  };
  return reading.function(node, head, made => {
    made.parameters = readParameters(node, reading);
    made.body =
      body.type === 'statement_block'
        ? reading.statements(body.items)
        : body === node
          ? []
          : [{ type: 'return', at: body, values: [reading.expression(body)] }];
  });
}

export function functionExpression(node: SyntaxNode, reading: Reading): FunctionExpression {
  return { type: 'function', at: node, function: readFunction(node, reading) };
}

/** `export function f`, `export const f = …`, `export default …`. */
function isExported(node: SyntaxNode): boolean {
  const holder = holderOf(node);
  const declared = holder?.type === 'variable_declarator' ? holder.parent?.parent : holder;
  return declared?.type === 'export_statement';
}

/** `@Get('x')`, `@Injectable`: what a call decorates is known by its name. */
export function readDecorators(
  decorators: readonly SyntaxNode[],
  decorated: SyntaxNode | undefined,
  reading: Reading,
): Expression[] {
  return decorators.flatMap(({ item }) => {
    if (item === undefined) return [];
    const expression = reading.expression(item);
    if (expression.type === 'call')
      (expression as Draft<typeof expression>).decorates = propertyName(decorated);
    return [expression];
  });
}

/** A class declaration or a class as a value. */
export function readClass(node: SyntaxNode, reading: Reading): ClassSyntax {
  const name = nameNode(node);
  const decorators = node.all('decorator');
  const exported = isExported(node);
  if (exported) decorators.unshift(...(node.parent?.all('decorator') ?? []));
  const heritage = node.childOf('class_heritage');
  const head = {
    nameAt: name ?? node,
    name: propertyName(name),
    bases: heritage === undefined ? [] : readBases(heritage, reading),
    decorators: readDecorators(decorators, name, reading),
    exported,
  };
  return reading.class(node, head, made => readMembers(node.child('body'), made, reading));
}

/** `extends f(B)` can hold calls; types are taken as written. */
function readBases(heritage: SyntaxNode, reading: Reading): string[] {
  return heritage.items.flatMap(clause => {
    if (clause.type === 'implements_clause') return clause.items.map(type => type.text);
    const base = clause.child('value') ?? clause;
    reading.expression(base);
    return [base.text];
  });
}

function readMembers(body: SyntaxNode | undefined, made: Draft<ClassSyntax>, reading: Reading): void {
  const fields: BindStatement[] = [];
  const methods: FunctionSyntax[] = [];
  const statements: Statement[] = [];
  // TypeScript puts the decorators of a method beside it.
  let decorators: SyntaxNode[] = [];
  for (const member of body?.items ?? []) {
    if (member.type === 'decorator') {
      decorators.push(member);
      continue;
    }
    const before = decorators;
    decorators = [];
    const read = reading.unit(member, (node, inner) => readMember(node, before, inner), ...before);
    fields.push(...read.fields);
    if (read.method !== undefined) methods.push(read.method);
    statements.push(...read.body);
  }
  made.fields = fields;
  made.methods = methods;
  made.body = statements;
}

interface Member {
  readonly fields: readonly BindStatement[];
  readonly method?: FunctionSyntax;
  readonly body: readonly Statement[];
}

function readMember(node: SyntaxNode, beside: readonly SyntaxNode[], reading: Reading): Member {
  if (fieldTypes.has(node.type)) return { fields: [readField(node, reading)], body: [] };
  if (node.type === 'class_static_block') {
    const body = reading.statements(node.child('body')?.items ?? []);
    return { fields: [], body: [block(node, undefined, body)] };
  }
  if (node.type !== 'method_definition')
    return { fields: [], body: node.type === 'ERROR' ? reading.statement(node) : [] };
  const name = node.child('name');
  const decorators = readDecorators([...beside, ...node.all('decorator')], name, reading);
  if (name?.type === 'computed_property_name' && name.item !== undefined) reading.expression(name.item);
  const method = readFunction(node, reading, decorators);
  return { fields: parameterProperties(node, method), method, body: [] };
}

function readField(node: SyntaxNode, reading: Reading): BindStatement {
  const name = node.child('name') ?? node.child('property') ?? node;
  readDecorators(node.all('decorator'), name, reading);
  const value = node.child('value');
  return field(
    node,
    name,
    typeText(node.child('type')),
    value === undefined ? [] : [reading.expression(value)],
  );
}

/** `constructor(private readonly tracer: Tracer)`. */
function parameterProperties(node: SyntaxNode, { name, parameters }: FunctionSyntax): BindStatement[] {
  if (name !== 'constructor') return [];
  const nodes = node.child('parameters')?.items ?? [];
  return nodes.flatMap(each => {
    if (each.childOf('accessibility_modifier') === undefined && !each.has('readonly')) return [];
    const parameter = parameters.find(({ at }) => at === each);
    return parameter === undefined
      ? []
      : [field(each, each.child('pattern') ?? each, parameter.typeName, [])];
  });
}

function field(
  at: SyntaxNode,
  name: SyntaxNode,
  typeName: string | undefined,
  values: readonly Expression[],
): BindStatement {
  const target = { at: name, path: propertyName(name), target: undefined, typeName, from: undefined };
  return { type: 'bind', at, declares: true, operator: '=', targets: [target], values };
}

/** Interfaces have fields with types; what their methods do is nowhere. */
export function readInterface(node: SyntaxNode, reading: Reading): ClassSyntax {
  const name = node.child('name') ?? node;
  const bases = node.childOf('extends_type_clause')?.all('type') ?? [];
  const head = {
    nameAt: name,
    name: name.text,
    bases: bases.map(base => base.text),
    exported: isExported(node),
  };
  return reading.class(node, head, made => {
    made.fields = (node.child('body')?.items ?? []).flatMap(member =>
      member.type === 'property_signature'
        ? [field(member, member.child('name') ?? member, typeText(member.child('type')), [])]
        : [],
    );
  });
}

/** `enum E { A = 'x' }` as a declaration of an object; members without a value count on. */
export function readEnum(node: SyntaxNode, reading: Reading): BindStatement {
  const name = node.child('name') ?? node;
  const body = node.child('body') ?? node;
  const object = reading.object(body);
  let next: number | null = 0;
  for (const member of body.items) {
    const key: SyntaxNode = member.child('name') ?? member;
    const written = member.child('value');
    const value: Expression =
      written === undefined ? { type: 'constant', at: key, value: next } : reading.expression(written);
    next = value.type === 'constant' && typeof value.value === 'number' ? value.value + 1 : null;
    object.entries.push(entry(member, key, value));
  }
  const target = { at: name, path: name.text, target: undefined, typeName: undefined, from: undefined };
  return { type: 'bind', at: node, declares: true, operator: '=', targets: [target], values: [object] };
}

/** A member with a key that is a name, a string or a number. */
export function entry(at: SyntaxNode, key: SyntaxNode, value: Expression): ObjectEntry {
  const quoted = key.type === 'string';
  return {
    at,
    key: quoted ? stringText(key) : key.text,
    keyAt: key,
    keyExpression: undefined,
    value,
    spread: false,
    quoted,
  };
}
