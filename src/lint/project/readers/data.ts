import type { Extent } from '../../facts/syntax.ts';

/** JSON, YAML and TOML in one shape. Quotes are not part of a scalar's or a key's place. */
export interface DataNode {
  readonly at: Extent;
  /** Of a scalar that is not a template. */
  readonly text?: string;
  /** Of a map, in source order; those of merged maps (`<<`) behind its own. */
  readonly entries?: readonly DataEntry[];
  readonly items?: readonly DataNode[];
}

export interface DataEntry {
  readonly key: string;
  readonly keyAt: Extent;
  readonly value: DataNode;
  readonly at: Extent;
}

/** Maps and lists nested deeper than this are left out. */
export const maxDataDepth = 50;

export function child(node: DataNode | undefined, ...keys: readonly string[]): DataNode | undefined {
  let at = node;
  for (const key of keys) at = at?.entries?.find(entry => entry.key === key)?.value;
  return at;
}

export function entriesOf(node: DataNode | undefined): readonly DataEntry[] {
  return node?.entries ?? [];
}

export function itemsOf(node: DataNode | undefined): readonly DataNode[] {
  return node?.items ?? [];
}

/** A scalar, or a list of them joined by spaces: a command in either of its two forms. */
export function textOf(node: DataNode | undefined): string | undefined {
  if (node?.items === undefined) return node?.text;
  return node.items.map(item => item.text ?? '').join(' ');
}

/** The entries of all maps below, outer first, with the keys above them. */
export function* entriesBelow(root: DataNode): Generator<{ entry: DataEntry; keys: readonly string[] }> {
  const stack: { node: DataNode; keys: readonly string[] }[] = [{ node: root, keys: [] }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, keys } = next;
    const inner: typeof stack = itemsOf(node).map(item => ({ node: item, keys }));
    for (const entry of entriesOf(node)) {
      yield { entry, keys };
      inner.push({ node: entry.value, keys: [...keys, entry.key] });
    }
    for (let each = inner.pop(); each !== undefined; each = inner.pop()) stack.push(each);
  }
}
