import { addToGroup } from '../../../base/groups.ts';
import { literally } from '../../../base/literally.ts';
import type { CodeEvidence } from '../../project/types.ts';
import type { FileFacts } from '../fileFacts.ts';
import { openPaths } from '../openPaths.ts';
import { projectFunction } from '../projectFunctions.ts';
import { foreign } from '../sdk/tracers.ts';
import { type CallExpression, type FunctionSyntax, isScript, type Place } from '../syntax.ts';
import { contains } from '../walk.ts';
import { calleeWritten } from './calleeWritten.ts';
import { SpanFlow } from './spanFlow.ts';
import { type SpanLife, spanLives } from './spanLives.ts';
import { isOfOwnTracer, spanStarts } from './spanStarts.ts';
import { handedIn, isEnding, isGivenIn, mayBeEnded, usesOfSpan } from './spanUses.ts';

/**
 * The spans of which only the name of the call speaks, and that nothing ends, while the file ends others that come from a
 * call of that name, or tells how their work went, as who owns them does, or a function of that name starts one.
 */
export function spansGuessed(file: FileFacts): readonly SpanLife[] {
  const lives = file.get(spanLives).filter(({ start }) => start.guessed);
  const calleeOf = ({ start: { call } }: SpanLife) => file.names.callee(call);
  const ended = new Set(lives.filter(({ uses }) => uses.ends.length > 0).map(calleeOf));
  ended.delete(undefined);
  const left = lives.filter(life => {
    const { statuses, exceptions } = life.uses;
    if (mayBeEnded(life.uses) && !(isScript(file.language) && isOnlyWrapped(life))) return false;
    if (isOfOwnTracer(life.start.call) && isGivenAnywhere(life)) return false;
    if (hasEnder(life)) return false;
    return (
      ended.has(calleeOf(life)) ||
      isEndedElsewhere(file, life.start.call) ||
      mayStart(file, life.start.call) ||
      (file.service.usesOpenTelemetry && statuses.length + exceptions.length > 0)
    );
  });
  return [...left, ...file.get(spansOfCallbacks).filter(({ uses }) => !mayBeEnded(uses))];
}

/** `const { span, end } = begin('work')`: what comes with it ends it. */
function hasEnder({ start: { binding } }: SpanLife): boolean {
  return (
    binding?.type === 'bind' &&
    binding.targets.length > 1 &&
    binding.targets.some(({ path, from }) => isEnding(path) || (typeof from === 'string' && isEnding(from)))
  );
}

/** `set_span_context_id(span, id)`: where the tracer is of another kind, so is what is called so. */
function isGivenAnywhere({ inFunction, variable }: SpanLife): boolean {
  const given = `(?<!set_span_in_context)\\((?:[^()]*,\\s*)?${literally(variable)}\\s*[,)]`;
  return new RegExp(given).test(inFunction?.bodyAt.text ?? '');
}

/** Scripts: it goes to the function that a wrapper runs, `work(span)`, and the wrapper tells itself how that went. */
function isOnlyWrapped({ uses, inFunction }: SpanLife): boolean {
  const { ends, escapes, handed, statuses, exceptions } = uses;
  if (ends.length + escapes.length > 0 || statuses.length + exceptions.length < 2) return false;
  return handed.every(({ call }) => isGivenIn(call, inFunction));
}

/** `create_span(…)`; what is called so by tracers of others may keep the span itself. */
function mayStart({ project }: FileFacts, { callee, receiver }: CallExpression): boolean {
  return receiver === undefined && project.mayStartSpans(callee);
}

/**
 * Scripts: the spans that functions get from something that is not known, `requests.trace(name, async span => …)`, where
 * others that get one from there end it: on every path as far as can be seen, so who gets one has to.
 */
export function spansOfCallbacks(file: FileFacts): readonly SpanLife[] {
  if (!isScript(file.language)) return [];
  if (!file.importsOpenTelemetry && !file.service.usesOpenTelemetry) return [];
  const groups = new Map<string, SpanLife[]>();
  const known = new Set(file.get(spanStarts).map(({ call }) => call));
  for (const call of file.syntax.calls) {
    const life = known.has(call) ? undefined : lifeGiven(file, call);
    if (life !== undefined) addToGroup(groups, calleeWritten(file, call), life);
  }
  return [...groups].flatMap(([name, lives]) => {
    const isClosed = lives.some(({ uses, leaks }) => uses.ends.length > 0 && leaks.length === 0);
    return isClosed || file.project.does('ends', name)
      ? lives.filter(({ uses }) => uses.escapes.length === 0)
      : [];
  });
}

/** What starts the spans that a file of scripts or of Python ends, where only names speak for that: `Tracing().createSpan`. */
export function endedStarts(file: FileFacts): CodeEvidence[] {
  const isPython = file.language === 'python';
  if (!(isPython || isScript(file.language)) || !file.says(endsSpan)) return [];
  const found = new Map<string, CodeEvidence>();
  const add = (call: CallExpression) => {
    const name = calleeWritten(file, call);
    found.set(name, { kind: 'ends', name, at: call.at });
  };
  // A function may start a thousand spans: the same is asked of it once.
  const asked = new Set<string>();
  for (const { call, guessed, variable } of file.get(spanStarts)) {
    if (!guessed || variable === undefined || call.inFunction === undefined) continue;
    if (isPython && !isOfOwnTracer(call)) continue;
    const made = call.inFunction;
    const bodyAt = variable.startsWith('self.') ? (classAround(file, made) ?? made.bodyAt) : made.bodyAt;
    const question = `${bodyAt.start} ${variable} ${call.callee}`;
    if (asked.has(question)) continue;
    asked.add(question);
    if (endsIn(bodyAt.text, variable)) add(call);
  }
  for (const call of isPython ? [] : file.syntax.calls) {
    const callback = call.receiver === undefined ? undefined : callbackOf(call);
    if (callback !== undefined && endsIn(callback.bodyAt.text, callback.parameters[0].name)) add(call);
  }
  return [...found.values()];
}

/** The class that a method is of. */
function classAround({ syntax }: FileFacts, made: FunctionSyntax): Place | undefined {
  return syntax.classes.findLast(({ at }) => contains(at, made.at))?.at;
}

const endsSpan = /[sS]pan\w*[?!]*\.end\(/;

function endsIn(text: string, variable: string): boolean {
  return new RegExp(`(?<![\\w$.])${literally(variable)}[?!]*\\.end\\(`).test(text);
}

export function isEndedElsewhere(file: FileFacts, call: CallExpression): boolean {
  const isKnown = isScript(file.language) || (file.language === 'python' && isOfOwnTracer(call));
  return isKnown && file.project.does('ends', calleeWritten(file, call));
}

function lifeGiven(file: FileFacts, call: CallExpression): SpanLife | undefined {
  const callback = callbackOf(call);
  const [parameter] = callback?.parameters ?? [];
  if (callback === undefined || parameter === undefined) return undefined;
  if (call.receiver === undefined || goesOver.test(call.callee)) return undefined;
  if (foreign.test(file.names.callee(call) ?? '') || file.names.functionCalled(call) !== undefined)
    return undefined;
  if (projectFunction(file, call) !== undefined) return undefined;
  const { name: variable, at: variableAt } = parameter;
  const uses = usesOfSpan(callback.body, variable, handedIn(file));
  const start = {
    call,
    form: 'callback',
    endsItself: false,
    certain: false,
    name: undefined,
    kind: undefined,
    statement: undefined,
    callback,
    factory: true,
    guessed: true,
    variable,
    variableAt,
    contextVariable: undefined,
    binding: undefined,
  } as const;
  const life = { start, variable, region: callback.body, inFunction: callback, isLoopBody: false, uses };
  const leaks =
    uses.ends.length === 0
      ? []
      : openPaths(callback.body, new SpanFlow(file.language, life, new Set()), false);
  return { ...life, escapes: uses.escapes.length > 0, shared: false, leaks };
}

/** `trace(name, async span => …)`, `trace(name, async span => …, parent)` */
function callbackOf({ arguments: given }: CallExpression): FunctionSyntax | undefined {
  const last = given.findLast(({ type }) => type === 'function');
  if (last?.type !== 'function') return undefined;
  return speaksOfSpan.test(last.function.parameters[0]?.name ?? '') ? last.function : undefined;
}

/** `span`, `innerSpan`, `spanInner`; not `spanId`. */
const speaksOfSpan =
  /(?:^|_)span$|Span$|^span(?!s?(?:Attr|Context|Ctx|Data|Event|Id|Index|Kind|Length|Name|Process|Size|Text|Time))[A-Z]\w*$/;

/** `spans.forEach(span => …)`: those are many. */
const goesOver =
  /^(?:forEach|map|filter|some|every|find\w*|flatMap|reduce|sort|each|then|catch|subscribe|on|once|use|with|tap|pipe)$/;
