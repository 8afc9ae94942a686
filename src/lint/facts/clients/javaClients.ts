import type { FileFacts } from '../fileFacts.ts';
import { carriers } from '../propagation/carriers.ts';
import type { Carrying } from '../propagation/carrying.ts';
import { isReferenceTo } from '../references.ts';
import type { CallExpression, Expression } from '../syntax.ts';
import { within } from '../walk.ts';
import { namesClass } from './requestParts.ts';

/** More steps than this are no longer what a reader would follow. */
const maxSteps = 12;

/** What makes a client of Java, and sets it up, without a part of somebody else's that sees its requests. */
const plainly =
  /^(?:newHttpClient|newBuilder|build|version|connectTimeout|followRedirects|executor|sslContext|cookieHandler|readTimeout|writeTimeout|callTimeout|create|createDefault|createMinimal|createSystem|custom|builder|Builder|baseUrl|retryOnConnectionFailure|connectionPool|set(?:Connect|Read)Timeout|setConnectionTimeToLive|setDefaultRequestConfig|setMaxConn\w*|setConnectionManager|disable\w+|start|OkHttpClient|RestTemplate|defaultHeader|codecs|clientConnector|exchangeStrategies|get|post|put|patch|delete|options|head|method|uri|body|bodyValue|accept|contentType|headers?|toURL|URL|URI|HttpClients|HttpClientBuilder|ClientBuilder|newClient|target|request|path|queryParam)$/;

/** Methods that put into a client what sees its requests. */
const adds = /intercept|filter|customiz|eventListener|requestFactory|observation|register/i;

/**
 * Whether a client of Java adds the context to all that it sends, as the file shows: an interceptor or a filter that
 * injects, a client that an instrumentation wraps.
 */
export function clientCarrying(file: FileFacts, { receiver, inFunction }: CallExpression): Carrying {
  let at: Expression | undefined = receiver;
  let from = inFunction;
  for (let step = 0; step < maxSteps && at !== undefined; step++) {
    if (file.get(carriers).holds(at, from)) return 'yes';
    if (at.type === 'call') {
      if (/Telemetry\b/.test(file.names.callee(at) ?? '')) return 'yes';
      const own = file.names.functionCalled(at);
      if (!plainly.test(at.callee) || own !== undefined) return 'unknown';
      if (at.receiver === undefined || namesClass(at.receiver)) return 'no';
      [at, from] = [at.receiver, at.inFunction];
      continue;
    }
    if (at.type !== 'reference') return 'unknown';
    if (isGivenParts(file, at.path)) return 'unknown';
    const [definition, ...others] = file.names.definitions(at.path, from, at.at);
    if (others.length > 0 || (definition?.kind !== 'value' && definition?.kind !== 'item')) return 'unknown';
    [at, from] = [definition.value, definition.inFunction];
  }
  return 'unknown';
}

/** `rest.getInterceptors().add(…)`, `rest.setInterceptors(…)`, `telemetry.newHttpClient(client)` */
function isGivenParts(file: FileFacts, path: string): boolean {
  const isIt = (each: Expression) => isReferenceTo(each, path);
  return file.syntax.calls.some(call => {
    const { callee, receiver, arguments: given } = call;
    if (adds.test(callee) && receiver !== undefined && within(receiver).some(isIt)) return true;
    return given.some(isIt) && /Telemetry\b/.test(file.names.callee(call) ?? receiver?.at.text ?? '');
  });
}
