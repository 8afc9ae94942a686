import type { Statement, WithStatement } from '../facts/syntax.ts';
import { isExpression, simpleName } from './csharpNames.ts';
import { readAssigned } from './csharpParts.ts';
import type { Draft, Reading } from './reading.ts';
import { Stretch, type SyntaxNode } from './tree.ts';

/** The statements of a block; those after a `using var a = …;` are the body of a `with`. */
export function readBlock(nodes: readonly SyntaxNode[], reading: Reading): readonly Statement[] {
  const open: { with: Draft<WithStatement>; before: Statement[] }[] = [];
  let statements: Statement[] = [];
  for (const node of nodes) {
    const inner = node.type === 'global_statement' ? (node.item ?? node) : node;
    if (!isUsing(inner)) {
      statements.push(...reading.statement(node));
      continue;
    }
    const items = reading.unit(inner, readResources);
    const last = nodes[nodes.length - 1];
    open.push({ with: { type: 'with', at: new Stretch(inner, last), items, body: [] }, before: statements });
    statements = [];
  }
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    last.with.body = statements;
    statements = [...last.before, last.with];
  }
  return statements;
}

function isUsing(node: SyntaxNode): boolean {
  return node.type === 'local_declaration_statement' && node.has('using');
}

/** What a `using` holds: variables, or a value without a name. */
export function readResources(node: SyntaxNode, reading: Reading): WithStatement['items'] {
  const declaration = node.childOf('variable_declaration');
  if (declaration === undefined) {
    const value = node.children.find(child => isExpression(child) && child.field !== 'body');
    return value === undefined ? [] : [{ at: value, value: reading.expression(value), name: '' }];
  }
  return declaration.items
    .filter(({ type }) => type === 'variable_declarator')
    .flatMap(declarator => {
      const name = declarator.child('name');
      return readAssigned(declarator, reading).map(value => ({
        at: declarator,
        value,
        name: name === undefined ? '' : simpleName(name),
      }));
    });
}
