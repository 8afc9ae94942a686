import { statementsAround } from './bindings.ts';
import type { FileFacts } from './fileFacts.ts';
import {
  type CallExpression,
  type Expression,
  type Extent,
  type FunctionSyntax,
  type Statement,
  staticText,
} from './syntax.ts';
import { contains, enclosing, expressionsOf, within } from './walk.ts';

/**
 * Whether a call is made only sometimes: in a branch, an arm or a choice of the function around it, or where something
 * has failed. What is set up so differs by environment, and one branch tells nothing of the other.
 */
export function isConditional(file: FileFacts, { at, inFunction }: CallExpression): boolean {
  const around = [...statementsAround(inFunction?.body ?? file.syntax.body, at)];
  const innermost = around.pop();
  if (innermost === undefined) return false;
  if (around.some(each => each.type === 'if' || each.type === 'switch' || isHandled(each, at))) return true;
  return expressionsOf(innermost).some(expression =>
    [...within(expression)].some(
      each =>
        each.type === 'choice' && each.values.length > 1 && each.values.some(value => contains(value.at, at)),
    ),
  );
}

function isHandled(statement: Statement, at: Extent): boolean {
  return statement.type === 'try' && statement.handlers.some(handler => contains(handler.at, at));
}

/** Whether something is recorded only where an option asks for it: `if (options.captureBody)`. */
export function isOptedIn(file: FileFacts, at: Extent, from: FunctionSyntax | undefined): boolean {
  for (const { body } of [...enclosing(from), file.syntax])
    for (const each of statementsAround(body, at))
      if (each.type === 'if' && each.then.some(inner => contains(inner.at, at)) && asksFor(each.condition))
        return true;
  return false;
}

function asksFor(condition: Expression): boolean {
  return within(condition).some(each => {
    if (each.type === 'reference') return recording.test(lastWords(each.path));
    if (each.type !== 'call') return false;
    const { callee, receiver } = each;
    // `recordedHeaders.has('cookie')`: named by whoever wants it.
    if (/^(?:has|includes|contains)$/i.test(callee) && receiver?.type === 'reference')
      return content.test(lastWords(receiver.path)) && staticText(each.arguments[0]) !== undefined;
    return recording.test(lastWords(callee));
  });
}

/** `options.captureBody` and `CAPTURE_BODY` as `capture_body`. */
function lastWords(path: string): string {
  return path
    .slice(path.lastIndexOf('.') + 1)
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

const content =
  /(?:^|_)(?:body|bodies|content|payloads?|headers?|arg(?:ument)?s?|param(?:eter)?s?|inputs?|outputs?|prompts?|pii|personal|sensitive|requests?|responses?|quer(?:y|ies)|statements?|network|messages?)(?:_|$)/;
/** `captureBody`, `record_inputs`, `shouldSendPrompts()`, `networkCapture`, `is_content_enabled()`. */
const recording = new RegExp(
  `(?:^|_)(?:capture|record|include|collect|attach|expose|allow|should|log|trace|send)(?=_)\\w*?${content.source}|${content.source}\\w*?(?:capture|recording|logging|tracing|enabled|allowed)$`,
);
