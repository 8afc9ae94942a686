import { statementOf } from '../bindings.ts';
import type { FileFacts } from '../fileFacts.ts';
import type { BindStatement, CallExpression, Expression, Place } from '../syntax.ts';
import { within } from '../walk.ts';
import { handle, isHandle, wrappedBy } from './spanHandles.ts';
import { isCalledSpan } from './spanUses.ts';

/** What becomes of the span that a call returns. */
export interface Bound {
  /** The variable that holds the span: `span`, `this.span`; undefined if there is none. */
  readonly variable: string | undefined;
  readonly variableAt: Place | undefined;
  /** Go: the variable that holds the context with the span. */
  readonly contextVariable: string | undefined;
  /** The statement that binds the variable. */
  readonly binding: BindStatement | undefined;
  /** The variable with the object that the span is a property of: `trace` of `trace.span`. */
  readonly holder?: string | undefined;
  /** The variable has a handle: an object whose own `end` ends the span. */
  readonly isHandle?: boolean;
}

const unbound = {
  variable: undefined,
  variableAt: undefined,
  binding: undefined,
  contextVariable: undefined,
} as const;

/**
 * The variable that a call's result goes to; of several results the one with that index, of an object that property.
 */
export function boundTo(file: FileFacts, call: CallExpression, result: number | string = 0): Bound {
  const statement = statementOf(file, call);
  if (statement?.type !== 'bind') return unbound;
  const value = statement.values.find(each => isCallItself(each, call));
  if (value === undefined) return isWrapped(file, statement, call) ? boundIn(statement, handle) : unbound;
  if (typeof result === 'string') return boundIn(statement, result);
  const index = statement.values.length > 1 ? statement.values.indexOf(value) : result;
  const [alone, ...others] = statement.targets;
  // `pair = start()` is not taken apart.
  if (index > 0 && others.length === 0 && alone?.from !== index) return unbound;
  const target = isTakenApart(statement)
    ? statement.targets.find(({ from }) => isCalledSpan.test(String(from)))
    : statement.targets[others.length === 0 ? 0 : index];
  const first = result > 0 ? statement.targets[0] : undefined;
  return {
    variable: target?.path,
    variableAt: target?.at,
    binding: statement,
    contextVariable: first === target ? undefined : first?.path,
  };
}

/** `const handle = new Handle(tracer.startSpan('x'))` */
function isWrapped(file: FileFacts, { values }: BindStatement, call: CallExpression): boolean {
  const [value] = values;
  return values.length === 1 && value.type === 'call' && wrappedBy(file, value) === call;
}

/** `const { span } = begin()`, `const trace = begin()` with the span in `trace.span`. */
function boundIn(statement: BindStatement, property: string): Bound {
  const { targets } = statement;
  const [head = '', ...rest] = property.split('.').filter(each => each !== handle);
  const ofHandle = isHandle(property);
  const taken = targets.find(({ from }) => from !== undefined && String(from) === head);
  const isWhole =
    targets.length === 1 && targets[0].from === undefined && (head === '' || Number.isNaN(Number(head)));
  const target = taken ?? (isWhole ? targets[0] : undefined);
  if (target === undefined || target.path === '') return unbound;
  const path = [target.path, ...(taken !== undefined || head === '' ? [] : [head]), ...rest].join('.');
  return {
    ...unbound,
    variable: path,
    variableAt: target.at,
    binding: statement,
    holder: path === target.path ? undefined : target.path,
    isHandle: ofHandle,
  };
}

/** `const { span, ctx } = startSpan('x')` */
function isTakenApart({ targets }: BindStatement): boolean {
  return targets.some(({ from }) => typeof from === 'string');
}

/** `tracer.startSpan()`, also awaited and behind `a ? … : …`. */
function isCallItself(value: Expression, call: CallExpression): boolean {
  if (value === call) return true;
  if (value.type === 'choice') return value.values.some(each => isCallItself(each, call));
  return value.type === 'operation' && value.operator === 'await' && value.operands[0] === call;
}

/** `SpanKind.CLIENT` → `CLIENT`; `trace.SpanKindClient` → `Client`. */
export function kindOf(value: Expression | undefined): string | undefined {
  if (value === undefined) return undefined;
  for (const each of within(value))
    if (each.type === 'reference') return /(?:SpanKind|ActivityKind)?\.?([A-Za-z]+)$/.exec(each.path)?.[1];
  return undefined;
}
