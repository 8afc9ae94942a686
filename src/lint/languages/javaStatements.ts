import type {
  BindStatement,
  Expression,
  Handler,
  IfStatement,
  JumpStatement,
  LoopStatement,
  Statement,
  TryStatement,
} from '../facts/syntax.ts';
import { operation } from './javaExpressions.ts';
import { readAnnotations, readClass, readFunction } from './javaFunctions.ts';
import { nameText, referencePath, typeText, unwrapped } from './javaNames.ts';
import { readSwitch, readSwitchValue } from './javaSwitch.ts';
import type { Reading } from './reading.ts';
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
      return [readWhile(node, reading)];
    case 'do_statement':
      return [readDo(node, reading)];
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
      // What stands inside is listed, but nothing is said about how it runs.
      reading.statements(node.items);
      return [{ type: 'broken', at: node }];
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

function block(at: SyntaxNode, label: string | undefined, body: readonly Statement[]): Statement {
  return { type: 'block', at, label, body };
}

/** The statements of a block, or the one that stands for it. */
function bodyOf(node: SyntaxNode | undefined, reading: Reading): readonly Statement[] {
  if (node === undefined) return [];
  return node.type === 'block' ? reading.statements(node.items) : reading.statement(node);
}

function condition(node: SyntaxNode, reading: Reading): Expression {
  const inner = node.child('condition');
  return inner === undefined ? { type: 'unknown', at: node } : reading.expression(inner);
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
    return withSwitch(declarator.child('value'), reading, values => bind(at, true, '=', target, values));
  });
}

function bind(
  at: SyntaxNode,
  declares: boolean,
  operator: string,
  target: BindStatement['targets'][number],
  values: readonly Expression[],
): BindStatement {
  return { type: 'bind', at, declares, operator, targets: [target], values };
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
  return withSwitch(right, reading, values => bind(node, false, operator, target, values));
}

function readIf(node: SyntaxNode, reading: Reading): IfStatement {
  const otherwise = node.child('alternative');
  return {
    type: 'if',
    at: node,
    condition: condition(node, reading),
    // biome-ignore lint/suspicious/noThenProperty: no promise, an arm
    then: bodyOf(node.child('consequence'), reading),
    otherwise: otherwise === undefined ? undefined : bodyOf(otherwise, reading),
  };
}

/** `for (a; b; c)`: `a` stands before the loop, `c` at the end of its body. */
function readFor(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const before = reading.statements(node.all('init'));
  const tested = node.child('condition');
  const checked = tested === undefined ? undefined : reading.expression(tested);
  const body = bodyOf(node.child('body'), reading);
  const last = reading.statements(node.all('update'));
  const loop: LoopStatement = {
    type: 'loop',
    at: node,
    form: checked === undefined || isTrue(checked) ? 'forever' : 'count',
    variables: before.flatMap(each => (each.type === 'bind' && each.declares ? each.targets : [])),
    over: undefined,
    condition: checked,
    async: false,
    body: [...body, ...last],
  };
  return before.length === 0 ? [loop] : [block(node, undefined, [...before, loop])];
}

function readEach(node: SyntaxNode, reading: Reading): LoopStatement {
  const name = node.child('name');
  const over = node.child('value');
  const typeName = typeText(node.child('type'));
  return {
    type: 'loop',
    at: node,
    form: 'each',
    variables:
      name === undefined ? [] : [{ at: name, path: name.text, target: undefined, typeName, from: undefined }],
    over: over === undefined ? undefined : reading.expression(over),
    condition: undefined,
    async: false,
    body: bodyOf(node.child('body'), reading),
  };
}

function readWhile(node: SyntaxNode, reading: Reading): LoopStatement {
  const checked = condition(node, reading);
  const body = bodyOf(node.child('body'), reading);
  return loopWhile(node, isTrue(checked) ? 'forever' : 'while', checked, body);
}

/** The body runs before the condition is looked at for the first time. */
function readDo(node: SyntaxNode, reading: Reading): LoopStatement {
  const body = bodyOf(node.child('body'), reading);
  const checked = condition(node, reading);
  const leave: JumpStatement = { type: 'jump', at: node, kind: 'break', label: undefined };
  // biome-ignore lint/suspicious/noThenProperty: no promise, an arm
  const last: IfStatement = { type: 'if', at: node, condition: checked, then: [], otherwise: [leave] };
  return loopWhile(node, 'forever', undefined, [...body, last]);
}

function loopWhile(
  at: SyntaxNode,
  form: LoopStatement['form'],
  checked: Expression | undefined,
  body: readonly Statement[],
): LoopStatement {
  return { type: 'loop', at, form, variables: [], over: undefined, condition: checked, async: false, body };
}

function isTrue(expression: Expression): boolean {
  return expression.type === 'constant' && expression.value === true;
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
