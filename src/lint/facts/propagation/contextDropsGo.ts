import { statementOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import { spanStarts } from '../spans/spanStarts.ts';
import type { CallExpression, FunctionSyntax, Place } from '../syntax.ts';
import { contains, enclosing, statementsIn, within } from '../walk.ts';
import { type GoContext, goContext } from './contexts.ts';

/** A place in Go where the context of the caller is in scope and another one, or none, is used. */
export interface GoDrop {
  /** `background`: `context.Background()` is given to a call; `request`: `http.NewRequest` takes no context at all. */
  readonly kind: 'background' | 'request';
  /** `context.Background()`, or the name `NewRequest`. */
  readonly at: Place;
  readonly context: GoContext;
  /** What surely reaches another process, or starts a span, with it: `the query`; undefined if that is not known. */
  readonly reached: string | undefined;
}

/** Cleaning up must not end with the caller, and loops of their own have no caller. */
const detached =
  /shutdown|close|stop|clean|flush|release|rollback|cancel|unlock|teardown|drain|finali[sz]e|background|detach|async|daemon|worker|loop|watch|poll|cron|schedul|bootstrap|startup|^start|^run|^serve|^init|^main|^setup|^new|^must|^test|^bench|expire|evict|refresh|retry|heartbeat|keepalive|lease|audit|noop|reset|abort|revert|undo/i;

/** Names of what most likely leaves the process; counters, loggers and the like get along without a context. */
const sends =
  /^(?:Get|List|Find|Fetch|Load|Query|Insert|Update|Delete|Save|Create|Publish|Send|Do|Call|Exec|Put|Post|Scan|Upload|Download|Ping|Invoke|Exchange|Push|Pull|Search|Count)/;

export function goDrops(file: FileFacts): readonly GoDrop[] {
  return file.syntax.calls.flatMap(call => requestDrop(file, call) ?? backgroundDrop(file, call) ?? []);
}

/** `req, err := http.NewRequest(…)` that is sent in the same function, without `WithContext`. */
function requestDrop(file: FileFacts, call: CallExpression): GoDrop | undefined {
  if (call.callee !== 'NewRequest' || file.names.callee(call) !== 'net/http#NewRequest') return undefined;
  const context = usableContext(file, call);
  const statement = statementOf(file, call);
  const request = statement?.type === 'bind' ? statement.targets[0]?.path : undefined;
  if (context === undefined || request === undefined || request === '_') return undefined;
  const calls = file.syntax.calls.filter(each => isInside(each.inFunction, call.inFunction));
  const isOn = (each: CallExpression) =>
    each.receiver?.type === 'reference' && each.receiver.path.split('.')[0] === request;
  if (calls.some(each => /^(?:WithContext|Clone)$/.test(each.callee) && isOn(each))) return undefined;
  // Its headers are injected into by hand, or by who is given it.
  const given = calls.filter(each =>
    each.arguments.some(argument =>
      [...within(argument)].some(inner => inner.type === 'reference' && inner.path.split('.')[0] === request),
    ),
  );
  if (!given.some(({ callee }) => /^(?:Do|RoundTrip)$/.test(callee))) return undefined;
  if (given.some(({ callee }) => /inject|propagat|trac|HeaderCarrier/i.test(callee))) return undefined;
  // `ctxhttp.Do(ctx, client, request)`: who sends it gives it the context.
  if (given.some(each => each.arguments.some(({ at }) => isContext.test(at.text)))) return undefined;
  // They come from elsewhere, the context among them.
  for (const each of statementsIn(call.inFunction?.body ?? [], true))
    if (each.type === 'bind' && each.targets.some(({ path }) => path === `${request}.Header`))
      return undefined;
  return { kind: 'request', at: call.calleeAt, context, reached: 'the request' };
}

const isContext = /^(?:\w+\.)*(?:\w*[cC]tx|\w*[cC]ontext)(?:\(\))?$/;

/** `f(context.Background(), …)`, also through `context.WithTimeout`. */
function backgroundDrop(file: FileFacts, call: CallExpression): GoDrop | undefined {
  if (!/^(?:Background|TODO)$/.test(call.callee) || call.arguments.length > 0) return undefined;
  if (!/^context#(?:Background|TODO)$/.test(file.names.callee(call) ?? '')) return undefined;
  const user = userOf(file, call);
  if (user === undefined) return undefined;
  if (detached.test(user.callee) && !startsSpan(file, user)) return undefined;
  // The context of a request holds no parent for the span that is to be its first.
  if (user.arguments.some(({ at }) => /\bSpanKindServer\b/.test(at.text))) return undefined;
  const context = usableContext(file, call);
  if (context === undefined) return undefined;
  const reached = reachedBy(file, user);
  if (reached === theMessage && injects(file, call)) return undefined;
  return reached === undefined && !sends.test(user.callee)
    ? undefined
    : { kind: 'background', at: call.at, context, reached };
}

/** The call whose first argument it is. */
function userOf({ syntax }: FileFacts, made: CallExpression): CallExpression | undefined {
  const user = syntax.calls.find(each => each.arguments[0] === made && each.inFunction === made.inFunction);
  // `context.WithTimeout(context.Background(), …)`: a life of its own is what such code wants, as a rule.
  return isReferenceTo(user?.receiver, 'context') ? undefined : user;
}

/** The caller's context, where nothing shows that it is left on purpose. */
function usableContext(file: FileFacts, call: CallExpression): GoContext | undefined {
  const context = goContext(call.inFunction);
  if (context === undefined || /noop/i.test(file.path)) return undefined;
  for (const each of enclosing(call.inFunction)) {
    if (detached.test(each.name) || isOfLifecycle(file, each) || isDeferred(each, call)) return undefined;
    // A closure may run when the caller is gone: in a goroutine, deferred, or kept by whom it is given to.
    if (each !== context.function && each.parent !== undefined && !runsInPlace(file, each)) return undefined;
    if (each === context.function) break;
  }
  const { source } = file.syntax;
  const body = source.slice(context.function.bodyAt.start, context.function.bodyAt.end);
  if (/WithoutCancel|LinkFromContext|WithLinks|WithNewRoot|ContextWithSpan(?:Context)?\(/.test(body))
    return undefined;
  if (takesOver.test(body.slice(0, call.at.start - context.function.bodyAt.start))) return undefined;
  if (isExplained(file, call)) return undefined;
  // A name that is given a new meaning is another context by now.
  return isShadowed(file, context, call) ? undefined : context;
}

/** `fx.Hook{OnStart: func(ctx context.Context) error { … }}`: that context ends when all has been started. */
function isOfLifecycle({ syntax }: FileFacts, made: FunctionSyntax): boolean {
  return syntax.objects.some(({ entries }) =>
    entries.some(
      ({ key = '', value }) =>
        /^On(?:Start|Stop)$/.test(key) && value.type === 'function' && value.function === made,
    ),
  );
}

/** A connection outlives the request that it came with. */
const takesOver = /\.(?:Upgrade|Hijack)\(|\bwebsocket\.Accept\(/;

/** In a `defer` of the function. */
function isDeferred({ body }: FunctionSyntax, { at }: CallExpression): boolean {
  for (const statement of statementsIn(body, true))
    if (statement.type === 'defer' && contains(statement.at, at)) return true;
  return false;
}

/** `func() { … }()` on the spot. */
function runsInPlace({ syntax }: FileFacts, made: FunctionSyntax): boolean {
  return syntax.calls.some(
    ({ callee, receiver }) => callee === '' && receiver?.type === 'function' && receiver.function === made,
  );
}

/** A comment on the line, or on the one above, says why. */
function isExplained({ syntax }: FileFacts, { at }: CallExpression): boolean {
  const line = syntax.source.lastIndexOf('\n', at.start - 1);
  const above = syntax.source.lastIndexOf('\n', line - 1);
  const end = syntax.source.indexOf('\n', at.end);
  return syntax.comments.some(
    comment =>
      comment.at.start > above &&
      comment.at.end <= (end < 0 ? syntax.source.length : end) &&
      /context|ctx|cancel|detach|background|trace|span|deadline|timeout|lifetime|outlive/i.test(
        comment.at.text,
      ),
  );
}

function isShadowed(file: FileFacts, { name }: GoContext, { inFunction, at }: CallExpression): boolean {
  return file.names
    .definitions(name, inFunction, at)
    .some(({ kind }) => kind === 'element' || kind === 'error');
}

/** A message has the context in its headers. */
function injects({ syntax }: FileFacts, { inFunction }: CallExpression): boolean {
  return syntax.calls.some(each => each.inFunction === inFunction && /inject/i.test(each.callee));
}

const theMessage = 'the message';
const ofSql = /otelsql|splunksql|otelsqlx|otelpgx|pgxotel|pgxtrace|otelbun|bunotel|sqlcommenter|otelgorm/;

/** `tracedBy`: what makes spans of it, where the library alone makes none. */
const known: readonly { readonly name: RegExp; readonly what: string; readonly tracedBy?: RegExp }[] = [
  { name: /^net\/http#NewRequestWithContext$/, what: 'the request' },
  {
    name: /^database\/sql#(?:DB|Tx|Conn|Stmt|Open|OpenDB)(?:\(\))?(?:\.\w+(?:\(\))?)*\.\w+(?:Context|Tx|Conn)$/,
    what: 'the query',
    tracedBy: ofSql,
  },
  {
    name: /^github\.com\/(?:jackc\/pgx|jmoiron\/sqlx|uptrace\/bun)\b/,
    what: 'the query',
    tracedBy: ofSql,
  },
  { name: /^go\.mongodb\.org\/mongo-driver\b/, what: 'the query', tracedBy: /otelmongo/ },
  {
    name: /^github\.com\/(?:redis\/go-redis|go-redis\/redis|redis\/rueidis)\b/,
    what: 'the command',
    tracedBy: /redisotel|otelredis|rueidisotel/,
  },
  {
    name: /^gorm\.io\/gorm\b.*\.WithContext$/,
    what: 'the query',
    tracedBy: /otelgorm|gorm.*(?:opentelemetry|tracing)/,
  },
  { name: /^github\.com\/segmentio\/kafka-go#.*WriteMessages$/, what: theMessage },
  { name: /^github\.com\/rabbitmq\/amqp091-go#.*WithContext$/, what: theMessage },
  { name: /^github\.com\/aws\/aws-sdk-go-v2\/service\//, what: 'the request' },
  { name: /^cloud\.google\.com\/go\//, what: 'the request' },
];

function reachedBy(file: FileFacts, user: CallExpression): string | undefined {
  if (startsSpan(file, user)) return 'the span';
  const name = file.names.callee(user) ?? '';
  const found = known.find(each => each.name.test(name));
  if (found !== undefined) return isTraced(file, found.tracedBy) ? found.what : undefined;
  // A client of generated code: `pb.NewCartClient(conn).GetCart(ctx, …)`.
  if (/#New\w+Client\(\)\.[A-Z]\w+$|#\w+Client\(\)\.[A-Z]\w+$/.test(name) && isGenerated(name))
    return 'the call';
  const own = file.names.functionCalled(user);
  return own !== undefined && startsSpans(file, own) ? `what ${user.callee} does` : undefined;
}

function isTraced({ service }: FileFacts, by: RegExp | undefined): boolean {
  return by === undefined || [...service.dependencies.keys()].some(each => by.test(each));
}

function isGenerated(name: string): boolean {
  return /(?:pb|proto|genproto|grpc|gen|v\d+(?:alpha|beta)?\d*)#/i.test(name);
}

function startsSpan(file: FileFacts, call: CallExpression): boolean {
  return file.get(spanStarts).some(each => each.call === call);
}

/** A function that starts spans itself. */
function startsSpans(file: FileFacts, made: FunctionSyntax): boolean {
  return file.get(spanStarts).some(({ call }) => isInside(call.inFunction, made));
}

function isInside(inner: FunctionSyntax | undefined, outer: FunctionSyntax | undefined): boolean {
  return outer === undefined ? inner === undefined : [...enclosing(inner)].includes(outer);
}
