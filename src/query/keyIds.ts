import { hashWords } from '../store/hash.ts';

const initialKeys = 16;

/** Gives keys of three words ids, 0 and up, in the order in which they come. */
export class KeyIds {
  /** Ids given. */
  size = 0;
  #keys = new Uint32Array(initialKeys * 3);
  /** Open addressing with linear probing: id + 1, 0 for an empty place. */
  #table = new Uint32Array(initialKeys * 2);

  idOf(a: number, b: number, c: number): number {
    const table = this.#table;
    const keys = this.#keys;
    const mask = table.length - 1;
    for (let place = hashWords(a, b, c) & mask; ; place = (place + 1) & mask) {
      const id = table[place] - 1;
      if (id < 0) return this.#add(a, b, c, place);
      if (keys[3 * id] === a && keys[3 * id + 1] === b && keys[3 * id + 2] === c) return id;
    }
  }

  key(id: number): [a: number, b: number, c: number] {
    const [a, b, c] = this.#keys.subarray(3 * id);
    return [a, b, c];
  }

  #add(a: number, b: number, c: number, place: number): number {
    const id = this.size++;
    if (3 * id === this.#keys.length) {
      const keys = new Uint32Array(this.#keys.length * 2);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#keys.set([a, b, c], 3 * id);
    this.#table[place] = id + 1;
    if (this.size * 2 > this.#table.length) this.#growTable();
    return id;
  }

  #growTable(): void {
    const keys = this.#keys;
    const table = new Uint32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let id = 0; id < this.size; id++) {
      let place = hashWords(keys[3 * id], keys[3 * id + 1], keys[3 * id + 2]) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = id + 1;
    }
    this.#table = table;
  }
}
