import type { Expression, Handler, JumpStatement, Statement, TryStatement } from '../facts/syntax.ts';
import { operation } from './javaExpressions.ts';
import { readAnnotations, readClass, readFunction } from './javaFunctions.ts';
import { nameText, referencePath, typeText, unwrapped } from './javaNames.ts';
import { readSwitch, readSwitchValue } from './javaSwitch.ts';
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

const containers = new Set([
  'class_declaration',
  'interface_declaration',
  'enum_declaration',
  'record_declaration',
]);

/** Declarations of the file are units: what did not change is not read again. */
export function readStatement(node: SyntaxNode, reading: Reading): readonly Statement[] {
  return containers.has(node.type) ? read(node, reading) : reading.unit(node, read);
}

function read(node: SyntaxNode, reading: Reading): readonly Statement[] {
  switch (node.type) {
    case 'import_declaration':
      readImport(node, reading);
      return [];
    case 'class_declaration':
    case 'interface_declaration':
    case 'enum_declaration':
    case 'record_declaration':
    case 'annotation_type_declaration':
      return [{ type: 'class', at: node, class: readClass(node, reading) }];
    case 'method_declaration':
    case 'constructor_declaration':
      return [{ type: 'function', at: node, function: readFunction(node, reading) }];
    case 'local_variable_declaration':
    case 'field_declaration':
      return readDeclaration(node, reading);
    case 'expression_statement':
      return node.item === undefined ? [] : readExpressionStatement(node, node.item, reading);
    case 'assignment_expression':
    case 'method_invocation':
    case 'update_expression':
    case 'object_creation_expression':
    case 'explicit_constructor_invocation':
      return readExpressionStatement(node, node, reading);
    case 'block':
      return [block(node, undefined, reading.statements(node.items))];
    case 'labeled_statement':
      return [block(node, node.item?.text, reading.statements(node.items.slice(1)))];
    case 'synchronized_statement': {
      const [lock, body] = node.items;
      if (lock === undefined) return [];
      const locked: Statement = { type: 'expression', at: lock, expression: reading.expression(lock) };
      return [block(node, undefined, [locked, ...bodyOf(body, reading)])];
    }
    case 'if_statement':
      return [readIf(node, reading)];
    case 'for_statement':
      return readFor(node, reading);
    case 'enhanced_for_statement':
      return [readEach(node, reading)];
    case 'while_statement':
      return [whileLoop(node, readCondition(node, reading), bodyOf(node.child('body'), reading))];
    case 'do_statement':
      return [doLoop(node, bodyOf(node.child('body'), reading), readCondition(node, reading))];
    case 'switch_expression':
    case 'switch_statement':
      return [readSwitch(node, reading)];
    case 'try_statement':
    case 'try_with_resources_statement':
      return [readTry(node, reading)];
    case 'return_statement':
      return withSwitch(node.item, reading, values => ({ type: 'return', at: node, values }));
    case 'throw_statement':
      return [{ type: 'throw', at: node, value: node.item && reading.expression(node.item) }];
    case 'yield_statement':
      return [
        { type: 'expression', at: node, expression: operation(node, 'yield', node.items, reading) },
        { type: 'jump', at: node, kind: 'break', label: undefined },
      ];
    case 'break_statement':
    case 'continue_statement':
      return [jump(node)];
    case 'assert_statement':
      return [{ type: 'expression', at: node, expression: operation(node, 'assert', node.items, reading) }];
    case 'ERROR':
      return [broken(node, reading)];
    default:
      return [];
  }
}

function readImport(node: SyntaxNode, reading: Reading): void {
  const named = node.items.find(({ type }) => type.endsWith('identifier'));
  if (named === undefined) return;
  const path = nameText(named);
  const wildcard = node.childOf('asterisk') !== undefined;
  const dot = path.lastIndexOf('.');
  const name = path.slice(dot + 1);
  reading.imports.push({
    at: node,
    statementAt: node,
    module: wildcard ? path : path.slice(0, Math.max(0, dot)),
    name: wildcard ? '*' : name,
    local: wildcard ? '' : name,
    typeOnly: false,
    late: false,
  });
}

/** The statements of a block, or the one that stands for it. */
function bodyOf(node: SyntaxNode | undefined, reading: Reading): readonly Statement[] {
  if (node === undefined) return [];
  return node.type === 'block' ? reading.statements(node.items) : reading.statement(node);
}

/** A statement with a value; if that is a `switch` with blocks, these run before it. */
function withSwitch(
  value: SyntaxNode | undefined,
  reading: Reading,
  make: (values: readonly Expression[]) => Statement,
): Statement[] {
  if (value === undefined) return [make([])];
  const inner = unwrapped(value);
  if (inner.type !== 'switch_expression') return [make([reading.expression(value)])];
  const { value: chosen, before } = readSwitchValue(inner, reading);
  return before === undefined ? [make([chosen])] : [before, make([chosen])];
}

function readDeclaration(node: SyntaxNode, reading: Reading): Statement[] {
  const declarators = node.all('declarator');
  readAnnotations(node.childOf('modifiers'), declarators[0]?.child('name'), reading);
  const typeName = typeText(node.child('type'));
  return declarators.flatMap(declarator => {
    const name = declarator.child('name');
    if (name === undefined) return [];
    const at = declarators.length === 1 ? node : declarator;
    const target = { at: name, path: name.text, target: undefined, typeName, from: undefined };
    return withSwitch(declarator.child('value'), reading, values => bind(at, true, '=', [target], values));
  });
}

function readExpressionStatement(node: SyntaxNode, item: SyntaxNode, reading: Reading): Statement[] {
  const left = item.child('left');
  const right = item.child('right');
  if (item.type !== 'assignment_expression' || left === undefined || right === undefined)
    return [{ type: 'expression', at: node, expression: reading.expression(item) }];
  const path = referencePath(left);
  const target = {
    at: left,
    path: path ?? '',
    target: path === undefined ? reading.expression(left) : undefined,
    typeName: undefined,
    from: undefined,
  };
  const operator = item.child('operator')?.text ?? '=';
  return withSwitch(right, reading, values => bind(node, false, operator, [target], values));
}

function readIf(node: SyntaxNode, reading: Reading): Statement {
  const condition = readCondition(node, reading);
  const taken = bodyOf(node.child('consequence'), reading);
  const otherwise = node.child('alternative');
  return branch(node, condition, taken, otherwise && bodyOf(otherwise, reading));
}

function readFor(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const before = reading.statements(node.all('init'));
  const tested = node.child('condition');
  const condition = tested && reading.expression(tested);
  const body = bodyOf(node.child('body'), reading);
  return countLoop(node, before, condition, [...body, ...reading.statements(node.all('update'))]);
}

function readEach(node: SyntaxNode, reading: Reading): Statement {
  const name = node.child('name');
  const typeName = typeText(node.child('type'));
  const variables = name ? [{ at: name, path: name.text, target: undefined, typeName, from: undefined }] : [];
  const over = node.child('value');
  return eachLoop(node, variables, over && reading.expression(over), bodyOf(node.child('body'), reading));
}

/** Resources are closed at the end of the body, before any handler runs. */
function readTry(node: SyntaxNode, reading: Reading): TryStatement {
  const resources = node.child('resources')?.items ?? [];
  const items = resources.flatMap(resource => {
    const value = resource.child('value') ?? resource.item;
    if (resource.type !== 'resource' || value === undefined) return [];
    return [{ at: resource, value: reading.expression(value), name: resource.child('name')?.text ?? '' }];
  });
  const inner = bodyOf(node.child('body'), reading);
  const body: readonly Statement[] =
    items.length === 0 ? inner : [{ type: 'with', at: node, items, body: inner }];
  const last = node.childOf('finally_clause')?.childOf('block');
  return {
    type: 'try',
    at: node,
    body,
    handlers: node.items
      .filter(({ type }) => type === 'catch_clause')
      .map(each => readHandler(each, reading)),
    otherwise: undefined,
    finally: last === undefined ? undefined : bodyOf(last, reading),
  };
}

function readHandler(node: SyntaxNode, reading: Reading): Handler {
  const parameter = node.childOf('catch_formal_parameter');
  const body = node.child('body') ?? node;
  return {
    at: node,
    name: parameter?.child('name')?.text ?? '',
    types: (parameter?.childOf('catch_type')?.items ?? []).map(({ text }) => text),
    body: bodyOf(body, reading),
    bodyAt: new Stretch(body, body, 1),
  };
}

function jump(node: SyntaxNode): JumpStatement {
  const kind = node.type === 'break_statement' ? 'break' : 'continue';
  return { type: 'jump', at: node, kind, label: node.item?.text };
}
