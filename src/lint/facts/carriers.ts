import type { FunctionSummary } from '../project/types.ts';
import type { FileFacts } from './fileFacts.ts';
import { carrierArgument, isInjection } from './injections.ts';
import { ownerOf } from './scopes.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type LoopStatement,
  type ReturnStatement,
  staticText,
} from './syntax.ts';
import { statementsIn, within } from './walk.ts';

/** What is put into a carrier can be taken out of one that is only found in the next round. */
const maxRounds = 4;

/** A header of a propagated trace, as a key. */
const traceKey = /^(?:traceparent|b3|x-b3-traceid|uber-trace-id)$/i;
/** Without one of these words only what other files do can matter. */
const mayCarry =
  /inject|propagat|traceparent|trace_?(?:headers?|context|parent)|with_?trac|otel_?headers|x-b3|uber-trace/i;
/** Methods that put their arguments into what they are called on. */
const puts =
  /^(?:set|append|add|put|push|update|extend|setdefault|merge|headers?|concat|insert|Set|Add|Append|Put|SetHeaders?|setHeaders?|addHeaders?|WithHeaders?|set_headers?|add_headers?)$/;
/** Functions that put the others of their arguments into the first. */
const copies = /^(?:assign|merge|defaults|extend|Copy|copy)$/;
/** A function of somebody else whose name says that it adds the context. */
const telling = /inject|propagat|trace_?(?:headers?|context|parent)|with_?trac(?:e|ing)|otel_?headers/i;

/** The carriers of a file; made once. */
export function carriers(file: FileFacts): Carriers {
  return new Carriers(file);
}

/**
 * Which variables of a file hold an injected context: what is injected into, and what is made of it. Names are told
 * apart by the outermost function that they stand in, fields by their class; a name with two meanings in one function
 * counts as one.
 */
export class Carriers {
  readonly #file: FileFacts;
  /** Outermost function → names. */
  readonly #names = new Map<FunctionSyntax | undefined, Set<string>>();
  /** `Class.field` */
  readonly #fields = new Set<string>();
  readonly #returning = new Set<FunctionSyntax>();
  /** That inject, themselves or by a function of the project that they call. */
  readonly #injecting = new Set<FunctionSyntax>();
  readonly #summaries = new Map<CallExpression, FunctionSummary | undefined>();
  #changed = false;

  constructor(file: FileFacts) {
    this.#file = file;
    if (!mayCarry.test(file.syntax.source) && !this.#callsCarriers()) return;
    for (let round = 0; round < maxRounds; round++) {
      this.#changed = false;
      for (const call of file.syntax.calls) this.#readCall(call);
      this.#readStatements(undefined);
      for (const made of file.syntax.functions) this.#readStatements(made);
      if (!this.#changed) break;
    }
  }

  /** Whether the expression holds an injected context, or calls what returns one. */
  holds(expression: Expression, from: FunctionSyntax | undefined): boolean {
    for (const each of within(expression, true)) {
      if (each.type === 'reference') {
        if (this.#has(each.path, from) || this.#isCarrierProperty(each.path, from)) return true;
      } else if (each.type === 'call') {
        if (this.#givesCarrier(each)) return true;
      } else if (each.type === 'object') {
        if (each.entries.some(({ key }) => key !== undefined && traceKey.test(key))) return true;
      } else if (each.type === 'function' && this.#injecting.has(each.function)) return true;
    }
    return false;
  }

  /** Another file of the project injects, or makes carriers, for this one. */
  #callsCarriers(): boolean {
    return this.#file.syntax.calls.some(call => {
      const summary = this.summaryOf(call);
      return summary !== undefined && (summary.returnsCarrier || summary.injects.length > 0);
    });
  }

  returns(made: FunctionSyntax): boolean {
    return this.#returning.has(made);
  }

  injects(made: FunctionSyntax): boolean {
    return this.#injecting.has(made);
  }

  /** Indexes of the parameters that the function injects into. */
  injectedParameters(made: FunctionSyntax): number[] {
    if (!this.#injecting.has(made)) return [];
    return made.parameters.flatMap(({ name }, index) =>
      name !== '' && this.#has(name, made) ? [index] : [],
    );
  }

  /** The function of another file that a call goes to. */
  summaryOf(call: CallExpression): FunctionSummary | undefined {
    if (!this.#summaries.has(call)) this.#summaries.set(call, this.#lookUp(call));
    return this.#summaries.get(call);
  }

  #lookUp(call: CallExpression): FunctionSummary | undefined {
    const { language, names, path, project } = this.#file;
    const name = (names.callee(call) ?? '').replaceAll('()', '');
    if (language === 'python' || language === 'java' || language === 'csharp') {
      const split = /^(.+?)\.((?:[A-Z]\w*\.)?\w+)$/.exec(name);
      return split === null ? undefined : project.functionOf(path, split[1], split[2]);
    }
    const split = /^([^#]+)#([\w$.]+)$/.exec(name);
    if (split === null) return undefined;
    if (split[1] === 'global') return language === 'go' ? project.functionOf(path, '.', split[2]) : undefined;
    return project.functionOf(path, split[1], split[2]);
  }

  #readCall(call: CallExpression): void {
    const { inFunction, receiver } = call;
    const given = [...call.arguments, ...call.named.values()];
    if (isInjection(this.#file, call)) {
      this.#markInjecting(inFunction);
      const carrier = carrierArgument(this.#file, call);
      if (carrier !== undefined) this.#addAll(carrier, inFunction);
      return;
    }
    const own = this.#file.names.functionCalled(call);
    const summary = own === undefined ? this.summaryOf(call) : undefined;
    const parameters = own === undefined ? (summary?.injects ?? []) : this.injectedParameters(own);
    for (const index of parameters) {
      if (index >= 0 && call.arguments[index] !== undefined) this.#addAll(call.arguments[index], inFunction);
      this.#markInjecting(inFunction);
    }
    if (own === undefined && summary === undefined && telling.test(call.callee))
      for (const each of given) if (each.type === 'reference') this.#addAll(each, inFunction);
    // `api.interceptors.request.use(config => inject(…))`
    if (receiver !== undefined && given.some(each => this.#isInjectingFunction(each, inFunction)))
      this.#addAll(receiver, inFunction);
    if (receiver !== undefined && puts.test(call.callee) && given.some(each => this.#fills(each, inFunction)))
      this.#addAll(receiver, inFunction);
    const [first, ...others] = call.arguments;
    if (copies.test(call.callee) && first !== undefined && others.some(each => this.holds(each, inFunction)))
      this.#addAll(first, inFunction);
    // `Object.entries(carrier).forEach(([key, value]) => headers.set(key, value))`
    for (const each of given) {
      if (each.type !== 'function') continue;
      const beside = given.filter(other => other !== each);
      if (
        [...beside, ...(receiver === undefined ? [] : [receiver])].some(other =>
          this.holds(other, inFunction),
        )
      )
        for (const { name, fields } of each.function.parameters)
          for (const local of [name, ...fields.values()]) this.#add(local, each.function);
    }
  }

  /** `set('traceparent', …)`, or a carrier. */
  #fills(argument: Expression, from: FunctionSyntax | undefined): boolean {
    return (
      traceKey.test(staticText(argument) ?? '') ||
      (argument.type !== 'function' && this.holds(argument, from))
    );
  }

  #readStatements(made: FunctionSyntax | undefined): void {
    for (const statement of statementsIn(made?.body ?? this.#file.syntax.body)) {
      if (statement.type === 'bind') this.#readBind(statement, made);
      else if (statement.type === 'loop') this.#readLoop(statement, made);
      else if (statement.type === 'return') this.#readReturn(statement, made);
    }
  }

  #readBind({ targets, values }: BindStatement, made: FunctionSyntax | undefined): void {
    targets.forEach(({ path, target }, index) => {
      const value = values.length > 1 ? values[index] : values[0];
      const key = target?.type === 'index' ? staticText(target.key) : undefined;
      const isTrace = key !== undefined && traceKey.test(key);
      if (!isTrace && (value === undefined || !this.holds(value, made))) return;
      // A function that injects is no carrier.
      if (value?.type === 'function') return;
      if (path !== '') this.#add(path, made);
      else if (target !== undefined) this.#addAll(target, made);
    });
  }

  #readLoop({ over, variables }: LoopStatement, made: FunctionSyntax | undefined): void {
    if (over === undefined || !this.holds(over, made)) return;
    for (const { path } of variables) this.#add(path, made);
  }

  #readReturn({ values }: ReturnStatement, made: FunctionSyntax | undefined): void {
    if (made === undefined || this.#returning.has(made)) return;
    if (!values.some(value => this.holds(value, made))) return;
    this.#returning.add(made);
    this.#changed = true;
  }

  #givesCarrier(call: CallExpression): boolean {
    const own = this.#file.names.functionCalled(call);
    if (own !== undefined) return this.#returning.has(own);
    const summary = this.summaryOf(call);
    return summary === undefined ? call.callee !== '' && telling.test(call.callee) : summary.returnsCarrier;
  }

  /** `this.headers` of `get headers() { … }`. */
  #isCarrierProperty(path: string, from: FunctionSyntax | undefined): boolean {
    const field = this.#fieldOf(path, from);
    if (field === undefined || this.#returning.size === 0) return false;
    return [...this.#returning].some(({ className, name }) => `${className}.${name}` === field);
  }

  #isInjectingFunction(argument: Expression, from: FunctionSyntax | undefined): boolean {
    if (this.#injecting.size === 0) return false;
    for (const each of within(argument)) {
      if (each.type === 'function' && this.#injecting.has(each.function)) return true;
      if (each.type !== 'reference') continue;
      for (const definition of this.#file.names.definitions(each.path, from, each.at)) {
        if (definition.kind === 'function' && this.#injecting.has(definition.function)) return true;
        if (
          definition.kind === 'value' &&
          definition.value?.type === 'function' &&
          this.#injecting.has(definition.value.function)
        )
          return true;
      }
    }
    return false;
  }

  #markInjecting(made: FunctionSyntax | undefined): void {
    for (let at = made; at !== undefined && !this.#injecting.has(at); at = at.parent) {
      this.#injecting.add(at);
      this.#changed = true;
    }
  }

  #addAll(expression: Expression, from: FunctionSyntax | undefined): void {
    for (const each of within(expression)) if (each.type === 'reference') this.#add(each.path, from);
  }

  #add(path: string, from: FunctionSyntax | undefined): void {
    const field = this.#fieldOf(path, from);
    if (field !== undefined) {
      if (!this.#fields.has(field)) this.#changed = true;
      this.#fields.add(field);
      return;
    }
    const [name] = path.split('.');
    // What is imported is no variable, and a context goes everywhere.
    if (name === '' || name === '_' || this.#isImport(name) || /^(?:ctx|context)$/.test(name)) return;
    const family = outermost(from);
    let names = this.#names.get(family);
    if (names === undefined) {
      names = new Set();
      this.#names.set(family, names);
    }
    if (!names.has(name)) this.#changed = true;
    names.add(name);
  }

  #has(path: string, from: FunctionSyntax | undefined): boolean {
    const field = this.#fieldOf(path, from);
    if (field !== undefined) return this.#fields.has(field);
    const [name] = path.split('.');
    return (
      this.#names.get(outermost(from))?.has(name) === true || this.#names.get(undefined)?.has(name) === true
    );
  }

  /** `this.headers` → `Client.headers`. */
  #fieldOf(path: string, from: FunctionSyntax | undefined): string | undefined {
    const [head, field] = path.split('.');
    if (field === undefined) return undefined;
    const { className, receiverName } = ownerOf(from);
    return className !== undefined && (head === receiverName || head === 'this')
      ? `${className}.${field}`
      : undefined;
  }

  #isImport(name: string): boolean {
    return this.#file.syntax.imports.some(({ local }) => local === name);
  }
}

function outermost(made: FunctionSyntax | undefined): FunctionSyntax | undefined {
  let at = made;
  while (at?.parent !== undefined) at = at.parent;
  return at;
}
