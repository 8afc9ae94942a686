import type { FunctionSummary } from '../../project/types.ts';
import { contentsOf } from '../contents.ts';
import type { FileFacts } from '../fileFacts.ts';
import { ownerOf } from '../scopes.ts';
import {
  type BindStatement,
  type CallExpression,
  type Expression,
  type Extent,
  type FunctionSyntax,
  type Statement,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { statementsIn, within } from '../walk.ts';
import { carrierArgument, isInjection } from './injections.ts';

/** A header of a propagated trace, as a key. */
const traceKey = /^(?:traceparent|b3|x-b3-traceid|uber-trace-id)$/i;
/** Methods that put their arguments into what they are called on. */
const puts =
  /^(?:set|append|add|put|push|update|extend|setdefault|merge|headers?|concat|insert|Set|Add|Append|Put|SetHeaders?|setHeaders?|addHeaders?|WithHeaders?|set_headers?|add_headers?|setRequestHeader|(?:set|add)RequestProperty|set(?:String|Object)Property|putAll|addAll|messageAttributes|TryAdd\w*)$/;
/** Functions that put the others of their arguments into the first. */
const copies = /^(?:assign|merge|defaults|extend|Copy|copy)$/;
/** A function of somebody else whose name says that it adds the context. */
const telling = /inject|propagat|trace_?(?:headers?|context|parent)|with_?trac(?:e|ing)|otel_?headers/i;

/** What is put where: if one of the parts is a carrier, so is `into`, and `returning` returns one. */
export interface Flow {
  readonly parts: Parts;
  readonly into: readonly Target[];
  readonly returning: FunctionSyntax | undefined;
}

/** What may turn out to be a carrier in an expression. */
export interface Parts {
  /** It is one, or calls a function of another file, or somebody else's, that gives one. */
  readonly certain: boolean;
  /** The outermost function around, whose variables these are. */
  readonly family: FunctionSyntax | undefined;
  readonly variables: readonly string[];
  /** `Class.field` */
  readonly fields: readonly string[];
  readonly functions: readonly FunctionSyntax[];
  /** Functions of the file that are called. */
  readonly called: readonly FunctionSyntax[];
  /** Names of other things that are called: classes. */
  readonly made: readonly string[];
}

/** Names that become carriers. */
export interface Target {
  readonly paths: readonly string[];
  readonly from: FunctionSyntax | undefined;
}

/** `api.interceptors.request.use(config => inject(…))` */
export interface Registration {
  readonly into: Target;
  /** The functions that are given as they are. */
  readonly functions: readonly FunctionSyntax[];
  /** What has the name of a function of the file. */
  readonly names: readonly { readonly path: string; readonly last: string; readonly at: Extent }[];
}

/** What a part of a file does, before it is known which other functions inject. */
export interface Steps {
  /** Where something is injected for sure. */
  readonly injecting: (FunctionSyntax | undefined)[];
  readonly reached: Target[];
  readonly flows: Flow[];
  /** Calls of the file's own functions, which may turn out to inject. */
  readonly ownCalls: { readonly call: CallExpression; readonly own: FunctionSyntax }[];
  /** Calls of methods that are given functions, which may turn out to inject. */
  readonly registrations: Registration[];
}

/** `this.headers` → `Client.headers`. */
export function fieldOf(path: string, from: FunctionSyntax | undefined): string | undefined {
  if (!path.includes('.')) return undefined;
  const [head, field] = path.split('.');
  const { className, receiverName } = ownerOf(from);
  return className !== undefined && (head === receiverName || head === 'this')
    ? `${className}.${field}`
    : undefined;
}

/** The variable that a chain of names begins with. */
export function headOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}

/** Variables of functions inside each other are not told apart. */
export function outermost(made: FunctionSyntax | undefined): FunctionSyntax | undefined {
  let at = made;
  while (at?.parent !== undefined) at = at.parent;
  return at;
}

/** What is known of the function of another file that a call goes to. */
export function summaryOf(
  { language, names, path, project }: FileFacts,
  call: CallExpression,
): FunctionSummary | undefined {
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

/** Those of a part of the file. */
export function stepsIn(file: FileFacts, { calls, functions }: SyntaxUnit): Steps {
  const steps: Steps = { injecting: [], reached: [], flows: [], ownCalls: [], registrations: [] };
  for (const call of calls) addCall(file, call, steps);
  for (const made of functions) addStatements(file, made.body, made, steps);
  return steps;
}

/** Those of the statements that are in no function. */
export function stepsOfTop(file: FileFacts): Steps {
  const steps: Steps = { injecting: [], reached: [], flows: [], ownCalls: [], registrations: [] };
  addStatements(file, file.syntax.body, undefined, steps);
  return steps;
}

function addCall(file: FileFacts, call: CallExpression, steps: Steps): void {
  const { inFunction: from, receiver, callee } = call;
  if (isInjection(file, call)) {
    steps.injecting.push(from);
    const carrier = carrierArgument(file, call);
    if (carrier === undefined) return;
    steps.reached.push(namesIn(carrier, from));
    // `carrier := Carrier{Headers: &headers}`
    const made = file.names.resolve(carrier, from);
    if (file.language === 'go' && made.type === 'object') steps.reached.push(namesIn(made, from));
    return;
  }
  const own = file.names.functionCalled(call);
  const summary = own === undefined ? file.ofCall(summaryOf, call) : undefined;
  if (own !== undefined) steps.ownCalls.push({ call, own });
  // Of the function itself the index is -1.
  for (const index of summary?.injects ?? []) {
    const argument = call.arguments[index];
    if (argument !== undefined) steps.reached.push(namesIn(argument, from));
    steps.injecting.push(from);
  }
  const given = call.named.size === 0 ? call.arguments : [...call.arguments, ...call.named.values()];
  if (given.length === 0) return;
  if (own === undefined && summary === undefined && telling.test(callee))
    for (const each of given) if (each.type === 'reference') steps.reached.push(namesIn(each, from));
  if (receiver !== undefined) {
    const functions = given.flatMap(each => contentsOf(each).functions);
    const names = given.flatMap(each => functionNamesIn(file, each));
    const into = targetOf(file, receiver, from);
    if (functions.length + names.length > 0) steps.registrations.push({ into, functions, names });
    if (puts.test(callee)) {
      // `set('traceparent', …)`
      if (given.some(each => traceKey.test(staticText(each) ?? ''))) steps.reached.push(into);
      else
        addFlow(
          file,
          given.filter(({ type }) => type !== 'function'),
          from,
          [into],
          steps,
        );
    }
  }
  // `headers.forEach(builder::header)`
  if (receiver !== undefined && callee === 'forEach')
    for (const each of given)
      if (each.type === 'reference' && puts.test(each.path.slice(each.path.lastIndexOf('.') + 1)))
        addFlow(file, [receiver], from, [namesIn(each, from)], steps);
  const [first, ...others] = call.arguments;
  if (first !== undefined && others.length > 0 && copies.test(callee))
    addFlow(file, others, from, [namesIn(first, from)], steps);
  // `Object.entries(carrier).forEach(([key, value]) => headers.set(key, value))`
  for (const each of given) {
    if (each.type !== 'function' || each.function.parameters.length === 0) continue;
    const beside = given.filter(other => other !== each);
    const paths = each.function.parameters.flatMap(({ name, fields }) => [name, ...fields.values()]);
    addFlow(
      file,
      receiver === undefined ? beside : [...beside, receiver],
      from,
      [{ paths, from: each.function }],
      steps,
    );
  }
}

/**
 * What a call changes: what it is called on. Of a chain of Java that is what it begins with, if that is no client: the
 * headers of one request say nothing of it (`client.get().headers(inject)`).
 */
function targetOf(file: FileFacts, receiver: Expression, from: FunctionSyntax | undefined): Target {
  if (receiver.type !== 'call' || file.language !== 'java') return namesIn(receiver, from);
  let root: Expression = receiver;
  while (root.type === 'call' && root.receiver !== undefined) root = root.receiver;
  const isClient = /^org\.springframework\.\S*(?:Web|Rest)Client\b/.test(
    file.names.qualified(root, from) ?? '',
  );
  const isClass = root.type === 'reference' && /^[A-Z]/.test(root.path);
  return isClient || isClass || root.type === 'call' ? { paths: [], from } : namesIn(root, from);
}

function functionNamesIn(file: FileFacts, given: Expression): Registration['names'] {
  const known = file.get(functionNames);
  const found: Registration['names'][number][] = [];
  for (const path of contentsOf(given).paths) {
    const last = path.slice(path.lastIndexOf('.') + 1);
    if (known.has(last)) found.push({ path, last, at: given.at });
  }
  return found;
}

function functionNames({ syntax }: FileFacts): ReadonlySet<string> {
  return new Set(syntax.functions.map(({ name }) => name));
}

function addStatements(
  file: FileFacts,
  body: readonly Statement[],
  made: FunctionSyntax | undefined,
  steps: Steps,
): void {
  for (const statement of statementsIn(body))
    if (statement.type === 'bind') addBind(file, statement, made, steps);
    else if (statement.type === 'with') {
      // `with httpx.Client(headers=headers) as client`
      for (const { value, name } of statement.items)
        if (name !== '') addFlow(file, [value], made, [{ paths: [name], from: made }], steps);
    } else if (statement.type === 'loop') {
      const { over, variables } = statement;
      const paths = variables.map(({ path }) => path);
      if (over !== undefined) addFlow(file, [over], made, [{ paths, from: made }], steps);
    } else if (statement.type === 'return' && made !== undefined)
      addFlow(file, statement.values, made, [], steps, made);
}

function addBind(
  file: FileFacts,
  { targets, values }: BindStatement,
  made: FunctionSyntax | undefined,
  steps: Steps,
): void {
  targets.forEach(({ path, target }, index) => {
    const value = values.length > 1 ? values[index] : values[0];
    // A function that injects is no carrier.
    if (value === undefined || value.type === 'function') return;
    const own = { paths: [path], from: made };
    const into = path !== '' || target === undefined ? own : namesIn(target, made);
    const key = target?.type === 'index' ? staticText(target.key) : undefined;
    if (key !== undefined && traceKey.test(key)) {
      steps.reached.push(into);
      return;
    }
    addFlow(file, [value], made, [into], steps);
    // What goes in arrives there: `carrier := propagation.HeaderCarrier(req.Header)`, `const headers = request.headers`.
    const isAlias =
      (value.type === 'reference' && value.path.includes('.')) ||
      (value.type === 'call' && /[cC]arrier$/.test(value.callee));
    if (isAlias && path !== '')
      steps.flows.push({
        parts: { ...nothing, ...placesOf([path], made) },
        into: [namesIn(value, made)],
        returning: undefined,
      });
  });
}

function addFlow(
  file: FileFacts,
  expressions: readonly Expression[],
  from: FunctionSyntax | undefined,
  into: readonly Target[],
  { flows }: Steps,
  returning?: FunctionSyntax,
): void {
  const parts = partsOf(file, expressions, from);
  const { certain, variables, fields, functions, called } = parts;
  if (certain || variables.length + fields.length + functions.length + called.length > 0)
    flows.push({ parts, into, returning });
}

const nothing = { certain: false, functions: [], called: [], made: [] } as const;

/** What may turn out to be a carrier in any of the expressions. */
export function partsOf(
  file: FileFacts,
  expressions: readonly Expression[],
  from: FunctionSyntax | undefined,
): Parts {
  const functions: FunctionSyntax[] = [];
  const called: FunctionSyntax[] = [];
  const made: string[] = [];
  const paths: string[] = [];
  let certain = false;
  for (const contents of expressions.map(contentsOf)) {
    certain ||= contents.keys.some(key => traceKey.test(key));
    for (const call of contents.calls) {
      certain ||= givesCarrier(file, call);
      const own = file.names.functionCalled(call);
      if (own !== undefined) called.push(own);
      else if (call.receiver === undefined) made.push(call.callee);
    }
    for (const each of contents.functions) functions.push(each);
    for (const path of contents.paths) {
      certain ||= isHook(file, path, ['']);
      paths.push(path);
    }
  }
  certain ||= made.some(each => isHook(file, each, methodsOfHooks));
  return { certain, functions, called, made, ...placesOf(paths, from) };
}

/** Methods by which transports, authentications and sessions of Python's libraries get a request. */
const methodsOfHooks = [
  '.__call__',
  '.auth_flow',
  '.sync_auth_flow',
  '.async_auth_flow',
  '.handle_request',
  '.handle_async_request',
  '.send',
] as const;

/** Python: a function of another file, or a class by one of these methods, that injects into what it is given. */
function isHook(
  { language, syntax, project, path: from }: FileFacts,
  named: string,
  methods: readonly string[],
): boolean {
  if (language !== 'python') return false;
  const imported = syntax.imports.find(({ local }) => local === named);
  if (imported === undefined || imported.name === '*') return false;
  const { module, name } = imported;
  return methods.some(
    method => (project.functionOf(from, module, `${name}${method}`)?.injects.length ?? 0) > 0,
  );
}

function placesOf(
  paths: readonly string[],
  from: FunctionSyntax | undefined,
): Pick<Parts, 'family' | 'variables' | 'fields'> {
  const variables = new Set<string>();
  const fields = new Set<string>();
  for (const path of paths) {
    const field = fieldOf(path, from);
    if (field === undefined) variables.add(headOf(path));
    else fields.add(field);
  }
  return { family: outermost(from), variables: [...variables], fields: [...fields] };
}

/** By what is known of other files, or the name of the function tells. */
function givesCarrier(file: FileFacts, call: CallExpression): boolean {
  if (file.names.functionCalled(call) !== undefined) return false;
  const summary = file.ofCall(summaryOf, call);
  return summary === undefined ? call.callee !== '' && telling.test(call.callee) : summary.returnsCarrier;
}

/** All names in an expression. */
export function namesIn(expression: Expression, from: FunctionSyntax | undefined): Target {
  return { paths: within(expression).flatMap(each => (each.type === 'reference' ? [each.path] : [])), from };
}
