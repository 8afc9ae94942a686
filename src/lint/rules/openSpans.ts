import type { FileFacts } from '../facts/fileFacts.ts';
import type { Leak } from '../facts/openPaths.ts';
import { spansInCallbacks } from '../facts/spans/spanCallbacks.ts';
import { spanFields } from '../facts/spans/spanFields.ts';
import { spanFieldsGuessed } from '../facts/spans/spanFieldsGuessed.ts';
import { isPrivate, isReleased, keptSpans } from '../facts/spans/spanKeeping.ts';
import { spanOwners, spansOfObjects } from '../facts/spans/spanOwners.ts';
import type { SpanStart } from '../facts/spans/spanStarts.ts';
import { spansCleared } from '../facts/spans/spansCleared.ts';
import { type ConcludedSpan, spansConcluded } from '../facts/spans/spansConcluded.ts';
import { spansDeferred } from '../facts/spans/spansDeferred.ts';
import { spansDetached } from '../facts/spans/spansDetached.ts';
import { type DroppedSpan, spansDropped } from '../facts/spans/spansDropped.ts';
import { spansGiven } from '../facts/spans/spansGiven.ts';
import { spansGoneOver } from '../facts/spans/spansGoneOver.ts';
import { spansGuessed } from '../facts/spans/spansGuessed.ts';
import { spansInHandlers } from '../facts/spans/spansInHandlers.ts';
import { spansLeft } from '../facts/spans/spansLeft.ts';
import { spansListed } from '../facts/spans/spansListed.ts';
import { spansLookedUp } from '../facts/spans/spansLookedUp.ts';
import { spansOfHooks } from '../facts/spans/spansOfHooks.ts';
import { spansOfMethods } from '../facts/spans/spansOfMethods.ts';
import { spansEndedOnErrors } from '../facts/spans/spansOnErrors.ts';
import { spansPassed } from '../facts/spans/spansPassed.ts';
import { spansRemoved } from '../facts/spans/spansRemoved.ts';
import { spansTaken } from '../facts/spans/spansTaken.ts';
import { staticText } from '../facts/syntax.ts';
import { contains } from '../facts/walk.ts';
import type { Report, SourceContext } from './rule.ts';

type Surroundings = Pick<SourceContext, 'file' | 'project' | 'service'>;

/** Spans that are kept, given or passed on, and that one of those who have them leaves open. */
export function openSpans(context: Surroundings): Report[] {
  const { file } = context;
  return [
    ...inFields(file),
    ...listed(file),
    ...dropped(file),
    ...keptAndTaken(context),
    ...owned(file),
    ...given(file),
    ...passed(file),
    ...inCallbacks(file),
    ...deferred(file),
    ...guessed(file),
  ];
}

function inFields(file: FileFacts): Report[] {
  return file.get(spanFields).flatMap(({ start, variable, neverEnded, doubt, drops, reach }): Report[] => {
    const anchor = anchorOf(start);
    const at = start.call.calleeAt;
    const dropped = drops.map(
      (place): Report => ({
        at: place,
        message: droppedHere(variable),
        severity: reach === 'public' ? 'info' : undefined,
        anchor,
      }),
    );
    if (doubt !== undefined && drops.length === 0)
      return [guess({ at, message: doubts[doubt](variable), anchor })];
    if (!neverEnded) return dropped;
    const message = `The span in \`${variable}\` is never ended, so it is never exported.`;
    const severity = reach === 'shown' ? 'warning' : undefined;
    return [{ at, message, severity, anchor }, ...dropped];
  });
}

function listed(file: FileFacts): Report[] {
  return file.get(spansListed).map(({ start, list }) => ({
    at: start.call.calleeAt,
    message: `The spans in \`${list}\` are never ended, so they are never exported.`,
    anchor: anchorOf(start),
  }));
}

const doubts = {
  judged: (variable: string) =>
    `The span in \`${variable}\` is told how the work went, but nothing here ends it.`,
  errors: (variable: string) => `The span in \`${variable}\` is ended only where something fails.`,
};

/** By functions that others of the file share the variable, the field or the key with. */
function dropped(file: FileFacts): Report[] {
  const taken = file.get(spansTaken);
  const isTaken = ({ at, variable }: DroppedSpan) =>
    taken.some(
      each =>
        `${variable}.`.startsWith(`${each.variable}.`) &&
        file.syntax.functions.some(made => contains(made.at, each.at) && contains(made.at, at)),
    );
  return file
    .get(spansDropped)
    .filter(each => each.how === 'emptied' || !isTaken(each))
    .map(({ at, variable, how }) => guess({ at, message: saysHow[how](variable) }));
}

const saysHow = {
  emptied: (variable: string) => droppedHere(variable),
  removed: (variable: string) =>
    `What has the span \`${variable}\` is taken away here, and the span is not ended.`,
  idle: (variable: string) => `The span \`${variable}\` is looked at here, and nothing is done with it.`,
};

function droppedHere(variable: string): string {
  return `The span in \`${variable}\` is dropped here without being ended.`;
}

/** Under a name that speaks of spans. */
function keptAndTaken({ file, service }: Surroundings): Report[] {
  // Who uses a library may take it from there, but not from what is private.
  const kept = file.get(keptSpans).filter(each => service.role !== 'library' || isPrivate(each));
  const lost = kept.filter(each => !isReleased(file, each));
  const taken = file
    .get(spansTaken)
    .filter(({ leak, from }) => leak !== undefined || !lost.some(({ place }) => place === from));
  return [
    ...lost.map(
      ({ start, place, guessed }): Report => ({
        at: start.call.calleeAt,
        message: `The span that is kept in \`${place}\` is never ended: nothing takes it from there to end it.`,
        severity: guessed || place.endsWith(']') ? 'info' : 'warning',
        confidence: 'medium',
        anchor: anchorOf(start),
      }),
    ),
    ...taken.map(
      ({ at, variable, from, leak, isShared, isThrown }): Report => ({
        at,
        message: takenHere(
          variable,
          from,
          leak === undefined ? '' : ` on every path: ${describedLeak(file, leak)}`,
        ),
        severity: isShared || isThrown ? 'info' : 'warning',
        confidence: 'medium',
      }),
    ),
    ...concluded(file)
      .filter(({ key }) => !lost.some(({ name }) => name === key))
      .map(leftInPlace),
    ...file
      .get(spansCleared)
      .map(({ at, from }) =>
        guess({ at, message: `The spans in \`${from}\` are dropped here without being ended.` }),
      ),
    ...file
      .get(spansDetached)
      .filter(({ at }) => !taken.some(each => each.at === at))
      .map(({ at, variable }) =>
        guess({
          at,
          message: `The context of the span \`${variable}\` is left here, and the span is not ended.`,
        }),
      ),
    ...file
      .get(spansRemoved)
      .filter(({ at }) => !taken.some(each => each.at === at))
      .map(({ at, variable, from }) => guess({ at, message: takenHere(variable, from, '') })),
  ];
}

/** What others tell of is told once. */
function concluded(file: FileFacts): readonly ConcludedSpan[] {
  const told = [
    ...file.get(spansTaken),
    ...file.get(spansRemoved),
    ...file.get(spansDropped),
    ...file.get(spansDetached),
    ...file.get(spansGiven),
  ];
  return file.get(spansConcluded).filter(({ at, variable }) => {
    const made = file.syntax.functions.findLast(each => contains(each.at, at));
    return !told.some(
      each =>
        each.at === at || (each.variable === variable && made !== undefined && contains(made.at, each.at)),
    );
  });
}

function leftInPlace({ at, variable, from }: ConcludedSpan): Report {
  return guess({
    at,
    message: `The span \`${variable}\` is looked up in \`${from}\` here, where the work ends, and left open.`,
  });
}

function takenHere(variable: string, from: string, how: string): string {
  return `The span \`${variable}\` is taken from \`${from}\` here, and not ended${how}.`;
}

/** By objects that are made of them. */
function owned(file: FileFacts): Report[] {
  return file.get(spanOwners).map(({ at, variable, name, certain }) => ({
    at,
    message: `The span \`${variable}\` is not ended in here, nor by anything else of \`${name}\`, which is made of it.`,
    severity: certain ? 'warning' : 'info',
    confidence: 'medium',
  }));
}

function given(file: FileFacts): Report[] {
  const taken = new Set(file.get(spansTaken).map(({ at }) => at));
  const emptied = new Set(file.get(spansDropped).map(({ at }) => at));
  const found = [...file.get(spansGiven), ...file.get(spansOfHooks), ...file.get(spansOfObjects)].filter(
    ({ at, leak }) => !taken.has(at) && !(leak && emptied.has(leak.at)),
  );
  return found.map(({ at, variable, leak, isStream, beside }) =>
    guess({
      at,
      message:
        leak === undefined
          ? `The span \`${variable}\` is not ended in here, ${isStream ? 'and who calls the generator has gone when it runs' : beside === undefined ? 'as the name of the function says' : `though \`${beside}\` ends it`}.`
          : `The span \`${variable}\` is left open here, and ended on other paths of the function: ${describedLeak(file, leak)}.`,
    }),
  );
}

function passed(file: FileFacts): Report[] {
  const inProperties = file.get(spansPassed).map(({ at, variable, property, leak }) =>
    guess({
      at,
      message: `The span \`${variable}\` is left open here, and ended by others that take it from \`${property}\`: ${describedLeak(file, leak)}.`,
    }),
  );
  const amongMethods = file.get(spansOfMethods).map(({ at, variable, className }) =>
    guess({
      at,
      message: `The span \`${variable}\` is left open here, and ended by other methods of \`${className}\` that tell how the work went.`,
    }),
  );
  const lookedUp = file.get(spansLookedUp).map(({ at, variable, leak }) =>
    guess({
      at,
      message: `The span \`${variable}\` is left open here, and others that are looked up so are ended then: ${describedLeak(file, leak)}.`,
    }),
  );
  const goneOver = file.get(spansGoneOver).map(({ at, collection }) =>
    guess({
      at,
      message: `The spans of \`${collection}\` are left open here, and ended where the function goes over them on another way.`,
    }),
  );
  const inHandlers = file.get(spansInHandlers).map(({ at, variable }) =>
    guess({
      at,
      message: `The span \`${variable}\` is left open here, and ended where something else is thrown.`,
    }),
  );
  return [...inProperties, ...amongMethods, ...lookedUp, ...goneOver, ...inHandlers];
}

function inCallbacks(file: FileFacts): Report[] {
  const found = [
    ...file.get(spansInCallbacks),
    ...file.get(spansLeft).map(({ life, leak }) => ({ life, leak, at: leak.at })),
  ];
  const onErrors = file
    .get(spansEndedOnErrors)
    .filter(({ start }) => !found.some(({ life }) => life.start === start));
  return [
    ...found.map(({ life: { start, variable }, at, leak }) =>
      guess({
        at,
        message: `The span \`${variable}\` is left open here, and ended elsewhere: ${describedLeak(file, leak)}.`,
        related: [{ at: start.call.calleeAt, message: 'the span is started here' }],
        anchor: anchorOf(start),
      }),
    ),
    ...onErrors.map(({ start, variable }) =>
      guess({
        at: start.call.calleeAt,
        message: `The span \`${variable}\` is ended only where something fails.`,
        anchor: anchorOf(start),
      }),
    ),
  ];
}

function deferred(file: FileFacts): Report[] {
  return file.get(spansDeferred).map(({ at, life: { start, variable }, isEndless }) => ({
    at,
    message: `\`defer\` ends the span \`${variable}\` when the function returns: until then every round of the loop leaves one open.`,
    severity: isEndless ? 'warning' : 'info',
    related: [{ at: start.call.calleeAt, message: 'the span is started here' }],
    anchor: anchorOf(start),
  }));
}

function guessed(file: FileFacts): Report[] {
  return [...file.get(spansGuessed), ...file.get(spanFieldsGuessed)].map(({ start, variable }) =>
    guess({
      at: start.call.calleeAt,
      message: `The span \`${variable}\` from \`${start.call.callee}\` is never ended.`,
      anchor: anchorOf(start),
    }),
  );
}

/** Somebody who is not seen may end it. */
function guess(report: Report): Report {
  return { ...report, severity: 'info', confidence: 'medium' };
}

/** How a path leaves a span open. */
export function describedLeak({ syntax }: FileFacts, leak: Leak): string {
  const line = syntax.source.slice(0, leak.at.start).split('\n').length;
  switch (leak.kind) {
    case 'return':
      return `the return in line ${line} leaves it open`;
    case 'throw':
      return `the throw in line ${line} leaves it open`;
    case 'again':
      return `it is started again in line ${line} before it is ended`;
    case 'emptied':
      return `line ${line} empties the variable with it open`;
    case 'jump':
      return `the round of the loop ends in line ${line} with it open`;
    case 'end':
      return `the block ends in line ${line} with it open`;
  }
}

/** What ties a finding to the spans of a start. */
export function anchorOf({ name }: SpanStart): Report['anchor'] {
  return { spanName: staticText(name) };
}
