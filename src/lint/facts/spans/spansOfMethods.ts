import { addToGroup } from '../../../base/groups.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax, Place } from '../syntax.ts';
import { judgingIn } from './spanJudging.ts';
import { handedIn, mayBeEnded, type SpanUses, usesOfSpan, writesToSpan } from './spanUses.ts';

/** A span of an object that one of its methods leaves open, though others of them end it when they tell how the work went. */
export interface MethodSpan {
  /** Where the method tells how the work went, or writes to the span at the last. */
  readonly at: Place;
  /** `this.span`, as written. */
  readonly variable: string;
  readonly className: string;
}

/** The spans in fields that methods named for an outcome, `onError`, leave open, though the ones for others end them. */
export function spansOfMethods(file: FileFacts): readonly MethodSpan[] {
  const classes = new Map<string, FunctionSyntax[]>();
  for (const made of file.syntax.functions)
    if (made.className !== undefined) addToGroup(classes, made.className, made);
  return [...classes].flatMap(([className, methods]) =>
    fieldsEnded(methods).flatMap(variable => leftOpen(file, className, methods, variable)),
  );
}

/** `this.span` of `this.span.end()` */
function fieldsEnded(methods: readonly FunctionSyntax[]): string[] {
  const found = new Set<string>();
  for (const { bodyAt } of methods)
    for (const [, variable] of bodyAt.text.matchAll(ended)) found.add(variable);
  return [...found];
}

const ended = /\b((?:this|self)\.#?\w*[sS]pan)\??\.(?:end|End)\(/g;

function leftOpen(
  file: FileFacts,
  className: string,
  methods: readonly FunctionSyntax[],
  variable: string,
): MethodSpan[] {
  const all = methods
    .filter(({ bodyAt }) => bodyAt.text.includes(variable))
    .map(method => ({ method, uses: usesOfSpan(method.body, variable, handedIn(file)) }));
  const enders = all.filter(({ uses }) => mayBeEnded(uses)).map(({ method }) => method);
  const ending = all.filter(({ uses }) => uses.ends.length > 0);
  const isJudged = ending.some(({ uses }) => judges(uses));
  return all.flatMap(({ method, uses }) => {
    if (mayBeEnded(uses) || enders.some(ender => calls(method, ender) || isOwnStep(method, ender))) return [];
    // An object whose methods only end it leaves it to them.
    if (isJudged && judges(uses) && outcome.test(method.name)) {
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
function isOwnStep({ name }: FunctionSyntax, { bodyAt }: FunctionSyntax): boolean {
  return ['self', 'this'].some(own => bodyAt.text.includes(`${own}.${name}(`));
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
  /^__a?exit__$|^(?!_?(?:set|record|add|mark|update|note|report|log|is|has|get))\w*?(?:error|fail|complete|success|succeed|end|finish|finali[sz]e|done|abort|cancel)/i;

function judges({ statuses, exceptions }: SpanUses): boolean {
  return statuses.length + exceptions.length > 0;
}

/** How the work went, or what came of it. */
function tells(uses: SpanUses): boolean {
  return judges(uses) || uses.others.some(writesToSpan);
}
