import { groupedBy } from '../../../base/groups.ts';
import { regionOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { Leak } from '../openPaths.ts';
import {
  type BindStatement,
  type Expression,
  type FunctionSyntax,
  isScript,
  type Place,
  type Statement,
} from '../syntax.ts';
import { statementsIn } from '../walk.ts';
import { leakFrom } from './spanFlow.ts';
import { judgingIn } from './spanJudging.ts';
import { handedIn, isCalledSpan, mayBeEnded, type SpanUses, usesOfSpan } from './spanUses.ts';

/** A span that a function has looked up, and leaves open when it has told how the work went. */
export interface LookedUpSpan {
  readonly at: Place;
  readonly variable: string;
  readonly leak: Leak;
}

interface LookedUp {
  readonly variable: string;
  readonly value: Expression;
  readonly made: FunctionSyntax;
  readonly region: readonly Statement[];
  readonly uses: SpanUses;
}

/**
 * Scripts: the spans that functions look up, `const toolSpan = this.running[id].toolSpan`, and leave open, where others look
 * up one of that name, tell how the work went and end it then.
 */
export function spansLookedUp(file: FileFacts): readonly LookedUpSpan[] {
  if (!isScript(file.language)) return [];
  if (!file.importsOpenTelemetry || !file.says(judges)) return [];
  const all = file.syntax.functions.flatMap(made => lookedUpIn(file, made));
  const named = groupedBy(all, ({ variable }) => variable);
  return [...named.values()].flatMap(same => {
    const open = same.filter(({ uses }) => !mayBeEnded(uses));
    const closed = same.filter(({ uses }) => uses.ends.length > 0);
    if (closed.length <= open.length) return [];
    return open.flatMap(each => (closed.some(other => isSame(other, each)) ? [] : leftOpen(file, each)));
  });
}

const judges = /\b(?:setStatus|recordException)\(/;

/** The same span, in another variable of the function. */
function isSame(one: LookedUp, other: LookedUp): boolean {
  return one.made === other.made && one.value.at.text === other.value.at.text;
}

function leftOpen(file: FileFacts, { variable, region, uses }: LookedUp): LookedUpSpan[] {
  const [from] = judgingIn(region, variable);
  const [first] = [...uses.statuses, ...uses.exceptions];
  if (from === undefined || first === undefined) return [];
  const leak = leakFrom(file, from, { variable, region, uses }, first.call);
  return leak === undefined ? [] : [{ at: from.at, variable, leak }];
}

function lookedUpIn(file: FileFacts, made: FunctionSyntax): LookedUp[] {
  if (!judges.test(made.bodyAt.text)) return [];
  return statementsIn(made.body).flatMap(statement => {
    if (statement.type !== 'bind') return [];
    const [value] = statement.values;
    const variable = nameOf(statement);
    if (variable === undefined || value === undefined || !isLookedUp(value)) return [];
    const region = regionOf(statement, made.body);
    const uses = usesOfSpan(region, variable, handedIn(file));
    return uses.statuses.length + uses.exceptions.length === 0
      ? []
      : [{ variable, value, made, region, uses }];
  });
}

function nameOf({ declares, targets: [{ path }, ...others] }: BindStatement): string | undefined {
  return declares && others.length === 0 && /^\w+$/.test(path) && isCalledSpan.test(path) ? path : undefined;
}

/** `this.running[id].span`, `spans.get(id)`; not `this.span`, which methods share. */
function isLookedUp(value: Expression): boolean {
  if (value.type === 'member') return isLookedUp(value.object);
  return value.type === 'index' || (value.type === 'call' && value.callee === 'get');
}
