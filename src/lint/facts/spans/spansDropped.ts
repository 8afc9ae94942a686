import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax, Place, SyntaxUnit } from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { dropsIn, empties } from './spanDrops.ts';
import { spanFields } from './spanFields.ts';
import { isOfOthers, spanLives } from './spanLives.ts';
import { handedIn, isCalledSpan, mayBeEnded, usesOfSpan } from './spanUses.ts';

/** A span that a function forgets: nobody has it from then on. */
export interface DroppedSpan {
  /** Where the variable is emptied. */
  readonly at: Place;
  /** `span`, `ref.current`, as written. */
  readonly variable: string;
}

/**
 * The spans in variables of functions around and in fields that a function empties after it has looked at them, and that
 * it has not ended; `spanFields` and `spanLives` follow those that nobody else can reach.
 */
export function spansDropped(file: FileFacts): readonly DroppedSpan[] {
  const followed = new Set([
    ...file.get(spanFields).map(({ variable }) => variable),
    ...file
      .get(spanLives)
      .flatMap(({ variable, shared, uses: { ends } }) => (shared && ends.length === 0 ? variable : [])),
  ]);
  return file
    .ofUnits(droppedIn)
    .flat()
    .filter(({ variable }) => !followed.has(variable) && isSpan(file, variable));
}

function droppedIn(file: FileFacts, { functions }: SyntaxUnit): readonly DroppedSpan[] {
  if (!file.says(mayEmpty)) return [];
  return functions.flatMap(made =>
    emptied(made).flatMap(variable => {
      // `spanLives` follows the variables of the function itself.
      if (!variable.includes('.') && !isOfOthers(file, variable, made)) return [];
      if (endsOther.test(made.bodyAt.text) || isEndedOtherwise(made, variable)) return [];
      const [at] = dropsIn(made.body, variable, false);
      return at === undefined || mayBeEnded(usesOfSpan(made.body, variable, handedIn(file)))
        ? []
        : [{ at, variable }];
    }),
  );
}

/** `self._span._end()`, of a type that is not the API's. */
function isEndedOtherwise({ bodyAt }: FunctionSyntax, variable: string): boolean {
  return new RegExp(`${literally(variable)}[?!]*\\._*(?:end|finish|close|stop|complete)`, 'i').test(
    bodyAt.text,
  );
}

/** What is called a span and given nothing in the function itself. */
function emptied({ body, bodyAt }: FunctionSyntax): readonly string[] {
  const names = new Set([...bodyAt.text.matchAll(emptying)].map(([, name]) => name));
  if (names.size === 0) return [];
  const statements = statementsIn(body);
  return [...names].filter(name => statements.some(each => empties(each, name)));
}

const mayEmpty = /[sS]pan(?:\.current)?\s*=\s*(?:undefined|null|None)\b/;
const emptying = /(?<![\w.#])((?:\w+\.)*#?\w*[sS]pan(?:\.current)?)\s*=\s*(?:undefined|null|None)\b/g;

/** The file writes to it as to a span, or starts it. */
function isSpan(file: FileFacts, variable: string): boolean {
  const [name] = /[^.#]+(?:\.current)?$/.exec(variable) ?? [''];
  if (!isCalledSpan.test(name.replace('.current', ''))) return false;
  const written = literally(name);
  const { source } = file.syntax;
  return (
    new RegExp(`${written}[?!]*\\.${writes}|${written}\\s*=[^;\\n]*${starts}`).test(source) &&
    !new RegExp(`${written}\\s*=[^;\\n]*${takesCurrent}`).test(source)
  );
}

const writes = '(?:set_?(?:S|s)tatus|set_?(?:A|a)ttributes?|add_?(?:E|e)vent|record_?(?:E|e)xception)\\(';
const starts = '(?:start_?\\w*(?:S|s)pan)\\(';

/** The span of the active context belongs to another. */
const takesCurrent = '(?:get_current_span|getActiveSpan)\\(';

/** It may leave it to another: `this.stop()`. */
const endsOther =
  /(?:^|[^.\w])(?:(?:this|self)\.)?_?#?(?:end|finish|close|complete|stop|exit|dispose|flush|clean)\w*\(/i;
