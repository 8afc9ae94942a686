import { addToGroup } from '../../base/groups.ts';
import { type Given, givenFunctions } from './callbacks.ts';
import type { Kept } from './kept.ts';
import {
  declared,
  type Expand,
  meant,
  namespaces,
  only,
  overload,
  plainType,
  remembered,
  separatorOf,
  vague,
} from './nameParts.ts';
import { type Definition, namesFieldsPlainly, ownerOf, Scopes } from './scopes.ts';
import {
  type CallExpression,
  type Expression,
  type Extent,
  type FileSyntax,
  type FunctionSyntax,
  isScript,
  staticText,
} from './syntax.ts';

/** A longer chain of definitions is a circle or beyond what a reader would follow. */
const maxHops = 12;

/**
 * Says what names stand for, as text that rules compare with their tables: a *qualified name*.
 *
 * - JavaScript and Go: module, `#`, exported name: `@opentelemetry/api#trace.getTracer`, `net/http#Get`. A default
 *   import is the module itself: `axios#get`, and `axios#` when it is called itself. `node:` is left out.
 * - Python, Java, C#: dotted, as the language writes it: `requests.get`, `java.net.http.HttpClient.newHttpClient`.
 * - `()` after what is called or constructed, and after a type for what has that type:
 *   `requests.Session().post`, `net/http#Client().Do` (of `&http.Client{}`, `new(http.Client)` and a `*http.Client`).
 *   `[1]` after it for the second of several results, `[]` for an element of a collection.
 * - `global#fetch` for a name that nothing in the file explains; `#load` for what the file itself makes: a function,
 *   a class or a value without a better name.
 *
 * Local variables, fields (`this.client`), single returns of the file's own functions and values of other files of the
 * project are followed. undefined: it is not known, or several different things.
 */
export class Names {
  readonly scopes: Scopes;
  readonly #file: FileSyntax;
  readonly #separator: string;
  /** Java and C#: fields without `this`, and a type wherever a name is declared. */
  readonly #plainFields: boolean;
  readonly #expand: Expand;
  readonly #known = new Map<Expression, string | undefined>();
  #functions: Map<string, FunctionSyntax[]> | undefined;
  readonly #callees: Map<CallExpression, string | undefined>;
  readonly #called: Map<CallExpression, FunctionSyntax | undefined>;
  readonly #importedPaths = new Map<string, string>();
  #given: ReadonlyMap<FunctionSyntax, Given> | undefined;

  /** @param kept what is known of calls already */
  constructor(
    file: FileSyntax,
    expand: Expand = () => undefined,
    kept: Pick<Kept, 'callees' | 'called'> = { callees: new Map(), called: new Map() },
  ) {
    this.#file = file;
    this.#callees = kept.callees;
    this.#called = kept.called;
    this.#expand = remembered(expand);
    this.#separator = separatorOf(file.language);
    this.#plainFields = namesFieldsPlainly(file.language);
    this.scopes = new Scopes(file);
  }

  /** @param from the function that the expression stands in */
  qualified(expression: Expression, from: FunctionSyntax | undefined): string | undefined {
    return this.#qualified(expression, from, 0);
  }

  /** What a call calls: `requests.get`, `axios#create().get`, `axios#`. */
  callee(call: CallExpression): string | undefined {
    if (!this.#callees.has(call)) this.#callees.set(call, this.#callee(call, call.inFunction, 0));
    return this.#callees.get(call);
  }

  /** The type as a qualified name of its instances: `*http.Client` → `net/http#Client()`. */
  ofType(typeName: string): string | undefined {
    return this.#ofType(typeName, 0);
  }

  /** The value behind a reference, if there is one only; else the expression itself. */
  resolve(expression: Expression, from: FunctionSyntax | undefined): Expression {
    let at = expression;
    let scope = from;
    for (let hop = 0; hop < maxHops && at.type === 'reference'; hop++) {
      const [definition, ...others] = meant(this.definitions(at.path, scope, at.at));
      if (definition?.kind !== 'value' || others.length > 0) break;
      if (definition.value === undefined || definition.from !== undefined || definition.adds) break;
      at = definition.value;
      scope = definition.inFunction;
    }
    return at;
  }

  /** What a chain of names is given anywhere: a variable, or a field of the class around it. */
  definitions(path: string, from: FunctionSyntax | undefined, at?: Extent): readonly Definition[] {
    const found = this.scopes.find(path, from, at);
    if (found.length > 0) return found;
    if (!this.#plainFields && !path.includes('.')) return [];
    const { className, receiverName } = ownerOf(from);
    const [head, field, ...deeper] = path.split('.');
    if (deeper.length > 0) return [];
    // `tracer` is a field there as well as `this.tracer` and `Keys.EMAIL`.
    if (this.#plainFields && field === undefined) return this.#fieldAround(head, at ?? from?.at);
    if (this.#plainFields && field !== undefined && this.scopes.class(head) !== undefined)
      return this.scopes.field(head, field);
    if (className === undefined || field === undefined) return [];
    return head === receiverName || head === 'this' ? this.scopes.field(className, field) : [];
  }

  /** Of the innermost class that has one of that name. */
  #fieldAround(name: string, at: Extent | undefined): readonly Definition[] {
    if (at === undefined) return [];
    for (const { name: className } of this.scopes.classesAround(at)) {
      const found = this.scopes.field(className, name);
      if (found.length > 0) return found;
    }
    return [];
  }

  /** The function of this file that a call goes to; through `this` and `self` too. */
  functionCalled(call: CallExpression): FunctionSyntax | undefined {
    if (!this.#called.has(call)) this.#called.set(call, this.#functionCalled(call));
    return this.#called.get(call);
  }

  #functionCalled(call: CallExpression): FunctionSyntax | undefined {
    const { receiver, callee, inFunction } = call;
    if (receiver === undefined) {
      const [definition, ...others] = this.scopes.find(callee, inFunction, call.at);
      if (others.length > 0) return undefined;
      if (definition?.kind === 'function') return definition.function;
      if (this.#plainFields) return this.#methodAround(call);
      return definition?.kind === 'value' && definition.value?.type === 'function'
        ? definition.value.function
        : this.#file.language === 'go' && definition === undefined
          ? this.#topFunction(callee)
          : undefined;
    }
    if (receiver.type === 'function') return callee === '' ? receiver.function : undefined;
    const methods = this.#named(callee).filter(each => each.className !== undefined);
    if (methods.length === 0) return undefined;
    const className = this.#classOf(receiver, inFunction);
    if (className === undefined) return undefined;
    const own = methods.filter(each => each.className === className);
    if (this.#plainFields) return overload(own, call);
    const embedded = (this.#file.language === 'go' && this.scopes.class(className)?.bases) || [];
    return own[0] ?? methods.find(each => embedded.includes(each.className ?? ''));
  }

  /** `work()` of Java and C# is a method of the class, or of one around it. */
  #methodAround(call: CallExpression): FunctionSyntax | undefined {
    const methods = this.#named(call.callee);
    if (methods.length === 0) return undefined;
    for (const { name } of this.scopes.classesAround(call.at)) {
      const own = methods.filter(each => each.className === name);
      if (own.length > 0) return overload(own, call);
    }
    return undefined;
  }

  #topFunction(name: string): FunctionSyntax | undefined {
    return this.#named(name).find(each => each.className === undefined);
  }

  /** Functions of the top and methods. */
  #named(name: string): readonly FunctionSyntax[] {
    if (this.#functions === undefined) {
      this.#functions = new Map();
      for (const each of this.#file.functions) {
        if (each.parent !== undefined) continue;
        addToGroup(this.#functions, each.name, each);
      }
    }
    return this.#functions.get(name) ?? [];
  }

  #classOf(receiver: Expression, from: FunctionSyntax | undefined): string | undefined {
    const { className, receiverName } = ownerOf(from);
    if (receiver.type === 'reference' && (receiver.path === receiverName || receiver.path === 'this'))
      return className;
    const name = this.qualified(receiver, from) ?? '';
    // Methods of classes are called on their names, too; Go has types with methods that are no classes.
    const pattern = this.#plainFields ? /^#([^.()#]+)(?:\(\))?$/ : /^(?:global)?#([^.()#]+)\(\)$/;
    return pattern.exec(name)?.[1];
  }

  #qualified(expression: Expression, from: FunctionSyntax | undefined, hops: number): string | undefined {
    if (hops > maxHops) return undefined;
    if (this.#known.has(expression)) return this.#known.get(expression);
    // A circle ends at what is not known yet.
    this.#known.set(expression, undefined);
    const name = this.#read(expression, from, hops);
    this.#known.set(expression, name);
    return name;
  }

  #read(expression: Expression, from: FunctionSyntax | undefined, hops: number): string | undefined {
    switch (expression.type) {
      case 'reference':
        return this.#reference(expression.path, expression.at, from, hops);
      case 'member':
        return this.#member(this.#qualified(expression.object, from, hops + 1), expression.property, hops);
      case 'call':
        return this.#returned(expression, hops) ?? this.#made(expression, from, hops);
      case 'function':
        return expression.function.name === '' ? undefined : `#${expression.function.name}`;
      case 'object':
        return expression.typeName === undefined ? undefined : this.#ofType(expression.typeName, hops);
      case 'choice':
        return only(
          expression.values
            .filter(value => value.type !== 'constant')
            .map(value => this.#qualified(value, from, hops + 1)),
        );
      case 'index': {
        const { object, key } = expression;
        const name = this.#qualified(object, from, hops + 1);
        return name === undefined || key.type === 'text' ? undefined : `${name}[]`;
      }
      case 'operation':
        return expression.operator === 'await' && expression.operands.length === 1
          ? this.#qualified(expression.operands[0], from, hops + 1)
          : undefined;
      default:
        return undefined;
    }
  }

  /** What a call of something else gives: its callee and `()`. */
  #made(call: CallExpression, from: FunctionSyntax | undefined, hops: number): string | undefined {
    const callee = this.#callee(call, from, hops);
    if (callee === '@angular/core#inject' && call.arguments.length > 0) {
      const type = this.#qualified(call.arguments[0], from, hops + 1);
      return type === undefined ? undefined : this.#expanded(`${type}()`);
    }
    if (callee !== 'global#require') return callee === undefined ? undefined : this.#expanded(`${callee}()`);
    const module = staticText(call.arguments[0]);
    return module === undefined ? undefined : this.#imported(module, '*');
  }

  #callee(call: CallExpression, from: FunctionSyntax | undefined, hops: number): string | undefined {
    const { receiver, callee, inFunction } = call;
    if (receiver === undefined)
      return callee === '' ? undefined : this.#reference(callee, call.calleeAt, inFunction ?? from, hops);
    if (receiver.type === 'reference')
      return this.#reference(`${receiver.path}.${callee}`, receiver.at, inFunction ?? from, hops);
    const base = this.#qualified(receiver, inFunction ?? from, hops + 1);
    return callee === '' ? base : this.#member(base, callee, hops);
  }

  /** Looks up the longest part of the chain that something defines. */
  #reference(path: string, at: Extent, from: FunctionSyntax | undefined, hops: number): string | undefined {
    const imported = this.#importedPath(path, at, from);
    if (imported !== undefined) return imported;
    // Every request has the application: `request.app.state.http`.
    const whole = path.includes('.app.') ? path.replace(ofRequest, '') : path;
    const segments = whole.split('.');
    for (let length = segments.length; length > 0; length--) {
      const start = length === segments.length ? whole : segments.slice(0, length).join('.');
      // Most chains begin with a name, and nothing is assigned further down.
      if (length > 1 && !this.scopes.assigns(start)) continue;
      const definitions = meant(this.definitions(start, from, at));
      if (definitions.length === 0) continue;
      const name = this.#declaredType(definitions, hops) ?? this.#onlyOf(definitions, from, hops + 1);
      return this.#members(name, segments.slice(length), hops);
    }
    const { className, receiverName } = ownerOf(from);
    if ((segments[0] === receiverName || segments[0] === 'this') && className !== undefined)
      return this.#members(`#${className}()`, segments.slice(1), hops);
    if (this.#file.language === 'go') {
      if (this.#topFunction(segments[0]) !== undefined) return `#${path}`;
      // The other files of the package.
      const found = this.#expand('.', segments[0]);
      if (found !== undefined) return this.#members(found, segments.slice(1), hops);
    }
    if (this.#plainFields) return this.#unimported(path, at);
    return `global#${path}`;
  }

  /** Most chains begin with an import, and mean the same everywhere. */
  #importedPath(path: string, at: Extent, from: FunctionSyntax | undefined): string | undefined {
    if (this.#plainFields) return undefined;
    const dot = path.indexOf('.');
    const [definition, ...others] = this.scopes.find(dot < 0 ? path : path.slice(0, dot), from, at);
    if (definition?.kind !== 'import' || others.length > 0) return undefined;
    let name = this.#importedPaths.get(path);
    if (name === undefined) {
      const segments = path.split('.');
      if (
        segments.some((_, index) => index > 0 && this.scopes.assigns(segments.slice(0, index + 1).join('.')))
      )
        return undefined;
      const { module, name: exported } = definition.import;
      name = this.#members(this.#imported(module, exported), segments.slice(1), 0);
      if (name !== undefined) this.#importedPaths.set(path, name);
    }
    return name;
  }

  /** Where a type is written, it says more than the value; of a type of Java without an import, the value does. */
  #declaredType(definitions: readonly Definition[], hops: number): string | undefined {
    if (!this.#plainFields) return undefined;
    const types = definitions.flatMap(definition => this.#typeOf(definition, hops) ?? []);
    const type = types.find(each => !vague.test(each));
    if (type === undefined || this.#file.language === 'csharp' || !type.startsWith('global#')) return type;
    const values = definitions.flatMap(each =>
      each.kind === 'value' && each.value !== undefined ? this.#value(each, hops + 1) : [],
    );
    return only(values.filter(name => name?.startsWith('global#') === false)) ?? type;
  }

  /** One thing, whatever is said of it; else the type that it is declared to have, if that is of a library. */
  #onlyOf(
    definitions: readonly Definition[],
    from: FunctionSyntax | undefined,
    hops: number,
  ): string | undefined {
    const names = definitions.map(definition => this.#defined(definition, from, hops));
    const telling = names.filter(name => name === undefined || !unknown.test(name));
    const name = only(telling.length === 0 ? names : telling);
    if (name !== undefined || definitions.length < 2) return name;
    const types = definitions.flatMap(definition => this.#typeOf(definition, hops) ?? []);
    const type = only(types);
    return type === undefined || /^(?:global)?#/.test(type) ? undefined : type;
  }

  #typeOf(definition: Definition, hops: number): string | undefined {
    const { typeName } =
      definition.kind === 'element' ? definition.target : { typeName: undefined, ...definition };
    return typeName === undefined ? undefined : this.#ofType(typeName, hops + 1);
  }

  /** Classes and methods of this file, and names that are written with their package. */
  #unimported(path: string, at: Extent): string {
    const [head] = path.split('.');
    if (this.scopes.class(head) !== undefined) return `#${path}`;
    const around = this.#named(head).length === 0 ? [] : this.scopes.classesAround(at);
    if (around.some(({ name }) => this.#named(head).some(each => each.className === name))) return `#${path}`;
    if (this.#file.language === 'java' && /^(?:[a-z]\w*\.)+[A-Z]/.test(path)) return path;
    return `global#${this.#file.language === 'csharp' ? path.replace(namespaces, '') : path}`;
  }

  #defined(definition: Definition, from: FunctionSyntax | undefined, hops: number): string | undefined {
    switch (definition.kind) {
      case 'import': {
        const { module, name } = definition.import;
        return this.#imported(module, name);
      }
      case 'parameter':
        if (definition.property !== undefined) return undefined;
        return definition.typeName === undefined
          ? this.#givenTo(definition, hops)
          : this.#ofType(definition.typeName, hops);
      case 'value':
        return this.#value(definition, hops);
      case 'element': {
        const { over } = definition.loop;
        const name = over === undefined ? undefined : this.#qualified(over, from, hops);
        return name === undefined ? undefined : `${name}[]`;
      }
      case 'item':
        return this.#qualified(definition.value, definition.inFunction, hops);
      case 'function':
        return `#${definition.function.name}`;
      case 'class':
        return `#${definition.class.name}`;
      default:
        return undefined;
    }
  }

  /** `connect(url, (error, connection) => …)`, `connect(url).then(connection => …)` */
  #givenTo({ function: made, index }: Definition & { kind: 'parameter' }, hops: number): string | undefined {
    this.#given ??= givenFunctions(this.#file);
    const given = this.#given.get(made);
    return given?.index === index ? this.#qualified(given.result, given.from, hops + 1) : undefined;
  }

  #value(
    { value, from, typeName, inFunction }: Definition & { kind: 'value' },
    hops: number,
  ): string | undefined {
    const ofValue = value === undefined ? undefined : this.#qualified(value, inFunction, hops);
    if (ofValue === undefined || ofValue.startsWith('global#'))
      return (typeName === undefined ? undefined : this.#ofType(typeName, hops)) ?? taken(ofValue);
    return taken(ofValue);

    function taken(name: string | undefined): string | undefined {
      if (name === undefined || from === undefined || from === 0) return name;
      if (typeof from === 'number') return `${name}[${from}]`;
      return name.endsWith('#') ? name + from : `${name}.${from}`;
    }
  }

  /** `{module}#{name}` or `module.name`; the default export and the whole module are the module itself. */
  #imported(module: string, name: string): string {
    const base = module.startsWith('node:') ? module.slice(5) : module;
    const whole = name === '*' || name === 'default';
    const expanded = whole && !isScript(this.#file.language) ? undefined : this.#expand(module, name);
    if (expanded !== undefined) return expanded;
    // The other names of C# are known without their namespaces, too.
    if (this.#file.language === 'csharp') return `global#${base.replace(/^.*\./, '')}`;
    // `from . import clients`: one more dot would be the package above.
    if (this.#separator === '.') return whole || name === '' ? base : base.replace(/(?<!\.)$/, '.') + name;
    return whole ? `${base}#` : `${base}#${name}`;
  }

  #members(base: string | undefined, names: readonly string[], hops: number): string | undefined {
    return names.reduce((at, next) => this.#member(at, next, hops), base);
  }

  #member(base: string | undefined, name: string, hops: number): string | undefined {
    if (base === undefined || name === '') return undefined;
    if (name === 'default' && base.endsWith('#')) return base;
    const own = /^#([^.()#]+)\(\)$/.exec(base)?.[1];
    if (own !== undefined && !this.#plainFields) return this.#ownMember(own, name, hops) ?? `${base}.${name}`;
    const joined = base.endsWith('#') ? base + name : `${base}.${name}`;
    return this.#expanded(joined);
  }

  /** A field of a class of this file, or what that has from a type of a library: `B` of `extends B implements C`. */
  #ownMember(className: string, name: string, hops: number): string | undefined {
    const owner = this.scopes.class(className);
    // A method of Go may stand in another file than its struct.
    if (this.#file.language === 'go' && owner === undefined) return this.#expand('.', `${className}.${name}`);
    const types = this.scopes.field(className, name).flatMap(field => this.#typeOf(field, hops + 1) ?? []);
    if (types.length > 0) return only(types);
    if (this.#named(name).some(each => each.className === className)) return undefined;
    const bases = owner?.bases.flatMap(each => this.#ofType(each, hops + 1) ?? []) ?? [];
    const [base, ...others] = bases.filter(each => !/^(?:global)?#|^sync#/.test(each));
    const isOne = others.length === 0 || /^[^{]*\bextends\b/.test(owner?.at.text ?? '');
    return base === undefined || !isOne ? undefined : `${base}.${name}`;
  }

  /** What another file of the project says of `./clients#api` and of what `./clients#makeApi()` returns. */
  #expanded(name: string): string {
    // A dot is all that Python has; what is called there is a function of a module.
    const split =
      this.#file.language === 'python'
        ? /^([\w.]+)\.(\w+\(\))(.*)$/.exec(name)
        : /^([^#]+)#([\w$]+(?:\(\))?)(.*)$/.exec(name);
    if (split === null) return name;
    const [, module, made, rest] = split;
    const isGo = this.#file.language === 'go';
    if (module === 'global' && !isGo) return name;
    const found = module === 'global' ? undefined : this.#expand(module, made);
    if (found !== undefined) return found + rest;
    // A field of a struct of another file.
    const [field] = isGo && made.endsWith('()') ? (/^\.\w+/.exec(rest) ?? []) : [];
    const type =
      field === undefined
        ? undefined
        : this.#expand(module === 'global' ? '.' : module, made.slice(0, -2) + field);
    return type === undefined ? name : type + rest.slice(field?.length);
  }

  /** What a function of this file returns, if it returns one thing. */
  #returned(call: CallExpression, hops: number): string | undefined {
    const target = this.functionCalled(call);
    if (target === undefined || hops > maxHops / 2) return undefined;
    const [result] = target.results;
    if (this.#plainFields && result !== undefined) {
      const typeName = call.awaited
        ? result.typeName.replace(/^(?:Value)?Task<(.*)>$/s, '$1')
        : result.typeName;
      const type = this.#ofType(typeName, hops + 1);
      if (type !== undefined && !vague.test(type)) return type;
    }
    const values = target.body.flatMap(statement => (statement.type === 'return' ? statement.values : []));
    const name = values.length === 1 ? this.#qualified(values[0], target, hops + 2) : undefined;
    if (this.#file.language === 'go' && declared.test(result?.typeName ?? ''))
      if (name === undefined || /^(?:global)?#/.test(name)) return this.#ofType(result.typeName, hops + 1);
    return name?.startsWith('global#') ? undefined : name;
  }

  /** Types are looked up at the top of the file: a local variable of the same name is no type. */
  #ofType(typeName: string, hops: number): string | undefined {
    const plain = plainType(typeName);
    if (plain === undefined || hops > maxHops) return undefined;
    const written = this.#file.language === 'csharp' ? plain.replace(/^.*\./, '') : plain;
    const name = this.#reference(written, { start: 0, end: 0 }, undefined, hops + 1);
    return name === undefined ? undefined : `${name}()`;
  }
}

const ofRequest = /^(?:self|request|req|websocket)\.(?=app\.(?:state|locals)\.)/;

/** Types that say nothing of what has them. */
const unknown = /^global#(?:any|unknown|object|Object|Any)\(\)$/;
