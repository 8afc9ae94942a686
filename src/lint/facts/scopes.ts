import { addToGroup } from '../../base/groups.ts';
import { sharesVariable } from './pythonSharing.ts';
import type {
  BindTarget,
  ClassSyntax,
  Expression,
  Extent,
  FileSyntax,
  FunctionSyntax,
  Handler,
  Import,
  LanguageId,
  LoopStatement,
  Statement,
} from './syntax.ts';
import { bodiesOf, contains, enclosing, expressionsIn, statementsIn } from './walk.ts';

/** What a name stands for. */
export type Definition = {
  /** Where it can be seen: the block for a declaration, the whole function for an assignment. */
  readonly scope: Extent;
  /** Where it is given; a definition after a use is not the one that is used, except for functions. */
  readonly at: Extent;
} & (
  | { readonly kind: 'import'; readonly import: Import }
  /** `property`: of a parameter that is an object pattern. */
  | {
      readonly kind: 'parameter';
      readonly function: FunctionSyntax;
      readonly index: number;
      readonly property: string | undefined;
      readonly typeName: string | undefined;
    }
  /** `from`: the property, element or result of the value that is taken. */
  | {
      readonly kind: 'value';
      readonly value: Expression | undefined;
      readonly from: string | number | undefined;
      readonly typeName: string | undefined;
      readonly inFunction: FunctionSyntax | undefined;
      /** `+=` and the like. */
      readonly adds: boolean;
    }
  | { readonly kind: 'element'; readonly loop: LoopStatement; readonly target: BindTarget }
  /** `with open() as f`. */
  | { readonly kind: 'item'; readonly value: Expression; readonly inFunction: FunctionSyntax | undefined }
  | { readonly kind: 'error'; readonly handler: Handler }
  | { readonly kind: 'function'; readonly function: FunctionSyntax }
  | { readonly kind: 'class'; readonly class: ClassSyntax }
);

type Names = Map<string, Definition[]>;

/** Kept as long as the syntax is, over many versions of a document: the places in it move along. */
const ownNames = new WeakMap<FunctionSyntax, Names>();

/** Where something begins, wherever that moves. */
class Beginning implements Extent {
  readonly #of: Extent;

  constructor(of: Extent) {
    this.#of = of;
  }

  get start(): number {
    return this.#of.start;
  }

  get end(): number {
    return this.#of.start;
  }
}

/** From the first to the last, wherever they move. */
class Stretch implements Extent {
  readonly #first: Extent;
  readonly #last: Extent;

  constructor(first: Extent, last: Extent) {
    this.#first = first;
    this.#last = last;
  }

  get start(): number {
    return this.#first.start;
  }

  get end(): number {
    return this.#last.end;
  }
}

/** Of Starlette, FastAPI and Express. */
const ofApplication = /^app\.(?:state|locals)\.\w+$/;

/** The names of a file: those of each function, of the top, and the fields of each class. Read when first asked for. */
export class Scopes {
  readonly #file: FileSyntax;
  readonly #functions = new Map<FunctionSyntax | undefined, Names>();
  #fields: Map<string, Names> | undefined;
  #assigned: Names | undefined;
  #chains: { readonly paths: ReadonlySet<string>; readonly receivers: ReadonlySet<string> } | undefined;

  constructor(file: FileSyntax) {
    this.#file = file;
  }

  /**
   * What the name can stand for at a place, from the innermost function that gives it a meaning; empty for a name
   * that the file does not explain (a global, or another file of the package).
   * @param name without dots, or with those of an assignment: `this.span`
   * @param at the use; definitions in blocks that do not hold it are left out
   */
  find(name: string, from: FunctionSyntax | undefined, at?: Extent): readonly Definition[] {
    for (let scope = from; ; scope = scope.parent) {
      const own = this.#of(scope).get(name);
      const found = scope === undefined && own !== undefined ? [...own, ...this.#assignedInside(name)] : own;
      if (found !== undefined) {
        // Go's `resty := resty.New()`: what is declared is only known after that.
        const hides = at !== undefined && scope !== undefined && this.#file.language === 'go';
        const isVisible = ({ scope: { start, end }, at: own }: Definition): boolean =>
          at === undefined ||
          (start <= at.start &&
            at.end <= end &&
            !(hides && own.start <= at.start && at.end <= own.end && this.#isImported(name)));
        if (found.every(isVisible)) return found;
        const visible = found.filter(isVisible);
        if (visible.length > 0) return visible;
      }
      if (scope === undefined) return ofApplication.test(name) ? this.#assignedAnywhere(name) : [];
    }
  }

  /** What functions give to the application for the others: `app.state.http = httpx.AsyncClient()`. */
  #assignedAnywhere(name: string): readonly Definition[] {
    return this.#file.functions.flatMap(made => this.#of(made).get(name) ?? []);
  }

  #isImported(name: string): boolean {
    return this.#of(undefined).get(name)?.[0].kind === 'import';
  }

  /**
   * What functions give to a variable of the top: `let channel; async function connect() { channel = await … }`; in Python those
   * that say `global channel`.
   */
  #assignedInside(name: string): readonly Definition[] {
    const { language, functions } = this.#file;
    if (namesFieldsPlainly(language)) return [];
    if (this.#assigned === undefined) {
      this.#assigned = new Map();
      const tops = this.#of(undefined);
      for (const made of functions)
        for (const [assigned, definitions] of this.#of(made)) {
          if (!tops.has(assigned)) continue;
          const isOfTop =
            language === 'python'
              ? sharesVariable(made, assigned, 'global')
              : !isDeclaredAround(assigned, made);
          if (!isOfTop) continue;
          for (const definition of definitions)
            addToGroup(this.#assigned, assigned, { ...definition, scope: everywhere });
        }
    }
    return this.#assigned.get(name) ?? [];
  }

  /** What a field of a class is set to: in its declaration, through `this` in methods, or in a literal of the type. */
  field(className: string, name: string): readonly Definition[] {
    this.#fields ??= this.#readFields();
    return this.#fields.get(className)?.get(name) ?? [];
  }

  /** Whether a chain of names is assigned to anywhere, or may be a field of a class: `this.client`, `s.span`. */
  assigns(path: string): boolean {
    this.#chains ??= this.#readChains();
    return this.#chains.paths.has(path) || this.#chains.receivers.has(path.slice(0, path.indexOf('.')));
  }

  #readChains(): { readonly paths: ReadonlySet<string>; readonly receivers: ReadonlySet<string> } {
    const paths = new Set<string>();
    // Java and C# write fields of their classes after the name of the class.
    const { language, classes } = this.#file;
    const receivers = new Set(
      namesFieldsPlainly(language) ? ['this', ...classes.map(({ name }) => name)] : ['this'],
    );
    for (const scope of [undefined, ...this.#file.functions]) {
      for (const name of this.#of(scope).keys()) if (name.includes('.')) paths.add(name);
      if (scope?.receiverName !== undefined) receivers.add(scope.receiverName);
    }
    return { paths, receivers };
  }

  class(name: string): ClassSyntax | undefined {
    return this.#file.classes.find(each => each.name === name);
  }

  /** The classes around a place, the inner first. */
  classesAround(at: Extent): ClassSyntax[] {
    return this.#file.classes.filter(each => contains(each.at, at)).reverse();
  }

  /** Java and C# assign to fields without `this`. */
  #isField({ path, at }: BindTarget, names: Names, inFunction: FunctionSyntax | undefined): boolean {
    if (!namesFieldsPlainly(this.#file.language) || path.includes('.') || names.has(path)) return false;
    if (inFunction?.parent !== undefined && this.find(path, inFunction.parent, at).length > 0) return false;
    return this.classesAround(at).some(({ fields }) =>
      fields.some(({ targets }) => targets.some(field => field.path === path)),
    );
  }

  #of(scope: FunctionSyntax | undefined): Names {
    let names = this.#functions.get(scope);
    if (names === undefined) {
      if (scope === undefined) this.#readTop((names = new Map()));
      else names = this.#namesOf(scope);
      this.#functions.set(scope, names);
    }
    return names;
  }

  /** What Java and C# mean by a name depends on the class around. */
  #namesOf(scope: FunctionSyntax): Names {
    const kept = namesFieldsPlainly(this.#file.language) ? undefined : ownNames;
    let names = kept?.get(scope);
    if (names === undefined) {
      names = new Map();
      this.#readFunction(scope, names);
      kept?.set(scope, names);
    }
    return names;
  }

  #readTop(names: Names): void {
    const whole = { start: 0, end: this.#file.source.length };
    for (const each of this.#file.imports)
      addToGroup(names, each.local, { kind: 'import', import: each, scope: whole, at: { start: 0, end: 0 } });
    this.#readStatements(this.#file.body, names, undefined, whole);
  }

  #readFunction(scope: FunctionSyntax, names: Names): void {
    const whole = scope.at;
    const given = new Beginning(scope.at);
    scope.parameters.forEach(({ name, fields, typeName }, index) => {
      const parameter = {
        kind: 'parameter',
        function: scope,
        index,
        typeName,
        scope: whole,
        at: given,
      } as const;
      if (name !== '') addToGroup(names, name, { ...parameter, property: undefined });
      for (const [property, local] of fields) addToGroup(names, local, { ...parameter, property });
    });
    for (const { name, typeName } of scope.results)
      if (name !== '')
        addToGroup(names, name, {
          kind: 'value',
          value: undefined,
          from: undefined,
          typeName,
          inFunction: scope,
          adds: false,
          scope: whole,
          at: given,
        });
    this.#readStatements(scope.body, names, scope, whole);
  }

  #readStatements(
    statements: readonly Statement[],
    names: Names,
    inFunction: FunctionSyntax | undefined,
    whole: Extent,
  ): void {
    this.#readAssignments(statements, names, inFunction, whole);
    // Only JavaScript, Go, Java and C# have blocks that hide what is declared in them.
    const blocks = this.#file.language !== 'python';
    const stack = statements.map(statement => ({ statement, block: whole })).reverse();
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { statement } = next;
      const block = blocks ? next.block : whole;
      this.#readStatement(statement, names, inFunction, block, whole);
      const inner = statement.type === 'block' || statement.type === 'loop' ? statement.at : undefined;
      for (const body of bodiesOf(statement).toReversed()) {
        const scope =
          inner ?? (body.length === 0 ? block : new Stretch(body[0].at, body[body.length - 1].at));
        for (const each of body.toReversed()) stack.push({ statement: each, block: scope });
      }
    }
  }

  #readStatement(
    statement: Statement,
    names: Names,
    inFunction: FunctionSyntax | undefined,
    block: Extent,
    whole: Extent,
  ): void {
    if (statement.type === 'bind') {
      const scope = statement.declares ? block : whole;
      statement.targets.forEach((target, index) => {
        if (target.path === '' || target.path === '_') return;
        const own = statement.declares || !this.#isField(target, names, inFunction);
        addToGroup(names, own ? target.path : `this.${target.path}`, {
          kind: 'value',
          value: statement.values.length > 1 ? statement.values[index] : statement.values[0],
          from: statement.values.length > 1 ? undefined : target.from,
          typeName: target.typeName,
          inFunction,
          adds: statement.operator !== '=' && statement.operator !== ':=',
          scope,
          at: statement.at,
        });
      });
    } else if (statement.type === 'loop') {
      for (const target of statement.variables)
        addToGroup(names, target.path, {
          kind: 'element',
          loop: statement,
          target,
          scope: block === whole && this.#file.language === 'python' ? whole : statement.at,
          at: statement.at,
        });
    } else if (statement.type === 'with') {
      for (const { name, value, at } of statement.items)
        if (name !== '') addToGroup(names, name, { kind: 'item', value, inFunction, scope: whole, at });
    } else if (statement.type === 'try') {
      for (const handler of statement.handlers)
        if (handler.name !== '')
          addToGroup(names, handler.name, { kind: 'error', handler, scope: handler.at, at: handler.at });
    } else if (statement.type === 'function') {
      const { function: made } = statement;
      addToGroup(names, made.name, { kind: 'function', function: made, scope: block, at: made.at });
    } else if (statement.type === 'class') {
      addToGroup(names, statement.class.name, {
        kind: 'class',
        class: statement.class,
        scope: block,
        at: statement.class.at,
      });
    }
  }

  /** `if ((m = f()))`, Python's `:=`. */
  #readAssignments(
    statements: readonly Statement[],
    names: Names,
    inFunction: FunctionSyntax | undefined,
    whole: Extent,
  ): void {
    for (const each of expressionsIn(statements)) {
      if (each.type !== 'operation' || (each.operator !== '=' && each.operator !== ':=')) continue;
      const [target, value] = each.operands;
      if (target?.type !== 'reference' || value === undefined) continue;
      addToGroup(names, target.path, {
        kind: 'value',
        value,
        from: undefined,
        typeName: undefined,
        inFunction,
        adds: false,
        scope: whole,
        at: each.at,
      });
    }
  }

  #readFields(): Map<string, Names> {
    const all = new Map<string, Names>();
    const of = (className: string) => {
      let names = all.get(className);
      if (names === undefined) {
        names = new Map();
        all.set(className, names);
      }
      return names;
    };
    for (const { name: className, fields, at } of this.#file.classes)
      for (const { targets, values } of fields)
        targets.forEach(({ path, typeName }, index) => {
          addToGroup(of(className), lastSegment(path), {
            kind: 'value',
            value: values[index] ?? values[0],
            from: undefined,
            typeName,
            inFunction: undefined,
            adds: false,
            scope: at,
            at,
          });
        });
    for (const method of this.#file.functions) {
      const { className, receiverName } = ownerOf(method);
      if (className === undefined || receiverName === undefined) continue;
      for (const [path, definitions] of this.#of(method))
        if (path.startsWith(`${receiverName}.`) && !path.slice(receiverName.length + 1).includes('.'))
          for (const definition of definitions) addToGroup(of(className), lastSegment(path), definition);
    }
    for (const { typeName, entries } of this.#file.objects) {
      if (typeName === undefined || typeName.includes('.')) continue;
      for (const { key, value, at } of entries)
        if (key !== undefined)
          addToGroup(of(typeName), key, {
            kind: 'value',
            value,
            from: undefined,
            typeName: undefined,
            inFunction: this.#functionAround(at),
            adds: false,
            scope: at,
            at,
          });
    }
    return all;
  }

  #functionAround(at: Extent): FunctionSyntax | undefined {
    const { functions } = this.#file;
    let [low, high] = [0, functions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (functions[middle].at.start <= at.start) low = middle + 1;
      else high = middle;
    }
    // The last that begins before it, or one around that.
    for (let made: FunctionSyntax | undefined = functions[low - 1]; made !== undefined; made = made.parent)
      if (contains(made.at, at)) return made;
    return undefined;
  }
}

const everywhere: Extent = { start: 0, end: Number.POSITIVE_INFINITY };

const declarations = new WeakMap<FunctionSyntax, ReadonlySet<string>>();

/** Whether a function, or one around it, gives the name a meaning of its own. */
export function isDeclaredAround(name: string, innermost: FunctionSyntax): boolean {
  for (const each of enclosing(innermost)) {
    let names = declarations.get(each);
    if (names === undefined) declarations.set(each, (names = declaredIn(each)));
    if (names.has(name)) return true;
  }
  return false;
}

function declaredIn({ parameters, results, body }: FunctionSyntax): ReadonlySet<string> {
  const names = new Set([...parameters, ...results].map(({ name }) => name));
  for (const { fields } of parameters) for (const each of fields.values()) names.add(each);
  for (const statement of statementsIn(body))
    if (statement.type === 'bind') {
      if (statement.declares) for (const { path } of statement.targets) names.add(path);
    } else if (statement.type === 'loop') for (const { path } of statement.variables) names.add(path);
    else if (statement.type === 'try') for (const { name } of statement.handlers) names.add(name);
    else if (statement.type === 'function') names.add(statement.function.name);
    else if (statement.type === 'class') names.add(statement.class.name);
  return names;
}

/** Whether `a` can be a field: in Java and C#, where types are written as well. */
export function namesFieldsPlainly(language: LanguageId): boolean {
  return language === 'java' || language === 'csharp';
}

/** The class whose `this` a function sees: its own, or that of the method around an arrow function. */
export function ownerOf(innermost: FunctionSyntax | undefined): {
  className: string | undefined;
  receiverName: string | undefined;
} {
  for (let at = innermost; at !== undefined; at = at.parent)
    if (at.className !== undefined) return { className: at.className, receiverName: at.receiverName };
  return { className: undefined, receiverName: undefined };
}

function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
