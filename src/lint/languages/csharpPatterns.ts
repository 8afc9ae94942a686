import type { ChoiceExpression, Expression, Statement, SwitchArm, SwitchStatement } from '../facts/syntax.ts';
import { typeText, valuesOf } from './csharpNames.ts';
import { readBlock } from './csharpStatements.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/**
 * `a is B b` gives `b` the value of `a`; `a is null` and `a is 1` compare like `==`, `a is not null` and `a is { }`
 * like `!=`. What patterns take out of the value is not followed.
 */
export function readIs(node: SyntaxNode, reading: Reading): Expression {
  const left = node.child('expression') ?? node.child('left');
  if (left === undefined) return { type: 'unknown', at: node };
  const value = reading.expression(left);
  let pattern = node.child('pattern') ?? node.child('right');
  let negated = false;
  while (pattern?.type === 'negated_pattern' || pattern?.type === 'parenthesized_pattern') {
    if (pattern.type === 'negated_pattern') negated = !negated;
    pattern = pattern.item;
  }
  const constant = pattern?.type === 'constant_pattern' ? valuesOf(pattern)[0] : undefined;
  if (constant !== undefined && !/^[\p{Lu}]/u.test(constant.text)) {
    const operands = [value, reading.expression(constant)];
    return { type: 'operation', at: node, operator: negated ? '!=' : '==', operands };
  }
  const type = pattern?.child('type') ?? constant ?? (node.type === 'is_expression' ? pattern : undefined);
  const operands = [named(node, value, pattern)];
  const written = typeText(type);
  if (written !== undefined && type !== undefined)
    operands.push({ type: 'reference', at: type, path: written });
  else if (
    pattern?.type === 'recursive_pattern' &&
    pattern.childOf('positional_pattern_clause') === undefined
  )
    operands.push({ type: 'constant', at: pattern, value: null });
  const exists = operands[1]?.type === 'constant';
  const operator = exists ? (negated ? '==' : '!=') : negated ? 'is not' : 'is';
  return { type: 'operation', at: node, operator, operands };
}

function named(node: SyntaxNode, value: Expression, pattern: SyntaxNode | undefined): Expression {
  const name = pattern?.type.endsWith('_pattern') ? pattern.child('name') : undefined;
  if (name === undefined) return value;
  const operands: Expression[] = [{ type: 'reference', at: name, path: name.text }, value];
  return { type: 'operation', at: node, operator: ':=', operands };
}

/** A `switch` with a value: one of those of its arms. Conditions of arms are part of what it asks. */
export function readSwitchValue(node: SyntaxNode, reading: Reading): ChoiceExpression {
  const [value] = valuesOf(node);
  const subject = value === undefined ? undefined : reading.expression(value);
  const asked = subject === undefined ? [] : [subject];
  const values: Expression[] = [];
  for (const arm of node.items) {
    if (arm.type !== 'switch_expression_arm') continue;
    asked.push(...guardsOf(arm, reading));
    const result = valuesOf(arm).at(-1);
    if (result !== undefined) values.push(reading.expression(result));
  }
  const condition: Expression | undefined =
    asked.length < 2 ? subject : { type: 'operation', at: node, operator: 'when', operands: asked };
  return { type: 'choice', at: node, condition, values };
}

function guardsOf(arm: SyntaxNode, reading: Reading): Expression[] {
  return reading.expressions(arm.items.filter(({ type }) => type === 'when_clause').flatMap(valuesOf));
}

export function readSwitch(node: SyntaxNode, reading: Reading): SwitchStatement {
  const subject = node.child('value');
  const sections = (node.child('body')?.items ?? []).filter(({ type }) => type === 'switch_section');
  return {
    type: 'switch',
    at: node,
    subject: subject === undefined ? undefined : reading.expression(subject),
    arms: sections.map(section => readSection(section, reading)),
    select: false,
  };
}

/** Only a section without statements runs on into the next. */
function readSection(section: SyntaxNode, reading: Reading): SwitchArm {
  const constants = section.items.filter(({ type }) => type === 'constant_pattern').flatMap(valuesOf);
  const values = [...reading.expressions(constants), ...guardsOf(section, reading)];
  const body: readonly Statement[] = readBlock(section.items.filter(isStatement), reading);
  return {
    at: section,
    values,
    isDefault: section.has('default'),
    fallsThrough: body.length === 0,
    body,
  };
}

function isStatement({ type }: SyntaxNode): boolean {
  return !/_pattern$|^(?:when_clause|discard)$/.test(type);
}
