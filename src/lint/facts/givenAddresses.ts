import { isSameRequest, targetOf } from './addresses.ts';
import { builtFrom } from './addressesJava.ts';
import { namesForeign } from './endpoints.ts';
import type { FileFacts } from './fileFacts.ts';
import type { Definition } from './scopes.ts';
import { ownerOf } from './scopes.ts';
import { type CallExpression, type Expression, type FunctionSyntax, field } from './syntax.ts';

/** More hops are a circle, or more than a reader would follow. */
const maxHops = 8;

/** What a program is told once, when it starts. */
const configured =
  /conf|cfg|env|setting|option|opts|constant|globals?|flag|base|endpoint|server|service|host|addr/i;

/** Nobody is called that: of a host on the open network only this says that it is the program's own. */
const inSettings = /conf|cfg|env|option|opts|constant|globals?|flag/i;

/** What passes on the address that it is given, or is called on. */
const passing =
  /^(?:NewRequest|URL|Request|String|str|urljoin|toString|rstrip|strip|trim|TrimRight|TrimSuffix|replace|Parse|parse|JoinPath|encodeURI|quote|WithContext|Clone|format|Sprintf)$/;

/**
 * Whether nothing but data says where a request goes: what a caller hands in, a record, an answer of others. Fields,
 * constants, settings and the environment are the program's own; a path that is written out is of an API that it knows.
 */
export function isGivenAddress(file: FileFacts, call: CallExpression): boolean {
  const target = targetOf(call);
  return target !== undefined && isGiven(file, target, call.inFunction, 0);
}

function isGiven(
  file: FileFacts,
  expression: Expression,
  from: FunctionSyntax | undefined,
  hops: number,
): boolean {
  if (hops > maxHops) return false;
  const next = (inner: Expression | undefined) => inner !== undefined && isGiven(file, inner, from, hops + 1);
  switch (expression.type) {
    case 'text':
      if (/^https:\/\/$/i.test(String(expression.parts[0])))
        return isGivenHost(file, expression.parts[1], from, hops + 1);
      return (
        expression.parts.every(part => typeof part !== 'string' || !/\w/.test(part)) &&
        next(expression.parts.find(part => typeof part !== 'string'))
      );
    case 'choice':
      return expression.values.length > 0 && expression.values.every(next);
    case 'operation':
      return expression.operands.length === 1 && next(expression.operands[0]);
    // `url.URL{Scheme: "https"}`, whose host comes later, or from a record.
    case 'object': {
      const host = field(expression, 'Host');
      return /^&?url\.URL\b/.test(expression.at.text) && (host === undefined || next(host));
    }
    case 'call': {
      const { callee, receiver, arguments: given } = expression;
      if (callee === 'NewRequestWithContext') return next(given[2]);
      if (callee === 'NewRequest') return next(given[1]);
      const from = file.language === 'java' ? builtFrom(expression) : undefined;
      if (from !== undefined) return next(file.names.resolve(from, expression.inFunction));
      if (passing.test(callee)) return next(given.length === 0 ? receiver : given[0]);
      // A function that makes an address of others.
      return namesForeign(callee);
    }
    case 'member':
    case 'reference':
      return isGivenName(
        file,
        expression.type === 'reference' ? expression.path : expression.at.text,
        expression,
        from,
        hops,
      );
    default:
      return false;
  }
}

/** Of `https://…`: services of one's own mostly speak plain HTTP. */
function isGivenHost(
  file: FileFacts,
  host: string | Expression | undefined,
  from: FunctionSyntax | undefined,
  hops: number,
): boolean {
  if (host === undefined || typeof host === 'string') return false;
  if (host.type !== 'reference') return isGiven(file, host, from, hops);
  const definitions = file.names.definitions(host.path, from, host.at);
  const isMade = (each: Definition) =>
    each.kind === 'value' &&
    each.value?.type === 'call' &&
    each.inFunction !== undefined &&
    !inSettings.test(each.value.at.text);
  return (
    (definitions.length > 0 && definitions.every(isMade)) ||
    isGivenName(file, host.path, host, from, hops, inSettings)
  );
}

function isGivenName(
  file: FileFacts,
  path: string,
  { at }: Expression,
  from: FunctionSyntax | undefined,
  hops: number,
  own = configured,
): boolean {
  const [head, ...fields] = path.replaceAll(/[?!]/g, '').split('.');
  const { receiverName } = ownerOf(from);
  if (head === 'this' || head === 'self' || head === receiverName || /^[A-Z][A-Z\d_]+$/.test(head))
    return false;
  const definitions = file.names
    .definitions(head, from, at)
    .filter(
      each => !(each.kind === 'value' && (isSameRequest(each.value, head) || isMadeOf(each.value, head))),
    );
  // What it is called matters less than what is seen to be put together.
  const isText = definitions.every(each => each.kind === 'value' && each.value?.type === 'text');
  return (
    definitions.length > 0 &&
    (isText || !own.test(path)) &&
    definitions.every(each => (fields.length === 0 ? isGivenBy(file, each, hops) : isRecord(each)))
  );
}

/** `url = urljoin(url, location)`: the next one is an answer's. */
function isMadeOf(value: Expression | undefined, name: string): boolean {
  if (value?.type !== 'call' || !passing.test(value.callee)) return false;
  const [first] = value.arguments;
  return first?.type === 'reference' && first.path === name;
}

/** Something with fields that is no module and no object that the file itself writes. */
function isRecord(definition: Definition): boolean {
  if (definition.kind === 'value')
    return (
      definition.inFunction !== undefined &&
      definition.value !== undefined &&
      definition.value.type !== 'object'
    );
  return definition.kind === 'parameter' || definition.kind === 'element' || definition.kind === 'item';
}

function isGivenBy(file: FileFacts, definition: Definition, hops: number): boolean {
  switch (definition.kind) {
    case 'element':
      return true;
    case 'parameter':
      return (
        definition.function.parameters[definition.index]?.value === undefined &&
        isGivenByCallers(file, definition.function, definition.index, hops)
      );
    case 'value':
      return (
        definition.value !== undefined &&
        (definition.from === undefined || definition.from === 0) &&
        isGiven(file, definition.value, definition.inFunction, hops + 1)
      );
    default:
      return false;
  }
}

/** No call in the file tells it. */
function isGivenByCallers(file: FileFacts, made: FunctionSyntax, index: number, hops: number): boolean {
  return file.syntax.calls.every(call => {
    if (file.names.functionCalled(call) !== made) return true;
    const argument = call.arguments[index];
    return argument === undefined || isGiven(file, argument, call.inFunction, hops + 1);
  });
}
