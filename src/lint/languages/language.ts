import { isDeepStrictEqual } from 'node:util';
import type { Node, TreeCursor } from '@vscode/tree-sitter-wasm';
import type {
  Bindings,
  Call,
  CallParts,
  Entry,
  FunctionSyntax,
  SyntaxFacts,
  Value,
} from '../facts/syntax.ts';

export type LanguageId = 'javascript' | 'typescript' | 'tsx' | 'python' | 'go';

/** One language: which files, which grammar, and how its syntax becomes facts. */
export interface LanguageAdapter {
  readonly id: LanguageId;
  /** Extensions of its files, with the dot. */
  readonly extensions: readonly string[];
  /** Name of the grammar's file without `.wasm`. */
  readonly grammar: string;
  /** Reads the tree once, in time linear in its size; ERROR nodes are walked through. */
  read(root: Node): SyntaxFacts;
}

const maxBindings = 16;

interface Scope {
  /** Offset of its end. */
  end: number;
  name: string;
  /** Index of the function; -1 for a class. */
  functionIndex: number;
}

/** Gathers the facts of a file during one walk in source order. */
export class SyntaxCollector implements SyntaxFacts {
  readonly calls: Call[] = [];
  readonly entries: Entry[] = [];
  readonly bindings = new LazyBindings();
  readonly functions: FunctionSyntax[] = [];
  readonly #scopes: Scope[] = [];

  addClass(node: Node, name: string): void {
    this.#leaveBefore(node.startIndex);
    this.#scopes.push({ end: node.endIndex, name, functionIndex: -1 });
  }

  addFunction(node: Node, name: string, parameters: readonly string[], owner = ''): void {
    this.#leaveBefore(node.startIndex);
    const names = [...this.#scopes.map(scope => scope.name), owner, name].filter(part => part !== '');
    this.functions.push({
      name,
      qualifiedName: name === '' ? '' : names.slice(-4).join('.'),
      parameters,
      line: node.startPosition.row + 1,
      endLine: node.endPosition.row + 1,
      parent: this.#innermostFunction(),
    });
    this.#scopes.push({ end: node.endIndex, name, functionIndex: this.functions.length - 1 });
  }

  /**
   * @param at where the reader looks: the callee's name for a chain over several lines
   * @param parts called at most once, while the tree lives
   * @param decorated the name of what the call decorates
   */
  addCall(node: Node, at: Node, parts: () => CallParts, decorated?: () => string | undefined): void {
    this.#leaveBefore(node.startIndex);
    this.calls.push(new LazyCall(node, at, this.#innermostFunction(), parts, decorated));
  }

  addEntry(node: Node, key: string, value: Value): void {
    this.#leaveBefore(node.startIndex);
    this.entries.push({
      key,
      value,
      line: node.startPosition.row + 1,
      column: node.startPosition.column + 1,
      endLine: node.endPosition.row + 1,
      inFunction: this.#innermostFunction(),
    });
  }

  #leaveBefore(offset: number): void {
    while (this.#scopes.length > 0 && this.#scopes[this.#scopes.length - 1].end <= offset) this.#scopes.pop();
  }

  #innermostFunction(): number {
    return this.#scopes.findLast(scope => scope.functionIndex >= 0)?.functionIndex ?? -1;
  }
}

class LazyCall implements Call {
  readonly callee: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly inFunction: number;
  readonly #read: () => CallParts;
  readonly #decorated: (() => string | undefined) | undefined;
  #parts: CallParts | undefined;

  constructor(
    node: Node,
    at: Node,
    inFunction: number,
    read: () => CallParts,
    decorated: (() => string | undefined) | undefined,
  ) {
    const { row, column } = at.startPosition;
    this.callee = nameOf(at);
    this.line = row + 1;
    this.column = column + 1;
    this.endLine = node.endPosition.row + 1;
    this.inFunction = inFunction;
    this.#read = read;
    this.#decorated = decorated;
  }

  get decorates(): string | undefined {
    return this.#decorated?.();
  }

  get receiver(): Value | undefined {
    return this.#all.receiver;
  }

  get arguments(): readonly Value[] {
    return this.#all.arguments;
  }

  get named(): ReadonlyMap<string, Value> {
    return this.#all.named;
  }

  get #all(): CallParts {
    this.#parts ??= this.#read();
    return this.#parts;
  }
}

class LazyBindings implements Bindings {
  readonly #readers = new Map<string, (() => Value)[]>();
  readonly #values = new Map<string, Value | undefined>();

  add(path: string, read: () => Value): void {
    const readers = this.#readers.get(path);
    if (readers === undefined) this.#readers.set(path, [read]);
    else readers.push(read);
  }

  get(path: string): Value | undefined {
    if (!this.#values.has(path)) this.#values.set(path, this.#only(this.#readers.get(path) ?? []));
    return this.#values.get(path);
  }

  /** A name that is bound anew everywhere says nothing, and is not worth reading. */
  #only(readers: readonly (() => Value)[]): Value | undefined {
    if (readers.length > maxBindings) return undefined;
    const values = readers
      .map(read => read())
      .filter(({ type }) => type !== 'unknown' && type !== 'function');
    const [first, ...others] = values;
    return others.every(value => isDeepStrictEqual(value, first)) ? first : undefined;
  }
}

/** Visits the nodes of the given types in source order, outer before inner; iterative, however deep the tree. */
export function walkNodes(root: Node, types: ReadonlySet<string>, visit: (node: Node) => void): void {
  const cursor = root.walk();
  try {
    do {
      if (types.has(cursor.nodeType)) visit(cursor.currentNode);
    } while (gotoNext(cursor));
  } finally {
    cursor.delete();
  }
}

function gotoNext(cursor: TreeCursor): boolean {
  if (cursor.gotoFirstChild()) return true;
  while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) return false;
  return true;
}

/** The text of an identifier of any sort; '' for other nodes. */
export function nameOf(node: Node): string {
  return node.type.endsWith('identifier') ? node.text : '';
}

/** Named children without comments and absent ones. */
export function namedChildren(node: Node | null): Node[] {
  return node === null
    ? []
    : node.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
}

/** The operands of a chain of one binary operator, left to right: `a + b + c` is nested to the left. */
export function operands(node: Node, operator: string): Node[] {
  const found: Node[] = [];
  let at: Node | null = node;
  while (at !== null && at.type === node.type && at.childForFieldName('operator')?.type === operator) {
    const right = at.childForFieldName('right');
    if (right !== null) found.unshift(right);
    if (found.length > 64) return [];
    at = at.childForFieldName('left');
  }
  if (at !== null) found.unshift(at);
  return found;
}
