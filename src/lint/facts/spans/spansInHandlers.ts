import type { FileFacts } from '../fileFacts.ts';
import type { FunctionSyntax, Handler, Place, Statement, SyntaxUnit } from '../syntax.ts';
import { expressionsIn, statementsIn } from '../walk.ts';
import { callsEnder, lastName } from './spanDrops.ts';
import { handedIn, isCalledSpan, mayBeEnded, usesOfSpan } from './spanUses.ts';

/** A span of a field that one handler of a `try` ends as it leaves, and another one leaves open. */
export interface HandledSpan {
  readonly at: Place;
  /** `self._span`, as written. */
  readonly variable: string;
}

/**
 * Python: the spans that the methods of a file leave open in a handler that tells how the work went, or by which an iterator
 * is at its end, beside one that ends the span as no other method does.
 */
export function spansInHandlers(file: FileFacts): readonly HandledSpan[] {
  if (file.language !== 'python' || !file.importsOpenTelemetry) return [];
  return file.ofUnits(leftIn).flat();
}

function leftIn(file: FileFacts, { functions }: SyntaxUnit): readonly HandledSpan[] {
  return functions.flatMap(made => {
    if (made.className === undefined || !mayLeave.test(made.bodyAt.text)) return [];
    const others = functions.filter(each => each !== made && each.className === made.className);
    const isEndedByOthers = (variable: string) =>
      others.some(({ body }) => mayBeEnded(usesOfSpan(body, variable, handedIn(file))));
    return statementsIn(made.body)
      .flatMap(each => leftBy(file, made, each))
      .filter(({ variable }) => !isEndedByOthers(variable));
  });
}

const mayLeave = /\bself\.\w*span\b/i;

function leftBy(file: FileFacts, { name }: FunctionSyntax, statement: Statement): readonly HandledSpan[] {
  if (statement.type !== 'try' || statement.handlers.length < 2) return [];
  const usesIn = (body: readonly Statement[], variable: string) => usesOfSpan(body, variable, handedIn(file));
  return fieldsIn(statement.handlers).flatMap(variable => {
    if (mayBeEnded(usesIn(statement.finally ?? [], variable))) return [];
    const all = statement.handlers.map(handler => ({ ...handler, uses: usesIn(handler.body, variable) }));
    if (all.every(({ uses }) => uses.ends.length === 0)) return [];
    return all.flatMap(({ types, body, uses }) => {
      const last = body.at(-1);
      if (last?.type !== 'throw' || mayBeEnded(uses) || callsEnder(file, body, lastName(variable))) return [];
      const [judged] = [...uses.statuses, ...uses.exceptions].map(({ statement }) => statement);
      const isAtEnd = iterates.test(name) && types.some(type => isExhausted.test(type));
      return judged || isAtEnd ? { at: (judged ?? last).at, variable } : [];
    });
  });
}

const iterates = /^__a?next__$/;
const isExhausted = /^Stop(?:Async)?Iteration$/;

/** `self._span` */
function fieldsIn(handlers: readonly Handler[]): readonly string[] {
  const paths = handlers.flatMap(({ body }) =>
    expressionsIn(body).flatMap(each =>
      each.type === 'reference' && /^self\.\w+$/.test(each.path) && isCalledSpan.test(each.path)
        ? each.path
        : [],
    ),
  );
  return [...new Set(paths)];
}
