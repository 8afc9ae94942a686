import { literally } from '../../../base/literally.ts';
import { regionOf, statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { mentioningIn } from '../mentions.ts';
import { isReferenceTo } from '../references.ts';
import {
  type BindStatement,
  type BindTarget,
  type Expression,
  type FunctionSyntax,
  isScript,
  type Statement,
  type SyntaxUnit,
  staticText,
} from '../syntax.ts';
import { contains, expressionsIn, operandsOf, statementsIn, within } from '../walk.ts';
import { lastName } from './spanDrops.ts';
import { entering, methodAround, notReturned, spanFields } from './spanFields.ts';
import { fieldsOfSpans, fieldsUsed } from './spanFieldsGo.ts';
import { anyKey, keysReleased, type NamedPlace, namedPlaceOf } from './spanKeys.ts';
import { contextIsLetGo, spanLives, spanOfContext } from './spanLives.ts';
import { type SpanStart, spanStarts } from './spanStarts.ts';
import {
  handedIn,
  isAssignment,
  isEnding,
  isStored,
  mayBeEnded,
  onlyTells,
  type SpanPlace,
  type SpanUses,
  usesOfSpan,
} from './spanUses.ts';

/** A span that is put where other code can take it from, and goes nowhere else. */
export interface KeptSpan {
  readonly start: SpanStart;
  /** `self.spans`, `g.span`, `context["span"]`, as written. */
  readonly place: string;
  /** The last name of the place; whoever takes the span out has to write it. */
  readonly name: string;
  /** It is the key of a context, under which others look. */
  readonly isKey: boolean;
  /** The name does not speak of spans. */
  readonly guessed: boolean;
  /** Of a field: its class, and those that this extends; undefined if it is not known who has the field. */
  readonly classes: readonly string[] | undefined;
}

/** Whether some file takes something from there that it may end. */
export function isReleased(file: FileFacts, { name, isKey, classes }: KeptSpan): boolean {
  if (file.releases(name)) return true;
  if (isKey) return [name, anyKey].some(key => file.releases(underKey(key)));
  // What is mixed into a class is beside others there.
  if (classes === undefined || /mixin/i.test(classes[0])) return file.releases(`*#${name}`);
  return isReleasedBy(file, classes, name);
}

/** A key as it stands in `Project.releases`: it may be any word. */
function underKey(key: string): string {
  return `[${key}]`;
}

/** Who uses a library does not take it from there: what begins with `_` is private, of other objects as well. */
export function isPrivate({ name, classes, place }: KeptSpan): boolean {
  return name.startsWith('_') && (classes !== undefined || place.endsWith(`.${name}`));
}

/** @param classes the one that keeps it, and those that this extends */
export function isReleasedBy(file: FileFacts, classes: readonly string[], name: string): boolean {
  const [own, ...bases] = classes;
  // Only Go has the methods of one type in several files: a class of that name elsewhere is another.
  const whole = `${own}#${name}`;
  const isReleased = file.language === 'go' ? file.releases(whole) : file.get(releasedNames).includes(whole);
  const others = [...bases.map(each => `${each}#${name}`), `${own}<#${name}`];
  return isReleased || others.some(each => file.releases(each));
}

/** Names by which spans are kept; others could be anything. */
const ofSpans = /span|activit(?:y|ies)|^_\w*(?:trace|segment|scope)/i;
const maxReleased = 400;
const mayKeep = /[Ss]pan|SPAN|[Aa]ctivity|\.End\(/;
/** They give the span of a context. */
const takesOutOfContext =
  /^(?:(?!start|new|create)\w*SpanFromC(?:ontext|tx)|get_?Span|getActiveSpan|get_current_span)$/i;

function speaksOfSpans(path: string, fields?: ReadonlySet<string>): boolean {
  return path.split('.').some(name => ofSpans.test(name.replace('#', '')) || fields?.has(name) === true);
}

/** The spans of a file that are kept under a name, leaving out those that `spanFields` follows. */
export function keptSpans(file: FileFacts): readonly KeptSpan[] {
  if (file.language === 'java' || file.language === 'csharp') return [];
  const followed = new Set(
    file.get(spanFields).flatMap(({ start, reach }) => (reach === 'public' ? [] : start)),
  );
  const kept: KeptSpan[] = [];
  const add = (start: SpanStart, place: string | undefined, named?: NamedPlace) => {
    if (place === undefined) return;
    const name = keyOf.exec(place)?.[1] ?? lastName(place);
    const isKey = named?.isKey === true;
    const guessed = !ofSpans.test(name) && !file.get(fieldsOfSpans).has(name);
    if (guessed && !isKey) return;
    if (place.endsWith(ofRef) && isRefGiven(file, place)) return;
    const { statement, call } = start;
    if (statement === undefined || !(named || isOfAll(file, place, call.inFunction, statement))) return;
    if (start.guessed || start.endsItself || followed.has(start)) return;
    const classes = named?.ofType === undefined ? ownersOf(file, place, call.inFunction) : [named.ofType];
    kept.push({ start, place, name, isKey, guessed, classes });
  };
  for (const start of file.get(spanStarts))
    if (start.form === 'value')
      add(start, start.variable?.includes('.') ? start.variable : placeOfStart(start));
  for (const {
    start,
    variable,
    inFunction,
    uses: { ends, escapes, handed },
  } of file.get(spanLives)) {
    if (handed.length > 0 || escapes.length === 0 || start.form === 'callback') continue;
    if (!ends.every(each => isEndedBefore(file, each, escapes, inFunction))) continue;
    if (contextIsLetGo(file, start, inFunction)) continue;
    const places = new Set(escapes.map(each => placeOf(each, variable)));
    const named =
      file.language === 'go' && escapes.length === 1 ? namedPlaceOf(file, escapes[0], inFunction) : undefined;
    if (named !== undefined) add(start, named.place, named);
    else if (places.size === 1) add(start, [...places][0]);
  }
  return kept;
}

/** `if err != nil { span.End(); return nil, err }` of Go: on the way to where it is kept it is open. */
function isEndedBefore(
  { language }: FileFacts,
  { call: { at }, within: inside }: SpanUses['ends'][number],
  escapes: SpanUses['escapes'],
  inFunction: FunctionSyntax | undefined,
): boolean {
  if (language !== 'go' || inside !== undefined) return false;
  return [...statementsAround(inFunction?.body ?? [], at)].some(
    each =>
      each.type === 'if' &&
      each.then.at(-1)?.type === 'return' &&
      each.then.some(inner => contains(inner.at, at)) &&
      !escapes.some(place => contains(each.at, place.at)),
  );
}

/** What a hook of React keeps, `span.current`, is called as the ref is. */
const ofRef = '.current';

/** Whoever gets the ref itself may end what is in it. */
function isRefGiven({ syntax: { source } }: FileFacts, place: string): boolean {
  const ref = literally(place.slice(0, -ofRef.length));
  return [...source.matchAll(new RegExp(`(?<![\\w.])${ref}\\b(?![?!]*\\.current\\b)`, 'g'))].length > 1;
}

const keyOf = /\["(\w+)"\]$/;

/** `self.spans[id] = tracer.start_span(…)`, `current_span.set(tracer.start_span(…))` */
function placeOfStart({ statement, call }: SpanStart): string | undefined {
  if (statement?.type === 'bind' && statement.values.length === 1 && statement.values[0] === call)
    return targetOf(statement);
  const [value] =
    statement?.type === 'expression'
      ? [statement.expression]
      : statement?.type === 'bind'
        ? statement.values
        : [];
  if (value?.type !== 'call' || value.receiver?.type !== 'reference' || !isStored(value)) return undefined;
  return value.arguments.includes(call) ? keyedPlace(value.receiver.path, value.arguments[0]) : undefined;
}

function targetOf({ targets }: BindStatement): string | undefined {
  if (targets.length !== 1) return undefined;
  const [{ path, target }] = targets;
  if (path !== '') return path.includes('.') ? path : undefined;
  if (target?.type !== 'index' || target.object.type !== 'reference') return undefined;
  const key = staticText(target.key);
  // `context["span"]`: whoever has the map takes it by that key.
  return key !== undefined && ofSpans.test(key) ? `${target.object.path}["${key}"]` : target.object.path;
}

/** `holder.span = span`, `spans[id] = span`, `spans.set(id, span)`, `Holder(span=span)`, `new Holder({ span })`. */
function placeOf({ at, statement }: SpanPlace, variable: string): string | undefined {
  if (statement.type === 'bind' && statement.values.some(value => value.at === at))
    return targetOf(statement);
  // `res.locals.tracing = { rootSpan }`
  if (statement.type === 'bind' && statement.values.length === 1 && statement.values[0].type === 'object') {
    const key = statement.values[0].entries.find(({ value, spread }) => !spread && value.at === at)?.key;
    const target = targetOf(statement);
    if (key !== undefined && target !== undefined) return `${target}.${key}`;
  }
  if (statement.type !== 'expression' && statement.type !== 'bind') return undefined;
  const values = statement.type === 'bind' ? statement.values : [statement.expression];
  for (const each of values.flatMap(value => within(value)))
    if (each.type === 'call' && each.receiver?.type === 'reference' && isStored(each))
      if (each.arguments.some(given => isReferenceTo(given, variable)))
        return keyedPlace(each.receiver.path, each.arguments[0]);
  return undefined;
}

/** `c.set('rootSpan', span)`: whoever has the map takes it by that key, and of a map of spans by any. */
function keyedPlace(path: string, first: Expression | undefined): string {
  const key = first && staticText(first);
  return key === undefined || !ofSpans.test(key) || speaksOfSpans(path) ? path : `${path}["${key}"]`;
}

/**
 * The names under which spans are kept, as far as the code of the file takes something from there that it may end: under
 * other names nothing is ended here. A field that a class takes from itself stands there with the class, `Job#span`, with
 * those that this extends, `Base<#span`, and as `*#span`.
 */
export function releasedNames(file: FileFacts): readonly string[] {
  if (!file.says(mayKeep)) return [];
  const released = new Set([...releasedBy(file, [undefined]), ...file.ofUnits(releasedIn).flat()]);
  return [...released].slice(0, maxReleased);
}

function releasedIn(file: FileFacts, unit: SyntaxUnit): readonly string[] {
  const keys = keysReleased(file, unit);
  return [
    ...releasedBy(file, unit.functions),
    ...keys.filter(key => ofSpans.test(key)),
    ...keys.map(each => underKey(each)),
  ];
}

/** @param functions undefined is the top of the file */
function releasedBy(file: FileFacts, functions: readonly (FunctionSyntax | undefined)[]): readonly string[] {
  const released = new Set<string>();
  const fields = file.get(fieldsUsed);
  const release = (path: string, from?: FunctionSyntax) => {
    const classes = ownersOf(file, path, from);
    for (const name of path.split('.').map(each => each.replace('#', '')))
      if (ofSpans.test(name) || fields.has(name) || name === spanOfContext)
        for (const key of classes === undefined ? [name] : keysOf(classes, name)) released.add(key);
  };
  const handed = handedIn(file);
  for (const made of functions) {
    const isEntered = made !== undefined && entering.test(made.name);
    const usesIn = (body: readonly Statement[], path: string) => {
      const uses = usesOfSpan(body, path, handed);
      return isEntered ? notReturned(uses) : uses;
    };
    const isLetGo = (body: readonly Statement[], path: string) => mayBeEnded(usesIn(body, path));
    // What goes to a variable is let go if that is: `followTaken` tells.
    const isMovedOn = (isFollowed(file) || file.language === 'go') && made !== undefined;
    const isUsedUp = (body: readonly Statement[], path: string) =>
      mayBeEnded(isMovedOn ? notMoved(file, usesIn(body, path)) : usesIn(body, path));
    const body = made?.body ?? file.syntax.body;
    for (const statement of statementsIn(body))
      followTaken(file, statement, body, made, fields, isLetGo, release);
    const isLocal = (path: string, from: Expression, around = made) => isOfFunction(file, path, around, from);
    const bound = new Set(isFollowed(file) ? boundIn(body) : []);
    releaseUsed(body, made, fields, isUsedUp, isLocal, bound, release);
  }
  return [...released];
}

/** `span = turn.span`; of Go `span := turn.span`, since variables of the package look the same. */
function notMoved({ language }: FileFacts, uses: SpanUses): SpanUses {
  const isMoved = ({ at, statement }: SpanPlace) =>
    statement.type === 'bind' &&
    (language !== 'go' || statement.declares) &&
    statement.targets.length === 1 &&
    /^\w+$/.test(statement.targets[0].path) &&
    statement.values[0]?.at === at;
  return { ...uses, escapes: uses.escapes.filter(each => !isMoved(each)) };
}

function keysOf([own, ...bases]: readonly string[], name: string): readonly string[] {
  return [`${own}#${name}`, `*#${name}`, ...bases.map(each => `${each}<#${name}`)];
}

/** Of `this.span` in a method: the class, and those that it extends. */
function ownersOf(
  { syntax }: FileFacts,
  path: string,
  from: FunctionSyntax | undefined,
): readonly string[] | undefined {
  const method = methodAround(from);
  if (method?.className === undefined) return undefined;
  const [head, ...fields] = path.split('.');
  if (fields.length !== 1 || head !== (method.receiverName ?? 'this')) return undefined;
  const bases = syntax.classes.find(({ name }) => name === method.className)?.bases ?? [];
  return [method.className, ...bases.map(each => each.split('.').at(-1) ?? each)];
}

/** What is done with the places themselves: `self.span.end()`, `finish(self.span)`, `self.spans.pop(id).end()`. */
function releaseUsed(
  body: readonly Statement[],
  made: FunctionSyntax | undefined,
  fields: ReadonlySet<string>,
  isLetGo: (body: readonly Statement[], path: string) => boolean,
  isLocal: (path: string, from: Expression, around?: FunctionSyntax) => boolean,
  bound: ReadonlySet<Expression>,
  release: (path: string, from?: FunctionSyntax) => void,
): void {
  const seen = new Set<string>();
  for (const each of expressionsIn(body)) {
    if (bound.has(each)) continue;
    if (
      each.type === 'reference' &&
      each.path.includes('.') &&
      speaksOfSpans(each.path, fields) &&
      !seen.has(each.path)
    ) {
      seen.add(each.path);
      const [head, ...rest] = each.path.split('.');
      // Of `encode(span.context.span_id)` the variable is not let go.
      if (isLetGo(body, each.path)) release(isLocal(head, each) ? rest.join('.') : each.path, made);
    } else if (each.type === 'call') {
      if (isEnding(each.callee) && each.receiver !== undefined) {
        if (isOfContext(each.receiver)) release(spanOfContext);
        const root = rootOf(each.receiver) ?? '';
        // A field is no local variable, though a function gives it its first value.
        if (root.includes('.') || !isLocal(root, each, each.inFunction)) release(root, made);
      }
      // `getattr(request, 'span')`
      if (/^(?:getattr|get|pop|take|remove|delete|delattr)$/.test(each.callee))
        for (const argument of each.arguments) release(staticText(argument) ?? '');
    } else if (each.type === 'index') release(staticText(each.key) ?? '');
  }
}

/** `span = self.spans.pop(id)`, `for span in self.spans.values()`, `const { span } = request`, `if span := spans.get(id)`. */
function followTaken(
  file: FileFacts,
  statement: Statement,
  body: readonly Statement[],
  made: FunctionSyntax | undefined,
  fields: ReadonlySet<string>,
  isLetGo: (body: readonly Statement[], path: string) => boolean,
  release: (path: string, from?: FunctionSyntax) => void,
): void {
  const isPlace = (path: string) => speaksOfSpans(path, fields) && isOfAll(file, path, made, statement);
  for (const { targets, values } of takingsOf(statement)) {
    const roots = values.flatMap(rootsOf).filter(isPlace);
    if (values.some(isOfContext)) roots.push(spanOfContext);
    if (isFollowed(file)) roots.push(...values.flatMap(each => keyTaken(each) ?? []));
    for (const { path, from } of targets) {
      const taken = typeof from === 'string' ? [...roots, from] : roots;
      if (taken.length === 0 || path === '') continue;
      const region =
        statement.type === 'bind' || statement.type === 'loop' ? regionOf(statement, body) : body;
      if (path.includes('.') || [path, ...partsOf(region, path)].some(each => isLetGo(region, each)))
        for (const each of taken) release(each, made);
    }
  }
}

interface Taking {
  readonly targets: readonly Pick<BindTarget, 'path' | 'from'>[];
  readonly values: readonly Expression[];
}

/** What a statement puts into variables. */
function takingsOf(statement: Statement): readonly Taking[] {
  switch (statement.type) {
    case 'bind':
      return [statement];
    case 'if':
      return assignedIn(statement.condition);
    case 'loop': {
      const { variables, over, condition } = statement;
      const assigned = condition === undefined ? [] : assignedIn(condition);
      return over === undefined ? assigned : [{ targets: variables, values: [over] }, ...assigned];
    }
    default:
      return [];
  }
}

/** `if ((span = spans.get(id)))`, Python's `:=`. */
function assignedIn(condition: Expression): readonly Taking[] {
  return within(condition).flatMap(each => {
    if (!isAssignment(each)) return [];
    const [target, value] = each.operands;
    if (target?.type !== 'reference' || value === undefined) return [];
    return [{ targets: [{ path: target.path, from: undefined }], values: [value] }];
  });
}

/** `span` of `span = entry.span` */
function partsOf(region: readonly Statement[], entry: string): string[] {
  return [...mentioningIn(region, entry)].flatMap(each =>
    each.type === 'bind' &&
    each.targets.length === 1 &&
    each.values.some(value => value.type === 'reference' && value.path.startsWith(`${entry}.`))
      ? each.targets[0].path
      : [],
  );
}

/** `context.get("span")`, `context["span"]`, `getattr(request, "span", None)` */
function keyTaken(expression: Expression): string | undefined {
  if (expression.type === 'index') return staticText(expression.key);
  if (expression.type !== 'call' || !takesByKey.test(expression.callee)) return undefined;
  return expression.arguments.map(staticText).find(key => key !== undefined);
}

const takesByKey = /^(?:getattr|get|pop)$/;

/** Python and scripts: what becomes of what is put into variables is known. */
function isFollowed({ language }: FileFacts): boolean {
  return language === 'python' || isScript(language);
}

/** What goes to variables, where they tell what becomes of it, what is only written to, and the elements that something is put into. */
function boundIn(body: readonly Statement[]): readonly Expression[] {
  const bound = statementsIn(body).flatMap(each =>
    each.type !== 'bind' || each.targets.length !== 1
      ? []
      : /^\w+$/.test(each.targets[0].path)
        ? each.values.filter(value => keyTaken(value) !== undefined)
        : (each.targets[0].target ?? []),
  );
  // `c.get('span')?.setAttribute('user.id', id)`, `entry["span"].set_attribute(…)`, `request.span.setAttribute(…)`
  const writtenTo = expressionsIn(body).flatMap(each => {
    const receiver = each.type === 'call' && onlyTells(each) ? each.receiver : undefined;
    const isPlace = receiver?.type === 'reference' || receiver?.type === 'index';
    return isPlace || (receiver && keyTaken(receiver)) ? receiver : [];
  });
  return [...bound, ...writtenTo];
}

/** A field, or a variable of the whole file: others reach it by that name. */
function isOfAll(
  { names }: FileFacts,
  path: string,
  made: FunctionSyntax | undefined,
  { at }: Statement,
): boolean {
  return (
    path.includes('.') ||
    names
      .definitions(path, made, at)
      .every(each => each.kind === 'import' || (each.kind === 'value' && each.inFunction === undefined))
  );
}

/** A variable of a function says nothing of places of that name: where it is from, `followTaken` tells. */
function isOfFunction(
  { names, language }: FileFacts,
  path: string,
  made: FunctionSyntax | undefined,
  { at }: Expression,
): boolean {
  if (language === 'java' || language === 'csharp' || made === undefined) return false;
  const definitions = names.definitions(path, made, at);
  return (
    definitions.length > 0 &&
    definitions.every(
      each =>
        // Of `({ span }) => …` the property may be such a place.
        (each.kind === 'parameter' && each.property === undefined) ||
        each.kind === 'element' ||
        ((each.kind === 'value' || each.kind === 'item') && each.inFunction !== undefined),
    )
  );
}

/** Not of what gets the name of a span: `getSpan('checkout')` starts one. */
function isOfContext(expression: Expression): boolean {
  return (
    expression.type === 'call' &&
    takesOutOfContext.test(expression.callee) &&
    expression.arguments[0]?.type !== 'text'
  );
}

/** Of `a.spans.get(id) ?? b.span`: `a.spans`, `b.span`. */
function rootsOf(expression: Expression): string[] {
  if (expression.type === 'choice' || expression.type === 'operation' || expression.type === 'list')
    return operandsOf(expression).flatMap(each => rootsOf(each));
  const root = rootOf(expression);
  return root === undefined ? [] : [root];
}

/** What a chain of calls, fields and elements begins with. */
function rootOf(expression: Expression): string | undefined {
  let at: Expression | undefined = expression;
  const fields: string[] = [];
  for (; at !== undefined; ) {
    if (at.type === 'reference') return [at.path, ...fields].join('.');
    if (at.type === 'member') fields.push(at.property);
    at =
      at.type === 'call'
        ? at.receiver
        : at.type === 'index' || at.type === 'member'
          ? at.object
          : at.type === 'operation' && at.operands.length === 1
            ? at.operands[0]
            : undefined;
  }
  return fields.length === 0 ? undefined : fields.join('.');
}
