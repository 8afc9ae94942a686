import type { Language, Tree, TreeCursor } from '@vscode/tree-sitter-wasm';
import type { Place } from '../facts/syntax.ts';

/**
 * What nodes that are copied together lie in: they move together. A unit has a text of its own, so that what is kept of
 * it does not keep the whole text of an earlier version.
 */
interface Origin {
  readonly text: string;
  /** Where the unit begins in `text`. */
  readonly offset: number;
  /** Where the unit begins in the document. */
  start: number;
}

interface NodeKind {
  readonly type: string;
  readonly named: boolean;
  readonly comment: boolean;
  readonly role: 'skipped' | 'leaf' | 'inner' | 'container';
}

const none: readonly SyntaxNode[] = [];

/**
 * A node of a syntax tree, copied out of WebAssembly: plain to walk, and nothing to free. Its place moves with the
 * document when a later version is copied that left it as it was.
 */
export class SyntaxNode implements Place {
  /** Its field in the parent; `` if it has none. */
  readonly field: string;
  children: readonly SyntaxNode[] = none;
  parent: SyntaxNode | undefined = undefined;
  /** There is a syntax error inside. */
  broken: boolean;
  readonly #kind: NodeKind;
  readonly #origin: Origin;
  readonly #start: number;
  readonly #end: number;

  /** @param start from the origin, as `end` is */
  constructor(kind: NodeKind, field: string, broken: boolean, start: number, end: number, origin: Origin) {
    this.field = field;
    this.broken = broken;
    this.#kind = kind;
    this.#origin = origin;
    this.#start = start;
    this.#end = end;
  }

  get type(): string {
    return this.#kind.type;
  }

  get named(): boolean {
    return this.#kind.named;
  }

  get isComment(): boolean {
    return this.#kind.comment;
  }

  get start(): number {
    return this.#origin.start + this.#start;
  }

  get end(): number {
    return this.#origin.start + this.#end;
  }

  get text(): string {
    const { text, offset } = this.#origin;
    return text.slice(offset + this.#start, offset + this.#end);
  }

  /** A stretch of the document; it must lie in the unit that the node is part of. */
  textBetween(start: number, end: number): string {
    const { text, offset, start: unitStart } = this.#origin;
    return text.slice(start - unitStart + offset, end - unitStart + offset);
  }

  /** Moves all that was copied with this node, the root of a unit. */
  moveUnit(start: number): void {
    this.#origin.start = start;
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

  /** The first child of that type. */
  childOf(type: string): SyntaxNode | undefined {
    for (const child of this.children) if (child.type === type) return child;
    return undefined;
  }

  /** Named children without comments. */
  get items(): SyntaxNode[] {
    return this.children.filter(child => child.named && !child.isComment);
  }

  /** The first named child that is no comment. */
  get item(): SyntaxNode | undefined {
    for (const child of this.children) if (child.named && !child.isComment) return child;
    return undefined;
  }

  /** Whether there is an anonymous child like that: `async`, `await`, `*`. */
  has(token: string): boolean {
    return this.children.some(child => !child.named && child.type === token);
  }
}

/** Lets go of the tree: what was read from it keeps the few nodes that are places, and these must not keep all others. */
export function dissolve(root: SyntaxNode): void {
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const child of node.children) open.push(child);
    node.children = none;
    node.parent = undefined;
  }
}

/** The place from one node of a unit to another, less `inset` at both ends: what is between brackets. It moves with them. */
export class Stretch implements Place {
  readonly #first: SyntaxNode;
  readonly #last: SyntaxNode;
  readonly #inset: number;

  constructor(first: SyntaxNode, last: SyntaxNode, inset = 0) {
    this.#first = first;
    this.#last = last;
    this.#inset = inset;
  }

  get start(): number {
    return this.#first.start + this.#inset;
  }

  get end(): number {
    return Math.max(this.start, this.#last.end - this.#inset);
  }

  get text(): string {
    return this.#first.textBetween(this.start, this.end);
  }
}

/** Tokens that nobody asks about: not copied. */
const punctuation = new Set(['(', ')', '{', '}', '[', ']', ',', ';', '.', ':', '"', "'", '`']);

/** What there is to know about the types of nodes of one grammar. */
export class NodeKinds {
  readonly #grammar: Language;
  readonly #containers: ReadonlySet<string>;
  readonly #leaves: ReadonlySet<string>;
  readonly #neverEmpty: ReadonlySet<string>;
  readonly #kinds: (NodeKind | undefined)[] = [];

  constructor(
    grammar: Language,
    {
      containers,
      leaves,
      neverEmpty = new Set(),
    }: {
      containers: ReadonlySet<string>;
      leaves: ReadonlySet<string>;
      neverEmpty?: ReadonlySet<string>;
    },
  ) {
    this.#grammar = grammar;
    this.#containers = containers;
    this.#leaves = leaves;
    this.#neverEmpty = neverEmpty;
  }

  /** Whether all that is inside was made up by the parser. */
  isEmpty(node: SyntaxNode, children: readonly SyntaxNode[]): boolean {
    return this.#neverEmpty.has(node.type) && children.length === 1 && children[0].start === children[0].end;
  }

  of(cursor: TreeCursor): NodeKind {
    const id = cursor.nodeTypeId;
    // The id of errors lies far beyond all others.
    if (id >= this.#grammar.nodeTypeCount) return error;
    let kind = this.#kinds[id];
    if (kind === undefined) {
      kind = this.#read(cursor);
      this.#kinds[id] = kind;
    }
    return kind;
  }

  #read({ nodeType: type, nodeIsNamed: named }: TreeCursor): NodeKind {
    const role = this.#containers.has(type)
      ? 'container'
      : named
        ? this.#leaves.has(type)
          ? 'leaf'
          : 'inner'
        : punctuation.has(type)
          ? 'skipped'
          : 'leaf';
    return { type, named, comment: named && type.endsWith('comment'), role };
  }
}

const error: NodeKind = { type: 'ERROR', named: true, comment: false, role: 'inner' };

const maxContainers = 16;

/** Units of the last version that are still to be found again, in source order. */
interface Same {
  readonly nodes: SyntaxNode[];
  used: number;
}

/**
 * Copies the versions of one document. The children of containers (file, class, namespace) are units: one whose text
 * has not changed since the last version is not copied again, and neither is what was read from it (`Reading.unit`).
 */
export class TreeCopier {
  readonly #kinds: NodeKinds;
  readonly #once: boolean;
  #source = '';
  #units = new Map<string, Same>();
  #next = new Map<string, Same>();
  /** Whether there is a syntax error in the file, and in the unit that is copied. */
  #hasErrors = false;
  #unitHasErrors = false;

  /** @param once whether there will be no other version */
  constructor(kinds: NodeKinds, once = false) {
    this.#kinds = kinds;
    this.#once = once;
  }

  /** @param tree of `source`; it is not freed here */
  copy(tree: Tree, source: string): SyntaxNode {
    this.#source = source;
    this.#next = new Map();
    this.#hasErrors = tree.rootNode.hasError;
    this.#unitHasErrors = this.#hasErrors;
    const cursor = tree.walk();
    try {
      return this.#copyContainer(cursor, 0);
    } finally {
      cursor.delete();
      this.#units = this.#next;
      this.#source = '';
    }
  }

  /** Containers are nested a few deep: namespace, class, class. What is deeper is part of a unit. */
  #copyContainer(cursor: TreeCursor, depth: number): SyntaxNode {
    const node = this.#node(cursor, this.#kinds.of(cursor), { text: this.#source, offset: 0, start: 0 });
    const children: SyntaxNode[] = [];
    if (cursor.gotoFirstChild()) {
      do {
        this.#unitHasErrors = this.#hasErrors;
        const { role } = this.#kinds.of(cursor);
        if (role === 'skipped') {
          if (this.#isMissing(cursor)) node.broken = true;
          continue;
        }
        children.push(
          role === 'container' && depth < maxContainers
            ? this.#copyContainer(cursor, depth + 1)
            : this.#unit(cursor),
        );
      } while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    adopt(node, children);
    return node;
  }

  #unit(cursor: TreeCursor): SyntaxNode {
    const start = cursor.startIndex;
    if (this.#once) {
      this.#unitHasErrors = this.#hasErrors && cursor.currentNode.hasError;
      return this.#copyUnit(cursor, { text: this.#source, offset: start, start });
    }
    const text = this.#source.slice(start, cursor.endIndex);
    this.#unitHasErrors = this.#hasErrors && cursor.currentNode.hasError;
    // The same text can hold an error in one place and none in another.
    const key = `${cursor.nodeTypeId} ${cursor.currentFieldId} ${this.#unitHasErrors} ${text}`;
    const node =
      this.#sameUnit(key) ?? this.#copyUnit(cursor, { text: key, offset: key.length - text.length, start });
    node.moveUnit(start);
    const same = this.#next.get(key);
    if (same === undefined) this.#next.set(key, { nodes: [node], used: 0 });
    else same.nodes.push(node);
    return node;
  }

  #sameUnit(key: string): SyntaxNode | undefined {
    const same = this.#units.get(key);
    return same?.nodes[same.used++];
  }

  /** Leaves the cursor where it was. */
  #copyUnit(cursor: TreeCursor, origin: Origin): SyntaxNode {
    const kind = this.#kinds.of(cursor);
    const root = this.#node(cursor, kind, origin);
    if (kind.role === 'leaf' || !cursor.gotoFirstChild()) return root;
    const open: { node: SyntaxNode; children: SyntaxNode[] }[] = [{ node: root, children: [] }];
    for (;;) {
      const kind = this.#kinds.of(cursor);
      if (kind.role === 'skipped') {
        if (this.#isMissing(cursor)) open[open.length - 1].node.broken = true;
      } else {
        const node = this.#node(cursor, kind, origin);
        open[open.length - 1].children.push(node);
        if (kind.role !== 'leaf' && cursor.gotoFirstChild()) {
          open.push({ node, children: [] });
          continue;
        }
      }
      while (!cursor.gotoNextSibling()) {
        cursor.gotoParent();
        const { node, children } = open.pop() as { node: SyntaxNode; children: SyntaxNode[] };
        if (!this.#kinds.isEmpty(node, children)) adopt(node, children);
        if (open.length === 0) return root;
      }
    }
  }

  /** The parser went on as if the token were there. */
  #isMissing(cursor: TreeCursor): boolean {
    return this.#unitHasErrors && cursor.nodeIsMissing;
  }

  #node(cursor: TreeCursor, kind: NodeKind, origin: Origin): SyntaxNode {
    const start = cursor.startIndex;
    const end = cursor.endIndex;
    const broken =
      this.#unitHasErrors &&
      (kind === error || cursor.nodeIsMissing || (kind.role === 'leaf' && cursor.currentNode.hasError));
    const field = cursor.currentFieldName ?? '';
    return new SyntaxNode(kind, field, broken, start - origin.start, end - origin.start, origin);
  }
}

function adopt(node: SyntaxNode, children: readonly SyntaxNode[]): void {
  if (children.length === 0) return;
  node.children = children;
  for (const child of children) {
    child.parent = node;
    if (child.broken && !isAmpersand(child, node)) node.broken = true;
  }
}

/** Only the grammar of JSX takes `href="/stock?page=2&size=20"` and `<b>Terms & conditions</b>` for errors. */
function isAmpersand(child: SyntaxNode, { type }: SyntaxNode): boolean {
  if (type === 'jsx_attribute') return child.type === 'string' && child.text.includes('&');
  return child.type === 'ERROR' && type === 'jsx_element' && /^&[^{}<>]*$/.test(child.text);
}
