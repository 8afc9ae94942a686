import { noText, type Text } from '../msgpack/reader.ts';

/** Numbers are below this, so that three of them fit into one that V8 keeps in place. */
export const mostTexts = 1 << 10;

/** So many are compared byte by byte before strings are made of them. */
const compared = 8;

/** Gives equal texts of a body the same number. Chunks have few different ones, so no string is made of most. */
export class TextNumbers {
  readonly #body: Buffer;
  readonly #first: Text[] = [noText];
  #others: Map<string, number> | undefined;

  constructor(body: Buffer) {
    this.#body = body;
  }

  of(text: Text): number {
    const first = this.#first;
    for (let number = 0; number < first.length; number++)
      if (sameText(this.#body, first[number], text)) return number;
    if (first.length < compared) return first.push(text) - 1;
    return this.#numberOfOther(this.#body.toString('latin1', text.from, text.to));
  }

  #numberOfOther(text: string): number {
    this.#others ??= new Map();
    let number = this.#others.get(text);
    if (number === undefined) {
      // Nobody has so many services: beyond, they are taken for one.
      number = Math.min(compared + this.#others.size, mostTexts - 1);
      this.#others.set(text, number);
    }
    return number;
  }
}

export function sameText(body: Buffer, a: Text, b: Text): boolean {
  if (a === b || (a.from === b.from && a.to === b.to)) return true;
  const length = a.to - a.from;
  if (b.to - b.from !== length) return false;
  for (let i = 0; i < length; i++) if (body[a.from + i] !== body[b.from + i]) return false;
  return true;
}
