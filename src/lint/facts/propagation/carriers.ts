import type { FunctionSummary } from '../../project/types.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, Expression, FunctionSyntax } from '../syntax.ts';
import {
  type Flow,
  fieldOf,
  headOf,
  namesIn,
  outermost,
  type Parts,
  partsOf,
  type Registration,
  stepsIn,
  stepsOfTop,
  summaryOf,
  type Target,
} from './carrierSteps.ts';

/** What is put into a carrier can be taken out of one that is only found in the next round. */
const maxRounds = 4;

/** Without one of these words only what other files do can matter. */
const mayCarry =
  /inject|propagat|traceparent|trace_?(?:headers?|context|parent)|with_?trac|otel_?headers|x-b3|uber-trace/i;

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
  /** `Class.getter` of those that return carriers. */
  readonly #returningMembers = new Set<string>();
  /** That inject, themselves or by a function of the project that they call. */
  readonly #injecting = new Set<FunctionSyntax>();
  /** `Class.method` of these. */
  readonly #injectingMembers = new Set<string>();
  readonly #injectingNames = new Set<string>();
  #imports: ReadonlySet<string> | undefined;
  #changed = false;

  constructor(file: FileFacts) {
    this.#file = file;
    if (!file.says(mayCarry) && !this.#callsCarriers()) return;
    const steps = [...file.ofUnits(stepsIn), stepsOfTop(file)];
    for (const { injecting, reached } of steps) {
      for (const made of injecting) this.#markInjecting(made);
      for (const target of reached) this.#addTarget(target);
    }
    let flows = steps.flatMap(each => each.flows);
    for (let round = 0; round < maxRounds; round++) {
      this.#changed = false;
      for (const { ownCalls } of steps) for (const { call, own } of ownCalls) this.#followOwnCall(call, own);
      if (this.#injecting.size > 0)
        for (const { registrations } of steps)
          for (const each of registrations) this.#followRegistration(each);
      flows = flows.filter(flow => !this.#follow(flow));
      if (!this.#changed) break;
    }
  }

  /** Whether the expression holds an injected context, or calls what returns one. */
  holds(expression: Expression, from: FunctionSyntax | undefined): boolean {
    return this.#hold(partsOf(this.#file, [expression], from));
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
      name !== '' && this.#holdsVariable(name, outermost(made)) ? [index] : [],
    );
  }

  /** The function of another file that a call goes to. */
  summaryOf(call: CallExpression): FunctionSummary | undefined {
    return this.#file.ofCall(summaryOf, call);
  }

  #hold({ certain, family, variables, fields, functions, called, made }: Parts): boolean {
    if (certain || functions.some(each => this.#injecting.has(each))) return true;
    if (variables.some(each => this.#isHook(each, undefined))) return true;
    if (made.some(each => this.#isHook(undefined, each))) return true;
    if (called.some(each => this.#returning.has(each))) return true;
    // `this.headers` of `get headers() { … }`.
    if (fields.some(each => this.#fields.has(each) || this.#returningMembers.has(each))) return true;
    // `this::inject`
    if (fields.some(each => this.#injectingMembers.has(each))) return true;
    return variables.some(each => this.#holdsVariable(each, family));
  }

  /** A function that injects into what it is given, or a class that has such a method: `event_hooks`, `transport=Traced()`. */
  #isHook(name: string | undefined, className: string | undefined): boolean {
    if (name !== undefined && !this.#injectingNames.has(name)) return false;
    return [...this.#injecting].some(
      made =>
        made.className === className &&
        (name === undefined || made.name === name) &&
        this.injectedParameters(made).length > 0,
    );
  }

  #holdsVariable(name: string, family: FunctionSyntax | undefined): boolean {
    return this.#names.get(family)?.has(name) === true || this.#names.get(undefined)?.has(name) === true;
  }

  /** Another file of the project injects, or makes carriers, for this one. */
  #callsCarriers(): boolean {
    return this.#file.syntax.calls.some(call => {
      const summary = this.summaryOf(call);
      return summary !== undefined && (summary.returnsCarrier || summary.injects.length > 0);
    });
  }

  #followOwnCall(call: CallExpression, own: FunctionSyntax): void {
    if (!this.#injecting.has(own)) return;
    for (const index of this.injectedParameters(own)) {
      const argument = call.arguments[index];
      if (argument !== undefined) this.#addTarget(namesIn(argument, call.inFunction));
      this.#markInjecting(call.inFunction);
    }
  }

  /** @returns whether it leads anywhere */
  #follow({ parts, into, returning }: Flow): boolean {
    if (!this.#hold(parts)) return false;
    for (const target of into) this.#addTarget(target);
    if (returning !== undefined) this.#markReturning(returning);
    return true;
  }

  #followRegistration({ into, functions, names }: Registration): void {
    if (
      functions.some(each => this.#injecting.has(each)) ||
      names.some(each => this.#isInjecting(each, into))
    )
      this.#addTarget(into);
  }

  #isInjecting({ path, last, at }: Registration['names'][number], { from }: Target): boolean {
    if (!this.#injectingNames.has(last)) return false;
    return this.#file.names.definitions(path, from, at).some(definition => {
      if (definition.kind === 'function') return this.#injecting.has(definition.function);
      const value = definition.kind === 'value' ? definition.value : undefined;
      return value?.type === 'function' && this.#injecting.has(value.function);
    });
  }

  #markInjecting(made: FunctionSyntax | undefined): void {
    for (let at = made; at !== undefined && !this.#injecting.has(at); at = at.parent) {
      this.#injecting.add(at);
      this.#injectingNames.add(at.name);
      if (at.className !== undefined) this.#injectingMembers.add(`${at.className}.${at.name}`);
      this.#changed = true;
    }
  }

  #markReturning(made: FunctionSyntax): void {
    this.#returning.add(made);
    this.#returningMembers.add(`${made.className}.${made.name}`);
    this.#changed = true;
  }

  #addTarget({ paths, from }: Target): void {
    for (const path of paths) this.#add(path, from);
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

  #isImport(name: string): boolean {
    this.#imports ??= new Set(this.#file.syntax.imports.map(({ local }) => local));
    return this.#imports.has(name);
  }
}
