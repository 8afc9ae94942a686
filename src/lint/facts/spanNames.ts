import type { NameParts } from '../../model/source.ts';
import type { SyntaxFacts, Value } from './syntax.ts';

/** A name is rarely one of more than a handful; a longer chain of references is a circle. */
const maxHops = 8;

/** Resolves references within the file: `NAMES.load` → the text that the file gives it. */
export class Resolver {
  readonly #bindings: SyntaxFacts['bindings'];

  constructor(facts: SyntaxFacts) {
    this.#bindings = facts.bindings;
  }

  /** The value itself if it is no reference, or one that the file does not explain. */
  resolve(value: Value): Value {
    let at = value;
    for (let hop = 0; hop < maxHops && at.type === 'reference'; hop++) {
      const next = this.#lookUp(at.path);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  /** Every name that the value can be; empty if it is no text at all. */
  names(value: Value): NameParts[] {
    const resolved = this.resolve(value);
    if (resolved.type === 'choice') return resolved.values.flatMap(arm => this.names(arm));
    if (resolved.type === 'text') return [this.parts(resolved)];
    return [];
  }

  parts(value: Value & { type: 'text' }): NameParts {
    const parts: (string | null)[] = [];
    for (const part of value.parts) {
      const inner = typeof part === 'string' ? [part] : this.#interpolated(part);
      for (const piece of inner) {
        const last = parts.length - 1;
        if (piece === '' || (piece === null && parts[last] === null)) continue;
        if (piece !== null && typeof parts[last] === 'string') parts[last] += piece;
        else parts.push(piece);
      }
    }
    return parts.length === 0 ? [''] : parts;
  }

  #interpolated(value: Value): NameParts {
    const resolved = this.resolve(value);
    if (resolved.type !== 'text') return [null];
    return resolved.parts.map(part => (typeof part === 'string' ? part : null));
  }

  /** A member of an object, or the one field of that name: `s.tracer` is what `tracer:` is set to elsewhere. */
  #lookUp(path: string): Value | undefined {
    const whole = this.#bindings.get(path);
    if (whole !== undefined) return whole;
    const dot = path.lastIndexOf('.');
    if (dot < 0) return undefined;
    const field = path.slice(dot + 1);
    const object = this.#bindings.get(path.slice(0, dot));
    if (object?.type === 'object') return object.fields.get(field);
    return ['.', 'this.', 'self.']
      .map(owner => this.#bindings.get(owner + field))
      .find(value => value !== undefined);
  }
}
