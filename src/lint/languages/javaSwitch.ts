import type { ChoiceExpression, Expression, Statement, SwitchArm, SwitchStatement } from '../facts/syntax.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** A `switch` whose value is asked for. */
export interface SwitchValue {
  /** One of the arms' values; what a block yields is unknown. */
  readonly value: ChoiceExpression;
  /** What runs before there is a value; undefined if no arm has a block. */
  readonly before: SwitchStatement | undefined;
}

export function readSwitchValue(node: SyntaxNode, reading: Reading): SwitchValue {
  const subject = subjectOf(node, reading);
  const values: Expression[] = [];
  const arms = armsOf(node).map((arm): SwitchArm => {
    const head = headOf(arm, reading);
    const [body] = bodyOf(arm);
    if (arm.type === 'switch_rule' && body?.type === 'expression_statement' && body.item !== undefined) {
      values.push(reading.expression(body.item));
      return { ...head, fallsThrough: false, body: [] };
    }
    if (body?.type !== 'throw_statement') values.push({ type: 'unknown', at: arm });
    return { ...head, fallsThrough: fallsThrough(arm), body: statementsOf(arm, reading) };
  });
  const runs = arms.some(({ body }) => body.length > 0);
  return {
    value: { type: 'choice', at: node, condition: subject, values },
    before: runs ? { type: 'switch', at: node, subject, arms, select: false } : undefined,
  };
}

/** Both forms: `case A:` runs on into the next arm, `case A ->` does not. */
export function readSwitch(node: SyntaxNode, reading: Reading): SwitchStatement {
  const subject = subjectOf(node, reading);
  const arms = armsOf(node).map(
    (arm): SwitchArm => ({
      ...headOf(arm, reading),
      fallsThrough: fallsThrough(arm),
      body: statementsOf(arm, reading),
    }),
  );
  return { type: 'switch', at: node, subject, arms, select: false };
}

function subjectOf(node: SyntaxNode, reading: Reading): Expression | undefined {
  const condition = node.child('condition');
  return condition === undefined ? undefined : reading.expression(condition);
}

function armsOf(node: SyntaxNode): SyntaxNode[] {
  return (node.child('body')?.items ?? []).filter(({ type }) =>
    /^switch_(?:rule|block_statement_group)$/.test(type),
  );
}

function fallsThrough({ type }: SyntaxNode): boolean {
  return type === 'switch_block_statement_group';
}

function bodyOf(arm: SyntaxNode): SyntaxNode[] {
  return arm.items.filter(({ type }) => type !== 'switch_label');
}

function statementsOf(arm: SyntaxNode, reading: Reading): Statement[] {
  const [only, ...others] = bodyOf(arm);
  return arm.type === 'switch_rule' && only?.type === 'block' && others.length === 0
    ? reading.statements(only.items)
    : reading.statements(bodyOf(arm));
}

/** Patterns are no values; `default` can stand among the labels of a `case`. */
function headOf(arm: SyntaxNode, reading: Reading): Pick<SwitchArm, 'at' | 'values' | 'isDefault'> {
  const labels = arm.children.filter(({ type }) => type === 'switch_label');
  const parts = labels.flatMap(({ items }) => items);
  return {
    at: arm,
    values: reading.expressions(
      parts.flatMap(part => (part.type === 'guard' ? part.items : part.type === 'pattern' ? [] : [part])),
    ),
    isDefault: labels.some(
      label => label.has('default') || label.items.some(({ text }) => text === 'default'),
    ),
  };
}
