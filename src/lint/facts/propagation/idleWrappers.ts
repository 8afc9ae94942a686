import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, FunctionSyntax, Place } from '../syntax.ts';
import { contains, expressionsIn, statementsIn } from '../walk.ts';

/** A function of Go that is to instrument what sends requests, as its name says, and gives it back as it is. */
export interface IdleWrapper {
  readonly at: Place;
  readonly name: string;
}

const maySay = /RoundTripper|http\.Client/;
const sender = /^(?:http\.RoundTripper|\*http\.(?:Client|Transport))$/;
const saysInstrumented = /instrumented|traced|with_?(?:trac(?:e|ing)|otel)|otel(?!lo)/i;
const saysWrapping = /^(?:wrap|instrument|trace)/i;
const ofTelemetry = /(?:^|\/)\w*(?:otel|telemetry|trac(?:e|er|ing)|observability|instrument)\w*(?:\/|\.go$)/i;
/** What stands in for the other where telemetry is left out of a build. */
const without = /noop|stub|disabled|fake/i;

/** Functions that get a client or a transport and give one, or are called instrumented, in which nothing could instrument it. */
export function idleWrappers(file: FileFacts): readonly IdleWrapper[] {
  const { language, path, syntax, service } = file;
  if (language !== 'go' || !service.usesOpenTelemetry || !file.says(maySay)) return [];
  if (without.test(path) || /^\/\/go:build\b/m.test(syntax.source)) return [];
  return syntax.functions
    .filter(made => isWrapper(made, path) && !mayInstrument(made))
    .map(({ name, nameAt }) => ({ name, at: nameAt }));
}

function isWrapper({ name, parameters, results, broken }: FunctionSyntax, path: string): boolean {
  if (broken || without.test(name) || !results.some(({ typeName = '' }) => sender.test(typeName)))
    return false;
  if (saysInstrumented.test(name)) return true;
  return (
    saysWrapping.test(name) &&
    ofTelemetry.test(path) &&
    parameters.some(({ typeName = '' }) => sender.test(typeName))
  );
}

/** Anything but what `net/http` has itself may send in another way. */
function mayInstrument({ body }: FunctionSyntax): boolean {
  const asked = statementsIn(body).flatMap(each => (each.type === 'if' ? each.condition.at : []));
  return expressionsIn(body, true).some(
    each =>
      each.type === 'function' ||
      (each.type === 'object' &&
        !/^(?:http\.(?:Client|Transport)|net\.Dialer|tls\.Config)$/.test(each.typeName ?? '')) ||
      (each.type === 'call' && !isPlain(each) && !asked.some(at => contains(at, each.at))),
  );
}

/** `new(http.Client)`, `http.DefaultTransport.(*http.Transport).Clone()` */
function isPlain({ callee, receiver, at }: CallExpression): boolean {
  return (
    (callee === 'new' && receiver === undefined) ||
    (callee === 'Clone' && at.text.startsWith('http.DefaultTransport'))
  );
}
