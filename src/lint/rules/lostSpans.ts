import type { FileFacts } from '../facts/fileFacts.ts';
import { isReferenceTo } from '../facts/references.ts';
import { returnsOf } from '../facts/returns.ts';
import { spanOfContext } from '../facts/spans/spanLives.ts';
import type { SpanStart } from '../facts/spans/spanStarts.ts';
import { usesOfSpan } from '../facts/spans/spanUses.ts';
import { enclosing } from '../facts/walk.ts';
import type { Report } from './rule.ts';

/** Nobody holds the span: a statement of its own, Go's `_`, a callback without a parameter. */
export function lostAtOnce(
  file: FileFacts,
  start: SpanStart,
): Pick<Report, 'at' | 'message' | 'severity' | 'confidence'> | undefined {
  const { call, form, statement, variable, callback, certain, endsItself } = start;
  if (endsItself) return undefined;
  const at = call.calleeAt;
  if (form === 'value' && statement?.type === 'expression' && statement.expression === call)
    return file.language === 'csharp'
      ? undefined
      : { at, message: 'The span is started and dropped: nothing can end it, so it is never exported.' };
  if (form === 'value' && variable === '_' && file.language === 'go') return droppedInGo(file, start);
  if (form !== 'callback' || callback === undefined || !certain || callback.parameters.length > 0)
    return undefined;
  return callsActiveSpan(file, callback.at)
    ? undefined
    : {
        at,
        message:
          'The callback does not take the span, so it is never ended: `startActiveSpan` does not end it.',
      };
}

function callsActiveSpan({ syntax }: FileFacts, { start, end }: { start: number; end: number }): boolean {
  return syntax.calls.some(
    ({ callee, at }) => callee === 'getActiveSpan' && start <= at.start && at.end <= end,
  );
}

/** `ctx, _ := tracer.Start(ctx, "x")`: the context may carry the span to somebody who ends it. */
function droppedInGo(file: FileFacts, { call, contextVariable }: SpanStart): ReturnType<typeof lostAtOnce> {
  const { inFunction } = call;
  if (inFunction === undefined || contextVariable === undefined) return undefined;
  const isTaken = file.project.takesSpans(file.path) || file.releases(spanOfContext);
  const returned = returnsOf(inFunction).some(values =>
    values.some(value => isReferenceTo(value, contextVariable)),
  );
  const stored =
    /\.Set\w*Context\(/.test(inFunction.bodyAt.text) ||
    usesOfSpan(inFunction.body, contextVariable, () => 'looks').escapes.length > 0;
  if (
    contextVariable.includes('.') ||
    returned ||
    stored ||
    inFunction.results.some(({ name }) => name === contextVariable)
  ) {
    if (isTaken || file.service.role === 'library') return undefined;
    return {
      at: call.calleeAt,
      message: 'The span is dropped, and nothing in the project takes one out of a context to end it.',
      severity: 'info',
      confidence: 'medium',
    };
  }
  // A handler beside it may take the span from there.
  const outermost = [...enclosing(inFunction)].at(-1) ?? inFunction;
  if (outermost.bodyAt.text.includes('SpanFromContext')) return undefined;
  const message = 'The span is dropped: nothing here can end it, so it is never exported.';
  if (contextVariable === '_') return { at: call.calleeAt, message };
  // What gets the context could end the span, but hardly does where nothing ever takes one from there.
  const severity = isTaken ? 'info' : 'warning';
  return { at: call.calleeAt, message, severity, confidence: 'medium' };
}
