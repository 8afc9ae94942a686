import type { Extent } from '../../facts/syntax.ts';
import { type DataEntry, type DataNode, maxDataDepth } from './data.ts';

interface Table {
  at: { start: number; end: number };
  entries: DataEntry[];
}

/** TOML as far as manifests use it: tables, strings, lists and inline tables. What is broken is skipped to the next line. */
export function parseToml(source: string): { readonly root: DataNode; readonly comments: readonly Extent[] } {
  return new TomlReader(source).read();
}

class TomlReader {
  readonly #source: string;
  readonly #comments: Extent[] = [];
  readonly #root: Table = { at: { start: 0, end: 0 }, entries: [] };
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): { root: DataNode; comments: readonly Extent[] } {
    let table = this.#root;
    for (;;) {
      this.#skip(true);
      if (this.#at >= this.#source.length) break;
      const header = this.#match(/\[\[?([^\]\n]*)\]\]?/y);
      if (header !== undefined) table = this.#open(header[1], this.#at - header[0].length);
      else if (!this.#pair(table, 0)) this.#match(/[^\n]*/y);
      table.at.end = this.#at;
    }
    this.#root.at.end = this.#source.length;
    return { root: this.#root, comments: this.#comments };
  }

  /** The table of a header; those of `[[…]]` are taken together. */
  #open(header: string, start: number): Table {
    let table = this.#root;
    for (const [segment] of header.matchAll(/"[^"]*"|'[^']*'|[^\s."']+/g)) {
      const key = segment.replace(/^["']|["']$/g, '');
      const known = table.entries.find(entry => entry.key === key)?.value as Table | undefined;
      if (known?.entries !== undefined) table = known;
      else {
        const made: Table = { at: { start, end: start }, entries: [] };
        const keyAt = { start, end: start + header.length + 2 };
        table.entries.push({ key, keyAt, value: made, at: made.at });
        table = made;
      }
    }
    return table;
  }

  #pair(table: Table, depth: number): boolean {
    const start = this.#at;
    const key = this.#match(/(?:"([^"\n]*)"|'([^'\n]*)'|([\w-]+(?:\s*\.\s*[\w-]+)*))[^\S\n]*=[^\S\n]*/y);
    if (key === undefined) return false;
    const name = key[1] ?? key[2] ?? key[3];
    const nameStart = start + (key[3] === undefined ? 1 : 0);
    const value = this.#value(depth);
    const keyAt = { start: nameStart, end: nameStart + name.length };
    table.entries.push({ key: name, keyAt, value, at: { start, end: this.#at } });
    return true;
  }

  #value(depth: number): DataNode {
    const start = this.#at;
    const first = this.#source[start];
    if (depth > maxDataDepth) this.#at = this.#source.length;
    else if (first === '[') return this.#list(depth);
    else if (first === '{') return this.#inline(depth);
    const long = this.#match(/("""|''')([\s\S]*?)(?:\1|$)/y);
    if (long !== undefined)
      return { text: long[2], at: { start: start + 3, end: start + 3 + long[2].length } };
    const quoted = this.#match(/"((?:[^"\\\n]|\\.)*)"?|'([^'\n]*)'?/y);
    if (quoted !== undefined) {
      const text = quoted[1] ?? quoted[2];
      return {
        text: text.replace(/\\(["\\])/g, '$1'),
        at: { start: start + 1, end: start + 1 + text.length },
      };
    }
    const [word] = this.#match(/[^\s,#\]}]*/y) ?? [''];
    return { text: word, at: { start, end: start + word.length } };
  }

  #list(depth: number): DataNode {
    const start = this.#at++;
    const items: DataNode[] = [];
    for (;;) {
      this.#skip(true);
      if (this.#match(/\]/y) !== undefined || this.#at >= this.#source.length) break;
      if (this.#match(/,/y) !== undefined) continue;
      const before = this.#at;
      items.push(this.#value(depth + 1));
      if (this.#at === before) this.#at++;
    }
    return { items, at: { start, end: this.#at } };
  }

  #inline(depth: number): DataNode {
    const table: Table = { at: { start: this.#at++, end: 0 }, entries: [] };
    for (;;) {
      this.#skip(true);
      if (this.#match(/\}/y) !== undefined || this.#at >= this.#source.length) break;
      if (this.#match(/,/y) === undefined && !this.#pair(table, depth + 1)) this.#at++;
    }
    table.at.end = this.#at;
    return table;
  }

  #skip(lines: boolean): void {
    const space = lines ? /[\s\uFEFF]+/y : /[^\S\n]+/y;
    while (this.#match(space) !== undefined || this.#comment());
  }

  #comment(): boolean {
    const comment = this.#match(/#[^\n]*/y);
    if (comment !== undefined) this.#comments.push({ start: this.#at - comment[0].length, end: this.#at });
    return comment !== undefined;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}
