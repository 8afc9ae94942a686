import type { Forward } from '../../project/types.ts';
import type { FileFacts } from '../fileFacts.ts';
import { carriers } from '../propagation/carriers.ts';
import { type Carrying, carrying, type Given } from '../propagation/carrying.ts';
import { type CallExpression, type FunctionSyntax, field } from '../syntax.ts';
import { enclosing } from '../walk.ts';
import { type ClientCall, clientCalls } from './clientCalls.ts';
import { isForeignEndpoint } from './endpoints.ts';
import { clientOf, clientWithout, generatedCarrying, transportOf } from './goClients.ts';
import { dialCarrying, dialOptions, isOwnConnection } from './grpcClients.ts';

/** Functions that call functions that send, this many deep. */
const maxRounds = 3;

/** The parameters of the file's functions that decide whether what they send carries the context. */
export function forwards(file: FileFacts): ReadonlyMap<FunctionSyntax, readonly Forward[]> {
  const found = new Map<FunctionSyntax, Forward[]>();
  let isNew = false;
  for (const client of file.get(clientCalls)) {
    if (isForeignEndpoint(client.url)) continue;
    const { id: library, transport } = client.library;
    for (const [as, given] of decidingOf(file, client)) add(given, { library, transport, as });
  }
  for (let round = 0; round < maxRounds && isNew; round++) {
    isNew = false;
    for (const call of file.syntax.calls) {
      const made = file.names.functionCalled(call);
      for (const forward of (made && found.get(made)) ?? []) {
        const given: Given[] = [];
        if (carryingOf(file, call, forward, given) === 'unknown') add(given, forward);
      }
    }
  }
  return found;

  function add(
    given: readonly Given[],
    forward: Omit<Forward, 'parameter' | 'without'> & Partial<Pick<Forward, 'without'>>,
  ): void {
    for (const { function: made, index, field: name } of given) {
      const list = found.get(made) ?? [];
      if (made.parameters[index] === undefined) continue;
      const isSame = (each: Forward) => each.parameter === index && each.field === name;
      if (list.some(each => isSame(each) && each.library === forward.library)) continue;
      const taken =
        forward.as === 'client' ? clientWithout(file, { function: made, index, field: name }) : undefined;
      const without = taken ?? forward.without ?? 'unknown';
      found.set(made, [...list, { ...forward, parameter: index, field: name, without }]);
      isNew = true;
    }
  }
}

function* decidingOf(
  file: FileFacts,
  { call, library, carriers: holders }: ClientCall,
): Generator<[Forward['as'], readonly Given[]]> {
  if (library.wrappable === true) return;
  const given: Given[] = [];
  // Parameters of functions that are called on the way decide something else.
  const around = [...enclosing(call.inFunction)];
  const own = () => given.filter(each => around.includes(each.function));
  if (library.transport === 'grpc') {
    if (file.language !== 'go' || isOwnConnection(file, call)) return;
    if (dialCarrying(file, dialOptions(call), call.inFunction, given) === 'unknown') yield ['options', own()];
    return;
  }
  if (library.generated !== undefined) {
    const clients: Given[] = [];
    if (generatedCarrying(file, call, library.generated, clients) === 'unknown') yield ['client', clients];
    return;
  }
  const held = carrying(file, holders, call.inFunction, given);
  if (library.id !== 'net/http') {
    if (held === 'unknown') yield ['carrier', own()];
    return;
  }
  // A client with a transport that propagates needs no headers.
  const clients: Given[] = [];
  const transport = held === 'yes' ? 'yes' : transportOf(file, call, clients);
  if (transport === 'unknown') yield ['client', clients];
  else if (transport === 'no' && held === 'unknown') yield ['carrier', own()];
}

/** A call of a function of the project that sends what it is given. */
export interface ForwardedCall {
  readonly call: CallExpression;
  readonly forward: Forward;
  readonly carrying: Carrying;
}

/** The calls of a file that decide whether what another function sends carries the context. */
export function forwardedCalls(file: FileFacts): readonly ForwardedCall[] {
  const own = file.get(forwards);
  const known = file.get(carriers);
  return file.syntax.calls.flatMap(call => {
    const made = file.names.functionCalled(call);
    const list = made === undefined ? known.summaryOf(call)?.forwards : own.get(made);
    return (list ?? []).map(forward => ({ call, forward, carrying: carryingOf(file, call, forward) }));
  });
}

function carryingOf(
  file: FileFacts,
  { arguments: given, inFunction, named }: CallExpression,
  { parameter, field: name, as, without }: Forward,
  outer: Given[] = [],
): Carrying {
  const whole = given[parameter];
  if (name !== undefined) {
    if (whole?.type === 'reference') {
      const path = `${whole.path}.${name}`;
      if (file.names.definitions(path, inFunction, whole.at).length > 0)
        return clientOf(file, { type: 'reference', path, at: whole.at }, inFunction, 0, outer);
    }
    const object = whole && file.names.resolve(whole, inFunction);
    if (object?.type !== 'object' || object.entries.some(({ spread }) => spread)) return 'unknown';
    const value = field(object, name);
    return value === undefined ? without : clientOf(file, value, inFunction, 0, outer);
  }
  const argument = whole;
  switch (as) {
    case 'options':
      return dialCarrying(file, given.slice(parameter), inFunction, outer);
    case 'client':
      if (argument?.type === 'constant') return without;
      return argument === undefined ? 'unknown' : clientOf(file, argument, inFunction, 0, outer);
    case 'carrier':
      // A keyword may be the one that is meant.
      if (argument === undefined && named.size > 0) return 'unknown';
      return carrying(file, argument === undefined ? [] : [argument], inFunction, outer);
  }
}
