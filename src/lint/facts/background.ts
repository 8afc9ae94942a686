import { consumers } from './consumers.ts';
import type { FileFacts } from './fileFacts.ts';
import { hasSpanAround } from './spansAround.ts';
import type { CallExpression, Extent, FunctionSyntax, LoopStatement } from './syntax.ts';
import { contains, enclosing, statementsIn } from './walk.ts';

/** Functions that call functions, this many deep. */
const maxDepth = 4;

/**
 * Whether a call runs where nobody has begun a span, as far as the file shows: at its top, in what starts or stops the
 * program, in a loop without end, in what a timer or a connection calls, or in a message that nothing instruments.
 */
export function isInBackground(file: FileFacts, call: CallExpression): boolean {
  if (hasSpanAround(file, call)) return false;
  if (isInHandlerOfMessages(file, call)) return true;
  return isOutside(file, call, 0, new Set());
}

/** Every way to the call that the file shows leads through such a place; where it shows none, others call it. */
function isOutside(file: FileFacts, call: CallExpression, depth: number, seen: Set<FunctionSyntax>): boolean {
  let at: Extent = call.at;
  for (const made of enclosing(call.inFunction)) {
    if (isDetached(file, made) || isInEndlessLoop(made, at)) return true;
    const given = file.syntax.calls.find(each => isGivenTo(each, made));
    if (given === undefined) return made.name !== '' && isCalledOutside(file, made, depth, seen);
    // What calls it at once is a part of what is around it; all else calls it when something comes in.
    if (!atOnce.test(given.callee)) return false;
    at = given.at;
  }
  return true;
}

/** As an argument, or as what is called: `go func() { … }()`. */
function isGivenTo({ callee, calleeAt, arguments: given }: CallExpression, { at }: FunctionSyntax): boolean {
  if (callee === '' && contains(calleeAt, at)) return true;
  return given.some(each => each.type === 'function' && each.function.at.start === at.start);
}

const atOnce =
  /^$|^(?:map|forEach|filter|reduce|some|every|find|flatMap|then|catch|finally|all|allSettled|Promise|\w*[rR]etry\w*|race|Go|Do)$/;

function isCalledOutside(
  file: FileFacts,
  made: FunctionSyntax,
  depth: number,
  seen: Set<FunctionSyntax>,
): boolean {
  if (depth > maxDepth || seen.has(made)) return false;
  seen.add(made);
  const callers = file.syntax.calls.filter(
    each => file.names.functionCalled(each) === made && !contains(made.at, each.at),
  );
  return (
    callers.length > 0 &&
    !isHandedOn(file, made) &&
    callers.every(each => isOutside(file, each, depth + 1, seen))
  );
}

/** Something else may call it: `app.get('/stock', handler)`. */
function isHandedOn({ syntax }: FileFacts, { name }: FunctionSyntax): boolean {
  return syntax.calls.some(({ arguments: given }) =>
    given.some(each => each.type === 'reference' && each.path.split('.').at(-1) === name),
  );
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

function isDetached(file: FileFacts, made: FunctionSyntax): boolean {
  const { name, decorators } = made;
  // Of a thread.
  if (file.language === 'java' && name === 'run') return true;
  if (starting.test(name) || repeating.test(name) || happening.test(name)) return true;
  if (
    decorators.some(({ at }) => /cron|schedul|interval|periodic|repeat_every|on_event|startup/i.test(at.text))
  )
    return true;
  return file.syntax.calls.some(
    ({ callee, arguments: given, named }) =>
      later.test(callee) &&
      [...given, ...named.values()].some(
        each =>
          (each.type === 'function' && each.function === made) ||
          (each.type === 'reference' && name !== '' && each.path.split('.').at(-1) === name),
      ),
  );
}

function isInEndlessLoop({ body }: FunctionSyntax, at: Extent): boolean {
  return statementsIn(body).some(each => each.type === 'loop' && contains(each.at, at) && isEndless(each));
}

/** What gives back a result is a loop of attempts. */
function isEndless({ form, over, condition, body }: LoopStatement): boolean {
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
