import { DecodeError } from '../protobuf/decodeError.ts';

/** No span has so many; empty ones would take two bytes each, and become objects of two hundred. */
const most = 1 << 16;

/** A list whose elements are used again for the next span. */
export class ReusedList<T extends { clear(): void }> {
  readonly #elements: T[] = [];
  readonly #make: () => T;
  length = 0;

  constructor(make: () => T) {
    this.#make = make;
  }

  /** A new element, cleared. Throws a `DecodeError` if there are too many. */
  add(): T {
    if (this.length === most) throw new DecodeError(`more than ${most} annotations in one span`, -1);
    const element = (this.#elements[this.length++] ??= this.#make());
    element.clear();
    return element;
  }

  at(index: number): T {
    return this.#elements[index];
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#elements.slice(0, this.length)[Symbol.iterator]();
  }
}
