import { addToGroup } from '../../base/groups.ts';
import type { FileFacts } from './fileFacts.ts';
import { consumers } from './propagation/consumers.ts';
import { spanStarts } from './spans/spanStarts.ts';
import type { CallExpression, Extent, FunctionSyntax, LoopStatement, Parameter } from './syntax.ts';
import { contains, enclosing, statementsIn } from './walk.ts';

/** Functions that call functions, this many deep. */
const maxDepth = 4;

/**
 * What a call is a part of, as far as the file shows: of a span or of the handler of a request; or of what runs where
 * nobody has begun a span: the top of a file, what starts or stops the program, a loop without end, what a timer or a
 * connection calls, the handler of a message that nothing instruments. Undefined where others call it.
 */
export type Surroundings = 'request' | 'background' | undefined;

export function surroundingsOf(file: FileFacts, call: CallExpression): Surroundings {
  const place = climb(file, call, 0, new Set());
  return place !== 'request' && isInHandlerOfMessages(file, call) ? 'background' : place;
}

/** Who calls the functions of a file, and what they are given to: asked for many of them. */
interface Uses {
  /** Functions with a span of their own. */
  readonly spanning: ReadonlySet<FunctionSyntax>;
  readonly callers: ReadonlyMap<FunctionSyntax, readonly CallExpression[]>;
  /** Where a function stands as an argument, or as what is called → that call. */
  readonly givenTo: ReadonlyMap<number, CallExpression>;
  /** Names of what is handed on, to anything; to a router; to what calls it later. */
  readonly handed: ReadonlySet<string>;
  readonly routed: ReadonlySet<string>;
  readonly delayed: ReadonlySet<string>;
}

function usesIn(file: FileFacts): Uses {
  const callers = new Map<FunctionSyntax, CallExpression[]>();
  const givenTo = new Map<number, CallExpression>();
  const [handed, routed, delayed] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const call of file.syntax.calls) {
    const made = file.names.functionCalled(call);
    if (made !== undefined) addToGroup(callers, made, call);
    if (call.callee === '') givenTo.set(call.calleeAt.start, call);
    for (const each of [...call.arguments, ...call.named.values()]) {
      if (each.type === 'function') givenTo.set(each.function.at.start, call);
      if (each.type !== 'reference') continue;
      const name = each.path.slice(each.path.lastIndexOf('.') + 1);
      handed.add(name);
      if (later.test(call.callee)) delayed.add(name);
      if (isRegistration(call)) routed.add(name);
    }
  }
  const spanning = new Set(file.get(spanStarts).flatMap(({ call }) => [...enclosing(call.inFunction)]));
  return { spanning, callers, givenTo, handed, routed, delayed };
}

/** `app.get('/stock', …)`, `mux.HandleFunc("GET /stock", …)` */
function isRegistration({ callee, receiver, arguments: [path] }: CallExpression): boolean {
  return (
    receiver !== undefined &&
    verb.test(callee) &&
    path?.type === 'text' &&
    typeof path.parts[0] === 'string' &&
    /^(?:[A-Z]+ )?\//.test(path.parts[0])
  );
}

/** A request of any way to the call makes it a part of one; the background only if all ways lead there. */
function climb(
  file: FileFacts,
  call: CallExpression,
  depth: number,
  seen: Set<FunctionSyntax>,
): Surroundings {
  let at: Extent = call.at;
  const { spanning, givenTo } = file.get(usesIn);
  for (const made of enclosing(call.inFunction)) {
    const given = givenTo.get(made.at.start);
    if (spanning.has(made) || isHandler(file, made, given)) return 'request';
    if (isDetached(file, made, given) || isInEndlessLoop(file, made, at)) return 'background';
    if (given === undefined) return made.name === '' ? undefined : byCallers(file, made, depth, seen);
    // What calls it at once is a part of what is around it; all else calls it when something comes in.
    if (!atOnce.test(given.callee)) return undefined;
    at = given.at;
  }
  return 'background';
}

const atOnce =
  /^$|^(?:map|forEach|filter|reduce|some|every|find|flatMap|then|catch|finally|all|allSettled|Promise|\w*[rR]etry\w*|race|Go|Do)$/;

function byCallers(
  file: FileFacts,
  made: FunctionSyntax,
  depth: number,
  seen: Set<FunctionSyntax>,
): Surroundings {
  if (depth > maxDepth || seen.has(made)) return undefined;
  seen.add(made);
  const { callers, handed } = file.get(usesIn);
  const ways = (callers.get(made) ?? [])
    .filter(each => !contains(made.at, each.at))
    .map(each => climb(file, each, depth + 1, seen));
  if (ways.includes('request')) return 'request';
  // Something else may call what is handed on: `app.get('/stock', handler)`.
  const isAlone = ways.length > 0 && !handed.has(made.name);
  return isAlone && ways.every(each => each === 'background') ? 'background' : undefined;
}

/** Types of what only handlers are given. */
const handled =
  /^(?:http\.ResponseWriter|\*http\.Request|\*gin\.Context|\*?echo\.Context|\*?fiber\.Ctx|\*?app\.RequestContext|(?:\w+\.)?(?:Next(?:Api)?|Fastify|Http(?:Servlet)?|Incoming)Re(?:quest|ply|sponse)\b.*|APIGatewayProxyEvent\w*|(?:express\.)?(?:Request|Response)(?:<.*>)?|\*\w+\.\w+Re(?:quest|q))$/;
const decorating =
  /^@?\[?(?:[\w.]+\.)?(?:get|post|put|patch|delete|route|api_route|websocket|Get|Post|Put|Patch|Delete|All|GrpcMethod|Query|Mutation|ResolveField|\w*Mapping|Http\w+)\b/;
const verb =
  /^(?:get|post|put|patch|delete|all|route|HandleFunc|Handle|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete)$/;

function isHandler(file: FileFacts, made: FunctionSyntax, given: CallExpression | undefined): boolean {
  const { name, parameters, decorators } = made;
  return (
    parameters.some(({ typeName }) => handled.test(typeName ?? '')) ||
    decorators.some(({ at }) => decorating.test(at.text)) ||
    /^(?:GET|POST|PUT|PATCH|DELETE)(?: \/|$)|^(?:loader|action|getServerSideProps)$/.test(name) ||
    isOfServer(parameters) ||
    (given !== undefined && isRegistration(given)) ||
    (name !== '' && file.get(usesIn).routed.has(name))
  );
}

/** `(req, res)`; of gRPC in Python `(self, request, context)`. */
function isOfServer(parameters: readonly Parameter[]): boolean {
  const names = parameters.map(({ name }) => name).join(' ');
  return /^_?req(?:uest)? _?(?:res(?:ponse)?|reply)\b|\brequest context$/.test(names);
}

/** Names of what runs when a program starts or stops, by itself again and again, or when something else happens. */
const starting =
  /^(?:main|init|__init__|start(?:up|_?server)?|bootstrap|initiali[sz]e|set_?up|on_?(?:module_?(?:init|destroy)|application_?\w+|startup|shutdown)|lifespan|shutdown|stop|close|connect|warm_?up|seed|migrate|register_?(?:self|service|with\w*)|deregister\w*)$/i;
const repeating =
  /poll|watch|^wait_?(?:for|until)|heartbeat|background|cron|(?:^|_)jobs?(?:_|$)|Job$|schedul|daemon|monitor|health|ping$|refresh_?(?:loop|token)|(?:run|main|event|work(?:er)?|sync|process)_?loop|loop$|ticker|probe|simulat|load_?(?:gen|test)|generate_?(?:load|traffic)|benchmark|reconcil|cleanup|sweep|flush/i;
const happening =
  /^(?:handle_?)?on_?(?:message|connect|disconnect|event|data|open|close|error|tick|timer|change)$/i;

/** What calls its argument later, outside of all that runs now. */
const later =
  /^(?:setInterval|schedule(?:Job)?|AddFunc|AddJob|add_job|every|cron|CronJob|scheduled|repeat|Every|NewTicker|AfterFunc|Thread|Timer|run_forever|on_event|listen|ListenAndServe|process\.on)$/;

function isDetached(file: FileFacts, made: FunctionSyntax, given: CallExpression | undefined): boolean {
  const { name, decorators } = made;
  return (
    // Of a thread.
    (file.language === 'java' && name === 'run') ||
    starting.test(name) ||
    repeating.test(name) ||
    happening.test(name) ||
    decorators.some(({ at }) =>
      /cron|schedul|interval|periodic|repeat_every|on_event|startup/i.test(at.text),
    ) ||
    (given !== undefined && later.test(given.callee)) ||
    (name !== '' && file.get(usesIn).delayed.has(name))
  );
}

function isInEndlessLoop(file: FileFacts, made: FunctionSyntax, at: Extent): boolean {
  return (
    file
      .get(endlessLoops)
      .get(made)
      ?.some(each => contains(each.at, at)) === true
  );
}

/** By the function that they stand in. */
function endlessLoops({ syntax }: FileFacts): ReadonlyMap<FunctionSyntax, readonly LoopStatement[]> {
  const found = new Map<FunctionSyntax, readonly LoopStatement[]>();
  for (const made of syntax.functions) {
    const loops = statementsIn(made.body)
      .filter(each => each.type === 'loop')
      .filter(isEndless);
    if (loops.length > 0) found.set(made, loops);
  }
  return found;
}

/** Nothing ends it while the program works; what gives back a result is a loop of attempts. */
export function isEndless({ form, over, condition, body }: LoopStatement): boolean {
  if (over !== undefined) return /\btick\w*\.C$|\.Tick\(/i.test(over.at.text);
  const isOpen =
    form === 'forever' ||
    (condition?.type === 'constant' && condition.value !== false) ||
    (form === 'while' && /^[\w.]*(?:running|active|alive)$/i.test(condition?.at.text ?? ''));
  return (
    isOpen &&
    !statementsIn(body).some(
      each =>
        each.type === 'return' && each.values.some(({ at }) => !/\bErr\(\)|^(?:nil|err)$/.test(at.text)),
    )
  );
}

/** Of a library that nothing covers: with no span of its own a handler runs outside of all. */
function isInHandlerOfMessages(file: FileFacts, { at }: CallExpression): boolean {
  return file
    .get(consumers)
    .some(each => contains(each.at, at) && file.service.covers(each.library) !== 'active');
}

/** Names of the function around a call, and of those of the file that lead to it. */
export function leadingTo(file: FileFacts, { inFunction }: CallExpression): ReadonlySet<string> {
  const { callers } = file.get(usesIn);
  const open = new Set(enclosing(inFunction));
  // A set goes on with what is added while it is walked.
  for (const made of open)
    for (const call of callers.get(made) ?? [])
      for (const around of enclosing(call.inFunction)) open.add(around);
  return new Set([...open].map(({ name }) => name).filter(name => name !== ''));
}

/** What is called all over says nothing. */
const common =
  /^(?:.{1,3}|append|push|print\w*|format|Errorf?|Sprintf|Print\w*|JSON|Marshal|Unmarshal|String|Next|Header|Write\w*|debug|info|warn\w*|error|exception|Info|Debug|Warn|Error|Fatal\w*|strip|lower|upper|split|join|items|keys|values|includes|toString|isinstance|float|range|sleep|Sleep|Background|WithTimeout|Start|startActiveSpan|start_as_current_span|set_attribute|setAttribute|SetAttributes|setStatus|recordException|record_exception|SetStatus|RecordError)$/;

/**
 * Names of what is called in requests and spans of the file, and of what is called in its background, as far as it is
 * not of the file: clients are in files of their own.
 */
export function namesCalled(file: FileFacts): { readonly within: Set<string>; readonly beside: Set<string> } {
  const known = new Map<FunctionSyntax, Surroundings>();
  const within = new Set<string>();
  const beside = new Set<string>();
  for (const call of file.syntax.calls) {
    const { callee, inFunction, decorates } = call;
    if (inFunction === undefined || decorates !== undefined || common.test(callee)) continue;
    if (file.names.functionCalled(call) !== undefined) continue;
    // Where it stands in the function matters for loops only.
    if (!known.has(inFunction)) known.set(inFunction, surroundingsOf(file, call));
    const place = known.get(inFunction);
    if (place === 'request') within.add(callee);
    else if (place === 'background' || isInEndlessLoop(file, inFunction, call.at)) beside.add(callee);
  }
  return { within, beside };
}
