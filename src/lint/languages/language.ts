import type { Node, TreeCursor } from '@vscode/tree-sitter-wasm';
import type { Call, CallParts, FunctionSyntax, SyntaxFacts, Value } from '../facts/syntax.ts';

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
  readonly bindings = new Map<string, Value>();
  readonly functions: FunctionSyntax[] = [];
  readonly #ambiguous = new Set<string>();
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

  /** `at` is where the reader looks: the callee's name for a chain over several lines. */
  addCall(node: Node, at: Node, parts: CallParts, decorates?: string): void {
    this.#leaveBefore(node.startIndex);
    this.calls.push({
      ...parts,
      line: at.startPosition.row + 1,
      column: at.startPosition.column + 1,
      endLine: node.endPosition.row + 1,
      inFunction: this.#innermostFunction(),
      decorates,
    });
  }

  /** Two different values leave the name without one. */
  addBinding(name: string, value: Value): void {
    if (value.type === 'unknown' || value.type === 'function' || this.#ambiguous.has(name)) return;
    const known = this.bindings.get(name);
    if (known === undefined) this.bindings.set(name, value);
    else if (JSON.stringify(known) !== JSON.stringify(value)) {
      this.bindings.delete(name);
      this.#ambiguous.add(name);
    }
  }

  #leaveBefore(offset: number): void {
    while (this.#scopes.length > 0 && this.#scopes[this.#scopes.length - 1].end <= offset) this.#scopes.pop();
  }

  #innermostFunction(): number {
    return this.#scopes.findLast(scope => scope.functionIndex >= 0)?.functionIndex ?? -1;
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
