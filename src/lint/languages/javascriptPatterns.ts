import type { BindTarget, Parameter } from '../facts/syntax.ts';
import { propertyName, referencePath, typeText, unwrapped } from './javascriptNames.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/**
 * The names that a pattern gives: `{ a, b: { c }, ...rest }` → `a` from `a`, `c` from `b.c`, `rest` from `...`.
 * Default values are read for the calls in them, and left out.
 * @param annotation of the whole pattern
 */
export function readTargets(
  pattern: SyntaxNode,
  reading: Reading,
  annotation?: SyntaxNode,
): readonly BindTarget[] {
  const targets: BindTarget[] = [];
  // Patterns in patterns: few in practice, but nothing bounds them.
  const stack: { node: SyntaxNode; from: string | number | undefined }[] = [
    { node: pattern, from: undefined },
  ];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, from } = next;
    const parts = partsOf(node, reading);
    if (parts === undefined) targets.push(readTarget(node, reading, from, annotation));
    else
      for (const part of parts.toReversed())
        stack.push({ node: part.node, from: from === undefined ? part.from : `${from}.${part.from}` });
  }
  return targets;
}

function readTarget(
  node: SyntaxNode,
  reading: Reading,
  from: string | number | undefined,
  annotation: SyntaxNode | undefined,
): BindTarget {
  const target = unwrapped(node);
  const path = target.type === 'shorthand_property_identifier_pattern' ? target.text : referencePath(target);
  return {
    at: target,
    path: path ?? '',
    target: path === undefined ? reading.expression(target) : undefined,
    typeName: from === undefined ? typeText(annotation) : undefined,
    from,
  };
}

/** The parts of a pattern; undefined for what is no pattern. */
function partsOf(
  node: SyntaxNode,
  reading: Reading,
): readonly { node: SyntaxNode; from: string | number }[] | undefined {
  if (node.type === 'array_pattern') return elementsOf(node, reading);
  if (node.type !== 'object_pattern') return undefined;
  return node.items.flatMap(member => {
    if (member.type === 'rest_pattern') {
      const rest = member.item;
      return rest === undefined ? [] : [{ node: rest, from: '...' }];
    }
    const key = member.child('key') ?? member.child('left') ?? member;
    const value = withoutDefault(member.child('value') ?? member, reading);
    return value === undefined ? [] : [{ node: value, from: propertyName(key) }];
  });
}

/** Holes have no node: the index is the number of commas before. */
function elementsOf(node: SyntaxNode, reading: Reading): { node: SyntaxNode; from: string | number }[] {
  let index = 0;
  let end = node.start;
  return node.items.flatMap(item => {
    index += node.textBetween(end, item.start).split(',').length - 1;
    end = item.end;
    const rest = item.type === 'rest_pattern';
    const value = rest ? item.item : withoutDefault(item, reading);
    return value === undefined ? [] : [{ node: value, from: rest ? '...' : index }];
  });
}

function withoutDefault(node: SyntaxNode, reading: Reading): SyntaxNode | undefined {
  if (node.type !== 'assignment_pattern' && node.type !== 'object_assignment_pattern') return node;
  const value = node.child('right');
  if (value !== undefined) reading.expression(value);
  return node.child('left');
}

/** The parameters of a function, or the one name before `=>`. */
export function readParameters(node: SyntaxNode, reading: Reading): Parameter[] {
  const single = node.child('parameter');
  if (single !== undefined) return [readParameter(single, reading)];
  return (node.child('parameters')?.items ?? []).flatMap(parameter =>
    // TypeScript's `this: Type` is no parameter.
    parameter.child('pattern')?.type === 'this' ? [] : [readParameter(parameter, reading)],
  );
}

function readParameter(node: SyntaxNode, reading: Reading): Parameter {
  const decorators = reading.expressions(node.all('decorator').flatMap(decorator => decorator.item ?? []));
  const pattern = node.child('pattern') ?? node.child('left') ?? node;
  const value = node.child('value') ?? node.child('right');
  const rest = pattern.type === 'rest_pattern';
  const name = rest ? (pattern.item ?? pattern) : pattern;
  const plain = name.type === 'identifier';
  const fields = new Map<string, string>();
  if (!plain)
    for (const { path, from } of readTargets(name, reading))
      if (path !== '' && from !== undefined) fields.set(String(from), path);
  return {
    at: node,
    name: plain ? name.text : '',
    fields,
    typeName: typeText(node.child('type')),
    value: value === undefined ? undefined : reading.expression(value),
    rest,
    decorators,
  };
}
