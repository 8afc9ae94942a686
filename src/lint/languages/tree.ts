import type { Tree, TreeCursor } from '@vscode/tree-sitter-wasm';
import type { Place } from '../facts/syntax.ts';

/** The text that the nodes of a document lie in; the nodes of units that did not change are kept, so it is replaced in place. */
interface Text {
  value: string;
}

/**
 * A node of a syntax tree, copied out of WebAssembly: plain to walk, and nothing to free. Its place moves with the
 * document when a later version is copied that left it as it was.
 */
export class SyntaxNode implements Place {
  readonly type: string;
  /** Its field in the parent; `` if it has none. */
  readonly field: string;
  readonly named: boolean;
  children: readonly SyntaxNode[] = none;
  /** There is a syntax error inside. */
  broken = false;
  parent: SyntaxNode | undefined;
  readonly #text: Text;
  #start: number;
  #end: number;

  constructor(type: string, field: string, named: boolean, start: number, end: number, text: Text) {
    this.type = type;
    this.field = field;
    this.named = named;
    this.#start = start;
    this.#end = end;
    this.#text = text;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  get text(): string {
    return this.#text.value.slice(this.#start, this.#end);
  }

  /** The first child in that field. */
  child(field: string): SyntaxNode | undefined {
    for (const child of this.children) if (child.field === field) return child;
    return undefined;
  }

  /** All children in that field, named ones only. */
  all(field: string): SyntaxNode[] {
    return this.children.filter(child => child.field === field && child.named);
  }

  /** Named children without comments. */
  get items(): SyntaxNode[] {
    return this.children.filter(child => child.named && !child.type.endsWith('comment'));
  }

  /** Whether there is an anonymous child like that: `async`, `await`, `*`. */
  has(token: string): boolean {
    return this.children.some(child => !child.named && child.type === token);
  }

  /** Moves the node and all below it. */
  move(delta: number): void {
    if (delta === 0) return;
    const stack: SyntaxNode[] = [this];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      node.#start += delta;
      node.#end += delta;
      for (const child of node.children) stack.push(child);
    }
  }
}

const none: readonly SyntaxNode[] = [];
/** Tokens that nobody asks about: not copied. */
const punctuation = new Set(['(', ')', '{', '}', '[', ']', ',', ';', '.', ':', '"', "'", '`']);

/**
 * Copies the versions of one document. The children of containers (file, class, namespace) are units: one whose text
 * has not changed since the last version is not copied again, and neither is what was read from it (see `kept`).
 */
export class TreeCopier {
  readonly #containers: ReadonlySet<string>;
  readonly #text: Text = { value: '' };
  #units = new Map<string, SyntaxNode[]>();
  #next = new Map<string, SyntaxNode[]>();

  /** @param containers types of nodes whose children are units or containers */
  constructor(containers: ReadonlySet<string>) {
    this.#containers = containers;
  }

  /** @param tree of `source`; it is not freed here */
  copy(tree: Tree, source: string): SyntaxNode {
    this.#text.value = source;
    this.#next = new Map();
    const cursor = tree.walk();
    try {
      return this.#copyContainer(cursor);
    } finally {
      cursor.delete();
      this.#units = this.#next;
    }
  }

  /** Containers are nested a few deep: namespace, class, class. */
  #copyContainer(cursor: TreeCursor): SyntaxNode {
    const node = this.#node(cursor, cursor.nodeType);
    const children: SyntaxNode[] = [];
    if (cursor.gotoFirstChild()) {
      do {
        const type = cursor.nodeType;
        if (punctuation.has(type)) continue;
        children.push(this.#containers.has(type) ? this.#copyContainer(cursor) : this.#unit(cursor));
      } while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    adopt(node, children);
    return node;
  }

  #unit(cursor: TreeCursor): SyntaxNode {
    const start = cursor.startIndex;
    const key = `${cursor.currentFieldName ?? ''}:${this.#text.value.slice(start, cursor.endIndex)}`;
    const same = this.#units.get(key)?.pop();
    const node = same ?? this.#copyBelow(cursor);
    node.move(start - node.start);
    const list = this.#next.get(key);
    if (list === undefined) this.#next.set(key, [node]);
    else list.push(node);
    return node;
  }

  /** Leaves the cursor where it was. */
  #copyBelow(cursor: TreeCursor): SyntaxNode {
    const root = this.#node(cursor, cursor.nodeType);
    if (!cursor.gotoFirstChild()) return root;
    const open: { node: SyntaxNode; children: SyntaxNode[] }[] = [{ node: root, children: [] }];
    for (;;) {
      const type = cursor.nodeType;
      if (!punctuation.has(type)) {
        const node = this.#node(cursor, type);
        open[open.length - 1].children.push(node);
        if (cursor.gotoFirstChild()) {
          open.push({ node, children: [] });
          continue;
        }
      }
      while (!cursor.gotoNextSibling()) {
        cursor.gotoParent();
        const { node, children } = open.pop() as { node: SyntaxNode; children: SyntaxNode[] };
        adopt(node, children);
        if (open.length === 0) return root;
      }
    }
  }

  #node(cursor: TreeCursor, type: string): SyntaxNode {
    const { startIndex, endIndex } = cursor;
    const node = new SyntaxNode(
      type,
      cursor.currentFieldName ?? '',
      cursor.nodeIsNamed,
      startIndex,
      endIndex,
      this.#text,
    );
    // A missing token has no width.
    node.broken = type === 'ERROR' || (startIndex === endIndex && cursor.nodeIsMissing);
    return node;
  }
}

function adopt(node: SyntaxNode, children: readonly SyntaxNode[]): void {
  if (children.length === 0) return;
  node.children = children;
  for (const child of children) {
    child.parent = node;
    if (child.broken) node.broken = true;
  }
}
