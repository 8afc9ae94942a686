import { literally } from '../../../base/literally.ts';
import { blockAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { nothing } from '../references.ts';
import { returnsOf } from '../returns.ts';
import {
  type BindStatement,
  type Expression,
  type FunctionSyntax,
  isScript,
  type Place,
  type Statement,
} from '../syntax.ts';
import { statementsIn, within } from '../walk.ts';
import { usesInLists, withoutIdleLists } from './spanLists.ts';
import { isSpanParameter } from './spanParameters.ts';
import { removesFrom } from './spanStores.ts';
import { keptPlaces } from './spansTaken.ts';
import {
  handedIn,
  isAssignment,
  isCalledSpan,
  mayBeEnded,
  type SpanUses,
  usesOfSpan,
  writesToSpan,
} from './spanUses.ts';

/** A span that is taken out of a map which other files may fill, and that is left open though it is told how the work went. */
export interface RemovedSpan {
  /** Where it is taken. */
  readonly at: Place;
  /** `span`, `entry.span` */
  readonly variable: string;
  /** `ctx.spans`, as written. */
  readonly from: string;
}

/** The spans that functions of scripts and of Python remove from maps which are called so, and do not end. */
export function spansRemoved(file: FileFacts): readonly RemovedSpan[] {
  const way = wayOf(file);
  if (way === undefined || !file.says(way.removes)) return [];
  if (!file.importsOpenTelemetry && !file.service.usesOpenTelemetry) return [];
  const found = file.syntax.functions.flatMap(made =>
    way.removes.test(made.bodyAt.text)
      ? statementsIn(made.body).flatMap(each => removedBy(file, made, each, way) ?? [])
      : [],
  );
  if (found.length === 0 || way !== python) return found;
  // What the file itself keeps there `spansTaken` follows.
  const followed = file.get(keptPlaces).filter(({ guessed }) => !guessed);
  return found.filter(({ from }) => !followed.some(({ path }) => path === from));
}

/** How a language takes spans out of maps. */
interface Way {
  readonly removes: RegExp;
  readonly find: (body: readonly Statement[], statement: Statement, file: FileFacts) => Taken | undefined;
  /** Whether what is done with it is what is done with a span of OpenTelemetry that is at its end. */
  readonly judges: (uses: SpanUses, made: FunctionSyntax, variable: string) => boolean;
}

function wayOf({ language }: FileFacts): Way | undefined {
  if (language === 'python') return python;
  return isScript(language) ? scripts : undefined;
}

const scripts: Way = {
  removes: /\.(?:delete|clear)\(/,
  find(body, statement, file) {
    const taken = takenIn(body, statement, path => calledSpans.test(path) || isMapOfSpans(file, path));
    if (taken === undefined) return undefined;
    const { from, key, region } = taken;
    const isCleared =
      statement.type === 'loop' &&
      statementsIn(body).some(
        ({ at }) => at.start > statement.at.end && at.text.startsWith(`${from}.clear(`),
      );
    return isCleared || statementsIn(region).some(each => removesFrom(each, from, key)) ? taken : undefined;
  },
  judges: ({ statuses, exceptions }) => statuses.length + exceptions.length > 0,
};

const python: Way = {
  removes:
    /(?:spans|span_?stack|spans?_by_\w+)(?:["']\])?\.pop(?:item|left)?\(|\._*(?:pop|take|remove|detach|claim)_\w*span\(/i,
  find: poppedIn,
  judges: isWrittenAtTheEnd,
};

/** Python: whether a function writes to a span of OpenTelemetry that it has looked up as to one at its end. */
export function isWrittenAtTheEnd(
  { statuses, exceptions, others }: SpanUses,
  { bodyAt, parameters }: FunctionSyntax,
  variable: string,
): boolean {
  // A processor is told of the end of a span.
  if (parameters.some(isSpanParameter)) return false;
  const writes = others.some(writesToSpan);
  // Spans of other kinds have their fields set.
  const isOther = new RegExp(`(?<![\\w.])${literally(variable)}\\.\\w+ *=(?!=)`).test(bodyAt.text);
  if (isOther || others.some(({ call }) => endsOtherwise.test(call.callee))) return false;
  return statuses.length + exceptions.length > 0 || writes;
}

const endsOtherwise = /^_*(?:end|finish|close|stop|complete|exit)/i;
/** Maps and lists of spans, as they are called. */
export const calledSpans = /(?:^|\.)#?\w*[sS]pans$/;

/** Whether a variable or a field of the file has a type that says so: `bridge` of `const bridge = new Map<string, Span>()`. */
function isMapOfSpans(file: FileFacts, path: string): boolean {
  return file.get(mapsOfSpans).has(path.split('.').at(-1) ?? path);
}

function mapsOfSpans({ syntax: { source } }: FileFacts): ReadonlySet<string> {
  return new Set([...source.matchAll(typed)].map(([, name]) => name));
}

const typed = /(#?[\w$]+)[!?]?\s*[:=](?:[^;\n=]*=)?\s*(?:new\s+)?(?:Readonly)?Map<[^;\n()]*\bSpan\b/g;

function removedBy(
  file: FileFacts,
  made: FunctionSyntax,
  statement: Statement,
  way: Way,
): RemovedSpan | undefined {
  const taken = way.find(made.body, statement, file);
  if (taken === undefined) return undefined;
  const { name, from, region } = taken;
  const all = [name, `${name}.span`].map(variable => ({
    variable,
    uses: usesOfSpan(region, variable, handedIn(file)),
  }));
  const isLetGo = ({ uses }: (typeof all)[number]) =>
    mayBeEnded(withoutIdleLists(file, uses, made, way === python));
  if (all.some(isLetGo)) return undefined;
  const judged =
    all.find(each => way.judges(each.uses, made, each.variable)) ??
    all.find(({ uses }) =>
      usesInLists(file, uses, made).some(each => way.judges(each.uses, made, each.variable)),
    ) ??
    (isUnused(made, name) ? all[0] : undefined);
  return judged && { at: statement.at, variable: judged.variable, from };
}

/** What is called a span is taken, and the function does not name it again. */
function isUnused({ bodyAt }: FunctionSyntax, name: string): boolean {
  return isCalledSpan.test(name) && bodyAt.text.split(new RegExp(`\\b${literally(name)}\\b`)).length === 2;
}

interface Taken {
  readonly name: string;
  readonly from: string;
  /** As written, if it is looked up under one. */
  readonly key: string | undefined;
  readonly region: readonly Statement[];
}

/** `const span = ctx.spans.get(id)`, `for (const [id, span] of ctx.spans)`, or of a list of them */
function takenIn(
  body: readonly Statement[],
  statement: Statement,
  hasSpans: (path: string) => boolean,
): Taken | undefined {
  if (statement.type === 'bind') {
    const [{ path: name }, ...others] = statement.targets;
    const [value] = statement.values;
    const from = receiverOf(value, 'get', hasSpans);
    const key = value?.type === 'call' ? value.arguments[0]?.at.text : undefined;
    if (!statement.declares || others.length > 0 || from === undefined || !isName.test(name))
      return undefined;
    return { name, from, key, region: blockAround(body, statement)?.statements ?? body };
  }
  if (statement.type !== 'loop') return undefined;
  const { variables } = statement;
  const over = listed(statement.over);
  const values = receiverOf(over, 'values', hasSpans);
  const from =
    values ?? receiverOf(over, 'entries', hasSpans) ?? (over?.type === 'reference' ? over.path : '');
  const name = variables.find(each => each.from === (values === undefined ? 1 : undefined))?.path ?? '';
  return hasSpans(from) && isName.test(name)
    ? { name, from, key: undefined, region: statement.body }
    : undefined;
}

/** `ctx.spans` of `Array.from(ctx.spans)` and of `[...ctx.spans]` */
function listed(over: Expression | undefined): Expression | undefined {
  if (over?.type === 'call' && over.callee === 'from' && over.receiver?.at.text === 'Array')
    return over.arguments[0];
  const [only, ...others] = over?.type === 'list' ? over.values : [];
  return only?.type === 'operation' && only.operator === '...' && others.length === 0
    ? only.operands[0]
    : over;
}

/** `ctx.spans` of `ctx.spans.get(id)` */
function receiverOf(
  value: Expression | undefined,
  callee: string,
  hasSpans: (path: string) => boolean,
): string | undefined {
  if (value?.type !== 'call' || value.callee !== callee || value.receiver?.type !== 'reference')
    return undefined;
  return hasSpans(value.receiver.path) ? value.receiver.path : undefined;
}

/** `span = state.SPANS.pop(id, None)`, `token, span = stack_of_spans.pop()`, `if span := spans.pop(id, None)` */
function poppedIn(body: readonly Statement[], statement: Statement, file: FileFacts): Taken | undefined {
  // `if span := spans.pop(id, None):`
  const asked = statement.type === 'if' ? within(statement.condition).find(isAssignment) : undefined;
  const [assigned, value] = asked?.operands ?? [];
  const values = statement.type === 'bind' ? statement.values : value === undefined ? [] : [value];
  const from = values.flatMap(each => poppedFrom(each) ?? givenBy(file, each) ?? [])[0];
  const name =
    statement.type === 'bind' ? heldBy(statement) : assigned?.type === 'reference' ? assigned.path : '';
  if (from === undefined || !isName.test(name)) return undefined;
  return { name, from, key: undefined, region: body };
}

function poppedFrom(value: Expression): string | undefined {
  if (value.type === 'choice') return value.values.flatMap(each => poppedFrom(each) ?? [])[0];
  if (value.type !== 'call' || !/^pop(?:item|left)?$/.test(value.callee)) return undefined;
  const text = value.receiver?.at.text ?? '';
  return /(?:spans|span_?stack|spans?_by_\w+)(?:["']\])?$/i.test(text) ? text : undefined;
}

/** `registry.pop_span` of `registry.pop_span(id)`, where all methods of that name give away the span that they take. */
function givenBy({ project, path }: FileFacts, value: Expression): string | undefined {
  if (value.type !== 'call' || value.receiver?.type !== 'reference' || !takesSpan.test(value.callee))
    return undefined;
  const isGiven =
    project.releases(`${value.callee}()`, path) && !project.releases(`!${value.callee}()`, path);
  return isGiven ? `${value.receiver.path}.${value.callee}` : undefined;
}

const takesSpan = /^_*(?:pop|take|remove|detach|claim)_(?:\w+_)?span$/;

/**
 * Python: the methods of a file that are called so, as they stand among the names of `Project.releases`: `pop_span()` gives
 * the span away that it takes out of a collection, `!pop_span()` does something else.
 */
export function spanTakers({ language, syntax }: FileFacts): readonly string[] {
  if (language !== 'python') return [];
  return syntax.functions.flatMap(made =>
    takesSpan.test(made.name) ? `${givesTaken(made) ? '' : '!'}${made.name}()` : [],
  );
}

function givesTaken(made: FunctionSyntax): boolean {
  const isTaken = (value: Expression | undefined) =>
    value?.type === 'call' && value.callee === 'pop' && value.receiver !== undefined;
  const names = new Set(
    statementsIn(made.body).flatMap(each =>
      each.type === 'bind' && each.values.some(isTaken) ? each.targets.map(({ path }) => path) : [],
    ),
  );
  const given = returnsOf(made)
    .flat()
    .filter(({ at }) => !nothing.test(at.text));
  return (
    given.length > 0 &&
    given.every(value => isTaken(value) || (value.type === 'reference' && names.has(value.path))) &&
    !/\.end\(/.test(made.bodyAt.text)
  );
}

function heldBy({ targets }: BindStatement): string {
  if (targets.length === 1) return targets[0].path;
  return targets.find(({ path }) => isCalledSpan.test(path))?.path ?? '';
}

const isName = /^[\w$]+$/;
