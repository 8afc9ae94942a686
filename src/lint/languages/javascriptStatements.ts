import type {
  BindStatement,
  Expression,
  ExpressionStatement,
  Handler,
  JumpStatement,
  Statement,
  SwitchArm,
  SwitchStatement,
  TryStatement,
} from '../facts/syntax.ts';
import { readClass, readEnum, readFunction, readInterface } from './javascriptFunctions.ts';
import { readImports, readReexports, readRequired, reexported, specifiers } from './javascriptImports.ts';
import { referencePath, stringText, unwrapped } from './javascriptNames.ts';
import { readTargets } from './javascriptPatterns.ts';
import type { Reading } from './reading.ts';
import {
  bind,
  block,
  branch,
  broken,
  countLoop,
  doLoop,
  eachLoop,
  readCondition,
  whileLoop,
} from './statements.ts';
import { Stretch, type SyntaxNode } from './tree.ts';

const containers = new Set(['export_statement', 'class_declaration', 'abstract_class_declaration']);

/** Statements of the top of the file are units: what did not change is not read again. */
export function readStatement(node: SyntaxNode, reading: Reading): readonly Statement[] {
  return containers.has(node.type) ? read(node, reading) : reading.unit(node, read);
}

function read(node: SyntaxNode, reading: Reading): readonly Statement[] {
  switch (node.type) {
    case 'import_statement':
      readImports(node, reading);
      return [];
    case 'export_statement':
      return readExport(node, reading);
    case 'lexical_declaration':
    case 'variable_declaration':
      return readDeclaration(node, reading);
    case 'import_alias':
      return readAlias(node, reading);
    case 'function_declaration':
    case 'generator_function_declaration':
      return [{ type: 'function', at: node, function: readFunction(node, reading) }];
    case 'class_declaration':
    case 'abstract_class_declaration':
      return [{ type: 'class', at: node, class: readClass(node, reading) }];
    case 'interface_declaration':
      return [{ type: 'class', at: node, class: readInterface(node, reading) }];
    case 'enum_declaration':
      return [readEnum(node, reading)];
    case 'ambient_declaration':
      return reading.statements(node.items);
    case 'internal_module':
    case 'module':
      return [block(node, undefined, reading.statements(node.child('body')?.items ?? []))];
    case 'expression_statement':
      return readExpressionStatement(node, reading);
    case 'statement_block':
      return [block(node, undefined, reading.statements(node.items))];
    case 'labeled_statement':
      return [block(node, node.child('label')?.text, bodyOf(node.child('body'), reading))];
    case 'with_statement':
      return [
        { type: 'expression', at: node, expression: readCondition(node, reading, 'object') },
        block(node, undefined, bodyOf(node.child('body'), reading)),
      ];
    case 'if_statement':
      return [readIf(node, reading)];
    case 'for_statement':
      return readFor(node, reading);
    case 'for_in_statement':
      return [readForIn(node, reading)];
    case 'while_statement':
      return [whileLoop(node, readCondition(node, reading), bodyOf(node.child('body'), reading))];
    case 'do_statement':
      return [doLoop(node, bodyOf(node.child('body'), reading), readCondition(node, reading))];
    case 'switch_statement':
      return [readSwitch(node, reading)];
    case 'try_statement':
      return [readTry(node, reading)];
    case 'return_statement':
      return [{ type: 'return', at: node, values: reading.expressions(node.items) }];
    case 'throw_statement':
      return [{ type: 'throw', at: node, value: node.item && reading.expression(node.item) }];
    case 'break_statement':
    case 'continue_statement':
      return [jump(node)];
    case 'ERROR':
      return [broken(node, reading)];
    default:
      return isDeclarationOfTypes(node) ? [] : [statementOf(node, reading.expression(node))];
  }
}

function isDeclarationOfTypes({ type }: SyntaxNode): boolean {
  return /^(?:type_alias_declaration|function_signature|empty_statement|debugger_statement|hash_bang_line|decorator)$/.test(
    type,
  );
}

function statementOf(at: SyntaxNode, expression: Expression): ExpressionStatement {
  return { type: 'expression', at, expression };
}

/** The statements of a block, or the one that stands for it. */
function bodyOf(node: SyntaxNode | undefined, reading: Reading): readonly Statement[] {
  if (node === undefined) return [];
  return node.type === 'statement_block' ? reading.statements(node.items) : reading.statement(node);
}

function readDeclaration(node: SyntaxNode, reading: Reading): Statement[] {
  const declarators = node.items.filter(item => item.type === 'variable_declarator');
  return declarators.flatMap((declarator): Statement[] => {
    const at = declarators.length === 1 ? node : declarator;
    if (readRequired(declarator, at, reading)) return [];
    const name = declarator.child('name');
    const value = declarator.child('value');
    if (name === undefined) return [];
    if (value !== undefined && unwrapped(value).type === 'class')
      return [{ type: 'class', at, class: readClass(unwrapped(value), reading) }];
    const targets = readTargets(name, reading, declarator.child('type'));
    return [bind(at, true, '=', targets, value === undefined ? [] : [reading.expression(value)])];
  });
}

/** `import Span = Sentry.Span`. */
function readAlias(node: SyntaxNode, reading: Reading): Statement[] {
  const [name, value] = node.items;
  if (name === undefined || value === undefined) return [];
  const expression: Expression = { type: 'reference', at: value, path: value.text };
  return [bind(node, true, '=', readTargets(name, reading), [expression])];
}

function readExpressionStatement(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const { item } = node;
  if (item === undefined) return [];
  if (item.type === 'internal_module') return read(item, reading);
  const expression = unwrapped(item);
  const left = expression.child('left');
  const right = expression.child('right');
  const adds = expression.type === 'augmented_assignment_expression';
  if ((adds || expression.type === 'assignment_expression') && left !== undefined && right !== undefined) {
    const operator = adds ? (expression.child('operator')?.text ?? '') : '=';
    const targets = readTargets(left, reading);
    return [bind(node, false, operator, targets, [reading.expression(right)])];
  }
  return [statementOf(node, reading.expression(item))];
}

function readIf(node: SyntaxNode, reading: Reading): Statement {
  const condition = readCondition(node, reading);
  const taken = bodyOf(node.child('consequence'), reading);
  const otherwise = node.child('alternative');
  return branch(node, condition, taken, otherwise && bodyOf(otherwise.item, reading));
}

function readFor(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const [first, test, increment] = ['initializer', 'condition', 'increment'].map(name => {
    const part = node.child(name);
    return part?.type === 'empty_statement' ? undefined : part;
  });
  const before = first === undefined ? [] : reading.statement(first);
  const tested = test?.type === 'expression_statement' ? test.item : test;
  const condition = tested && reading.expression(tested);
  const body = bodyOf(node.child('body'), reading);
  const last = increment === undefined ? [] : [statementOf(increment, reading.expression(increment))];
  return countLoop(node, before, condition, [...body, ...last]);
}

function readForIn(node: SyntaxNode, reading: Reading): Statement {
  const left = node.child('left');
  const variables = left ? readTargets(left, reading) : [];
  const right = node.child('right');
  const over = right && reading.expression(right);
  return eachLoop(node, variables, over, bodyOf(node.child('body'), reading), node.has('await'));
}

function readSwitch(node: SyntaxNode, reading: Reading): SwitchStatement {
  const subject = readCondition(node, reading, 'value');
  const arms = (node.child('body')?.items ?? []).map(
    (arm): SwitchArm => ({
      at: arm,
      values: reading.expressions(arm.all('value')),
      isDefault: arm.type === 'switch_default',
      fallsThrough: true,
      body: reading.statements(arm.all('body')),
    }),
  );
  return { type: 'switch', at: node, subject, arms, select: false };
}

function readTry(node: SyntaxNode, reading: Reading): TryStatement {
  const body = bodyOf(node.child('body'), reading);
  const handler = node.child('handler');
  const last = node.child('finalizer')?.child('body');
  return {
    type: 'try',
    at: node,
    body,
    handlers: handler === undefined ? [] : [readHandler(handler, reading)],
    otherwise: undefined,
    finally: last === undefined ? undefined : bodyOf(last, reading),
  };
}

function readHandler(node: SyntaxNode, reading: Reading): Handler {
  const parameter = node.child('parameter');
  const body = node.child('body') ?? node;
  return {
    at: node,
    name: parameter?.type === 'identifier' ? parameter.text : '',
    types: [],
    body: bodyOf(body, reading),
    bodyAt: new Stretch(body, body, 1),
  };
}

function jump(node: SyntaxNode): JumpStatement {
  const kind = node.type === 'break_statement' ? 'break' : 'continue';
  return { type: 'jump', at: node, kind, label: node.child('label')?.text };
}

function readExport(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const source = node.child('source');
  const declaration = node.child('declaration');
  if (source !== undefined) readReexports(node, source, reading);
  if (source !== undefined || node.childOf('export_clause') !== undefined) return [];
  if (declaration !== undefined) return reading.statement(declaration);
  const value = node.child('value') ?? node.items.find(item => item.type !== 'decorator');
  if (value === undefined || referencePath(value) !== undefined) return [];
  const expression = reading.unit(value, (each, inner) => inner.expression(each));
  const target = {
    at: node.childOf('default') ?? node,
    path: 'default',
    target: undefined,
    typeName: undefined,
    from: undefined,
  };
  return [bind(node, true, '=', [target], [expression])];
}

/** See `FileSyntax.exports`. */
export function readExports(root: SyntaxNode, body: readonly Statement[]): Map<string, string> {
  const exports = new Map<string, string>();
  for (const node of root.items) if (node.type === 'export_statement') addExported(node, exports);
  for (const statement of body) if (statement.type === 'bind') addAssigned(statement, exports);
  return exports;
}

function addExported(node: SyntaxNode, exports: Map<string, string>): void {
  const source = node.child('source');
  const clause = node.childOf('export_clause');
  const declaration = node.child('declaration');
  if (source !== undefined) {
    const module = stringText(source);
    for (const { name, as } of reexported(node))
      exports.set(as === '*' ? `* ${module}` : as, `${module}#${name}`);
  } else if (clause !== undefined) {
    for (const { name, as } of specifiers(clause)) exports.set(as, name);
  } else if (node.has('default') || node.has('=')) {
    const value = declaration ?? node.child('value') ?? node.items.find(item => item.type !== 'decorator');
    const name = declaration === undefined ? value && referencePath(value) : declaration.child('name')?.text;
    exports.set('default', name ?? 'default');
  } else {
    for (const name of declaredNames(declaration)) exports.set(name, name);
  }
}

function declaredNames(declaration: SyntaxNode | undefined): string[] {
  if (declaration === undefined) return [];
  const name = declaration.child('name');
  if (name !== undefined) return [name.text];
  const names: string[] = [];
  const stack = declaration.items.flatMap(declarator => declarator.child('name') ?? []).reverse();
  for (let at = stack.pop(); at !== undefined; at = stack.pop())
    if (/^(?:shorthand_property_identifier_pattern|identifier)$/.test(at.type)) names.push(at.text);
    else stack.push(...at.items.filter(item => item.field !== 'key' && item.field !== 'right').reverse());
  return names;
}

/** `module.exports = { a, b: c, d() {} }`, `exports.a = …`. */
function addAssigned(
  { targets: [target], values: [value] }: BindStatement,
  exports: Map<string, string>,
): void {
  const [, whole, name] =
    /^(?:(module\.exports)|(?:module\.)?exports\.([\w$]+))$/.exec(target?.path ?? '') ?? [];
  if (target === undefined || value === undefined) return;
  if (name !== undefined) exports.set(name, value.type === 'reference' ? value.path : target.path);
  if (whole === undefined) return;
  exports.set('default', value.type === 'reference' ? value.path : whole);
  for (const { key, value: member } of value.type === 'object' ? value.entries : [])
    if (key !== undefined && member.type === 'reference') exports.set(key, member.path);
    else if (key !== undefined && member.type === 'function') exports.set(key, key);
}
