import {
  type BindStatement,
  type BindTarget,
  type Expression,
  type Handler,
  type IfStatement,
  type Statement,
  type SwitchArm,
  staticText,
  type TryStatement,
  type WithStatement,
} from '../facts/syntax.ts';
import { bodyOf } from './pythonBlocks.ts';
import { readClass, readFunction } from './pythonFunctions.ts';
import { referencePath, unwrapped } from './pythonNames.ts';
import type { Reading } from './reading.ts';
import { branch, broken, eachLoop, readCondition, whileLoop } from './statements.ts';
import { Stretch, type SyntaxNode } from './tree.ts';

const containers = new Set(['class_definition', 'decorated_definition']);

/** Statements of the module and of classes are units: what did not change is not read again. */
export function readStatement(node: SyntaxNode, reading: Reading): readonly Statement[] {
  return containers.has(node.type) ? read(node, reading) : reading.unit(node, read);
}

function read(node: SyntaxNode, reading: Reading): readonly Statement[] {
  switch (node.type) {
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      readImports(node, reading);
      return [];
    case 'function_definition':
      return [{ type: 'function', at: node, function: readFunction(node, reading) }];
    case 'class_definition':
      return [{ type: 'class', at: node, class: readClass(node, reading) }];
    case 'decorated_definition':
      return readDecorated(node, reading);
    case 'expression_statement':
      return readExpressionStatement(node, reading);
    case 'return_statement':
      return [{ type: 'return', at: node, values: reading.expressions(node.items) }];
    case 'raise_statement':
      return [{ type: 'throw', at: node, value: readRaised(node, reading) }];
    case 'if_statement':
      return [readIf(node, reading)];
    case 'for_statement':
      return readFor(node, reading);
    case 'while_statement':
      return readWhile(node, reading);
    case 'try_statement':
      return [readTry(node, reading)];
    case 'with_statement':
      return [readWith(node, reading)];
    case 'match_statement':
      return [readMatch(node, reading)];
    case 'break_statement':
      return [{ type: 'jump', at: node, kind: 'break', label: undefined }];
    case 'continue_statement':
      return [{ type: 'jump', at: node, kind: 'continue', label: undefined }];
    case 'delete_statement':
    case 'assert_statement':
      return reading
        .expressions(node.items)
        .map(expression => ({ type: 'expression', at: node, expression }));
    case 'block':
      return bodyOf(node, reading);
    case 'ERROR':
      return [broken(node, reading)];
    case 'pass_statement':
    case 'global_statement':
    case 'nonlocal_statement':
    case 'type_alias_statement':
    case 'exec_statement':
      return [];
    default:
      return [{ type: 'expression', at: node, expression: reading.expression(node) }];
  }
}

/** `import a.b` gives the name `a`; `import a.b as c` the module itself; `from m import x`. */
function readImports(node: SyntaxNode, reading: Reading): void {
  const from = node.child('module_name');
  const module = from?.text ?? (node.type === 'future_import_statement' ? '__future__' : undefined);
  const names = node.all('name');
  const late = reading.inFunction !== undefined;
  const typeOnly = isForTypes(node);
  const add = (at: SyntaxNode, source: string, name: string, local: string) =>
    reading.imports.push({ at, statementAt: node, module: source, name, local, typeOnly, late });
  if (node.childOf('wildcard_import') !== undefined && module !== undefined) add(node, module, '*', '');
  for (const each of names) {
    const at = names.length === 1 ? node : each;
    const written = each.child('name') ?? each;
    const alias = each.child('alias')?.text;
    if (module !== undefined) add(at, module, written.text, alias ?? written.text);
    else if (alias !== undefined) add(at, written.text, '*', alias);
    else {
      const [first] = written.text.split('.');
      add(at, first, '*', first);
    }
  }
}

/** `if TYPE_CHECKING:` is never true while the program runs. */
function isForTypes(node: SyntaxNode): boolean {
  const block = node.parent;
  return (
    block?.field === 'consequence' &&
    /^(?:\w+\.)?TYPE_CHECKING$/.test(block.parent?.child('condition')?.text ?? '')
  );
}

function readDecorated(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const definition = node.child('definition');
  const decorators = node.items.filter(({ type }) => type === 'decorator');
  if (definition === undefined) return [];
  if (definition.type === 'class_definition')
    return [{ type: 'class', at: node, class: readClass(definition, reading, decorators) }];
  return [
    reading.unit(
      definition,
      (each, inner): Statement => ({
        type: 'function',
        at: node,
        function: readFunction(each, inner, decorators),
      }),
      ...decorators,
    ),
  ];
}

function readExpressionStatement(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const [item, ...others] = node.items;
  if (item === undefined) return [];
  if (item.type === 'assignment' || item.type === 'augmented_assignment')
    return [readAssignment(node, item, reading)];
  const expressions = reading.expressions([item, ...others]);
  return expressions.map(
    expression => attributeSet(node, expression) ?? { type: 'expression', at: node, expression },
  );
}

/** `setattr(request, "span", span)` and `object.__setattr__(request, "span", span)` are `request.span = span`. */
function attributeSet(node: SyntaxNode, call: Expression): BindStatement | undefined {
  if (call.type !== 'call' || !/^(?:__)?setattr(?:__)?$/.test(call.callee)) return undefined;
  const [object, name, value, ...others] = call.arguments;
  const key = name && staticText(name);
  if (object?.type !== 'reference' || key === undefined || value === undefined || others.length > 0)
    return undefined;
  const target = { at: name.at, path: `${object.path}.${key}`, target: undefined, typeName: undefined };
  return {
    type: 'bind',
    at: node,
    declares: false,
    operator: '=',
    targets: [{ ...target, from: undefined }],
    values: [value],
  };
}

/** `a = b = c` binds both to the value. */
function readAssignment(node: SyntaxNode, first: SyntaxNode, reading: Reading): BindStatement {
  const targets: BindTarget[] = [];
  let at: SyntaxNode | undefined = first;
  let right: SyntaxNode | undefined;
  const operator = first.type === 'augmented_assignment' ? (first.child('operator')?.text ?? '+=') : '=';
  while (at?.type === 'assignment' || at?.type === 'augmented_assignment') {
    const left = at.child('left');
    if (left !== undefined) targets.push(...targetsOf(left, reading, at.child('type')?.text));
    right = at.child('right');
    at = right;
  }
  const values = right === undefined ? [] : valuesFor(targets, right, reading);
  return { type: 'bind', at: node, declares: false, operator, targets, values };
}

/** `a, b = 1, 2` gives each its own value. */
function valuesFor(targets: readonly BindTarget[], right: SyntaxNode, reading: Reading): Expression[] {
  const several = right.type === 'expression_list' && right.items.length === targets.length;
  return several ? reading.expressions(right.items) : [reading.expression(right)];
}

/** The targets of a pattern, however nested. */
function targetsOf(pattern: SyntaxNode, reading: Reading, typeName?: string): BindTarget[] {
  const targets: BindTarget[] = [];
  const add = (wrapped: SyntaxNode, from: string | number | undefined) => {
    const node = unwrapped(wrapped);
    if (/^(?:pattern_list|tuple_pattern|list_pattern|tuple|list|expression_list)$/.test(node.type)) {
      node.items.forEach((item, index) => {
        add(item, from === undefined ? index : `${from}.${index}`);
      });
      return;
    }
    const splat = node.type === 'list_splat_pattern' ? node.item : undefined;
    const path = referencePath(splat ?? node);
    targets.push({
      at: splat ?? node,
      path: path ?? '',
      target: path === undefined ? reading.expression(node) : undefined,
      typeName,
      from: splat === undefined ? from : '...',
    });
  };
  add(pattern, undefined);
  return targets;
}

function readRaised(node: SyntaxNode, reading: Reading): Expression | undefined {
  const [value, cause] = node.items;
  if (cause !== undefined) reading.expression(cause);
  return value === undefined ? undefined : reading.expression(value);
}

/** `elif` is an `if` in the other arm; they are many at times, so the chain is built from its end. */
function readIf(node: SyntaxNode, reading: Reading): IfStatement {
  const clauses = node.all('alternative');
  const arms = [node, ...clauses.filter(({ type }) => type === 'elif_clause')].map(at => ({
    at,
    condition: readCondition(at, reading),
    body: bodyOf(at.child('consequence'), reading),
  }));
  const last = clauses.find(({ type }) => type === 'else_clause');
  let otherwise = last === undefined ? undefined : bodyOf(last.child('body'), reading);
  // With what stands in its own other arm.
  for (const { at: clause, condition, body } of arms.slice(1).reverse())
    otherwise = [branch(new Stretch(clause, clauses[clauses.length - 1]), condition, body, otherwise)];
  const [{ condition, body }] = arms;
  return branch(node, condition, body, otherwise);
}

/** What stands in the `else` of a loop runs after it. */
function withElse(node: SyntaxNode, loop: Statement, reading: Reading): readonly Statement[] {
  const otherwise = node.child('alternative')?.child('body');
  return otherwise === undefined ? [loop] : [loop, ...bodyOf(otherwise, reading)];
}

function readFor(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const left = node.child('left');
  const variables = left ? targetsOf(left, reading) : [];
  const right = node.child('right');
  const over = right && reading.expression(right);
  const body = bodyOf(node.child('body'), reading);
  return withElse(node, eachLoop(node, variables, over, body, node.has('async')), reading);
}

function readWhile(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const condition = readCondition(node, reading);
  return withElse(node, whileLoop(node, condition, bodyOf(node.child('body'), reading)), reading);
}

function readTry(node: SyntaxNode, reading: Reading): TryStatement {
  const body = bodyOf(node.child('body'), reading);
  const handlers = node.items
    .filter(({ type }) => type === 'except_clause' || type === 'except_group_clause')
    .map(clause => readHandler(clause, reading));
  const otherwise = node.childOf('else_clause')?.child('body');
  const last = node.childOf('finally_clause')?.childOf('block');
  return {
    type: 'try',
    at: node,
    body,
    handlers,
    otherwise: otherwise === undefined ? undefined : bodyOf(otherwise, reading),
    finally: last === undefined ? undefined : bodyOf(last, reading),
  };
}

function readHandler(node: SyntaxNode, reading: Reading): Handler {
  const caught = node.child('value') ?? node.items.find(({ type }) => type !== 'block');
  const type = caught?.type === 'as_pattern' ? caught.item : caught;
  const name = caught?.child('alias')?.text ?? node.child('alias')?.text ?? '';
  const types = type === undefined ? [] : type.type === 'tuple' ? type.items : [type];
  const block = node.childOf('block') ?? node;
  return { at: node, name, types: types.map(each => each.text), body: bodyOf(block, reading), bodyAt: block };
}

function readWith(node: SyntaxNode, reading: Reading): WithStatement {
  const clause = node.childOf('with_clause');
  const items = (clause?.items ?? []).map(item => {
    const value = item.child('value') ?? item;
    const alias = value.type === 'as_pattern' ? value.child('alias') : undefined;
    const opened = value.type === 'as_pattern' ? (value.item ?? value) : value;
    return { at: item, value: reading.expression(opened), name: alias?.text ?? '' };
  });
  return { type: 'with', at: node, items, body: bodyOf(node.child('body'), reading) };
}

function readMatch(node: SyntaxNode, reading: Reading): Statement {
  const matched = node.child('subject');
  const subject = matched === undefined ? undefined : reading.expression(matched);
  const clauses = node.all('alternative');
  const cases = clauses.length > 0 ? clauses : (node.child('body')?.items ?? []);
  const arms = cases
    .filter(({ type }) => type === 'case_clause')
    .map((arm): SwitchArm => {
      const guard = arm.child('guard');
      const pattern = arm.items.find(({ type }) => type === 'case_pattern');
      return {
        at: arm,
        values: guard === undefined ? [] : reading.expressions(guard.items),
        // `case _:` and `case other:`
        isDefault: guard === undefined && /^[_a-z]\w*$/.test(pattern?.text ?? ''),
        fallsThrough: false,
        body: bodyOf(arm.child('consequence'), reading),
      };
    });
  return { type: 'switch', at: node, subject, arms, select: false };
}
