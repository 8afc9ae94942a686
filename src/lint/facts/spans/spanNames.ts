import { addToGroup } from '../../../base/groups.ts';
import type { NameParts } from '../../../model/source.ts';
import { namesFieldsPlainly } from '../scopes.ts';
import type { BindStatement, Expression, FileSyntax, TextExpression } from '../syntax.ts';
import { statementsIn } from '../walk.ts';

/** A name is rarely one of more than a handful; a longer chain of references is a circle. */
const maxHops = 8;
/** A name that is bound anew everywhere says nothing. */
const maxBindings = 16;

/** Resolves references within the file: `NAMES.load` → the text that the file gives it. */
export class Resolver {
  readonly #file: FileSyntax;
  #bindings: Map<string, Expression[]> | undefined;
  #parameters: ReadonlySet<string> | undefined;

  constructor(file: FileSyntax) {
    this.#file = file;
  }

  /** The value itself if it is no reference, or one that the file does not explain. */
  resolve(value: Expression): Expression {
    let at = value;
    for (let hop = 0; hop < maxHops && at.type === 'reference'; hop++) {
      const next = this.#lookUp(at.path);
      if (next === undefined) break;
      at = next;
    }
    return at;
  }

  /** Every name that the value can be; empty if it is no text at all. */
  names(value: Expression): NameParts[] {
    return this.#meanings(value).flatMap(each => (each.type === 'text' ? [this.#parts(each)] : []));
  }

  /** Whether the value can be something that the file does not tell. */
  isOpen(value: Expression): boolean {
    return this.#meanings(value).some(({ type }) => type !== 'text');
  }

  /** What a choice chooses from; a name that is given itself (`name = name || 'x'`) was something before. */
  #meanings(value: Expression): Expression[] {
    const seen = new Set<Expression>();
    const found: Expression[] = [];
    const stack = [value];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const resolved = this.resolve(next);
      if (seen.has(resolved)) {
        found.push(next);
        continue;
      }
      seen.add(resolved);
      if (resolved.type === 'choice') stack.push(...resolved.values.toReversed());
      else found.push(resolved);
    }
    return found;
  }

  #parts(value: TextExpression): NameParts {
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

  #interpolated(value: Expression): NameParts {
    const resolved = this.resolve(value);
    if (resolved.type !== 'text') return [null];
    return resolved.parts.map(part => (typeof part === 'string' ? part : null));
  }

  /** A member of an object, or the one field of that name: `s.tracer` is what `tracer:` is set to elsewhere. */
  #lookUp(path: string): Expression | undefined {
    const whole = this.#bound(path);
    if (whole !== undefined) return whole;
    const dot = path.lastIndexOf('.');
    if (dot < 0) return this.#plainField(path);
    const field = path.slice(dot + 1);
    const object = this.#bound(path.slice(0, dot));
    if (object?.type === 'object') return object.entries.find(({ key }) => key === field)?.value;
    return this.#fieldOf(field);
  }

  /** In Java and C# a name without a dot can be a field, if it is no parameter. */
  #plainField(name: string): Expression | undefined {
    if (!namesFieldsPlainly(this.#file.language)) return undefined;
    this.#parameters ??= new Set(
      this.#file.functions.flatMap(({ parameters }) => parameters.map(each => each.name)),
    );
    return this.#parameters.has(name) ? undefined : this.#fieldOf(name);
  }

  #fieldOf(field: string): Expression | undefined {
    return ['.', 'this.', 'self.']
      .map(owner => this.#bound(owner + field))
      .find(value => value !== undefined);
  }

  /** The one value that a path is given; undefined if none is, or several different ones are. */
  #bound(path: string): Expression | undefined {
    this.#bindings ??= this.#read();
    const given = this.#bindings.get(path) ?? [];
    if (given.length > maxBindings) return undefined;
    const [first, ...others] = given.filter(({ type }) => type !== 'unknown' && type !== 'function');
    return others.every(({ at }) => at.text === first.at.text) ? first : undefined;
  }

  #read(): Map<string, Expression[]> {
    const { language, body, functions, classes, objects } = this.#file;
    const bindings = new Map<string, Expression[]>();
    const add = (path: string, value: Expression | undefined) => {
      if (value !== undefined && value.type !== 'constant') addToGroup(bindings, path, value);
    };
    const addAll = ({ targets, values }: BindStatement, owners: readonly string[]) => {
      for (const [index, { path, from }] of targets.entries())
        if (path !== '' && from === undefined && values.length > 0)
          for (const owner of owners) add(owner + path, values.length > 1 ? values[index] : values[0]);
    };
    for (const statements of [body, ...functions.map(each => each.body), ...classes.map(each => each.body)])
      for (const statement of statementsIn(statements))
        if (statement.type === 'bind') addAll(statement, ['']);
    for (const { name, fields } of classes)
      for (const field of fields) addAll(field, ['this.', 'self.', `${name}.`]);
    if (language === 'go')
      for (const { entries } of objects)
        for (const { key, value } of entries) if (key !== undefined) add(`.${key}`, value);
    return bindings;
  }
}
