import {
  type CallExpression,
  type ClassSyntax,
  type Expression,
  type FunctionSyntax,
  type Import,
  maxDepth,
  type ObjectEntry,
  type ObjectExpression,
  type Place,
  type Statement,
  type SyntaxUnit,
} from '../facts/syntax.ts';
import type { SyntaxNode } from './tree.ts';

/** A piece of syntax while it is being read. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

export type ReadExpression = (node: SyntaxNode, reading: Reading) => Expression;
/** Imports give no statement, `const a = 1, b = 2` gives two. */
export type ReadStatement = (node: SyntaxNode, reading: Reading) => readonly Statement[];

/** What an adapter knows of a function before it reads what is inside. */
export type FunctionHead = Pick<FunctionSyntax, 'nameAt' | 'name' | 'bodyAt'> &
  Partial<
    Pick<
      FunctionSyntax,
      'className' | 'receiverName' | 'results' | 'decorators' | 'async' | 'generator' | 'static' | 'exported'
    >
  >;

export type ClassHead = Pick<ClassSyntax, 'nameAt' | 'name'> &
  Partial<Pick<ClassSyntax, 'bases' | 'decorators' | 'exported'>>;

/** How one node becomes syntax; everything below it is asked of `reading`. */
export interface Readers {
  readonly expression: ReadExpression;
  readonly statement: ReadStatement;
}

/** Levels of statements, expressions and functions together: what lies deeper is read on its own, so that no stack overflows. */
const maxNesting = 200;
const maxQualifiers = 4;

interface Lists {
  readonly calls: CallExpression[];
  readonly objects: ObjectExpression[];
  readonly functions: FunctionSyntax[];
  readonly classes: ClassSyntax[];
  readonly imports: Import[];
}

/** A node that lies too deep, and what is around it. */
interface Deferred {
  readonly node: SyntaxNode;
  readonly as: keyof Readers;
  readonly owners: readonly string[];
  readonly inFunction: FunctionSyntax | undefined;
}

/** What was read from a unit, and under which circumstances. */
interface Kept extends Lists {
  readonly at: SyntaxNode;
  readonly text: string;
  readonly value: unknown;
  readonly owners: string;
  readonly given: readonly SyntaxNode[];
}

/** What was read from the units of a document; a unit that is gone takes it along. */
export type Memory = WeakMap<SyntaxNode, Kept>;

/**
 * One reading of a file: lists what is read, in source order and the outer before the inner, and knows the functions and
 * classes around the place that is read.
 */
export class Reading implements Lists {
  readonly calls: CallExpression[] = [];
  readonly objects: ObjectExpression[] = [];
  readonly functions: FunctionSyntax[] = [];
  readonly classes: ClassSyntax[] = [];
  readonly imports: Import[] = [];
  readonly #units: SyntaxUnit[] = [];
  readonly #readers: Readers;
  readonly #memory: Memory | undefined;
  /** Names of the functions and classes around, as many as a qualified name shows. */
  #owners: readonly string[] = [];
  #className: string | undefined;
  #function: FunctionSyntax | undefined;
  readonly #deferred: Deferred[] = [];
  #inUnit = false;
  #depth = 0;
  #nesting = 0;

  /** @param memory of the versions of the document before; without it nothing is kept */
  constructor(readers: Readers, memory?: Memory) {
    this.#readers = readers;
    this.#memory = memory;
  }

  /** The lists of `finish`, by what they were read from; one for what is in no unit of its own comes first. */
  get units(): readonly SyntaxUnit[] {
    return this.#units;
  }

  /** The innermost function around. */
  get inFunction(): FunctionSyntax | undefined {
    return this.#function;
  }

  /** The class whose member is being read; undefined inside of its methods. */
  get className(): string | undefined {
    return this.#className;
  }

  /**
   * Reads a unit of `TreeCopier`; if it is the same as in the last version, what was read then is given again.
   * @param given all that `read` looks at besides the node and the classes around it
   */
  unit<T>(
    node: SyntaxNode,
    read: (node: SyntaxNode, reading: Reading) => T,
    ...given: readonly SyntaxNode[]
  ): T {
    if (this.#memory === undefined || this.#inUnit) return read(node, this);
    const owners = [this.#className, ...this.#owners].join('.');
    const kept = this.#memory.get(node);
    if (kept !== undefined && kept.owners === owners && sameItems(kept.given, given)) {
      this.#units.push(kept);
      return kept.value as T;
    }
    const inner = new Reading(this.#readers);
    inner.#owners = this.#owners;
    inner.#className = this.#className;
    inner.#inUnit = true;
    const value = read(node, inner);
    inner.finish();
    const { calls, objects, functions, classes, imports } = inner;
    const text = [node, ...given].map(each => each.text).join('\n');
    const made = { at: node, text, calls, objects, functions, classes, imports, value, owners, given };
    this.#memory.set(node, made);
    this.#units.push(made);
    return value;
  }

  /** One level down in an expression; what is too deep is `unknown`, but the calls and functions in it are listed. */
  expression(node: SyntaxNode): Expression {
    if (this.#depth >= maxDepth || this.#nesting >= maxNesting) {
      this.#defer(node, 'expression');
      return { type: 'unknown', at: node };
    }
    this.#depth++;
    this.#nesting++;
    const expression = this.#readers.expression(node, this);
    this.#depth--;
    this.#nesting--;
    return expression;
  }

  expressions(nodes: readonly SyntaxNode[]): Expression[] {
    return nodes.map(node => this.expression(node));
  }

  /** One level down among statements; what is too deep is `broken`, but the calls and functions in it are listed. */
  statement(node: SyntaxNode): readonly Statement[] {
    if (this.#nesting >= maxNesting) {
      this.#defer(node, 'statement');
      return [{ type: 'broken', at: node }];
    }
    const depth = this.#depth;
    this.#depth = 0;
    this.#nesting++;
    const statements = this.#readers.statement(node, this);
    this.#nesting--;
    this.#depth = depth;
    return statements;
  }

  statements(nodes: readonly SyntaxNode[]): Statement[] {
    return nodes.flatMap(node => this.statement(node));
  }

  /** Lists a call before anything inside it; receiver, arguments and the rest are filled in by the caller. */
  call(
    at: Place,
    callee: string,
    calleeAt: Place,
    argumentsAt: Place | undefined,
  ): Draft<CallExpression> & { arguments: Expression[] } {
    const call = {
      type: 'call' as const,
      at,
      calleeAt,
      argumentsAt,
      callee,
      receiver: undefined,
      arguments: [],
      named: noNames,
      constructs: false,
      awaited: false,
      decorates: undefined,
      inFunction: this.#function,
    };
    this.calls.push(call);
    return call;
  }

  /** Lists an object before anything inside it; the entries are filled in by the caller. */
  object(at: Place, typeName?: string): Draft<ObjectExpression> & { entries: ObjectEntry[] } {
    const object = { type: 'object' as const, at, typeName, entries: [] };
    this.objects.push(object);
    return object;
  }

  /** @param read fills in parameters and body */
  function(
    node: SyntaxNode,
    head: FunctionHead,
    read: (made: Draft<FunctionSyntax>, reading: Reading) => void,
  ): FunctionSyntax {
    const { name, className } = head;
    const own = className === undefined || className === this.#className ? [name] : [className, name];
    const owners = [...this.#owners, ...own].filter(part => part !== '').slice(-maxQualifiers);
    const made: Draft<FunctionSyntax> = {
      at: node,
      nameAt: head.nameAt,
      name,
      qualifiedName: name === '' ? '' : owners.join('.'),
      className,
      receiverName: head.receiverName,
      parameters: [],
      results: head.results ?? [],
      decorators: head.decorators ?? [],
      async: head.async ?? false,
      generator: head.generator ?? false,
      static: head.static ?? false,
      exported: head.exported ?? false,
      bodyAt: head.bodyAt,
      body: [],
      parent: this.#function,
      broken: false,
    };
    this.functions.push(made);
    this.#inside(owners, undefined, made, () => read(made, this));
    // Only who reads it sees some errors.
    made.broken = node.broken;
    return made;
  }

  /** @param read fills in fields, methods and body */
  class(
    node: SyntaxNode,
    head: ClassHead,
    read: (made: Draft<ClassSyntax>, reading: Reading) => void,
  ): ClassSyntax {
    const { name } = head;
    const made: Draft<ClassSyntax> = {
      at: node,
      nameAt: head.nameAt,
      name,
      bases: head.bases ?? [],
      decorators: head.decorators ?? [],
      fields: [],
      methods: [],
      body: [],
      exported: head.exported ?? false,
    };
    this.classes.push(made);
    const owners = name === '' ? this.#owners : [...this.#owners, name].slice(-maxQualifiers);
    this.#inside(owners, name, this.#function, () => read(made, this));
    return made;
  }

  /**
   * Reads what lay too deep, for the lists only, and brings these into source order: a loop's step is read after its
   * body, and what lies too deep after everything else.
   */
  finish(): void {
    // What lies too deep in these comes to the end.
    for (const { node, as, owners, inFunction } of this.#deferred)
      this.#inside(owners, undefined, inFunction, () => this[as](node));
    this.#deferred.length = 0;
    this.#addUnits();
    for (const list of [this.calls, this.objects, this.functions, this.classes, this.imports])
      if (list.some((each, index) => index > 0 && sourceOrder(list[index - 1], each) > 0))
        list.sort(sourceOrder);
  }

  #addUnits(): void {
    if (this.#inUnit) return;
    const { calls, objects, functions, classes, imports } = this;
    const units = inOrder(this.#units);
    const others = { at: undefined, text: '', ...(units.length === 0 ? listsOf(this) : copyOf(this)) };
    for (const unit of units) {
      for (const each of unit.calls) calls.push(each);
      for (const each of unit.objects) objects.push(each);
      for (const each of unit.functions) functions.push(each);
      for (const each of unit.classes) classes.push(each);
      for (const each of unit.imports) imports.push(each);
    }
    this.#units.splice(0, this.#units.length, others, ...units);
  }

  #defer(node: SyntaxNode, as: keyof Readers): void {
    this.#deferred.push({ node, as, owners: this.#owners, inFunction: this.#function });
  }

  #inside(
    owners: readonly string[],
    className: string | undefined,
    inFunction: FunctionSyntax | undefined,
    read: () => void,
  ): void {
    const before = { owners: this.#owners, className: this.#className, inFunction: this.#function };
    this.#owners = owners;
    this.#className = className;
    this.#function = inFunction;
    read();
    this.#owners = before.owners;
    this.#className = before.className;
    this.#function = before.inFunction;
  }
}

/** The outer before the inner. */
function sourceOrder({ at: a }: { readonly at: Place }, { at: b }: { readonly at: Place }): number {
  return a.start - b.start || b.end - a.end;
}

function inOrder<T extends { readonly at: Place | undefined }>(units: readonly T[]): readonly T[] {
  const start = ({ at }: T) => at?.start ?? 0;
  return units.every((each, index) => index === 0 || start(units[index - 1]) <= start(each))
    ? units
    : units.toSorted((a, b) => start(a) - start(b));
}

function listsOf({ calls, objects, functions, classes, imports }: Lists): Lists {
  return { calls, objects, functions, classes, imports };
}

function copyOf({ calls, objects, functions, classes, imports }: Lists): Lists {
  return {
    calls: [...calls],
    objects: [...objects],
    functions: [...functions],
    classes: [...classes],
    imports: [...imports],
  };
}

function sameItems(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((each, at) => each === others[at]);
}

const noNames: ReadonlyMap<string, Expression> = new Map();
