import type { BindStatement, BindTarget, ClassSyntax, Statement, SwitchArm } from '../facts/syntax.ts';
import { operation, readFunction } from './goExpressions.ts';
import { referencePath } from './goNames.ts';
import type { Reading } from './reading.ts';
import { after, block, branch, broken, countLoop, eachLoop, readCondition, whileLoop } from './statements.ts';
import type { SyntaxNode } from './tree.ts';

/** Declarations of the file are units: what did not change is not read again. */
export function readStatement(node: SyntaxNode, reading: Reading): readonly Statement[] {
  return reading.unit(node, read);
}

function read(node: SyntaxNode, reading: Reading): readonly Statement[] {
  switch (node.type) {
    case 'function_declaration':
    case 'method_declaration':
      return [{ type: 'function', at: node, function: readFunction(node, reading) }];
    case 'type_declaration':
      return node.items.flatMap(spec => readType(spec, reading));
    case 'var_declaration':
    case 'const_declaration':
      return readDeclaration(node, reading);
    case 'statement_list':
      return reading.statements(node.items);
    case 'short_var_declaration':
      return [assignment(node, true, ':=', reading)];
    case 'assignment_statement':
      return [assignment(node, false, node.child('operator')?.text ?? '=', reading)];
    case 'expression_statement':
      return node.item === undefined
        ? []
        : [{ type: 'expression', at: node, expression: reading.expression(node.item) }];
    case 'inc_statement':
    case 'dec_statement':
      return [
        {
          type: 'expression',
          at: node,
          expression: operation(node, node.type === 'inc_statement' ? '++' : '--', node.items, reading),
        },
      ];
    case 'send_statement':
      return [
        {
          type: 'expression',
          at: node,
          expression: operation(node, '<-', [node.child('channel'), node.child('value')], reading),
        },
      ];
    case 'receive_statement':
      return [receive(node, reading)];
    case 'return_statement':
      return [{ type: 'return', at: node, values: reading.expressions(valuesOf(node.item)) }];
    case 'defer_statement':
    case 'go_statement':
      return node.item === undefined
        ? []
        : [
            {
              type: 'defer',
              at: node,
              spawns: node.type === 'go_statement',
              call: reading.expression(node.item),
            },
          ];
    case 'block':
      return [block(node, undefined, reading.statements(node.items))];
    case 'labeled_statement':
      return readLabelled(node, reading);
    case 'if_statement':
      return readIf(node, reading);
    case 'for_statement':
      return readFor(node, reading);
    case 'expression_switch_statement':
    case 'type_switch_statement':
      return readSwitch(node, reading);
    case 'select_statement':
      return [{ type: 'switch', at: node, subject: undefined, arms: readArms(node, reading), select: true }];
    case 'break_statement':
    case 'continue_statement':
    case 'goto_statement': {
      const kind =
        node.type === 'break_statement' ? 'break' : node.type === 'goto_statement' ? 'goto' : 'continue';
      return [{ type: 'jump', at: node, kind, label: node.item?.text }];
    }
    case 'ERROR':
      return [broken(node, reading)];
    case 'empty_statement':
    case 'fallthrough_statement':
      return [];
    default:
      return node.type.endsWith('_expression') || node.type.endsWith('identifier')
        ? [{ type: 'expression', at: node, expression: reading.expression(node) }]
        : [];
  }
}

/** The expressions of a list, or the one that stands alone. */
function valuesOf(node: SyntaxNode | undefined): readonly SyntaxNode[] {
  if (node === undefined) return [];
  return node.type === 'expression_list' ? node.items : [node];
}

function assignment(node: SyntaxNode, declares: boolean, operator: string, reading: Reading): BindStatement {
  const targets = valuesOf(node.child('left'));
  const values = reading.expressions(valuesOf(node.child('right')));
  return {
    type: 'bind',
    at: node,
    declares,
    operator,
    targets: targets.map((target, index) =>
      targetOf(target, reading, undefined, targets.length > 1 && values.length === 1 ? index : undefined),
    ),
    values,
  };
}

function targetOf(
  node: SyntaxNode,
  reading: Reading,
  typeName: string | undefined,
  from: number | undefined,
): BindTarget {
  const path = referencePath(node);
  return {
    at: node,
    path: path ?? '',
    target: path === undefined ? reading.expression(node) : undefined,
    typeName,
    from,
  };
}

/** `var a, b T = f()`, and the same in brackets. */
function readDeclaration(node: SyntaxNode, reading: Reading): Statement[] {
  const specs = node.items.flatMap(item => (item.type === 'var_spec_list' ? item.items : [item]));
  return specs.map((spec): BindStatement => {
    const names = spec.all('name').filter(({ type }) => type === 'identifier' || type === 'blank_identifier');
    const values = reading.expressions(valuesOf(spec.child('value')));
    const typeName = spec.child('type')?.text;
    return {
      type: 'bind',
      at: specs.length === 1 ? node : spec,
      declares: true,
      operator: '=',
      targets: names.map((name, index) =>
        targetOf(name, reading, typeName, names.length > 1 && values.length === 1 ? index : undefined),
      ),
      values,
    };
  });
}

/** Structs have fields and embedded types; interfaces only embedded ones. */
function readType(spec: SyntaxNode, reading: Reading): Statement[] {
  const name = spec.child('name');
  const type = spec.child('type');
  if (name === undefined || (type?.type !== 'struct_type' && type?.type !== 'interface_type')) return [];
  const fields = type.childOf('field_declaration_list')?.items ?? [];
  const embedded = fields.filter(field => field.child('name') === undefined);
  const head = {
    nameAt: name,
    name: name.text,
    bases: embedded.map(field => (field.child('type')?.text ?? field.text).replace(/\[.*$/s, '')),
    exported: /^\p{Lu}/u.test(name.text),
  };
  const made: ClassSyntax = reading.class(spec, head, draft => {
    draft.fields = fields.flatMap(field => {
      const names = field.all('name');
      const embeddedName = names.length === 0 ? field.child('type') : undefined;
      const typeName = field.child('type')?.text;
      const targets = (embeddedName === undefined ? names : [embeddedName]).map(
        (each): BindTarget => ({
          at: each,
          // An embedded type is a field with the name of the type.
          path: embeddedName === undefined ? each.text : each.text.replace(/^.*\./, '').replace(/\[.*$/s, ''),
          target: undefined,
          typeName,
          from: undefined,
        }),
      );
      return [
        { type: 'bind', at: field, declares: true, operator: '=', targets, values: [] },
      ] satisfies BindStatement[];
    });
  });
  return [{ type: 'class', at: spec, class: made }];
}

function receive(node: SyntaxNode, reading: Reading): Statement {
  if (node.child('left') !== undefined)
    return assignment(node, node.has(':='), node.has(':=') ? ':=' : '=', reading);
  const right = node.child('right') ?? node;
  return { type: 'expression', at: node, expression: reading.expression(right) };
}

function initializer(node: SyntaxNode | undefined, reading: Reading): readonly Statement[] {
  const first = node?.child('initializer');
  return first === undefined ? [] : reading.statement(first);
}

function readIf(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const before = initializer(node, reading);
  const alternative = node.child('alternative');
  const condition = readCondition(node, reading);
  const taken = bodyOf(node.child('consequence'), reading);
  const otherwise =
    alternative?.type === 'block'
      ? bodyOf(alternative, reading)
      : alternative && reading.statement(alternative);
  return after(node, before, branch(node, condition, taken, otherwise));
}

function bodyOf(node: SyntaxNode | undefined, reading: Reading): readonly Statement[] {
  return node === undefined ? [] : reading.statements(node.items);
}

/** What can be left by its label is a block of that name; before anything else the label only is a place to jump to. */
function readLabelled(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const name = node.child('label');
  const items = node.items.filter(item => item.field !== 'label');
  const body = reading.statements(items);
  const isLeft = items.some(({ type }) =>
    /^(?:for|expression_switch|type_switch|select)_statement$/.test(type),
  );
  if (isLeft || name === undefined) return [block(node, name?.text, body)];
  return [block(name, name.text, []), ...body];
}

function readFor(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const range = node.childOf('range_clause');
  if (range !== undefined) return [readRange(node, range, reading)];
  const clause = node.childOf('for_clause');
  const before = initializer(clause, reading);
  const test =
    clause === undefined ? node.items.find(item => item.field !== 'body') : clause.child('condition');
  const condition = test && reading.expression(test);
  const update = clause?.child('update');
  const body = bodyOf(node.child('body'), reading);
  if (clause === undefined && condition !== undefined) return [whileLoop(node, condition, body)];
  return countLoop(
    node,
    before,
    condition,
    update === undefined ? body : [...body, ...reading.statement(update)],
  );
}

function readRange(node: SyntaxNode, range: SyntaxNode, reading: Reading): Statement {
  const variables = valuesOf(range.child('left')).map(each => targetOf(each, reading, undefined, undefined));
  const right = range.child('right');
  return eachLoop(node, variables, right && reading.expression(right), bodyOf(node.child('body'), reading));
}

/** In `switch y := x.(type)` the `y` is bound to `x` before the arms. */
function readSwitch(node: SyntaxNode, reading: Reading): readonly Statement[] {
  const before = [...initializer(node, reading)];
  const value = node.child('value');
  const subject = value === undefined ? undefined : reading.expression(value);
  const alias = valuesOf(node.child('alias')).map(each => targetOf(each, reading, undefined, undefined));
  if (alias.length > 0 && subject !== undefined)
    before.push({
      type: 'bind',
      at: node.child('alias') ?? node,
      declares: true,
      operator: ':=',
      targets: alias,
      values: [subject],
    });
  const statement: Statement = {
    type: 'switch',
    at: node,
    subject,
    arms: readArms(node, reading),
    select: false,
  };
  return after(node, before, statement);
}

function readArms(node: SyntaxNode, reading: Reading): SwitchArm[] {
  return node.items
    .filter(({ type }) => type.endsWith('_case'))
    .map(arm => {
      const communication = arm.child('communication');
      const body = arm.childOf('statement_list');
      const received = communication === undefined ? [] : reading.statement(communication);
      const statements = body?.items ?? [];
      return {
        at: arm,
        values: arm.type === 'type_case' ? [] : reading.expressions(valuesOf(arm.child('value'))),
        isDefault: arm.type === 'default_case',
        fallsThrough: statements.at(-1)?.type === 'fallthrough_statement',
        body: [...received, ...reading.statements(statements)],
      };
    });
}
