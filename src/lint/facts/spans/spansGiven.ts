import { blockAround, statementOf, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn, namesIt } from '../mentions.ts';
import type { Leak } from '../openPaths.ts';
import { isReferenceTo } from '../references.ts';
import {
  type CallExpression,
  type Expression,
  type FunctionSyntax,
  isScript,
  type Place,
  type Statement,
  type SyntaxUnit,
} from '../syntax.ts';
import { bodiesOf, contains, expressionsIn, statementsIn, within } from '../walk.ts';
import { leakFrom } from './spanFlow.ts';
import { isEndedAnyway, judgingIn } from './spanJudging.ts';
import { isSpan, isSpanParameter } from './spanParameters.ts';
import { startsIn } from './spanStarts.ts';
import {
  handedIn,
  isCalledSpan,
  isEnding,
  mayBeEnded,
  type SpanUses,
  usesOfSpan,
  writesToSpan,
} from './spanUses.ts';

/** A span that a function is given, or that its object has, and that it has to end. */
export interface GivenSpan {
  readonly variable: string;
  /** Where its status is set on a path that leaves it open; the name of the function, or where it is taken, if that never ends it. */
  readonly at: Place;
  /** undefined: the function never ends it, though it is called so. */
  readonly leak: Leak | undefined;
  /** Another function, which does the same where the work went otherwise, and ends it. */
  readonly beside?: string;
  /** The function is a generator, which runs when who has called it has gone. */
  readonly isStream?: boolean;
}

/**
 * The spans of parameters that functions of a file end, and leave open on a path on which they have told how the work
 * went, as they do before an end: whoever ends it on one such path is the one who does. And the spans that functions
 * never end that are called so, `endSpan`.
 */
export function spansGiven(file: FileFacts): readonly GivenSpan[] {
  return [...file.ofUnits(givenIn).flat(), ...leftByMethods(file), ...leftByPairs(file)];
}

function givenIn(file: FileFacts, unit: SyntaxUnit): readonly GivenSpan[] {
  const callbacks = new Set(file.ofUnit(startsIn, unit).map(({ callback }) => callback));
  return unit.functions.flatMap(made => {
    if (callbacks.has(made)) return [];
    const { text } = made.bodyAt;
    return [...namesOf(made), ...propertiesOf(made)]
      .flatMap(name =>
        text.includes(name) || isEnder(made.name)
          ? (leftOpen(file, made, name) ??
            neverEnded(file, made, name) ??
            leftByGenerator(file, made, name) ??
            [])
          : [],
      )
      .concat(
        lookedUp(file, made),
        leftEarly(file, made),
        file.language === 'python' ? [...judgedInPlace(file, made), ...leftOfMany(file, made)] : [],
      );
  });
}

/**
 * `token, span = stack.pop()` in a function that is called `exit_span`, `const span = request[key]` in `endRequestSpan`, which
 * tells how the work went and does not end it.
 */
function lookedUp(file: FileFacts, { name, body, bodyAt }: FunctionSyntax): GivenSpan[] {
  const isPython = file.language === 'python';
  if (!isPython && !isScript(file.language)) return [];
  if (!(isPython ? leavesSpan : endsKeptSpan).test(name) || callsOther(body)) return [];
  for (const statement of statementsIn(body)) {
    if (statement.type !== 'bind' || !statement.values.some(isLookedUp)) continue;
    const variable = statement.targets.find(({ path }) => isCalledSpan.test(path))?.path;
    if (variable === undefined || !/^\w+$/.test(variable)) continue;
    const uses = usesOfSpan(body, variable, handedIn(file));
    const { ends: own, handed, escapes, statuses, exceptions, others } = uses;
    const isWritten = isPython
      ? exceptions.length > 0 || others.some(writesToSpan) || isUnused(file, bodyAt.text, variable)
      : others.length > 0;
    const isJudged = statuses.length > 0 || isWritten;
    const isGiven = own.length + handed.length > 0 || escapes.some(each => each.statement.type !== 'return');
    if (!isGiven && isJudged) return [{ variable, at: statement.at, leak: undefined }];
  }
  return [];
}

/** `func EndCall(span trace.Span, response *Response) { if response == nil { return }; …; span.End() }` */
function leftEarly(file: FileFacts, made: FunctionSyntax): GivenSpan[] {
  const { name, parameters, body } = made;
  if (!isEnder(name)) return [];
  const others = parameters.filter(each => !isSpanParameter(each)).map(each => each.name);
  return parameters.filter(isSpanParameter).flatMap(({ name: variable }): GivenSpan[] => {
    const early = body.find(
      each =>
        each.type === 'if' &&
        each.then.at(-1)?.type === 'return' &&
        !each.at.text.includes(variable) &&
        within(each.condition).some(inner => inner.type === 'reference' && others.includes(inner.path)),
    );
    const last = early?.type === 'if' ? early.then.at(-1) : undefined;
    if (early === undefined || last === undefined || callsOther([early])) return [];
    const { ends: own, escapes, handed } = usesOfSpan(body, variable, handedIn(file));
    const isEnded = own.some(
      ({ call, within: inside }) => inside === undefined && call.at.start > early.at.end,
    );
    const isAlone =
      escapes.length + handed.length === 0 && own.every(({ call }) => call.at.start > early.at.end);
    return isEnded && isAlone ? [{ variable, at: early.at, leak: { at: last.at, kind: 'return' } }] : [];
  });
}

/**
 * Go: `span := s.span` in a method `Finish` that tells how the work went and does not end it, where those of other types that
 * are called so end theirs; and a method `End` that only asks whether there is a span.
 */
function leftByMethods(file: FileFacts): GivenSpan[] {
  if (file.language !== 'go') return [];
  const methods = file.syntax.functions.filter(
    ({ name, className, receiverName }) =>
      ends.test(name) && className !== undefined && receiverName !== undefined,
  );
  return methods.flatMap(made => (callsOther(made.body) ? [] : leftByMethod(file, made, methods)));
}

function leftByMethod(
  file: FileFacts,
  made: FunctionSyntax,
  methods: readonly FunctionSyntax[],
): GivenSpan[] {
  const { name, nameAt, className, body } = made;
  const paths = pathsOfSpans(made);
  const longest = [...paths].sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return [];
  const variables = statementsIn(body).flatMap(each =>
    each.type === 'bind' && each.targets.length === 1 && paths.has(each.values[0]?.at.text ?? '')
      ? each.targets[0].path
      : [],
  );
  const all = [...paths, ...variables].map(each => usesOfSpan(body, each, handedIn(file)));
  // What a variable gets is no escape.
  if (all.some(({ ends: own, handed }) => own.length + handed.length > 0)) return [];
  const isTold = all.some(({ statuses, others }) => statuses.length + others.length > 0);
  // What is in a field of its own type is followed by that.
  const same =
    isTold && longest.split('.').length > 2
      ? methods.filter(each => each.name === name && each.className !== className && mentionsSpan(each))
      : [];
  const isLeft = isTold
    ? same.length > 0 && same.every(each => endsIn.test(each.bodyAt.text))
    : body.length > 0 && body.every(each => asksAndLeaves(each, paths));
  return isLeft ? [{ variable: longest, at: nameAt, leak: undefined }] : [];
}

/** `if s.span == nil { return }` */
function asksAndLeaves(statement: Statement, paths: ReadonlySet<string>): boolean {
  return (
    statement.type === 'if' &&
    statement.otherwise === undefined &&
    statement.then.every(({ type }) => type === 'return') &&
    [...paths].some(path => asksFor(statement, path))
  );
}

const endsIn = /\bspan\.End\(/i;

function mentionsSpan(made: FunctionSyntax): boolean {
  return pathsOfSpans(made).size > 0;
}

/** `markSpanDone(span)` that tells how the work went and does not end the span, beside a `markSpanFailed(span, error)` that does. */
function leftByPairs(file: FileFacts): GivenSpan[] {
  const told = file.syntax.functions.flatMap(made => {
    const stem = made.name.replace(outcomes, '');
    const parameter = stem === made.name || stem === '' ? undefined : made.parameters.find(isSpanParameter);
    if (parameter === undefined) return [];
    const uses = usesOfSpan(made.body, parameter.name, handedIn(file));
    return [{ made, stem, variable: parameter.name, uses }];
  });
  return told.flatMap(({ made, stem, variable, uses }): GivenSpan[] => {
    if (uses.statuses.length === 0 || mayBeEnded(uses) || callsOther(made.body)) return [];
    const same = told.filter(each => each.stem === stem && each.made.name !== made.name);
    const isLeft = same.length > 0 && same.every(each => each.uses.ends.length > 0);
    return isLeft ? [{ variable, at: made.nameAt, leak: undefined, beside: same[0].made.name }] : [];
  });
}

const outcomes =
  /_?(?:ok|success(?:ful(?:ly)?)?|succeeded|err(?:or)?|exception|fail(?:ed|ure)?|done|completed?|cancel(?:l?ed)?|aborted|timed_?out|timeout)$/i;

/** `s.span`, `s.Call.span` */
function pathsOfSpans({ receiverName = '', bodyAt }: FunctionSyntax): ReadonlySet<string> {
  const found = bodyAt.text.matchAll(/(?<![\w.])(\w+)((?:\.\w+)*\.\w*[sS]pan)\b(?!\()/g);
  return new Set([...found].flatMap(([whole, head]) => (head === receiverName ? whole : [])));
}

/** `for span in spans: span.set_status(…)` in a function that is called `end_spans`, and is given them. */
function leftOfMany(file: FileFacts, { name, nameAt, parameters, body }: FunctionSyntax): GivenSpan[] {
  if (!leavesSpans.test(name) || callsOther(body)) return [];
  const given = new Set(parameters.map(each => each.name));
  return statementsIn(body).flatMap((each): GivenSpan[] => {
    if (each.type !== 'loop' || each.over?.type !== 'reference' || !given.has(each.over.path)) return [];
    const variable = each.variables.find(({ path }) => isCalledSpan.test(path))?.path;
    if (variable === undefined) return [];
    const uses = usesOfSpan(each.body, variable, handedIn(file));
    const isUsed = uses.statuses.length + uses.exceptions.length + uses.others.length > 0;
    return isUsed && !mayBeEnded(uses) ? [{ variable, at: nameAt, leak: undefined }] : [];
  });
}

/** `spans[id].set_status(…)` in a function that is called `end_span`. */
function judgedInPlace(file: FileFacts, { name, body }: FunctionSyntax): GivenSpan[] {
  if (!leavesSpan.test(name) || callsOther(body) || !file.importsOpenTelemetry) return [];
  const all = expressionsIn(body, true);
  const judged = all.find(
    (each): each is CallExpression =>
      each.type === 'call' && each.receiver?.type === 'index' && each.callee === 'set_status',
  );
  const variable = judged?.receiver?.at.text;
  if (judged === undefined || variable === undefined || !/span/i.test(variable)) return [];
  const isGiven = all.some(
    each =>
      each.type === 'call' &&
      ([...each.arguments, ...each.named.values()].some(({ at }) => at.text === variable) ||
        (each.receiver?.at.text === variable && isEnding(each.callee))),
  );
  return isGiven ? [] : [{ variable, at: judged.at, leak: undefined }];
}

/** `span = entry["span"]`, and that is all. */
function isUnused({ importsOpenTelemetry }: FileFacts, body: string, variable: string): boolean {
  return importsOpenTelemetry && body.match(new RegExp(`\\b${variable}\\b(?!["'])`, 'g'))?.length === 1;
}

/** Taken from a map or a stack; the current span is that of another. */
function isLookedUp(value: Expression): boolean {
  return value.type === 'index' || (value.type === 'call' && /^(?:pop|get)$/.test(value.callee));
}

/** `otelEndSpan`; not `isEndSpan`. */
const endsKeptSpan =
  /^(?!is|has|get|should|can)(?:_*(?:end|finish|close|complete)|\w*[a-z](?:End|Finish|Close|Complete))\w*Span$/;
const leavesSpan = /^_*(?:end|finish|close|stop|exit|complete)_?\w*span(?:_[a-z]+)?$/i;

const leavesSpans = /^_*(?:end|finish|close|stop|exit|complete)_?\w*spans$/i;

function neverEnded(file: FileFacts, made: FunctionSyntax, variable: string): GivenSpan | undefined {
  const { name, nameAt, body } = made;
  const isOnly = made.parameters.length === 1;
  if (!isEnder(name) && !(isOnly && ends.test(name))) return undefined;
  if (isBesideManager(file, name)) return undefined;
  const uses = usesOfSpan(body, variable, handedIn(file));
  if (mayBeEnded(uses) || callsOther(body)) return undefined;
  // Who calls it may end the span itself.
  if (file.syntax.calls.some(call => call.callee === name && isEndedByCaller(file, call))) return undefined;
  const isUsed =
    uses.statuses.length + uses.exceptions.length + uses.others.length > 0 ||
    // `if span is None: return`, of one that is to be ended then.
    (isEnder(name) && statementsIn(body).some(each => asksFor(each, variable))) ||
    // `close_root_span(span: Span, token)` that only calls `detach(token)`
    (isEnder(name) &&
      file.importsOpenTelemetry &&
      made.parameters.some(each => each.name === variable && isSpan.test(each.typeName ?? '')) &&
      expressionsIn(body, true).some(({ type }) => type === 'call'));
  return isUsed ? { variable, at: nameAt, leak: undefined } : undefined;
}

/** Python: `finish_tool_span` beside a context manager `tool_span`, which ends what it yields: it only tells how that went. */
function isBesideManager({ syntax }: FileFacts, name: string): boolean {
  return syntax.functions.some(
    each =>
      name.endsWith(`_${each.name}`) && each.decorators.some(({ at }) => /contextmanager\b/.test(at.text)),
  );
}

/**
 * Python: `return stream(span, response)`, of a generator that tells how the work went and does not end the span: who has made it
 * has gone by then. Not where the caller goes over it itself.
 */
function leftByGenerator(file: FileFacts, made: FunctionSyntax, variable: string): GivenSpan | undefined {
  if (file.language !== 'python' || !made.generator) return undefined;
  if (made.decorators.some(({ at }) => managed.test(at.text))) return undefined;
  const uses = usesOfSpan(made.body, variable, handedIn(file));
  if (mayBeEnded(uses) || uses.statuses.length + uses.exceptions.length === 0) return undefined;
  const calls = file.syntax.calls.filter(({ callee }) => callee === made.name);
  return calls.length > 0 && calls.every(call => isLeftTo(file, call))
    ? { variable, at: made.nameAt, leak: undefined, isStream: true }
    : undefined;
}

/** `return stream(span, response)`, with nothing around it that ends the span then. */
function isLeftTo(file: FileFacts, call: CallExpression): boolean {
  if (statementOf(file, call)?.type !== 'return') return false;
  const given = [...call.arguments, ...call.named.values()].flatMap(each =>
    each.type === 'reference' ? each.path : [],
  );
  return [...statementsAround(call.inFunction?.body ?? file.syntax.body, call.at)].every(each => {
    if (each.type === 'with')
      return !each.items.some(({ name, value }) =>
        given.some(path => path === name || value.at.text.includes(path)),
      );
    return each.type !== 'try' || !each.finally?.some(({ at }) => /\.end\(/.test(at.text));
  });
}

const managed = /contextmanager\b|\bfixture\b/;

function asksFor(statement: Statement, variable: string): boolean {
  return statement.type === 'if' && within(statement.condition).some(each => isReferenceTo(each, variable));
}

/** Not in a handler, which only gets what is thrown before. */
function isEndedByCaller(
  { syntax }: FileFacts,
  { arguments: given, named, inFunction, at }: CallExpression,
): boolean {
  const text = inFunction?.bodyAt.text ?? '';
  return [...given, ...named.values()].some(each => {
    if (each.type !== 'reference') return false;
    if (!text.includes(`${each.path}.End(`) && !text.includes(`${each.path}.end(`)) return false;
    const handlers = [...statementsAround(inFunction?.body ?? syntax.body, at)].flatMap(around =>
      around.type === 'try' ? around.handlers.flatMap(({ body }) => body) : [],
    );
    return syntax.calls.some(
      call =>
        isEnding(call.callee) &&
        isReferenceTo(call.receiver, each.path) &&
        call.inFunction === inFunction &&
        !handlers.some(handler => contains(handler.at, call.at)),
    );
  });
}

const ends = /^_*(?:end|finish|close|complete|stop)$/i;
/** `endSpan`, `spanEnd`, `setStatusAndEnd`, `endAsFailed`, `finish_with_error`. */
const endsSpan =
  /^__a?exit__$|^_*(?:end|finish|close|stop|complete|finali[sz]e)_?\w*span$|^_*span_?(?:end|finish|close|stop)$|(?:_and_|[a-z]and)(?:end|finish)(?:_?span)?$|^_*(?:end|finish|close)_?(?:span_?)?(?:as|with)_?[a-z]\w*$/i;
/** `endSpanWithError`, `endHTTPSpanClient`; not `endSpanTime`. */
const endsSpanSo =
  /^_*(?:end|finish|close|complete|finali[sz]e)\w*Span(?!s?(?:Attr|Context|Data|Event|Id|Name|Process|Time))[A-Z]\w*$/;

function isEnder(name: string): boolean {
  return endsSpan.test(name) || endsSpanSo.test(name);
}

/** Not what comments and docstrings say: `# after span.end()`. */
function callsOther(body: readonly Statement[]): boolean {
  return expressionsIn(body, true).some(each => each.type === 'call' && endsOther.test(`${each.callee}(`));
}

/** It may leave it to another: `this.stop(span.spanContext())`. */
const endsOther =
  /(?:(?<![A-Za-z])(?:end|finish|close|complete|stop|exit|dispose)|End|Finish|Close|Complete|Stop|Exit|Dispose)\w*\(/;

/** Parameters that are spans, and what is taken out of one by such a name: `({ span })`. */
function namesOf({ parameters }: FunctionSyntax): string[] {
  return parameters.flatMap(parameter => {
    if (parameter.rest) return [];
    const named = [...parameter.fields.values()].filter(each => isCalledSpan.test(each));
    return isSpanParameter(parameter) ? [parameter.name, ...named] : named;
  });
}

/**
 * `options.span` of what is there to end it, `endSpan(options)`, and the variable that it is put into, also by `const { span }
 * = options`.
 */
function propertiesOf({ name, parameters, body, bodyAt }: FunctionSyntax): string[] {
  if (!isEnder(name)) return [];
  const given = new Set(parameters.flatMap(each => (each.rest ? [] : [each.name, ...each.fields.values()])));
  const taken = statementsIn(body).flatMap(each => {
    const [value] = each.type === 'bind' ? each.values : [];
    if (each.type !== 'bind' || value?.type !== 'reference' || !given.has(value.path)) return [];
    return each.targets.flatMap(({ path, from }) =>
      typeof from === 'string' && isCalledSpan.test(path) ? path : [],
    );
  });
  const found = [...bodyAt.text.matchAll(/(?:\b(\w*[sS]pan)\s*=\s*|(?<![\w.]))(\w+)\.\w*[sS]pan\b(?!\()/g)];
  const named = found.flatMap(([path, local, head]) => (given.has(head) ? (local ?? path) : []));
  return [...new Set([...taken, ...named])];
}

/** @param variable a parameter, or a field of the object */
export function leftOpen(
  file: FileFacts,
  { name, body }: FunctionSyntax,
  variable: string,
): GivenSpan | undefined {
  const uses = usesOfSpan(body, variable, handedIn(file));
  const own = uses.ends.filter(({ within: inside }) => inside === undefined);
  if (own.length === 0) return undefined;
  // Others may have it from then on.
  if (uses.escapes.length + uses.handed.length > 0) return undefined;
  const [{ call }] = own;
  const leakAfter = (from: Statement): Leak | undefined =>
    isEndedAnyway(uses, from) ? undefined : leakFrom(file, from, { variable, region: body, uses }, call);
  let found: GivenSpan | undefined;
  let ended = 0;
  for (const from of judgingIn(body, variable)) {
    const leak = leakAfter(from);
    if (leak === undefined) ended++;
    // Who asks for it and does nothing is not one who leaves it to others.
    else if (from.type === 'if') return { variable, at: from.at, leak };
    else found ??= { variable, at: from.at, leak };
  }
  if (
    found !== undefined &&
    (ended > 0 || isEnder(name) || found.leak?.kind === 'emptied' || isHandlerBesideEnd(body, found.at, own))
  )
    return found;
  const ways = waysOut(body, uses).map(each => ({ ...each, leak: leakAfter(each.from) }));
  const open = ways.find(({ leak, last }) => leak !== undefined && leak.at === last.at);
  if (open !== undefined && ways.some(({ leak }) => leak === undefined))
    return { variable, at: open.from.at, leak: open.leak };
  const last = own.some(use => leavesAfter(body, use)) ? lastWrite(body, variable) : undefined;
  const leak = last && leakAfter(last);
  return last && leak?.kind === 'end' ? { variable, at: last.at, leak } : undefined;
}

/** `try { …; span.end(); } catch (error) { span.recordException(error); }` */
function isHandlerBesideEnd(body: readonly Statement[], at: Place, own: SpanUses['ends']): boolean {
  return [...statementsAround(body, at)].some(
    each =>
      each.type === 'try' &&
      each.handlers.some(handler => handler.body.some(inner => contains(inner.at, at))) &&
      own.some(({ call }) => each.body.some(inner => contains(inner.at, call.at))),
  );
}

/** `if (done) { span.end(); return; }`: the caller is not told which way it went. */
function leavesAfter(body: readonly Statement[], { call }: SpanUses['ends'][number]): boolean {
  return [...statementsAround(body, call.at)].flatMap(bodiesOf).some(block => {
    const last = block.at(-1);
    return (
      last?.type === 'return' && last.values.length === 0 && block.some(each => contains(each.at, call.at))
    );
  });
}

/** What the function itself writes to the span at the last, if it is there to be ended then. */
function lastWrite(body: readonly Statement[], variable: string): Statement | undefined {
  const last = [...mentioningIn(body, variable)].findLast(each => namesIt(each, variable));
  return last?.type === 'expression' && last.expression.type === 'call' ? last : undefined;
}

/** Blocks that write to the span and leave the function: `if (!user) { span.setAttribute(…); return refuse(); }`. */
function waysOut(
  body: readonly Statement[],
  { others }: SpanUses,
): { readonly from: Statement; readonly last: Statement }[] {
  const ways = new Map<Statement, Statement>();
  for (const { statement, within: inside } of others) {
    const block = inside === undefined ? blockAround(body, statement)?.statements : undefined;
    const last = block?.at(-1);
    if (block !== body && last?.type === 'return') ways.set(last, statement);
  }
  return [...ways].slice(0, maxWays).map(([last, from]) => ({ from, last }));
}

/** Each is followed to its end. */
const maxWays = 20;
