import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import type { ClassSyntax, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { withoutIdleAliases } from './spanAliases.ts';
import { dropsIn } from './spanDrops.ts';
import { spanLives, withHolder } from './spanLives.ts';
import { type SpanStart, spanStarts, startsInObjects } from './spanStarts.ts';
import { outcome } from './spansOfMethods.ts';
import { handlesErrors, isHandling } from './spansOnErrors.ts';
import { handedIn, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span that a class keeps in a field of its own. */
export interface SpanField {
  readonly start: SpanStart;
  readonly className: string;
  /** `#span`, without the object. */
  readonly field: string;
  /** `this.#span`, as written where it is started. */
  readonly variable: string;
  /** Nothing in the class ends it, and nobody else can. */
  readonly neverEnded: boolean;
  /** One of its methods tells how the work went, but none ends it: `judged`; or they do so only where something fails. */
  readonly doubt: 'judged' | 'errors' | undefined;
  /** Where the field is emptied by code that has seen the span, and has not ended it; whoever was given it may hand it in again. */
  readonly drops: readonly Place[];
  /**
   * `private`: nobody else can reach the field; `shown`: others can, or are given the span, but a method is there to end
   * it; `public`: any other may end it.
   */
  readonly reach: Reach;
}

type Reach = 'private' | 'shown' | 'public';

/** The spans that are kept in fields which only their class uses, as far as what becomes of them can be told. */
export function spanFields(file: FileFacts): readonly SpanField[] {
  const found = new Map<string, SpanField>();
  for (const { start, variable, returned } of kept(file)) {
    const split = /^(this|self|[a-z]\w{0,2})\.(#?\w+)((?:\.\w+)*)$/.exec(variable);
    const owner = methodAround(start.call.inFunction);
    if (split === null || owner?.className === undefined) continue;
    if (split[1] !== (owner.receiverName ?? 'this')) continue;
    if ((split[3] !== '') !== (start.holder !== undefined)) continue;
    const key = `${owner.className} ${split[2]}`;
    const reach = found.has(key) ? undefined : reachOf(file, owner, owner.className, split[2]);
    if (reach === undefined) continue;
    found.set(key, fieldOf(file, { start, variable, returned }, owner.className, split[2] + split[3], reach));
  }
  return [...found.values()];
}

interface Kept {
  readonly start: SpanStart;
  /** Of the field, as written. */
  readonly variable: string;
  /** The function that starts it gives it to its caller too. */
  readonly returned: boolean;
}

/** Started into a field, or into a variable that goes to one and at most to the caller: `const span = …; this.#span = span;`. */
function kept(file: FileFacts): Kept[] {
  const direct = file
    .get(spanStarts)
    .flatMap((start): Kept[] =>
      start.endsItself || start.variable?.includes('.') !== true
        ? []
        : [{ start, variable: start.variable, returned: false }],
    );
  const moved = file.get(spanLives).flatMap(({ start, variable, uses }): Kept[] => {
    const { ends, handed } = uses;
    const [place, ...others] = notReturned(uses).escapes;
    if (ends.length + handed.length > 0 || place === undefined || others.length > 0) return [];
    const { statement } = place;
    if (statement.type !== 'bind' || statement.targets.length !== 1 || statement.values.length !== 1)
      return [];
    if (!isReferenceTo(statement.values[0], variable)) return [];
    return [{ start, variable: statement.targets[0].path, returned: uses.escapes.length > 1 }];
  });
  const inObjects = file
    .ofUnits(startsInObjects)
    .flat()
    .flatMap((start): Kept[] =>
      start.variable?.includes('.') !== true || start.holder?.includes('.') === false
        ? []
        : [{ start, variable: start.variable, returned: false }],
    );
  return [...direct, ...moved, ...inObjects].filter(({ start: { guessed } }) => !guessed);
}

/** The method that a function stands in, or is. */
export function methodAround(from: FunctionSyntax | undefined): FunctionSyntax | undefined {
  let at = from;
  while (at !== undefined && at.className === undefined) at = at.parent;
  return at;
}

/**
 * Private by word, sign or custom, and of one class of the file: what is public may be ended by anybody, but not what a
 * context manager starts when it is entered, and has a method for when it is left.
 */
function reachOf(
  file: FileFacts,
  { name: method }: FunctionSyntax,
  className: string,
  field: string,
): Reach | undefined {
  const { syntax, language } = file;
  const { source } = syntax;
  const name = field.replace('#', '\\#').replaceAll('$', '\\$');
  const isPrivate =
    field.startsWith('#') ||
    field.startsWith('_') ||
    (language !== 'go' && new RegExp(`\\bprivate\\s+(?:readonly\\s+)?${name}\\b`).test(source));
  const isManaged = () =>
    entering.test(method) &&
    syntax.functions.some(each => each.className === className && leaving.test(each.name)) &&
    !file.releases(field);
  if (!isPrivate && language !== 'python') return undefined;
  // Reached through anything but the object itself, or taken apart: `job._span`, `const { _span } = this`.
  const others = new RegExp(
    `(?<!\\b(?:this|self))[?!]?\\.${name}\\b|(?<!\\bhasattr\\(self, )['"\`]${name}['"\`]|[{,]\\s*${name}\\s*[},:=]`,
  );
  if ((isPrivate ? others : reached(name)).test(source) || isInherited(syntax.body, className))
    return undefined;
  if (isPrivate) return 'private';
  return isManaged() ? 'shown' : 'public';
}

/** The names that are not private are those of other things too: `attributes["span"]`. */
function reached(name: string): RegExp {
  return new RegExp(`(?<!\\bself)\\.${name}\\.end\\(|getattr\\([^)]*['"]${name}['"]`);
}

export const entering = /^__a?enter__$/;
export const leaving = /^__a?exit__$/;

function isInherited(body: readonly Statement[], className: string): boolean {
  return classesIn(body).some(
    ({ name, bases }) => name !== className && bases.some(base => base.split('.').at(-1) === className),
  );
}

function classesIn(body: readonly Statement[]): ClassSyntax[] {
  return [...statementsIn(body)].flatMap(each => (each.type === 'class' ? [each.class] : []));
}

function fieldOf(
  file: FileFacts,
  { start, variable: written, returned }: Kept,
  className: string,
  field: string,
  reach: Reach,
): SpanField {
  const methods = file.syntax.functions.filter(
    each => each.className === className && methodAround(each.parent) === undefined,
  );
  const read = methods.map(method => {
    const variable = `${method.receiverName ?? 'this'}.${field}`;
    const holder = start.holder && variable.slice(0, variable.indexOf('.', variable.indexOf('.') + 1));
    const own = usesOfSpan(method.body, variable, handedIn(file));
    const uses = withHolder(file, own, { holder, variable }, method.body);
    return { method, variable, uses: withoutIdleAliases(file, uses, method) };
  });
  const isShown =
    returned || read.some(({ uses }) => uses.escapes.some(({ statement: { type } }) => type === 'return'));
  // Whoever is shown the span may end it, but hardly does where a method is there for that.
  const isEnded = isShown && read.some(({ method, variable }) => isEnder(method, variable));
  const all = read.map(each =>
    entering.test(each.method.name) || isEnded ? { ...each, uses: notReturned(each.uses) } : each,
  );
  const enders = new Set(all.filter(({ uses }) => mayBeEnded(uses)).map(({ method }) => method.name));
  const neverEnded = enders.size === 0 && reach !== 'public' && (!returned || isEnded);
  // Under a name that speaks of spans the whole project is asked for it.
  const isLeftByEnder =
    !returned &&
    enders.size === 0 &&
    !/span/i.test(field) &&
    read.some(each => isEnder(each.method, each.variable));
  return {
    start,
    className,
    field,
    variable: written,
    reach: reach === 'private' && isShown ? 'shown' : reach,
    neverEnded,
    doubt: neverEnded ? undefined : reach !== 'public' ? doubtOf(all) : isLeftByEnder ? 'judged' : undefined,
    drops:
      enders.size === 0 || returned || start.holder !== undefined
        ? []
        : all.flatMap(({ method, variable, uses }) =>
            mayBeEnded(uses) || callsAny(method, enders)
              ? []
              : dropsIn(file, method, variable, ending.test(method.name)),
          ),
  };
}

function isEnder({ name, bodyAt }: FunctionSyntax, variable: string): boolean {
  return endsIt.test(name) && bodyAt.text.includes(variable);
}

const endsIt = /^_*(?:end|finish|close|a?exit_*)(?:_\w*(?:span|trace|turn))?$/i;

/** Whoever is given the span could end it, but hardly does beside methods that tell how the work went. */
function doubtOf(
  all: readonly { readonly method: FunctionSyntax; readonly uses: SpanUses }[],
): SpanField['doubt'] {
  const ends = all.flatMap(({ method, uses }) => uses.ends.map(({ call }) => ({ method, call })));
  const judged = all.filter(({ method, uses }) => outcome.test(method.name) && uses.statuses.length > 0);
  // What is called `on_run_end` is the one to end it, whoever else has it.
  if (
    ends.length === 0 &&
    judged.some(({ method, uses }) => concludes.test(method.name) && !mayBeEnded(uses))
  )
    return 'judged';
  const isFollowed = all.every(
    ({ uses: { handed, escapes } }) => handed.length === 0 && escapes.every(isLookedAt),
  );
  if (!isFollowed) return undefined;
  if (ends.length === 0) return judged.length > 0 ? 'judged' : undefined;
  const isEscaped = all.some(({ uses }) => uses.escapes.length > 0);
  const isForErrors = ({ method, call }: (typeof ends)[number]) =>
    isHandling(method, call.at) || handlesErrors(method);
  return !isEscaped && ends.every(isForErrors) ? 'errors' : undefined;
}

const concludes = /(?:^|_)(?:end|finish|complete)|[a-z](?:End|Finish|Complete)/;

/** Returned, or gone over with others. */
function isLookedAt({ statement: { type } }: SpanUses['escapes'][number]): boolean {
  return type === 'return' || type === 'loop';
}

/** What a context manager gives to the body of its `with` is its own to end. */
export function notReturned(uses: SpanUses): SpanUses {
  return { ...uses, escapes: uses.escapes.filter(({ statement }) => statement.type !== 'return') };
}

function callsAny({ body }: FunctionSyntax, names: ReadonlySet<string>): boolean {
  return [...statementsIn(body)].some(({ at }) =>
    [...names].some(name => new RegExp(`\\.${literally(name)}\\b`).test(at.text)),
  );
}

/** What is called so is there to end it. */
const ending = /^_*(?:a?close|end|finish|stop|complete|dispose|destroy|shutdown|clean)/i;
