import type { Owner } from '../../project/types.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isCommonSetting, settingName } from '../sdk/settingNames.ts';
import { type CallExpression, type Expression, type FunctionSyntax, staticText } from '../syntax.ts';
import { contains, within } from '../walk.ts';
import { addressOf, baseGiven, targetOf } from './addresses.ts';
import { clientCalls } from './clientCalls.ts';
import type { ClientLibrary } from './clientLibrary.ts';
import { isPortOfOthers, namesForeign, ownerOfHost } from './endpoints.ts';
import { brokerOf, servicesAsked } from './peers.ts';

/** Expressions on the way to an address that are looked at. */
const maxSteps = 120;

/**
 * Whose program receives what a call sends, as the project shows: the address that is written or that settings give, the
 * names of its services, who consumes from the broker, who serves what a client is made of. Undefined where nothing tells.
 */
export function receiverOf(
  file: FileFacts,
  call: CallExpression,
  { id, transport }: Sender,
): Owner | undefined {
  switch (transport) {
    case 'messaging': {
      const broker = brokerOf(id);
      return broker !== undefined && file.project.does('consumes', broker) ? 'own' : undefined;
    }
    case 'grpc':
      return ownerOnTheWay(file, call) ?? (isServed(file) ? 'own' : undefined);
    case 'http':
      return ownerOnTheWay(file, call);
  }
}

type Sender = Pick<ClientLibrary, 'id' | 'transport'>;

/** Whether the project serves what the file makes clients of; a file that makes none passes connections on to others. */
export function isServed(file: FileFacts): boolean {
  const own = servicesAsked(file);
  const asked = own.length > 0 ? own : [...file.service.asks];
  return servesAny(file.project, asked);
}

function servesAny(project: FileFacts['project'], names: readonly string[]): boolean {
  return names.some(name => project.does('serves', name));
}

function ownerOnTheWay(file: FileFacts, call: CallExpression): Owner | undefined {
  const written = addressOf(file, call);
  const first = written === undefined ? undefined : ownerOfAddress(file, joined(written));
  if (first !== undefined) return first.owner;
  const found: Told[] = [];
  const requests = file.get(clientCalls).filter(each => each.call !== call);
  for (const each of wayTo(file, call)) {
    // What another request was answered with is told by nobody.
    const isAsked = requests.some(other => contains(other.call.at, each.at));
    const values = each.type === 'text' && !isAsked ? [joined(each.parts)] : [];
    for (const name of variablesIn(each)) values.push(...(file.service.addresses.get(name) ?? []));
    for (const value of values) {
      const told = ownerOfAddress(file, value);
      if (told !== undefined) found.push(told);
    }
  }
  const told = found.find(({ sure }) => sure) ?? found[0];
  if (told === undefined) return isNeighbours(file, call) ? 'own' : undefined;
  // Some for one place, some for another.
  return told.sure || found.every(({ owner }) => owner === told.owner) ? told.owner : undefined;
}

/** As far as it is static. */
function joined(parts: readonly unknown[]): string {
  return parts.map(part => (typeof part === 'string' ? part : '\u0000')).join('');
}

/** What an address tells; sure where the project itself says who answers there. */
interface Told {
  readonly owner: Owner;
  readonly sure: boolean;
}

function ownerOfAddress(file: FileFacts, address: string): Told | undefined {
  const { project } = file;
  const [, , host, port] = /^(\w+:\/\/)?([\w.-]+)(:\d+)?(?=[/?#]|$)/.exec(address) ?? [];
  const owner = ownerOfHost(address);
  if (host === undefined || owner === undefined) return undefined;
  // `api.example.com` is not the service `api`.
  const known = owner === 'own' || !host.includes('.') ? project.ownerOfHost(host) : undefined;
  if (known !== undefined) return { owner: known, sure: true };
  // A server of MCP is none of the tools that have such ports, nor is what the project serves that a file makes clients of.
  if (owner === 'own' && isPortOfOthers(port) && !/\/(?:mcp|sse)\/?$/.test(address))
    return servesAny(project, servicesAsked(file)) ? { owner, sure: false } : { owner: 'others', sure: true };
  return { owner, sure: false };
}

/** Another service of the project is named on the way to the address, or by what sends: `StockClient`. */
function isNeighbours(file: FileFacts, call: CallExpression): boolean {
  const names = file.get(neighbours);
  // `stockClient`, `PRICE_LIST_URL`: whole words.
  const isNeighbour = (name: string) => {
    const words = ` ${wordsOf(name)} `;
    return names.some(each => words.includes(` ${each} `));
  };
  const { inFunction } = call;
  if (isNeighbour(inFunction?.className ?? '')) return true;
  for (const each of wayTo(file, call)) {
    if (each.type === 'text' && isNeighbour(/^[\w.:-]+$/.exec(staticText(each) ?? '')?.[0] ?? ''))
      return true;
    if (each.type === 'reference' && isNeighbour(each.path.slice(each.path.lastIndexOf('.') + 1)))
      return true;
  }
  return false;
}

/** The other services of the project, by the part of their names that others write: `stock` of `stock-service`. */
function neighbours({ path, project, service }: FileFacts): readonly string[] {
  const names = project.serversBeside(path).slice();
  for (const { root, names: own } of project.services)
    if (root !== service.root)
      names.push(root.slice(root.lastIndexOf('/') + 1), ...own.map(({ name }) => name));
  const plain = names.map(name =>
    wordsOf(name).replace(/(?: (?:service|svc|server|api|app|backend|worker))+$/, ''),
  );
  return [...new Set(plain)].filter(name => name.length > 3 && !common.test(name));
}

/** What many services are called, and much else. */
const common =
  /^(?:front(?:end)?|web|client|gateway|proxy|common|shared|libs?|core|demo|examples?|samples?|main|test|utils?|tools?|base|data|src|services?|packages?|http|json|node|python|config)$/;

/** `StockItems`, `stock-item` → `stock item` */
function wordsOf(name: string): string {
  return settingName(name)
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .map(word => word.replace(/(?<=\w{3})s$/, ''))
    .join(' ')
    .trim();
}

/** `process.env.STOCK_URL`, `os.getenv('STOCK_URL')`, `STOCK_URL`; `settings.stock_url` is told by a variable of that name. */
function variablesIn(expression: Expression): readonly string[] {
  if (expression.type === 'text') {
    const text = staticText(expression);
    // `viper.GetString("stock.url")`
    if (text === undefined || !/^[A-Za-z][\w.]+$/.test(text)) return [];
    const variable = settingName(text.replaceAll('.', '_'));
    return variable !== text && isCommonSetting(variable) ? [] : [variable];
  }
  if (expression.type !== 'reference') return [];
  const name = expression.path.slice(expression.path.lastIndexOf('.') + 1);
  // `process.env.URL`, but not a field of that name.
  if (/^[A-Z][A-Z\d_]+$/.test(name))
    return isCommonSetting(name) && !/env/i.test(expression.path) ? [] : [name];
  const variable = settingName(name);
  return isCommonSetting(variable) ? [] : [variable];
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
