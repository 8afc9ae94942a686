import type { FunctionSummary } from '../project/types.ts';
import { type Contents, contentsOf } from './contents.ts';
import type { FileFacts } from './fileFacts.ts';
import { carrierArgument, isInjection } from './injections.ts';
import { ownerOf } from './scopes.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  type LoopStatement,
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
  /^(?:set|append|add|put|push|update|extend|setdefault|merge|headers?|concat|insert|Set|Add|Append|Put|SetHeaders?|setHeaders?|addHeaders?|WithHeaders?|set_headers?|add_headers?|setRequestHeader)$/;
/** Functions that put the others of their arguments into the first. */
const copies = /^(?:assign|merge|defaults|extend|Copy|copy)$/;
/** A function of somebody else whose name says that it adds the context. */
const telling = /inject|propagat|trace_?(?:headers?|context|parent)|with_?trac(?:e|ing)|otel_?headers/i;

/** The carriers of a file; made once. */
export function carriers(file: FileFacts): Carriers {
  return new Carriers(file);
}

/** What is put where: if one of the parts is a carrier, `reach` says what becomes one. */
interface Flow {
  readonly parts: readonly Contents[];
  readonly from: FunctionSyntax | undefined;
  reach(): void;
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
  /** `Class.getter` of those that return carriers. */
  readonly #returningMembers = new Set<string>();
  /** That inject, themselves or by a function of the project that they call. */
  readonly #injecting = new Set<FunctionSyntax>();
  readonly #injectingNames = new Set<string>();
  readonly #summaries = new Map<CallExpression, FunctionSummary | undefined>();
  /** Calls of the file's own functions, which may turn out to inject. */
  readonly #ownCalls: { readonly call: CallExpression; readonly own: FunctionSyntax }[] = [];
  /** Calls of methods that are given functions, which may turn out to inject. */
  readonly #registrations: { readonly call: CallExpression; readonly given: readonly Expression[] }[] = [];
  #imports: ReadonlySet<string> | undefined;
  #changed = false;

  constructor(file: FileFacts) {
    this.#file = file;
    if (!mayCarry.test(file.syntax.source) && !this.#callsCarriers()) return;
    let flows = [
      ...file.syntax.calls.flatMap(call => this.#flowsOfCall(call)),
      ...[undefined, ...file.syntax.functions].flatMap(made => this.#flowsOfStatements(made)),
    ];
    for (let round = 0; round < maxRounds; round++) {
      this.#changed = false;
      for (const { call, own } of this.#ownCalls) this.#followOwnCall(call, own);
      if (this.#injecting.size > 0) for (const each of this.#registrations) this.#followRegistration(each);
      flows = flows.filter(flow => {
        if (!flow.parts.some(part => this.#hold(part, flow.from))) return true;
        flow.reach();
        return false;
      });
      if (!this.#changed) break;
    }
  }

  /** Whether the expression holds an injected context, or calls what returns one. */
  holds(expression: Expression, from: FunctionSyntax | undefined): boolean {
    return this.#hold(contentsOf(expression), from);
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

  #hold({ paths, calls, functions, keys }: Contents, from: FunctionSyntax | undefined): boolean {
    return (
      functions.some(each => this.#injecting.has(each)) ||
      paths.some(path => this.#has(path, from)) ||
      keys.some(key => traceKey.test(key)) ||
      calls.some(call => this.#givesCarrier(call))
    );
  }

  /** Another file of the project injects, or makes carriers, for this one. */
  #callsCarriers(): boolean {
    return this.#file.syntax.calls.some(call => {
      const summary = this.summaryOf(call);
      return summary !== undefined && (summary.returnsCarrier || summary.injects.length > 0);
    });
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

  /** What is sure already is noted at once. */
  #flowsOfCall(call: CallExpression): readonly Flow[] {
    const { inFunction: from, receiver, callee } = call;
    if (isInjection(this.#file, call)) {
      this.#markInjecting(from);
      const carrier = carrierArgument(this.#file, call);
      if (carrier !== undefined) this.#addAll(carrier, from);
      return [];
    }
    const own = this.#file.names.functionCalled(call);
    const summary = own === undefined ? this.summaryOf(call) : undefined;
    if (own !== undefined) this.#ownCalls.push({ call, own });
    else if (summary !== undefined) this.#noteInjected(call, summary.injects);
    const given = call.named.size === 0 ? call.arguments : [...call.arguments, ...call.named.values()];
    if (given.length === 0) return [];
    if (own === undefined && summary === undefined && telling.test(callee))
      for (const each of given) if (each.type === 'reference') this.#addAll(each, from);
    const flows: Flow[] = [];
    if (receiver !== undefined) {
      if (given.some(({ type }) => type !== 'constant' && type !== 'text'))
        this.#registrations.push({ call, given });
      if (puts.test(callee)) {
        const reach = () => this.#addAll(receiver, from);
        // `set('traceparent', …)`
        if (given.some(each => traceKey.test(staticText(each) ?? ''))) reach();
        else
          flows.push(
            this.#flow(
              given.filter(({ type }) => type !== 'function'),
              from,
              reach,
            ),
          );
      }
    }
    const [first, ...others] = call.arguments;
    if (first !== undefined && others.length > 0 && copies.test(callee))
      flows.push(this.#flow(others, from, () => this.#addAll(first, from)));
    // `Object.entries(carrier).forEach(([key, value]) => headers.set(key, value))`
    for (const each of given) {
      if (each.type !== 'function' || each.function.parameters.length === 0) continue;
      const beside = given.filter(other => other !== each);
      flows.push(
        this.#flow(receiver === undefined ? beside : [...beside, receiver], from, () => {
          for (const { name, fields } of each.function.parameters)
            for (const local of [name, ...fields.values()]) this.#add(local, each.function);
        }),
      );
    }
    return flows;
  }

  #flow(expressions: readonly Expression[], from: FunctionSyntax | undefined, reach: () => void): Flow {
    return { parts: expressions.map(contentsOf), from, reach };
  }

  #followOwnCall(call: CallExpression, own: FunctionSyntax): void {
    if (this.#injecting.has(own)) this.#noteInjected(call, this.injectedParameters(own));
  }

  /** @param parameters that the called function injects into; -1 is itself */
  #noteInjected(call: CallExpression, parameters: readonly number[]): void {
    for (const index of parameters) {
      const argument = call.arguments[index];
      if (argument !== undefined) this.#addAll(argument, call.inFunction);
      this.#markInjecting(call.inFunction);
    }
  }

  /** `api.interceptors.request.use(config => inject(…))` */
  #followRegistration({ call, given }: { call: CallExpression; given: readonly Expression[] }): void {
    const { receiver, inFunction } = call;
    if (receiver !== undefined && given.some(each => this.#isInjectingFunction(each, inFunction)))
      this.#addAll(receiver, inFunction);
  }

  #flowsOfStatements(made: FunctionSyntax | undefined): Flow[] {
    const flows: Flow[] = [];
    for (const statement of statementsIn(made?.body ?? this.#file.syntax.body))
      if (statement.type === 'bind') flows.push(...this.#flowsOfBind(statement, made));
      else if (statement.type === 'loop') flows.push(...this.#flowsOfLoop(statement, made));
      else if (statement.type === 'return' && made !== undefined && statement.values.length > 0)
        flows.push(this.#flow(statement.values, made, () => this.#markReturning(made)));
    return flows;
  }

  #flowsOfBind({ targets, values }: BindStatement, made: FunctionSyntax | undefined): readonly Flow[] {
    return targets.flatMap(({ path, target }, index) => {
      const value = values.length > 1 ? values[index] : values[0];
      // A function that injects is no carrier.
      if (value === undefined || value.type === 'function') return [];
      const reach = () => {
        if (path !== '') this.#add(path, made);
        else if (target !== undefined) this.#addAll(target, made);
      };
      const key = target?.type === 'index' ? staticText(target.key) : undefined;
      if (key === undefined || !traceKey.test(key))
        return [this.#flow([value], made, reach), ...this.#flowOfAlias(path, value, made)];
      reach();
      return [];
    });
  }

  /** `carrier := propagation.HeaderCarrier(req.Header)`, `const headers = request.headers`: what goes in arrives there. */
  #flowOfAlias(path: string, value: Expression, made: FunctionSyntax | undefined): readonly Flow[] {
    const isAlias =
      (value.type === 'reference' && value.path.includes('.')) ||
      (value.type === 'call' && /[cC]arrier$/.test(value.callee));
    if (!isAlias || path === '') return [];
    const target: Contents = { paths: [path], calls: [], functions: [], keys: [] };
    return [{ parts: [target], from: made, reach: () => this.#addAll(value, made) }];
  }

  #flowsOfLoop({ over, variables }: LoopStatement, made: FunctionSyntax | undefined): readonly Flow[] {
    if (over === undefined) return [];
    const reach = () => {
      for (const { path } of variables) this.#add(path, made);
    };
    return [this.#flow([over], made, reach)];
  }

  #givesCarrier(call: CallExpression): boolean {
    const own = this.#file.names.functionCalled(call);
    if (own !== undefined) return this.#returning.has(own);
    const summary = this.summaryOf(call);
    return summary === undefined ? call.callee !== '' && telling.test(call.callee) : summary.returnsCarrier;
  }

  #isInjectingFunction(argument: Expression, from: FunctionSyntax | undefined): boolean {
    const { paths, functions } = contentsOf(argument);
    if (functions.some(each => this.#injecting.has(each))) return true;
    return paths.some(
      path =>
        this.#injectingNames.has(path.slice(path.lastIndexOf('.') + 1)) &&
        this.#file.names.definitions(path, from, argument.at).some(definition => {
          if (definition.kind === 'function') return this.#injecting.has(definition.function);
          const value = definition.kind === 'value' ? definition.value : undefined;
          return value?.type === 'function' && this.#injecting.has(value.function);
        }),
    );
  }

  #markInjecting(made: FunctionSyntax | undefined): void {
    for (let at = made; at !== undefined && !this.#injecting.has(at); at = at.parent) {
      this.#injecting.add(at);
      this.#injectingNames.add(at.name);
      this.#changed = true;
    }
  }

  #markReturning(made: FunctionSyntax): void {
    this.#returning.add(made);
    this.#returningMembers.add(`${made.className}.${made.name}`);
    this.#changed = true;
  }

  #addAll(expression: Expression, from: FunctionSyntax | undefined): void {
    for (const each of within(expression)) if (each.type === 'reference') this.#add(each.path, from);
  }

  #add(path: string, from: FunctionSyntax | undefined): void {
    const field = fieldOf(path, from);
    if (field !== undefined) {
      if (!this.#fields.has(field)) this.#changed = true;
      this.#fields.add(field);
      return;
    }
    const name = headOf(path);
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
    const field = fieldOf(path, from);
    // `this.headers` of `get headers() { … }`.
    if (field !== undefined) return this.#fields.has(field) || this.#returningMembers.has(field);
    if (this.#names.size === 0) return false;
    const name = headOf(path);
    return (
      this.#names.get(outermost(from))?.has(name) === true || this.#names.get(undefined)?.has(name) === true
    );
  }

  #isImport(name: string): boolean {
    this.#imports ??= new Set(this.#file.syntax.imports.map(({ local }) => local));
    return this.#imports.has(name);
  }
}

/** `this.headers` → `Client.headers`. */
function fieldOf(path: string, from: FunctionSyntax | undefined): string | undefined {
  if (!path.includes('.')) return undefined;
  const [head, field] = path.split('.');
  const { className, receiverName } = ownerOf(from);
  return className !== undefined && (head === receiverName || head === 'this')
    ? `${className}.${field}`
    : undefined;
}

function headOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}

function outermost(made: FunctionSyntax | undefined): FunctionSyntax | undefined {
  let at = made;
  while (at?.parent !== undefined) at = at.parent;
  return at;
}
