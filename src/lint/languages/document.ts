import type { Edit, Point, Tree } from '@vscode/tree-sitter-wasm';
import type { Disposable } from '../../base/events.ts';
import type { Comment, FileSyntax } from '../facts/syntax.ts';
import type { LanguageAdapter } from './language.ts';
import { type Memory, Reading } from './reading.ts';
import { type NodeKinds, type SyntaxNode, TreeCopier } from './tree.ts';

/** @returns undefined if the text is too long or takes too long */
export type ParseText = (source: string, before: Tree | undefined) => Tree | undefined;

/** Longest text that is parsed, in UTF-16 units; what is longer is generated. */
export const maxParsedLength = 1_000_000;

/**
 * An open document: after a change only what has changed is parsed, copied and read again. Places in the syntax of
 * earlier versions move along or lose their meaning: use the newest only.
 */
export class ParsedDocument implements Disposable {
  readonly #parse: ParseText;
  readonly #language: LanguageAdapter;
  readonly #kinds: NodeKinds;
  #copier: TreeCopier;
  #memory: Memory = new WeakMap();
  #comments = new WeakMap<SyntaxNode, readonly Comment[]>();
  #tree: Tree | undefined;
  /** What the tree was made of. */
  #parsed = '';

  constructor(parse: ParseText, language: LanguageAdapter, kinds: NodeKinds) {
    this.#parse = parse;
    this.#language = language;
    this.#kinds = kinds;
    this.#copier = new TreeCopier(kinds);
  }

  /** The syntax of the next version; undefined if it is too long or takes too long to parse. */
  update(source: string): FileSyntax | undefined {
    const before = this.#tree;
    this.#tree = undefined;
    const text = this.#language.parsable?.(source) ?? source;
    before?.edit(editBetween(this.#parsed, text));
    try {
      this.#tree = source.length > maxParsedLength ? undefined : this.#parse(text, before);
    } finally {
      before?.delete();
    }
    if (this.#tree === undefined) {
      this.dispose();
      return undefined;
    }
    this.#parsed = text;
    const root = this.#copier.copy(this.#tree, source);
    return readFile(this.#language, root, source, this.#memory, this.#comments);
  }

  /** Frees the tree; the next version is read from the beginning. */
  dispose(): void {
    this.#tree?.delete();
    this.#tree = undefined;
    this.#parsed = '';
    this.#copier = new TreeCopier(this.#kinds);
    this.#memory = new WeakMap();
    this.#comments = new WeakMap();
  }
}

/** @param memory what was read from the units of the version before; without it nothing is kept */
export function readFile(
  language: LanguageAdapter,
  root: SyntaxNode,
  source: string,
  memory?: Memory,
  kept?: WeakMap<SyntaxNode, readonly Comment[]>,
): FileSyntax {
  const reading = new Reading(language, memory);
  const { body, exports = new Map<string, string>(), packageName = '' } = language.read(root, reading);
  reading.finish();
  const { calls, objects, functions, classes, imports } = reading;
  const comments = commentsIn(root, language.containers, kept);
  return {
    language: language.id,
    source,
    body,
    imports,
    exports,
    functions,
    classes,
    calls,
    objects,
    comments,
    units: reading.units,
    frame: memory === undefined ? '' : frameOf(root, language.containers, memory),
    document: memory,
    packageName,
    broken: root.broken,
  };
}

/** What is around the units, as text: comments are not, whatever lies there. */
function frameOf(root: SyntaxNode, containers: ReadonlySet<string>, units: Memory): string {
  const parts: string[] = [];
  const stack: (SyntaxNode | undefined)[] = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    if (node === undefined) parts.push('}');
    else if (node === root || containers.has(node.type)) {
      parts.push(node.type, '{');
      stack.push(undefined);
      for (let index = node.children.length - 1; index >= 0; index--) stack.push(node.children[index]);
    } else if (!node.isComment && !units.has(node)) parts.push(node.text);
  }
  return parts.join(' ');
}

function commentsIn(
  root: SyntaxNode,
  containers: ReadonlySet<string>,
  kept: WeakMap<SyntaxNode, readonly Comment[]> | undefined,
): Comment[] {
  const found: Comment[] = [];
  const stack: SyntaxNode[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === root || containers.has(node.type)) {
      for (let index = node.children.length - 1; index >= 0; index--) stack.push(node.children[index]);
      continue;
    }
    let inside = kept?.get(node);
    if (inside === undefined) {
      inside = commentsBelow(node);
      kept?.set(node, inside);
    }
    for (const comment of inside) found.push(comment);
  }
  return found;
}

function commentsBelow(root: SyntaxNode): Comment[] {
  const found: Comment[] = [];
  const stack: SyntaxNode[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.isComment) found.push({ at: node });
    for (let index = node.children.length - 1; index >= 0; index--) stack.push(node.children[index]);
  }
  return found;
}

/** The one range that holds all differences. */
function editBetween(before: string, after: string): Edit {
  const start = sameLength(before, after);
  const same = sameLengthFromEnd(before, after, start);
  const [oldEnd, newEnd] = [before.length - same, after.length - same];
  const startPosition = pointAt(before, start, { row: 0, column: 0 }, 0);
  return {
    startIndex: start,
    oldEndIndex: oldEnd,
    newEndIndex: newEnd,
    startPosition,
    oldEndPosition: pointAt(before, oldEnd, startPosition, start),
    newEndPosition: pointAt(after, newEnd, startPosition, start),
  };
}

/** Comparing slices is many times faster than comparing characters. */
const stride = 4096;

function sameLength(before: string, after: string): number {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at + stride <= shorter && before.slice(at, at + stride) === after.slice(at, at + stride))
    at += stride;
  while (at < shorter && before.charCodeAt(at) === after.charCodeAt(at)) at++;
  return at;
}

/** @param start what was found to be the same from the beginning is not counted twice */
function sameLengthFromEnd(before: string, after: string, start: number): number {
  const [end, endAfter] = [before.length, after.length];
  const most = Math.min(end, endAfter) - start;
  let same = 0;
  while (
    same + stride <= most &&
    before.slice(end - same - stride, end - same) === after.slice(endAfter - same - stride, endAfter - same)
  )
    same += stride;
  while (same < most && before.charCodeAt(end - 1 - same) === after.charCodeAt(endAfter - 1 - same)) same++;
  return same;
}

/** Row and column of an offset, counted on from the known position of another. */
function pointAt(source: string, offset: number, from: Point, fromOffset: number): Point {
  let { row } = from;
  let lineStart = fromOffset - from.column;
  for (let at = source.indexOf('\n', fromOffset); at >= 0 && at < offset; at = source.indexOf('\n', at + 1)) {
    row++;
    lineStart = at + 1;
  }
  return { row, column: offset - lineStart };
}
