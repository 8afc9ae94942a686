import type {
  BindStatement,
  ClassSyntax,
  Expression,
  FunctionExpression,
  FunctionSyntax,
  Parameter,
  Statement,
} from '../facts/syntax.ts';
import { bodyOf } from './pythonBlocks.ts';
import type { Draft, Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** A function, method or lambda. */
export function readFunction(
  node: SyntaxNode,
  reading: Reading,
  decorators: readonly SyntaxNode[] = [],
): FunctionSyntax {
  const name = node.child('name') ?? lambdaName(node);
  const body = node.child('body') ?? node;
  const { className } = reading;
  const parameters = readParameters(node.child('parameters'), reading);
  const isStatic = decorators.some(({ item }) => item?.text === 'staticmethod');
  const bound = className !== undefined && !isStatic && node.type === 'function_definition';
  const returned = node.child('return_type')?.text;
  const head = {
    nameAt: name ?? node,
    name: name?.text ?? '',
    className,
    receiverName: bound ? parameters[0]?.name : undefined,
    results: returned === undefined ? [] : [{ name: '', typeName: returned }],
    decorators: readDecorators(decorators, name, reading),
    async: node.has('async'),
    generator: false,
    static: isStatic,
    exported: false,
    bodyAt: body,
  };
  return reading.function(node, head, made => {
    made.parameters = bound ? parameters.slice(1) : parameters;
    made.body =
      body.type === 'block'
        ? bodyOf(body, reading)
        : body === node
          ? []
          : [{ type: 'return', at: body, values: [reading.expression(body)] }];
  });
}

export function functionExpression(node: SyntaxNode, reading: Reading): FunctionExpression {
  return { type: 'function', at: node, function: readFunction(node, reading) };
}

/** `f = lambda: …`. */
function lambdaName(node: SyntaxNode): SyntaxNode | undefined {
  if (node.parent?.type !== 'assignment') return undefined;
  const left = node.parent.child('left');
  return left?.type === 'identifier' ? left : left?.child('attribute');
}

/** `@traced("x")`, `@plain`: what a call decorates is known by its name. */
function readDecorators(
  decorators: readonly SyntaxNode[],
  decorated: SyntaxNode | undefined,
  reading: Reading,
): Expression[] {
  return decorators.flatMap(({ item }) => {
    if (item === undefined) return [];
    const expression = reading.expression(item);
    if (expression.type === 'call')
      (expression as Draft<typeof expression>).decorates = decorated?.text ?? '';
    return [expression];
  });
}

const noFields: ReadonlyMap<string, string> = new Map();

function readParameters(list: SyntaxNode | undefined, reading: Reading): Parameter[] {
  return (list?.items ?? []).flatMap((node): Parameter[] => {
    if (node.type === 'keyword_separator' || node.type === 'positional_separator') return [];
    const named = node.child('name') ?? (node.type === 'identifier' ? node : node.item);
    const splat = [node, named].find(each => each?.type.endsWith('splat_pattern'));
    const name = splat === undefined ? named : splat.item;
    const value = node.child('value');
    return [
      {
        at: node,
        name: name?.type === 'identifier' ? name.text : '',
        fields: noFields,
        typeName: node.child('type')?.text,
        value: value === undefined ? undefined : reading.expression(value),
        rest: splat !== undefined,
        decorators: [],
      },
    ];
  });
}

export function readClass(
  node: SyntaxNode,
  reading: Reading,
  decorators: readonly SyntaxNode[] = [],
): ClassSyntax {
  const name = node.child('name') ?? node;
  const bases = (node.child('superclasses')?.items ?? []).filter(({ type }) => type !== 'keyword_argument');
  const head = {
    nameAt: name,
    name: name.text,
    bases: bases.map(base => base.text),
    decorators: readDecorators(decorators, name, reading),
    exported: false,
  };
  return reading.class(node, head, made => {
    const fields: BindStatement[] = [];
    const methods: FunctionSyntax[] = [];
    const body: Statement[] = [];
    for (const statement of reading.statements(node.child('body')?.items ?? []))
      if (statement.type === 'bind') fields.push(statement);
      else if (statement.type === 'function') methods.push(statement.function);
      else body.push(statement);
    made.fields = fields;
    made.methods = methods;
    made.body = body;
  });
}
