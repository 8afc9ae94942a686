import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Extent } from '../../facts/syntax.ts';
import { type DataEntry, type DataNode, entriesOf, itemsOf, maxDataDepth } from './data.ts';

/** Aliases can multiply what is written: nodes of one file. */
const maxNodes = 50_000;
/** Levels of nesting that no configuration has. */
const maxParsedDepth = 100;
/** Stands where a template was. */
const templated = '\uE000';

/**
 * The documents of a YAML file. Templates (`{{ … }}`, of Helm, Ansible and the like) are blanked: a value that holds one
 * has no text.
 */
export function parseYaml(source: string): {
  readonly documents: readonly DataNode[];
  readonly comments: readonly Extent[];
} {
  const text = withoutTemplates(source);
  if (isTooDeep(text)) return { documents: [], comments: [] };
  const parsed = parseAllDocuments(text, {
    strict: false,
    uniqueKeys: false,
    merge: true,
    logLevel: 'silent',
    prettyErrors: false,
  }) as readonly Document[];
  const documents = parsed.map(document => new YamlReader(document).read());
  return { documents, comments: commentsOf(text) };
}

/**
 * Whether the library, which calls itself for each level, could run out of stack: a regular expression that is compiled
 * just then ends the process. Brackets inside of quotes count too.
 */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1);
    if (depth > maxParsedDepth) return true;
  }
  return new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${maxParsedDepth}}|^ {${4 * maxParsedDepth}}`, 'm').test(text);
}

class YamlReader {
  readonly #document: Document;
  #left = maxNodes;

  constructor(document: Document) {
    this.#document = document;
  }

  read(): DataNode {
    return this.#node(this.#document.contents, 0);
  }

  #node(node: unknown, depth: number): DataNode {
    const target = isAlias(node) ? this.#target(node) : node;
    if (depth > maxDataDepth || this.#left-- <= 0) return { at: extentOf(node) };
    const at = extentOf(node);
    if (isMap(target)) return { at, entries: this.#entries(target.items, depth) };
    if (isSeq(target)) return { at, items: target.items.map(item => this.#node(item, depth + 1)) };
    if (!isScalar(target) || target.value === null || target.value === undefined) return { at };
    const text = typeof target.value === 'string' ? target.value : (target.source ?? String(target.value));
    return text.includes(templated) ? { at } : { at, text };
  }

  #entries(pairs: readonly { key: unknown; value: unknown }[], depth: number): DataEntry[] {
    const own: DataEntry[] = [];
    let merged: readonly DataEntry[] = [];
    for (const { key, value } of pairs) {
      // The key of a merge is a symbol.
      const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined;
      if (name === undefined) continue;
      const node = this.#node(value, depth + 1);
      if (name === '<<') merged = [...merged, ...(node.entries ?? itemsOf(node).flatMap(entriesOf))];
      else {
        const keyAt = extentOf(key);
        const end = value === null || value === undefined ? keyAt.end : Math.max(keyAt.end, endOf(value));
        own.push({ key: name, keyAt, value: node, at: { start: keyAt.start, end } });
      }
    }
    return [...own, ...merged.filter(({ key }) => !own.some(each => each.key === key))];
  }

  #target(alias: Alias): unknown {
    return alias.resolve(this.#document);
  }
}

/** Without quotes. */
function extentOf(node: unknown): Extent {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  if (range === undefined || range === null) return { start: 0, end: 0 };
  const [start, end] = range;
  const isQuoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
  return isQuoted && end - start >= 2 ? { start: start + 1, end: end - 1 } : { start, end };
}

/** With quotes. */
function endOf(node: unknown): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[1] ?? 0) : 0;
}

/** The same length; a line with nothing else becomes empty, a template in a value becomes a mark. */
function withoutTemplates(source: string): string {
  let text = '';
  let at = 0;
  for (let start = source.indexOf('{{'); start >= 0; start = source.indexOf('{{', at)) {
    const close = source.indexOf('}}', start);
    if (close < 0) break;
    text += source.slice(at, start) + source.slice(start, close + 2).replace(/[^\n]/g, templated);
    at = close + 2;
  }
  return (text + source.slice(at)).replace(/^[ \t]*(?:-[ \t]*)?\uE000[\uE000 \t]*$/gm, line =>
    ' '.repeat(line.length),
  );
}

/** Comments that stand on a line of their own or behind a value; a `#` in a quoted or block text counts as one at worst. */
function commentsOf(source: string): Extent[] {
  const found: Extent[] = [];
  for (const match of source.matchAll(/(?:^|[^\S\n])(#[^\n]*)/gm)) {
    const start = match.index + match[0].length - match[1].length;
    found.push({ start, end: start + match[1].length });
  }
  return found;
}
