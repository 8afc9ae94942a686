import type { FileFacts } from '../fileFacts.ts';
import { methodAround } from './spanFields.ts';
import { isReleasedBy } from './spanKeeping.ts';
import type { SpanLife } from './spanLives.ts';
import { spanStarts } from './spanStarts.ts';
import { isEndedElsewhere } from './spansGuessed.ts';
import { handedIn, mayBeEnded, usesOfSpan } from './spanUses.ts';

/**
 * Python: the spans of which only the name of the call speaks, `self.span, self.ctx = tracer.start_span_from_context('x')`,
 * in fields whose class never ends them, while others end what they get from there.
 */
export function spanFieldsGuessed(file: FileFacts): readonly Pick<SpanLife, 'start' | 'variable'>[] {
  if (file.language !== 'python') return [];
  return file.get(spanStarts).flatMap(start => {
    const { guessed, variable = '', call } = start;
    const field = guessed ? /^self\.(\w+)$/.exec(variable)?.[1] : undefined;
    const className = methodAround(call.inFunction)?.className;
    if (field === undefined || className === undefined || !isEndedElsewhere(file, call)) return [];
    const isLetGo = file.syntax.functions.some(
      ({ body, bodyAt }) =>
        bodyAt.text.includes(variable) && mayBeEnded(usesOfSpan(body, variable, handedIn(file))),
    );
    return isLetGo || file.releases(field) || isReleasedBy(file, [className], field)
      ? []
      : [{ start, variable }];
  });
}
