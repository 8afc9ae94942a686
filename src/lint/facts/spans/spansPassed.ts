import { blockAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { Leak } from '../openPaths.ts';
import { isReferenceTo } from '../references.ts';
import type { BindStatement, Expression, FunctionSyntax, Place, Statement } from '../syntax.ts';
import { contains, statementsIn } from '../walk.ts';
import { leakFrom } from './spanFlow.ts';
import { isEndedAnyway, judgingIn } from './spanJudging.ts';
import { spanLives } from './spanLives.ts';
import { placeOf } from './spanStores.ts';
import { handedIn, isCalledSpan, isEnding, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span that is passed on as a property of an object, `config.span`, and that one of those who take it from there leaves open. */
export interface PassedSpan {
  /** Where they tell how the work went. */
  readonly at: Place;
  readonly variable: string;
  readonly property: string;
  readonly leak: Leak;
}

/**
 * The spans that a file puts into objects, and that some of its functions take from there to end them, as interceptors of
 * requests and of responses do: who tells how the work went, and does not end it, leaves it open.
 */
export function spansPassed(file: FileFacts): readonly PassedSpan[] {
  const properties = passedAs(file);
  const places = [...endedInPlace(file), ...judgedInPlace(file, new Set([...properties, ...putAs(file)]))];
  const judged = places.filter(each => !isFollowed(file, each));
  if (properties.size === 0) return judged;
  const taken = file.syntax.functions.flatMap(made => takenIn(file, made, properties));
  const left = taken.flatMap(each => {
    const isEndedByOthers = taken.some(
      ({ property, uses, binding }) =>
        property === each.property && binding !== each.binding && uses.ends.length > 0,
    );
    const found = isEndedByOthers ? leftOpen(file, each) : undefined;
    return found === undefined ? [] : [{ ...found, variable: each.variable, property: each.property }];
  });
  return [...left, ...judged];
}

/** `spanLives` follows what is in an object that the function itself has from who starts the span. */
function isFollowed(file: FileFacts, { variable, at }: PassedSpan): boolean {
  return file
    .get(spanLives)
    .some(
      ({ start, region, ...life }) =>
        start.holder !== undefined &&
        life.variable === variable &&
        region.some(each => contains(each.at, at)),
    );
}

/**
 * Functions that end it as `request.span`, whoever put it there, and leave it open on another path on which they write to
 * it, or tell how the work went.
 */
function endedInPlace(file: FileFacts): PassedSpan[] {
  if (!file.importsOpenTelemetry) return [];
  const paths = new Map<FunctionSyntax, Set<string>>();
  for (const { receiver, callee, inFunction } of file.syntax.calls) {
    if (inFunction === undefined || receiver?.type !== 'reference' || !isEnding(callee)) continue;
    const { path } = receiver;
    if (/^(?:this|self)\./.test(path) || !isCalledSpan.test(propertyOf(receiver) ?? '')) continue;
    const known = paths.get(inFunction);
    if (known === undefined) paths.set(inFunction, new Set([path]));
    else known.add(path);
  }
  return [...paths].flatMap(([{ body }, known]) =>
    [...known].flatMap(variable => {
      const uses = usesOfSpan(body, variable, handedIn(file));
      const [first] = [...uses.statuses, ...uses.exceptions, ...uses.others]
        .filter(({ within }) => within === undefined)
        .sort((a, b) => a.call.at.start - b.call.at.start);
      if (first === undefined || uses.escapes.length + uses.handed.length > 0) return [];
      const property = variable.split('.').at(-1) ?? variable;
      for (const from of new Set([first.statement, ...judgingIn(body, variable)])) {
        if (isEndedAnyway(uses, from)) continue;
        const leak = leakFrom(file, from, { variable, region: body, uses }, first.call);
        if (leak !== undefined) return [{ at: from.at, variable, property, leak }];
      }
      return [];
    }),
  );
}

/** `job.span`, as a function tells there how the work went, or ends it. */
interface JudgedPlace {
  readonly made: FunctionSyntax;
  readonly path: string;
  readonly property: string;
  judges: boolean;
  ends: boolean;
}

/** Functions that tell `job.span` how the work went and do not end it, where all others that do so end it then. */
function judgedInPlace(file: FileFacts, properties: ReadonlySet<string>): PassedSpan[] {
  if (properties.size === 0) return [];
  const places = judgedPlaces(file, properties);
  const found = places.flatMap(({ made, path, property, judges, ends }) => {
    const enders = places.filter(each => each.property === property && each.ends);
    if (!judges || ends || enders.length === 0 || enders.some(each => !each.judges)) return [];
    if (enders.some(each => areTied(each.made, made))) return [];
    const uses = usesOfSpan(made.body, path, handedIn(file));
    const [first] = [...uses.statuses, ...uses.exceptions];
    if (first === undefined || mayBeEnded(uses)) return [];
    const leak = leakFrom(file, first.statement, { variable: path, region: made.body, uses }, first.call);
    return leak === undefined ? [] : [{ at: first.statement.at, variable: path, property, leak }];
  });
  if (found.length === 0) return [];
  const taken = file.syntax.functions.flatMap(made => takenIn(file, made, properties));
  return found.filter(
    ({ property }) => !taken.some(each => each.property === property && each.uses.ends.length > 0),
  );
}

function judgedPlaces(file: FileFacts, properties: ReadonlySet<string>): readonly JudgedPlace[] {
  const found = new Map<FunctionSyntax, Map<string, JudgedPlace>>();
  for (const { receiver, callee, inFunction: made } of file.syntax.calls) {
    if (made === undefined || receiver?.type !== 'reference') continue;
    const { path } = receiver;
    const property = propertyOf(receiver) ?? '';
    const judges = judging.test(callee);
    if (!(judges || isEnding(callee)) || /^(?:this|self)\./.test(path) || !properties.has(property)) continue;
    let places = found.get(made);
    if (places === undefined) found.set(made, (places = new Map<string, JudgedPlace>()));
    let place = places.get(path);
    if (place === undefined) places.set(path, (place = { made, path, property, judges: false, ends: false }));
    place.judges ||= judges;
    place.ends ||= !judges;
  }
  return [...found.values()].flatMap(places => [...places.values()]);
}

const judging = /^(?:setStatus|set_status|recordException|record_exception)$/;

/** One is inside the other, or calls it. */
function areTied(one: FunctionSyntax, other: FunctionSyntax): boolean {
  const leadsTo = (from: FunctionSyntax, to: FunctionSyntax) =>
    contains(from.at, to.at) || (to.name !== '' && from.bodyAt.text.includes(`${to.name}(`));
  return leadsTo(one, other) || leadsTo(other, one);
}

/** `tracingSpan` of `config.tracingSpan = span`. */
function passedAs(file: FileFacts): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { variable, uses, start } of file.get(spanLives)) {
    if (start.form === 'callback' || start.guessed) continue;
    for (const { statement } of uses.escapes) {
      const place = placeOf(statement, value => isReferenceTo(value, variable));
      const name = place?.key === undefined ? place?.path.split('.').at(-1) : String(place.key);
      if (name !== undefined && isCalledSpan.test(name)) found.add(name);
    }
  }
  return found;
}

/** `span` of `queue.push({ span })`, in whatever function. */
function putAs(file: FileFacts): readonly string[] {
  const variables = new Set(
    file.get(spanLives).flatMap(({ variable, uses }) => (uses.escapes.length > 0 ? variable : [])),
  );
  if (variables.size === 0) return [];
  return file.syntax.objects.flatMap(({ entries }) =>
    entries.flatMap(({ key, value, spread }) =>
      !spread && value.type === 'reference' && variables.has(value.path) && isCalledSpan.test(key ?? '')
        ? (key ?? [])
        : [],
    ),
  );
}

interface Taken {
  readonly property: string;
  readonly variable: string;
  readonly binding: BindStatement;
  readonly region: readonly Statement[];
  readonly uses: SpanUses;
}

/** `const span = response.config.tracingSpan` */
function takenIn(
  file: FileFacts,
  { body, bodyAt }: FunctionSyntax,
  properties: ReadonlySet<string>,
): Taken[] {
  if (![...properties].some(each => bodyAt.text.includes(each))) return [];
  return statementsIn(body).flatMap(statement => {
    if (statement.type !== 'bind' || !statement.declares) return [];
    const [{ path: variable }, ...others] = statement.targets;
    const [value] = statement.values;
    const property = value === undefined ? undefined : propertyOf(value);
    if (property === undefined || !properties.has(property) || others.length > 0) return [];
    const region = blockAround(body, statement)?.statements ?? body;
    const uses = usesOfSpan(region, variable, handedIn(file));
    return [{ property, variable, binding: statement, region, uses }];
  });
}

function propertyOf(value: Expression): string | undefined {
  if (value.type === 'member') return value.property;
  return value.type === 'reference' && value.path.includes('.') ? value.path.split('.').at(-1) : undefined;
}

function leftOpen(
  file: FileFacts,
  { variable, binding, region, uses }: Taken,
): Pick<PassedSpan, 'at' | 'leak'> | undefined {
  const [first] = [...uses.statuses, ...uses.exceptions, ...uses.others];
  if (first === undefined || uses.escapes.length + uses.handed.length > 0) return undefined;
  for (const from of judgingIn(region, variable)) {
    if (from.at.start < binding.at.end || isEndedAnyway(uses, from)) continue;
    const leak = leakFrom(file, from, { variable, region, uses }, first.call);
    if (leak !== undefined) return { at: from.at, leak };
  }
  return undefined;
}
