import { addToGroup } from '../../../base/groups.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax, Place } from '../syntax.ts';
import { judgingIn } from './spanJudging.ts';
import { handedIn, mayBeEnded, type SpanUses, usesOfSpan, writesToSpan } from './spanUses.ts';

/** A span of an object that one of its methods leaves open, though others of them end it when they tell how the work went. */
export interface MethodSpan {
  /** Where the method tells how the work went, or writes to the span at the last. */
  readonly at: Place;
  /** `this.span`, as written there. */
  readonly variable: string;
  readonly className: string;
}

/** The spans in fields that methods named for an outcome, `onError`, leave open, though the ones for others end them. */
export function spansOfMethods(file: FileFacts): readonly MethodSpan[] {
  const classes = new Map<string, FunctionSyntax[]>();
  for (const made of file.syntax.functions)
    if (made.className !== undefined) addToGroup(classes, made.className, made);
  return [...classes].flatMap(([className, methods]) =>
    fieldsEnded(methods).flatMap(field => leftOpen(file, className, methods, field)),
  );
}

/** `span` of `this.span.end()` */
function fieldsEnded(methods: readonly FunctionSyntax[]): string[] {
  const found = new Set<string>();
  for (const { bodyAt, receiverName = 'this' } of methods)
    for (const [, object, field] of bodyAt.text.matchAll(ended))
      if (object === receiverName) found.add(field);
  return [...found];
}

const ended = /\b(\w+)\.(#?\w*[sS]pan)\??\.(?:end|End)\(/g;

function leftOpen(
  file: FileFacts,
  className: string,
  methods: readonly FunctionSyntax[],
  field: string,
): MethodSpan[] {
  const all = methods
    .map(method => ({ method, variable: `${method.receiverName ?? 'this'}.${field}` }))
    .filter(({ method: { bodyAt }, variable }) => bodyAt.text.includes(variable))
    .map(each => ({ ...each, uses: usesOfSpan(each.method.body, each.variable, handedIn(file)) }));
  const enders = all.filter(({ uses }) => mayBeEnded(uses)).map(({ method }) => method);
  const ending = all.filter(({ uses }) => uses.ends.length > 0);
  // Of Go any method may be called on a span's own struct: only those after which nothing comes tell.
  const concludes = file.language === 'go' ? settling : outcome;
  const isJudged = ending.some(
    ({ method, uses }) => judges(uses) && (file.language !== 'go' || settling.test(method.name)),
  );
  return all.flatMap(({ method, uses, variable }) => {
    if (mayBeEnded(uses) || enders.some(ender => calls(method, ender) || isOwnStep(method, ender))) return [];
    // An object whose methods only end it leaves it to them.
    if (isJudged && judges(uses) && concludes.test(method.name)) {
      const [from] = judgingIn(method.body, variable);
      return from === undefined ? [] : [{ at: from.at, variable, className }];
    }
    const last = [...uses.statuses, ...uses.exceptions, ...uses.others.filter(writesToSpan)].at(-1);
    const isLast = ending.some(({ method: { name }, uses: others }) =>
      closing.test(name) && closing.test(method.name)
        ? uses.statuses.length > 0 && tells(others)
        : isTurnOf(name, method.name) && tells(others),
    );
    if (file.language !== 'python' || last === undefined || !isLast) return [];
    return [{ at: last.statement.at, variable, className }];
  });
}

function calls({ bodyAt }: FunctionSyntax, { name }: FunctionSyntax): boolean {
  return bodyAt.text.includes(`.${name}(`);
}

/** `self.finish_error(e)` in the method that ends it. */
function isOwnStep({ name }: FunctionSyntax, { bodyAt, receiverName = 'this' }: FunctionSyntax): boolean {
  return bodyAt.text.includes(`${receiverName}.${name}(`);
}

/** `end_task_failed` beside `end_task_completed`, `fail` beside `complete`: the same work ends the one way or the other. */
function isTurnOf(name: string, other: string): boolean {
  const [, verb, rest = ''] = turn.exec(name) ?? [];
  const [, otherVerb, otherRest = ''] = turn.exec(other) ?? [];
  if (verb === undefined || rest.replaceAll(turns, '') !== otherRest.replaceAll(turns, '')) return false;
  return verb === otherVerb || (isWay.test(verb) && isWay.test(otherVerb));
}

const turn = /^_*(end|finish|close|stop|complete|succeed|fail|cancel|abort|reject)(?=_|$)(.*)$/;
const turns =
  /_(?:ok|complete|completed|success|succeeded|successful|successfully|error|errored|exception|fail|failed|failure|cancelled|canceled|aborted|paused|interrupted|rejected|denied|timeout|timed_out|with)(?=_|$)/g;
/** `end` may come after `fail`, but not after `complete`. */
const isWay = /^(?:complete|succeed|fail|cancel|abort|reject)$/;

/** Both come last, and the first of them has told how the work went. */
const closing = /^_*(?:a?close|stop|shutdown|disconnect|terminate)(?:_\w+)?$/;

/** Methods that are told how the work went. */
export const outcome =
  /^__a?exit__$|^ok$|^(?!_?(?:set|record|add|mark|update|note|report|log|is|has|get))\w*?(?:error|fail|complete|success|succeed|end|finish|finali[sz]e|done|abort|cancel)/i;

/** What is taken in hand is settled by one of these: a message, a transaction. */
const settling =
  /^(?:[aA]ck|[nN]ac?k|[aA]cknowledge|[rR]eject|[aA]ccept|[cC]ommit|[rR]ollback|[aA]bort|[cC]ancel|[cC]omplete|[dD]iscard)(?![a-z])/;

function judges({ statuses, exceptions }: SpanUses): boolean {
  return statuses.length + exceptions.length > 0;
}

/** How the work went, or what came of it. */
function tells(uses: SpanUses): boolean {
  return judges(uses) || uses.others.some(writesToSpan);
}
