import { baseGiven, targetOf } from './addresses.ts';
import { namesForeign, type Owner, ownerOfHost } from './endpoints.ts';
import type { FileFacts } from './fileFacts.ts';
import {
  type CallExpression,
  type ClassSyntax,
  type Expression,
  type FunctionSyntax,
  field,
  staticText,
} from './syntax.ts';
import { within } from './walk.ts';

/** Expressions on the way to an address that are looked at. */
const maxSteps = 120;

/** What is called like a setting: the program was told it. */
const settings = /conf|cfg|env|setting|option|opts|constant|globals?|flag/i;

/** Addresses among the constants of a file. */
const constant = /^[A-Z][A-Z\d_]*(?:URL|URI|HOST|ADDR(?:ESS)?|ENDPOINT|BASE|SERVICE|SERVER)[A-Z\d_]*$/;

/** Names that many addresses go by: only where the program reads that very variable, it is the one that is set. */
const anybodys =
  /^(?:(?:API|APP|BASE|SERVER|SERVICE|HOST|BACKEND|URL|URI|HTTP|ENDPOINT|ADDRESS|ADDR|PORT|_)+)$/;

/**
 * Whose service settings say that a request goes to: the values that configuration files of the service give to the
 * variables on the way to its address. Undefined where they say nothing, or both.
 */
export function ownerInSettings(file: FileFacts, call: CallExpression): Owner | undefined {
  const { environment } = file.service;
  if (environment.size === 0) return undefined;
  const found = new Set<Owner>();
  for (const each of wayTo(file, call))
    for (const name of variablesIn(each))
      for (const { value } of environment.get(name) ?? []) {
        const owner = value === undefined ? undefined : ownerOfHost(value);
        if (owner !== undefined) found.add(owner);
      }
  if (found.has('own')) return 'own';
  return found.has('others') ? 'others' : undefined;
}

/**
 * Whether something on the way to an address says that the program was told it: a name of settings, the environment,
 * another service of the project. Without that, a client most likely has the address of somebody else's service.
 */
export function isToldAddress(file: FileFacts, call: CallExpression): boolean {
  const names = file.get(neighbours);
  const isNeighbour = (name: string) => {
    const plain = plainly(name);
    return names.some(each => plain.includes(each));
  };
  if (isNeighbour(classAround(file, call)?.name ?? call.inFunction?.className ?? '')) return true;
  for (const each of wayTo(file, call)) {
    if (each.type === 'call' && /env|viper|flag/i.test(each.at.text.slice(0, 60))) return true;
    if (each.type === 'text' && isNeighbour(/^[\w.:-]+$/.exec(staticText(each) ?? '')?.[0] ?? ''))
      return true;
    if (each.type !== 'reference') continue;
    const name = each.path.slice(each.path.lastIndexOf('.') + 1);
    if ((constant.test(name) && (name === each.path || name.includes('_'))) || isNeighbour(name)) return true;
    // A name that is only passed on says nothing; a field does.
    if (settings.test(each.path) && each.path.includes('.')) return true;
  }
  return false;
}

/** The other services of the project, by the part of their names that others write: `stock` of `stock-service`. */
function neighbours({ project, service }: FileFacts): readonly string[] {
  const found = new Set<string>();
  for (const { root, names } of project.services) {
    if (root === service.root) continue;
    for (const name of [root.slice(root.lastIndexOf('/') + 1), ...names.map(each => each.name)]) {
      const plain = plainly(name).replace(/(?:service|svc|server|api|app|backend|worker)+$/, '');
      if (plain.length > 3 && !common.test(plain)) found.add(plain);
    }
  }
  return [...found];
}

/** What many services are called, and much else. */
const common =
  /^(?:front(?:end)?|web|client|gateway|proxy|common|shared|libs?|core|demo|examples?|samples?|main|test|utils?|tools?|base|data|src|services?|packages?|http|json|node|python|config)$/;

function plainly(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d]/g, '');
}

/** `process.env.STOCK_URL`, `os.getenv('STOCK_URL')`, `STOCK_URL`; `settings.stock_url` is told by a variable of that name. */
function variablesIn(expression: Expression): readonly string[] {
  if (expression.type === 'text') {
    const text = staticText(expression);
    return text !== undefined && /^[A-Z][A-Z\d_]+$/.test(text) ? [text] : [];
  }
  if (expression.type !== 'reference') return [];
  const name = expression.path.slice(expression.path.lastIndexOf('.') + 1);
  if (/^[A-Z][A-Z\d_]+$/.test(name)) return [name];
  const variable = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toUpperCase();
  return anybodys.test(variable) ? [] : [variable];
}

/** All that an address is made of, as far as the file shows: through variables, fields, and the one call that gives a parameter. */
function* wayTo(file: FileFacts, call: CallExpression): Generator<Expression> {
  const open: { readonly expression: Expression; readonly from: FunctionSyntax | undefined }[] = [];
  const seen = new Set<Expression>();
  const push = (expression: Expression | undefined, from: FunctionSyntax | undefined) => {
    if (expression === undefined || seen.has(expression)) return;
    seen.add(expression);
    open.push({ expression, from });
  };
  push(targetOf(call), call.inFunction);
  const base = baseGiven(file, call);
  push(base?.expression, base?.from);
  let steps = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const each of within(at.expression)) {
      if (++steps > maxSteps) return;
      yield each;
      if (each.type !== 'reference') continue;
      for (const definition of file.names.definitions(each.path, at.from, each.at))
        if (definition.kind === 'value') push(definition.value, definition.inFunction);
        else if (definition.kind === 'parameter') {
          const { function: made, index } = definition;
          push(made.parameters[index]?.value, made);
          for (const caller of file.syntax.calls)
            if (file.names.functionCalled(caller) === made) push(caller.arguments[index], caller.inFunction);
        }
    }
}

/** Whether an address on the way to that of a request is named after somebody else's service. */
export function isForeignOnTheWay(file: FileFacts, call: CallExpression): boolean {
  for (const each of wayTo(file, call)) {
    if (each.type === 'reference' && /ur[li]$|endpoint$|host$/i.test(each.path) && namesForeign(each.path))
      return true;
    const text = each.type === 'text' ? staticText(each) : undefined;
    if (text !== undefined && /^(?:https?:\/)?\//.test(text) && namesForeign(text)) return true;
  }
  return false;
}

/** Whether data says both where a request goes and how: what a user of the program has it send. */
export function isGeneric(file: FileFacts, call: CallExpression): boolean {
  const from = call.inFunction;
  const request = call.arguments[0] && file.names.resolve(call.arguments[0], from);
  const sent = request?.type === 'call' && /^NewRequest/.test(request.callee) ? request : call;
  const target = targetOf(sent);
  if (target?.type !== 'reference') return false;
  const isOfRecord =
    /^(?!this\b|self\b).+\./.test(target.path) && !target.path.startsWith(`${from?.receiverName}.`);
  if (!isOfRecord && file.names.resolve(target, from).type !== 'reference') return false;
  const position = /^NewRequestWithContext$/.test(sent.callee) ? 1 : 0;
  const method =
    sent === call && !/^request$/.test(call.callee) ? methodGiven(call) : sent.arguments[position];
  return method !== undefined && method !== target && varies.test(method.at.text);
}

/** `config.method`; no constant. */
const varies = /^(?!http\.Method)[\w.?!]*[mM]ethod$/;

function methodGiven({ arguments: given, named }: CallExpression): Expression | undefined {
  return named.get('method') ?? given.map(each => field(each, 'method')).find(each => each !== undefined);
}

/** What somebody else has given out; what one's own services ask of each other is mostly called internal. */
const givenOut =
  /(?<!internal\w*|service\w*)(?:api|subscription|access|secret|license)[-_]?key|\bcreds?\b|credentials|\bsign(?:ature|Request)?\(|["'](?!x-(?:csrf|xsrf|internal|service)-)[\w-]+-token["']/i;

/** Whether what sends a request shows a key of somebody's: the function, or the class around it. */
export function showsKey(file: FileFacts, call: CallExpression): boolean {
  return givenOut.test((classAround(file, call) ?? call.inFunction ?? call).at.text);
}

function classAround({ syntax }: FileFacts, { at }: CallExpression): ClassSyntax | undefined {
  return syntax.classes.find(each => each.at.start <= at.start && at.end <= each.at.end);
}
