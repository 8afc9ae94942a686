import type { Extent } from '../../facts/syntax.ts';
import { type DataEntry, type DataNode, maxDataDepth } from './data.ts';

/** JSON as editors write it: with comments and trailing commas. What is broken ends the reading; the rest is kept. */
export function parseJson(source: string): { readonly root: DataNode; readonly comments: readonly Extent[] } {
  const reader = new JsonReader(source);
  return { root: reader.value(0), comments: reader.comments };
}

class JsonReader {
  readonly comments: Extent[] = [];
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  value(depth: number): DataNode {
    this.#skip();
    const start = this.#at;
    const first = this.#source[start];
    if (depth > maxDataDepth) this.#stop();
    else if (first === '{') return { entries: this.#map(depth), at: { start, end: this.#at } };
    else if (first === '[') return { items: this.#list(depth), at: { start, end: this.#at } };
    else if (first === '"') {
      const text = this.#string();
      return { text, at: { start: start + 1, end: this.#at - 1 } };
    }
    const text = /[^\s,\]}]*/y;
    text.lastIndex = this.#at;
    const [word] = text.exec(this.#source) ?? [''];
    this.#at += word.length;
    if (word === '') this.#stop();
    return { text: word, at: { start, end: start + word.length } };
  }

  #map(depth: number): DataEntry[] {
    const entries: DataEntry[] = [];
    this.#at++;
    for (;;) {
      this.#skip();
      const start = this.#at;
      const next = this.#source[start];
      if (next === ',') this.#at++;
      else if (next === '"') {
        const key = this.#string();
        const keyAt = { start: start + 1, end: this.#at - 1 };
        this.#skip();
        if (this.#source[this.#at] !== ':') {
          this.#stop();
          return entries;
        }
        this.#at++;
        const value = this.value(depth + 1);
        entries.push({ key, keyAt, value, at: { start, end: this.#at } });
      } else {
        if (next === '}') this.#at++;
        else this.#stop();
        return entries;
      }
    }
  }

  #list(depth: number): DataNode[] {
    const items: DataNode[] = [];
    this.#at++;
    for (;;) {
      this.#skip();
      const next = this.#source[this.#at];
      if (next === ',') this.#at++;
      else if (next === ']' || next === undefined || next === '}') {
        this.#at++;
        return items;
      } else items.push(this.value(depth + 1));
    }
  }

  #string(): string {
    const pattern = /"((?:[^"\\\n]|\\.)*)"?/y;
    pattern.lastIndex = this.#at;
    const [whole, inside] = pattern.exec(this.#source) ?? ['"', ''];
    this.#at += whole.length;
    try {
      return JSON.parse(`"${inside}"`) as string;
    } catch {
      return inside;
    }
  }

  #skip(): void {
    const pattern = /\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\uFEFF/y;
    for (;;) {
      pattern.lastIndex = this.#at;
      const match = pattern.exec(this.#source);
      if (match === null) return;
      if (match[0].startsWith('/')) this.comments.push({ start: this.#at, end: this.#at + match[0].length });
      this.#at += match[0].length;
    }
  }

  #stop(): void {
    this.#at = this.#source.length;
  }
}
