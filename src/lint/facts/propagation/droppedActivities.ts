import type { FileFacts } from '../fileFacts.ts';
import type { Expression, FunctionSyntax, Place } from '../syntax.ts';
import { staticText } from '../syntax.ts';
import { statementsIn } from '../walk.ts';

/** What keeps .NET's HTTP handler from sending the current activity, which it does by itself. */
export interface DroppedActivity {
  readonly at: Place;
  /** All requests of the process, or those of one handler. */
  readonly all: boolean;
  readonly inFunction: FunctionSyntax | undefined;
}

const maySay = /ActivityHeadersPropagator|CreateNoOutputPropagator|EnableActivityPropagation/;

/** Instrumentations send with a propagator that is no W3C one; the handler must not do so as well. */
const ownPropagator = /\bSetDefaultTextMapPropagator\(/;

export function droppedActivities(file: FileFacts): readonly DroppedActivity[] {
  if (file.language !== 'csharp' || !file.says(maySay) || file.says(ownPropagator)) return [];
  const { syntax } = file;
  const found: DroppedActivity[] = [];
  for (const { entries } of syntax.objects)
    for (const { key, value, at } of entries)
      if (key === 'ActivityHeadersPropagator' && sendsNothing(value))
        found.push({ at, all: false, inFunction: undefined });
  const bodies = [
    { body: syntax.body, inFunction: undefined },
    ...syntax.functions.map(made => ({ body: made.body, inFunction: made })),
  ];
  for (const { body, inFunction } of bodies)
    for (const statement of statementsIn(body)) {
      if (statement.type !== 'bind' || statement.operator !== '=') continue;
      const [{ path, at }] = statement.targets;
      const [value] = statement.values;
      if (value === undefined || !sendsNothing(value)) continue;
      if (/\.ActivityHeadersPropagator$/.test(path)) found.push({ at, all: false, inFunction });
      else if (/(?:^|\.)DistributedContextPropagator\.Current$/.test(path))
        found.push({ at, all: true, inFunction });
    }
  for (const { callee, calleeAt, arguments: given, inFunction } of syntax.calls)
    if (
      callee === 'SetSwitch' &&
      staticText(given[0]) === 'System.Net.Http.EnableActivityPropagation' &&
      given[1]?.type === 'constant' &&
      given[1].value === false
    )
      found.push({ at: calleeAt, all: true, inFunction });
  return found.sort((a, b) => a.at.start - b.at.start);
}

function sendsNothing(value: Expression): boolean {
  return (
    (value.type === 'constant' && value.value === null) ||
    (value.type === 'call' && value.callee === 'CreateNoOutputPropagator')
  );
}
