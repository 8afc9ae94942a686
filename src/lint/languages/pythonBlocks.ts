import type { Statement } from '../facts/syntax.ts';
import type { Reading } from './reading.ts';
import type { SyntaxNode } from './tree.ts';

/** The statements of a block. */
export function bodyOf(node: SyntaxNode | undefined, reading: Reading): readonly Statement[] {
  if (node === undefined) return [];
  markIndented(node);
  return reading.statements(node.items);
}

/** The grammar takes a statement that is indented more than those before it for one of the same block. Python does not. */
function markIndented(block: SyntaxNode): void {
  const { parent, items } = block;
  if (block.type !== 'block' || parent === undefined || items.length < 2) return;
  const indentOf = (node: SyntaxNode, before: number) =>
    /\n([ \t]*)$/.exec(parent.textBetween(before, node.start))?.[1];
  const first = indentOf(items[0], parent.start);
  const isIndented = (node: SyntaxNode, index: number) => {
    const indent = index === 0 ? undefined : indentOf(node, items[index - 1].end);
    return first !== undefined && indent !== undefined && indent !== first && indent.startsWith(first);
  };
  if (!items.some(isIndented)) return;
  for (let at: SyntaxNode | undefined = block; at !== undefined; at = at.parent) at.broken = true;
}
