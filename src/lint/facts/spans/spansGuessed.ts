import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression } from '../syntax.ts';
import { type SpanLife, spanLives } from './spanLives.ts';
import { mayBeEnded } from './spanUses.ts';

/**
 * The spans of which only the name of the call speaks, and that nothing ends, while the file ends others that come from a
 * call of that name, or tells how their work went, as who owns them does, or a function of that name starts one.
 */
export function spansGuessed(file: FileFacts): readonly SpanLife[] {
  const lives = file.get(spanLives).filter(({ start }) => start.guessed);
  const nameOf = ({ start: { call } }: SpanLife) => file.names.callee(call);
  const ended = new Set(lives.filter(({ uses }) => uses.ends.length > 0).map(nameOf));
  ended.delete(undefined);
  return lives.filter(life => {
    const { statuses, exceptions } = life.uses;
    if (mayBeEnded(life.uses)) return false;
    return (
      ended.has(nameOf(life)) ||
      mayStart(file, life.start.call) ||
      (file.service.usesOpenTelemetry && statuses.length + exceptions.length > 0)
    );
  });
}

/** `create_span(…)`; what is called so by tracers of others may keep the span itself. */
function mayStart({ project }: FileFacts, { callee, receiver }: CallExpression): boolean {
  return receiver === undefined && project.mayStartSpans(callee);
}
