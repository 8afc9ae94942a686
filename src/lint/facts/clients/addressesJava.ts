import type { CallExpression, Expression } from '../syntax.ts';
import { namesClass } from './requestParts.ts';

/** Calls whose first argument is the address, on a client, a builder, or as a constructor. */
const takes =
  /^(?:ur[il]|baseUrl|target|newBuilder|create|fromHttpUrl|fromUriString|URI|(?:Simple)?Http(?:Get|Post|Put|Delete|Patch|Head|Options))$/;

/** What a chain of a builder goes on with: `HttpRequest.newBuilder().uri(uri).GET().build()`. */
const builds =
  /^(?:build|copy|toURL|toURI|toUri|toUriString|GET|POST|PUT|DELETE|PATCH|HEAD|get|post|put|delete|patch|head|method|header|headers|setHeader|addHeader|timeout|version|expectContinue|body(?:Value)?|tag|accept|contentType|request|path|queryParam|pathSegment|encode|expand|buildAndExpand|openConnection|retrieve|exchange(?:ToMono|ToFlux)?|attribute|newBuilder)$/;

/**
 * What a request or an address that a builder of Java makes has its address from: an argument, or what the builder is
 * called on.
 */
export function builtFrom({ callee, receiver, arguments: given }: CallExpression): Expression | undefined {
  const [first] = given;
  if (first !== undefined && takes.test(callee)) return first;
  return builds.test(callee) && receiver !== undefined && !namesClass(receiver) ? receiver : undefined;
}

/** What `uri(…)` of a chain is relative to: `client.get()`. */
export function baseOfChain(receiver: Expression): Expression | undefined {
  for (let at: Expression | undefined = receiver; at?.type === 'call'; at = at.receiver)
    if (at.callee === 'uri') return at.receiver;
  return undefined;
}
