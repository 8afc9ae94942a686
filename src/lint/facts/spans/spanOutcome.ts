import { addToGroup } from '../../../base/groups.ts';
import { statementsAround } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import type { CallExpression, Extent, Statement } from '../syntax.ts';
import { bodiesOf } from '../walk.ts';
import { handedIn, type SpanUses, usesOfSpan } from './spanUses.ts';

/** Where the span is given to a function of the file that sets its status, or to one that is called after errors. */
export function givenToTell(file: FileFacts, region: readonly Statement[], variable: string): Extent[] {
  const [first, last] = [region[0], region.at(-1)];
  if (first === undefined || last === undefined) return [];
  const given = file.get(callsGiven).get(variable) ?? [];
  return given
    .filter(call => {
      if (call.at.start < first.at.start || call.at.end > last.at.end) return false;
      const own = file.names.functionCalled(call);
      if (own === undefined) return /err|fail|exception|status/i.test(call.callee);
      const index = call.arguments.findIndex(each => isReferenceTo(each, variable));
      const name = own.parameters[index]?.name ?? '';
      return name !== '' && usesOfSpan(own.body, name, handedIn(file)).statuses.length > 0;
    })
    .map(({ at }) => at);
}

/** The calls that get a variable as an argument: variable → calls. */
function callsGiven({ syntax }: FileFacts): ReadonlyMap<string, readonly CallExpression[]> {
  const found = new Map<string, CallExpression[]>();
  for (const call of syntax.calls)
    for (const argument of call.arguments)
      if (argument.type === 'reference') addToGroup(found, argument.path, call);
  return found;
}

/** From where to where the span has ended, whatever way the block goes. */
export function overIn(region: readonly Statement[], ends: SpanUses['ends']): Extent[] {
  return ends.flatMap(({ call }) => {
    const around = [...statementsAround(region, call.at)];
    let outermost: Statement | undefined;
    while (around.length > 0) {
      const each = around[around.length - 1];
      const always =
        outermost === undefined
          ? each.type === 'expression' && each.expression === call
          : each.type === 'try' && each.finally?.includes(outermost) === true;
      if (!always) break;
      outermost = each;
      around.pop();
    }
    if (outermost === undefined) return [];
    const [parent] = around.slice(-1);
    const blocks = parent === undefined ? [region] : bodiesOf(parent);
    const last = blocks.find(each => each.includes(outermost))?.at(-1);
    return last === undefined ? [] : [{ start: outermost.at.end, end: last.at.end }];
  });
}
