import type {
  BindTarget,
  Expression,
  FunctionSyntax,
  Handler,
  JumpStatement,
  Statement,
  SwitchArm,
  SwitchStatement,
  TryStatement,
  WithStatement,
} from '../facts/syntax.ts';
import { readBlock, readResources } from './csharpBlocks.ts';
import { nestedTypes, readClass } from './csharpClasses.ts';
import { readAttributes, readFunction } from './csharpFunctions.ts';
import {
  isExpression,
  nameText,
  referencePath,
  simpleName,
  typeText,
  unwrapped,
  valueIn,
} from './csharpNames.ts';
import { flattened, operation, readAssigned } from './csharpParts.ts';
import type { Draft, Reading } from './reading.ts';
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

/** Declarations of the file are units: what did not change is not read again. */
export function readStatement(node: SyntaxNode, reading: Reading): readonly Statement[] {
  return nestedTypes.has(node.type) || node.type === 'namespace_declaration'
    ? read(node, reading)
    : reading.unit(node, read);
}

function read(node: SyntaxNode, reading: Reading): readonly Statement[] {
  switch (node.type) {
    case 'using_directive':
      readImport(node, reading);
      return [];
    case 'namespace_declaration':
      return readBlock(node.child('body')?.items ?? [], reading);
    case 'class_declaration':
    case 'struct_declaration':
    case 'record_declaration':
    case 'interface_declaration':
    case 'enum_declaration':
      return [{ type: 'class', at: node, class: readClass(node, reading) }];
    case 'method_declaration':
    case 'constructor_declaration':
    case 'local_function_statement':
      return [{ type: 'function', at: node, function: readFunction(node, reading) }];
    case 'global_statement':
    case 'declaration_list':
    case 'checked_statement':
    case 'unsafe_statement':
      return readBlock(node.items, reading);
    case 'global_attribute':
      return readAttributes(node, '', reading).map(expression => ({
        type: 'expression',
        at: node,
        expression,
      }));
    case 'preproc_if':
      return readDirective(node, reading);
    case 'local_declaration_statement':
    case 'field_declaration':
    case 'variable_declaration':
      return readDeclaration(node, reading);
    case 'expression_statement': {
      const value = valueIn(node);
      return value === undefined ? [] : readExpressionStatement(node, value, reading);
    }
    case 'block':
      return [block(node, undefined, readBlock(node.items, reading))];
    case 'labeled_statement':
      return [block(node, node.item?.text, readBlock(node.items.slice(1), reading))];
    case 'lock_statement':
    case 'fixed_statement':
      return readGuarded(node, reading);
    case 'using_statement':
      return [readUsing(node, reading)];
    case 'if_statement':
      return [readIf(node, reading)];
    case 'for_statement':
      return readFor(node, reading);
    case 'foreach_statement':
      return [readEach(node, reading)];
    case 'while_statement':
      return [whileLoop(node, readCondition(node, reading), bodyOf(node.child('body'), reading))];
    case 'do_statement':
      return [doLoop(node, bodyOf(node.child('body'), reading), readCondition(node, reading))];
    case 'switch_statement':
      return [readSwitch(node, reading)];
    case 'try_statement':
      return [readTry(node, reading)];
    case 'return_statement': {
      const value = valueIn(node);
      return [{ type: 'return', at: node, values: value === undefined ? [] : [reading.expression(value)] }];
    }
    case 'throw_statement': {
      const value = valueIn(node);
      return [{ type: 'throw', at: node, value: value && reading.expression(value) }];
    }
    case 'yield_statement':
      return [readYield(node, reading)];
    case 'break_statement':
    case 'continue_statement':
    case 'goto_statement':
      return [jump(node)];
    case 'ERROR':
      return [broken(node, reading)];
    default:
      return node.type.endsWith('_expression') ? readExpressionStatement(node, node, reading) : [];
  }
}

/** `using A.B;`, `using static A.B;`, `using C = A.B;`: names of a namespace are used without it. */
function readImport(node: SyntaxNode, reading: Reading): void {
  const alias = node.child('name');
  const named = node.items.findLast(item => item !== alias);
  if (named === undefined) return;
  reading.imports.push({
    at: node,
    statementAt: node,
    module: nameText(named),
    name: '*',
    local: alias === undefined ? '' : simpleName(alias),
    typeOnly: false,
    late: false,
  });
}

function readUsing(node: SyntaxNode, reading: Reading): WithStatement {
  const items = readResources(node, reading);
  return { type: 'with', at: node, items, body: bodyOf(node.child('body'), reading) };
}

/** The statements of a block, or the one that stands for it. */
function bodyOf(node: SyntaxNode | undefined, reading: Reading): readonly Statement[] {
  if (node === undefined) return [];
  return node.type === 'block' ? readBlock(node.items, reading) : reading.statement(node);
}

/** `#if A … #else …`: one of the two, and nobody knows which. */
function readDirective(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const alternative = node.child('alternative');
  const inside = node.items.filter(({ field }) => field !== 'condition' && field !== 'alternative');
  const first = readBlock(inside, reading);
  if (alternative === undefined) return first;
  const otherwise =
    alternative.type === 'preproc_elif'
      ? readDirective(alternative, reading)
      : readBlock(flattened([alternative]), reading);
  if (first.length === 0) return otherwise;
  return [branch(node, { type: 'unknown', at: node.child('condition') ?? node }, first, otherwise)];
}

function readDeclaration(node: SyntaxNode, reading: Reading): Statement[] {
  const declaration = node.childOf('variable_declaration') ?? node;
  const type = typeText(declaration.child('type'));
  const declarators = declaration.items.filter(({ type: kind }) => kind === 'variable_declarator');
  return declarators.map(declarator => {
    const at = declarators.length === 1 ? node : declarator;
    const name = declarator.child('name') ?? declarator.item ?? declarator;
    const targets = readTargets(name, type, reading);
    return bind(at, true, '=', targets, readAssigned(declarator, reading));
  });
}

/** A name, a place, or several in brackets: `(a, var b)`; of those in brackets again the index is `0.1`. */
function readTargets(pattern: SyntaxNode, typeName: string | undefined, reading: Reading): BindTarget[] {
  const found: BindTarget[] = [];
  const stack: { node: SyntaxNode; from: number | string | undefined }[] = [
    { node: pattern, from: undefined },
  ];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, from } = next;
    if (/^(?:tuple_pattern|tuple_expression|parenthesized_variable_designation)$/.test(node.type)) {
      const parts = node.items.map((item, index) => ({
        node: item.type === 'argument' ? (valueIn(item) ?? item) : item,
        from: from === undefined ? index : `${from}.${index}`,
      }));
      stack.push(...parts.reverse());
      continue;
    }
    const declares = node.type === 'declaration_expression';
    const at = declares ? (node.child('name') ?? node) : node;
    const path = referencePath(at);
    const type = declares ? typeText(node.child('type')) : typeName;
    const target = path === undefined ? reading.expression(at) : undefined;
    found.push({ at, path: path ?? '', target, typeName: type, from });
  }
  return found;
}

function readExpressionStatement(node: SyntaxNode, wrapped: SyntaxNode, reading: Reading): Statement[] {
  const item = unwrapped(wrapped);
  const left = item.child('left');
  const right = item.child('right');
  if (item.type !== 'assignment_expression' || left === undefined || right === undefined)
    return [{ type: 'expression', at: node, expression: reading.expression(item) }];
  const operator = item.child('operator')?.text ?? '=';
  const targets = readTargets(left, undefined, reading);
  const parallel = left.type === 'tuple_expression' && right.type === 'tuple_expression';
  const values = reading.expressions(parallel ? right.items : [right]);
  if (operator !== '??=') return [bind(node, false, operator, targets, values)];
  // The other value is the one that it has.
  const choice: Expression = { type: 'choice', at: right, condition: undefined, values };
  return [bind(node, false, '=', targets, [choice])];
}

/** `lock (a) { … }`, `fixed (T* a = b) { … }`. */
function readGuarded(node: SyntaxNode, reading: Reading): Statement[] {
  const parts = node.children.filter(isExpression);
  const body = parts.pop();
  const before = parts.flatMap((part): readonly Statement[] =>
    part.type === 'variable_declaration'
      ? reading.statement(part)
      : [{ type: 'expression', at: part, expression: reading.expression(part) }],
  );
  return [block(node, undefined, [...before, ...bodyOf(body, reading)])];
}

function readIf(node: SyntaxNode, reading: Reading): Statement {
  const condition = readCondition(node, reading);
  const taken = bodyOf(node.child('consequence'), reading);
  const otherwise = node.child('alternative');
  return branch(node, condition, taken, otherwise && bodyOf(otherwise, reading));
}

function readFor(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const before = reading.statements(node.all('initializer'));
  const tested = node.child('condition');
  const condition = tested && reading.expression(tested);
  const body = bodyOf(node.child('body'), reading);
  return countLoop(node, before, condition, [...body, ...reading.statements(node.all('update'))]);
}

function readEach(node: SyntaxNode, reading: Reading): Statement {
  const left = node.child('left');
  const variables = left ? readTargets(left, typeText(node.child('type')), reading) : [];
  const right = node.child('right');
  const over = right && reading.expression(right);
  return eachLoop(node, variables, over, bodyOf(node.child('body'), reading), node.has('await'));
}

/** Patterns are no values. A section never runs on into the next one, unless it is empty. */
function readSwitch(node: SyntaxNode, reading: Reading): SwitchStatement {
  const value = node.child('value');
  const subject = value === undefined ? undefined : reading.expression(value);
  const sections = node.child('body')?.items.filter(({ type }) => type === 'switch_section') ?? [];
  const arms = sections.map((section): SwitchArm => {
    const guard = section.childOf('when_clause')?.items ?? [];
    const constants = section.items.flatMap(item => (item.type === 'constant_pattern' ? item.items : []));
    const body = section.items.filter(({ type }) => !/_pattern$|^when_clause$/.test(type));
    return {
      at: section,
      values: reading.expressions([...constants, ...guard]),
      isDefault: section.has('default'),
      fallsThrough: body.length === 0,
      body: readBlock(body, reading),
    };
  });
  return { type: 'switch', at: node, subject, arms, select: false };
}

function readTry(node: SyntaxNode, reading: Reading): TryStatement {
  const last = node.childOf('finally_clause')?.childOf('block');
  return {
    type: 'try',
    at: node,
    body: bodyOf(node.child('body'), reading),
    handlers: node.items
      .filter(({ type }) => type === 'catch_clause')
      .map(each => readHandler(each, reading)),
    otherwise: undefined,
    finally: last === undefined ? undefined : bodyOf(last, reading),
  };
}

/** With a filter (`when`) it catches only some. */
function readHandler(node: SyntaxNode, reading: Reading): Handler {
  const declaration = node.childOf('catch_declaration');
  const filter = node.childOf('catch_filter_clause');
  const type = declaration?.child('type')?.text;
  const name = declaration?.child('name');
  const body = node.child('body') ?? node;
  if (filter !== undefined) reading.expressions(filter.items);
  return {
    at: node,
    name: name === undefined ? '' : simpleName(name),
    types: filter !== undefined ? [`${type ?? 'Exception'} when`] : type === undefined ? [] : [type],
    body: bodyOf(body, reading),
    bodyAt: new Stretch(body, body, 1),
  };
}

/** `yield return a` makes a generator of the function; `yield break` ends it. */
function readYield(node: SyntaxNode, reading: Reading): Statement {
  if (reading.inFunction !== undefined) (reading.inFunction as Draft<FunctionSyntax>).generator = true;
  const value = valueIn(node);
  if (value === undefined) return { type: 'return', at: node, values: [] };
  return { type: 'expression', at: node, expression: operation(node, 'yield', [value], reading) };
}

function jump(node: SyntaxNode): JumpStatement {
  const kind =
    node.type === 'break_statement' ? 'break' : node.type === 'goto_statement' ? 'goto' : 'continue';
  return { type: 'jump', at: node, kind, label: node.item?.text };
}
