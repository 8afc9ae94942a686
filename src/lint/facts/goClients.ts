import type { FileFacts } from './fileFacts.ts';
import { injections } from './injections.ts';
import { type CallExpression, type Expression, type FunctionSyntax, field } from './syntax.ts';

const instrumented =
  /otelhttp|NewTransport|otelroundtripper|instrument|telemetry|trac(?:e|ing)|RoundTripper|Middleware|Transport\(/i;

/**
 * Whether a client of `net/http` has a transport that may propagate: `otelhttp.NewTransport` and the like, or one whose
 * making is not in sight. Only the default client and `http.Client{}` without a transport are known to have none.
 */
export function goTransportIsInstrumented(file: FileFacts, call: CallExpression): boolean {
  if (defaultIsInstrumented(file)) return true;
  const { receiver, inFunction } = call;
  const name = receiver === undefined ? undefined : file.names.qualified(receiver, inFunction);
  if (receiver === undefined || name === undefined) return receiver !== undefined;
  if (name === 'net/http#' || name === 'net/http#DefaultClient') return false;
  return !isBare(file, receiver, inFunction, 0);
}

/** `&http.Client{}` or `http.Client{Timeout: …}`: without a transport, and none is put in later. */
function isBare(
  file: FileFacts,
  expression: Expression,
  from: FunctionSyntax | undefined,
  hops: number,
): boolean {
  if (hops > 4) return false;
  if (expression.type === 'object') {
    const transport = field(expression, 'Transport');
    return transport === undefined || isPlainTransport(file, transport, from);
  }
  if (expression.type === 'call') return expression.callee === 'new';
  if (expression.type !== 'reference') return false;
  const { path } = expression;
  const definitions = file.names.definitions(path, from, expression.at);
  const values = definitions.flatMap(each =>
    each.kind === 'value' && each.value !== undefined ? [each] : [],
  );
  if (values.length === 0 || values.length < definitions.length) return false;
  if (file.syntax.source.includes(`${path}.Transport`)) return false;
  return values.every(
    each => each.value !== undefined && isBare(file, each.value, each.inFunction, hops + 1),
  );
}

/** `http.DefaultTransport` and `&http.Transport{…}` send what they are given. */
function isPlainTransport(file: FileFacts, transport: Expression, from: FunctionSyntax | undefined): boolean {
  if (instrumented.test(transport.at.text) && !/^&?http\.Transport\{/.test(transport.at.text)) return false;
  const name = file.names.qualified(transport, from);
  return name === 'net/http#DefaultTransport' || name === 'net/http#Transport()';
}

/** `http.DefaultTransport = otelhttp.NewTransport(…)`, `http.DefaultClient = …`. */
function defaultIsInstrumented({ syntax }: FileFacts): boolean {
  return /\bhttp\.Default(?:Transport|Client(?:\.Transport)?)\s*=[^=]/.test(syntax.source);
}

/** `Inject(ctx, propagation.HeaderCarrier(req.Header))` for the request that is sent, or `otelhttptrace.Inject(ctx, req)`. */
export function goRequestIsInjected(file: FileFacts, call: CallExpression): boolean {
  const [request] = call.arguments;
  if (call.callee !== 'Do' || request === undefined) return false;
  // Made elsewhere: whoever made it may have injected.
  if (request.type !== 'reference') return true;
  const definitions = file.names.definitions(request.path, call.inFunction, request.at);
  if (definitions.some(({ kind }) => kind === 'parameter')) return true;
  const made = definitions.some(
    each =>
      each.kind === 'value' &&
      each.value?.type === 'call' &&
      /^net\/http#NewRequest(?:WithContext)?$/.test(file.names.callee(each.value) ?? ''),
  );
  if (!made) return true;
  return (
    file
      .get(injections)
      .some(
        each =>
          each.call.inFunction === call.inFunction &&
          (each.carrier === undefined ||
            each.carrier.split('.')[0] === request.path ||
            isHeaderOf(file, each.carrier, request.path, call)),
      ) ||
    // Handed to a function that may inject.
    file.syntax.calls.some(
      each =>
        each.inFunction === call.inFunction &&
        each !== call &&
        each.at.start < call.at.start &&
        /inject|propagat|trac|header|instrument|sign|prepare|setup/i.test(each.callee) &&
        each.arguments.some(
          argument => argument.type === 'reference' && argument.path.split('.')[0] === request.path,
        ),
    )
  );
}

/** `headers := req.Header`. */
function isHeaderOf(
  file: FileFacts,
  carrier: string,
  request: string,
  { inFunction }: CallExpression,
): boolean {
  return (
    file.names
      .definitions(carrier, inFunction)
      .some(
        each =>
          each.kind === 'value' &&
          each.value?.type === 'reference' &&
          each.value.path === `${request}.Header`,
      ) || file.syntax.source.includes(`${request}.Header = ${carrier}`)
  );
}
