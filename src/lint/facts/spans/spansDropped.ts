import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import {
  type Expression,
  type FunctionSyntax,
  isScript,
  type Place,
  type Statement,
  type SyntaxUnit,
} from '../syntax.ts';
import { contains, expressionsIn, statementsIn, within } from '../walk.ts';
import { type Emptying, emptyingsIn, isDropped, keyOf, lastName } from './spanDrops.ts';
import { spanFields } from './spanFields.ts';
import { asksInVain, isIdle } from './spanJudging.ts';
import { isOfOthers, spanLives } from './spanLives.ts';
import { spanStarts } from './spanStarts.ts';
import { isPlace, pathOf, removesFrom } from './spanStores.ts';
import { calledSpans } from './spansRemoved.ts';
import { keptPlaces } from './spansTaken.ts';
import {
  handedIn,
  isCalledSpan,
  mayBeEnded,
  onlyTells,
  type SpanPlace,
  usesOfSpan,
  writesToSpan,
} from './spanUses.ts';

/** A span that a function is done with and has not ended, so that nobody has it, or asks for it, from then on. */
export interface DroppedSpan {
  readonly at: Place;
  /** `span`, `self.span`, `state["span"]`, `ref.current`, as written. */
  readonly variable: string;
  /**
   * `emptied`: its place is given nothing; `removed`: what has it is taken out of a collection; `idle`: the function asks for
   * it, or goes over spans, and then does nothing.
   */
  readonly how: 'emptied' | 'removed' | 'idle';
}

interface Candidate extends DroppedSpan {
  /** Of its place: by that the file tells whether it is a span. */
  readonly name: string;
  /** The collection that it is removed from unseen. */
  readonly unseenIn?: string;
}

/** The spans that the functions of a file drop, of those that it starts and keeps; what `spanFields` and `spanLives` follow is left to them. */
export function spansDropped(file: FileFacts): readonly DroppedSpan[] {
  const found = file.ofUnits(droppedIn).flat();
  if (found.length === 0) return [];
  const fields = file.get(spanFields);
  const lives = file.get(spanLives);
  const places = new Set(fields.flatMap(({ drops }) => drops));
  const followed = new Set([
    ...fields.flatMap(({ neverEnded, doubt, variable }) =>
      neverEnded || doubt !== undefined ? variable : [],
    ),
    ...lives.flatMap(({ variable, shared, uses: { ends } }) => (shared && ends.length === 0 ? variable : [])),
  ]);
  const kept = keptUnder(file);
  const isOwn = ({ at, variable }: Candidate) =>
    lives.some(life => life.variable === variable && life.inFunction && contains(life.inFunction.at, at));
  return found.filter(
    each =>
      (each.unseenIn === undefined || isRemovedOpen(file, each.unseenIn)) &&
      !places.has(each.at) &&
      !followed.has(each.variable) &&
      (each.how !== 'idle' || !isOwn(each)) &&
      (each.how !== 'emptied' ||
        kept.has(each.name) ||
        (file.language !== 'python' && isSpan(file, each.variable))),
  );
}

function droppedIn(file: FileFacts, { functions }: SyntaxUnit): readonly Candidate[] {
  if (file.language === 'java' || file.language === 'csharp') return [];
  const isPython = file.language === 'python';
  const isTraced = file.importsOpenTelemetry || (isPython && file.service.usesOpenTelemetry);
  if (!isTraced && isPython) return [];
  return functions.flatMap(made => {
    if (!/span/i.test(made.bodyAt.text)) return [];
    const found = [
      ...emptiedIn(file, made),
      ...(isTraced ? [...idleIn(made), ...removedIn(file, made), ...deletedIn(file, made)] : []),
    ];
    // What is asked for in vain and emptied then is dropped once.
    const seen = new Set<string>();
    return found.filter(({ variable }) => !seen.has(variable) && seen.add(variable));
  });
}

/** For each, what stands around it is gone through. */
const maxEmptied = 20;

function emptiedIn(file: FileFacts, made: FunctionSyntax): Candidate[] {
  if (!empties.test(made.bodyAt.text)) return [];
  return emptyingsIn(made)
    .filter(each => mayHoldSpan(file, made, each))
    .slice(0, maxEmptied)
    .filter(each => isDropped(file, made, each))
    .map(({ statement, place, name }: Emptying) => ({
      at: statement.at,
      variable: place,
      name,
      how: 'emptied',
    }));
}

const empties = /=\s*(?:undefined|null|None|nil)\b|\.set\(None\)/;

/** `spanLives` follows the variables of the function itself. */
function mayHoldSpan(file: FileFacts, made: FunctionSyntax, { statement, place, name }: Emptying): boolean {
  if (statement.type === 'expression') return /span/i.test(name);
  if (!isCalledSpan.test(name)) return false;
  return /[.[]/.test(place) || isOfOthers(file, place, made);
}

/** `if self.span: pass`, `for span in spans: pass` */
function idleIn(made: FunctionSyntax): Candidate[] {
  const found: Candidate[] = [];
  for (const statement of statementsIn(made.body)) {
    const variable =
      statement.type === 'if'
        ? askedInVain(made, statement)
        : statement.type === 'loop' && statement.form === 'each' && isIdle(statement.body)
          ? statement.variables.find(({ path }) => isCalledSpan.test(path))?.path
          : undefined;
    if (variable !== undefined)
      found.push({ at: statement.at, variable, name: lastName(variable), how: 'idle' });
  }
  return found;
}

/** Of a parameter, and of what the function starts itself, others tell. */
function askedInVain(
  { parameters }: FunctionSyntax,
  statement: Statement & { type: 'if' },
): string | undefined {
  if (!isIdle(statement.then)) return undefined;
  const asked = within(statement.condition).find(
    each => each.type === 'reference' && isCalledSpan.test(lastName(each.path)),
  );
  if (asked?.type !== 'reference' || !asksInVain(statement, asked.path)) return undefined;
  return parameters.some(({ name }) => name === asked.path) ? undefined : asked.path;
}

/** `entry = self._entries.pop(id)`, which tells how the work of `entry.span` went, or of Python writes to it. */
function removedIn(file: FileFacts, { body }: FunctionSyntax): Candidate[] {
  return statementsIn(body).flatMap(statement => {
    if (statement.type !== 'bind' || statement.targets.length !== 1) return [];
    const [{ path: entry }] = statement.targets;
    if (!/^\w+$/.test(entry) || !statement.values.some(value => isTakenAway(value, body))) return [];
    const whole = usesOfSpan(body, entry, handedIn(file));
    if (mayBeEnded(whole)) return [];
    return spansOf(body, entry).flatMap((variable): Candidate[] => {
      const uses = usesOfSpan(body, variable, handedIn(file));
      const writes = file.language === 'python' ? uses.others.filter(writesToSpan) : [];
      const judged = [...writes, ...uses.statuses, ...uses.exceptions].at(-1);
      if (judged === undefined || mayBeEnded(uses)) return [];
      return [{ at: judged.statement.at, variable, name: lastName(variable), how: 'removed' }];
    });
  });
}

/** `entries.pop(id)`, and `entries.get(id)` before `entries.delete(id)`. */
function isTakenAway(value: Expression, body: readonly Statement[]): boolean {
  if (value.type !== 'call' || value.receiver?.type !== 'reference') return false;
  const { path } = value.receiver;
  if (/^(?:pop|popitem|popleft|shift)$/.test(value.callee)) return true;
  return (
    value.callee === 'get' &&
    statementsIn(body).some(each => each.at.start >= value.at.end && removesFrom(each, path))
  );
}

/** `self._spans[id].record_exception(error)` before `del self._spans[id]`: it is told how the work went, and nobody takes it. */
function deletedIn(file: FileFacts, made: FunctionSyntax): Candidate[] {
  const { body, bodyAt } = made;
  if (!deletes.test(bodyAt.text)) return [];
  // `spans.get(id);`
  const lookedUpIdly = new Set(
    statementsIn(body).flatMap(each => (each.type === 'expression' ? each.expression : [])),
  );
  return statementsIn(body).flatMap((statement): Candidate[] => {
    const removed = statement.type === 'expression' ? elementRemoved(statement) : undefined;
    if (removed === undefined || !calledSpans.test(removed.path)) return [];
    const { path, key } = removed;
    const elements = expressionsIn(body, true).filter(each => isElement(each, path, key));
    const written = expressionsIn(body, true).filter(
      each => each.type === 'call' && elements.some(element => element === each.receiver),
    );
    // The one that is deleted stands among them where it is written as they are.
    const others = elements.filter(({ at }) => !contains(statement.at, at));
    const isLookedAt = others.some(each => !lookedUpIdly.has(each));
    const variable = `${path}[${key}]`;
    if (!isLookedAt && isScript(file.language) && isUnseen(made, path, key))
      return [{ at: statement.at, variable, name: lastName(path), how: 'removed', unseenIn: path }];
    const isOnlyTold =
      others.length > 0 &&
      others.length === written.length &&
      written.every(each => each.type === 'call' && onlyTells(each));
    return isOnlyTold ? [{ at: statement.at, variable, name: lastName(path), how: 'removed' }] : [];
  });
}

/** Scripts: the function has nothing else of spans, and gives nobody the key, or what has it. */
function isUnseen({ body, bodyAt, name }: FunctionSyntax, path: string, key: string): boolean {
  if (/span/i.test(name) || /span/i.test(bodyAt.text.replaceAll(path, ''))) return false;
  const [holder] = key.split('.');
  return !expressionsIn(body, true).some(
    each =>
      each.type === 'call' &&
      !isPlace(each.receiver, path) &&
      [...each.arguments, each.receiver].some(given => given?.at.text === key || given?.at.text === holder),
  );
}

/** Whoever ends the spans of a collection, and there is one, removes them as well: one that is still in it is open. */
function isRemovedOpen(file: FileFacts, path: string): boolean {
  if (!file.get(keptPlaces).some(each => each.path === path && !each.guessed)) return false;
  const taking = file.syntax.functions.filter(
    ({ bodyAt: { text } }) => text.includes(path) && /\.end\(/.test(text),
  );
  const inner = taking.filter(({ at }) => !taking.some(each => each.at !== at && contains(at, each.at)));
  return (
    inner.length > 0 && inner.every(({ body }) => statementsIn(body).some(each => removesFrom(each, path)))
  );
}

const deletes = /\bdel(?:ete)?\b|\.pop\(/;

/** `del spans[id]`, `delete spans[id]`, `spans.pop(id, None)`, `spans.delete(id)`, and nobody gets what was there. */
function elementRemoved({
  at,
  expression,
}: Statement & { readonly type: 'expression' }): { readonly path: string; readonly key: string } | undefined {
  if (expression.type === 'call' && /^(?:pop|delete)$/.test(expression.callee)) {
    const [key] = expression.arguments;
    const path = expression.receiver && pathOf(expression.receiver);
    return key === undefined || !path ? undefined : { path, key: key.at.text };
  }
  if (!/^del(?:ete)?\b/.test(at.text)) return undefined;
  const element = within(expression).find(each => each.type === 'index');
  if (element?.type !== 'index') return undefined;
  const path = pathOf(element.object);
  return path === '' ? undefined : { path, key: element.key.at.text };
}

/** `spans[id]`, `spans.get(id)` */
function isElement(each: Expression, path: string, key: string): boolean {
  if (each.type === 'index') return isPlace(each.object, path) && each.key.at.text === key;
  return (
    each.type === 'call' &&
    each.callee === 'get' &&
    isPlace(each.receiver, path) &&
    each.arguments[0]?.at.text === key
  );
}

/** `entry.span`, `entry.root_span` */
function spansOf(body: readonly Statement[], entry: string): string[] {
  const named = new RegExp(`(?<![\\w.])${literally(entry)}\\.\\w*[sS]pan\\b(?!\\()`, 'g');
  return [...new Set(body.flatMap(({ at }) => at.text.match(named) ?? []))];
}

/** The names under which the file puts spans that it starts and has to end. */
function keptUnder(file: FileFacts): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (statement: Statement | undefined, made: FunctionSyntax | undefined) =>
    names.add((statement && nameOf(file, statement, made)) ?? '');
  for (const { statement, variable, endsItself, guessed, call } of file.get(spanStarts)) {
    if (endsItself || guessed) continue;
    add(statement, call.inFunction);
    // Go: `s.ctx, s.span = tracer.Start(s.ctx, name)`
    if (variable?.includes('.')) names.add(lastName(variable));
  }
  for (const { start, uses, inFunction } of file.get(spanLives)) {
    // Whoever is given it may hand it in again: `finish(span)`.
    const isReturned = uses.escapes.some(({ statement: { type } }) => type === 'return');
    if (start.guessed || isReturned) continue;
    for (const { statement } of [...uses.escapes, ...uses.handed] as readonly SpanPlace[])
      add(statement, inFunction);
  }
  // `with tracer.start_as_current_span("…", end_on_exit=False):`, and a method takes the span from the context.
  for (const { at } of file.syntax.classes)
    if (leavesOpen.test(at.text)) for (const [, name] of at.text.matchAll(takesCurrent)) names.add(name);
  names.delete('');
  // What is entered elsewhere is ended there.
  for (const name of names)
    if (
      new RegExp(
        `\\b${literally(name)}\\b.*(?:__enter__|enter_context)\\(|\\bas [\\w.]+\\.${literally(name)}\\b`,
      ).test(file.syntax.source)
    )
      names.delete(name);
  return names;
}

/** `span` of `self.span = …`, of `state["span"] = …` and of `global span`, `current_span` of `current_span.set(span)`. */
function nameOf(file: FileFacts, statement: Statement, made: FunctionSyntax | undefined): string | undefined {
  if (statement.type === 'expression') {
    const { expression } = statement;
    return expression.type === 'call' && expression.callee === 'set' && expression.arguments.length === 1
      ? lastName(expression.receiver?.type === 'reference' ? expression.receiver.path : '')
      : undefined;
  }
  if (statement.type !== 'bind' || statement.targets.length !== 1) return undefined;
  const [{ path, target }] = statement.targets;
  if (path === '') return keyOf(target);
  return path.includes('.') || isOfOthers(file, path, made) ? lastName(path) : undefined;
}

const leavesOpen = /\bend_on_exit ?= ?False\b/;
const takesCurrent = /\bself\.(\w+) = (?:\w+ = )?[\w.]*\bget_current_span\(\)/g;

/** JavaScript and TypeScript: the file writes to it as to a span, or starts it. */
function isSpan(file: FileFacts, variable: string): boolean {
  const [name] = /[^.#]+(?:\.current)?$/.exec(variable) ?? [''];
  if (!isCalledSpan.test(name.replace('.current', ''))) return false;
  const written = literally(name);
  const { source } = file.syntax;
  return (
    new RegExp(`${written}[?!]*\\.${writes}|${written}\\s*=[^;\\n]*${starts}`).test(source) &&
    !new RegExp(`${written}\\s*=[^;\\n]*${takesTheCurrent}`).test(source)
  );
}

const writes = '(?:set_?(?:S|s)tatus|set_?(?:A|a)ttributes?|add_?(?:E|e)vent|record_?(?:E|e)xception)\\(';
const starts = '(?:start_?\\w*(?:S|s)pan)\\(';

/** The span of the active context belongs to another. */
const takesTheCurrent = '(?:get_current_span|getActiveSpan)\\(';
