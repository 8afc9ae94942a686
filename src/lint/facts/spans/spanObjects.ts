import { isReferenceTo } from '../references.ts';
import type { CallExpression, Expression } from '../syntax.ts';
import { handle, isHandle } from './spanHandles.ts';

/** Index of the result, or property of the object, that is the span; `end()` behind it if that is a handle. */
export type Result = number | string;

/** What a function has of a span that it starts, or gets from another that does. */
export interface Held {
  readonly variable: string | undefined;
  readonly holder?: string | undefined;
  /** Which result of the call is the span. */
  readonly result: Result;
}

/** `return { span, ctx }`, `return { span: tracer.startSpan('x') }`, `return trace` of what has the span in `trace.span`. */
export function propertyOf(
  [value, ...others]: readonly Expression[],
  call: CallExpression,
  { variable, holder, result }: Held,
): string | undefined {
  if (value === undefined || others.length > 0) return undefined;
  const inside = (each: Expression): readonly Result[] | undefined => {
    if (each === call) return typeof result === 'string' ? [result] : [];
    if (variable !== undefined && isReferenceTo(each, variable)) return isHandle(result) ? [handle] : [];
    return holder !== undefined && isReferenceTo(each, holder)
      ? [variable?.slice(holder.length + 1) ?? '']
      : undefined;
  };
  const pathOf = (key: string, each: Expression) => {
    const path = inside(each);
    return path && [key, ...path].join('.');
  };
  if (value.type === 'list') return value.values[0] && pathOf('0', value.values[0]);
  if (value.type !== 'object') return inside(value)?.[0]?.toString();
  // What has a method to end it is left by that.
  if (value.entries.some(({ key }) => key !== undefined && endsObject.test(key))) return undefined;
  for (const { key, value: each, spread } of value.entries) {
    const path = key === undefined || spread ? undefined : pathOf(key, each);
    if (path !== undefined) return path;
  }
  return undefined;
}

const endsObject =
  /^_?(?:end|finish|close|complete|done|stop|dispose|release|fail|settle|cleanup|exit)(?:[A-Z_]\w*)?$/;
