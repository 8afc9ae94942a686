import type { CallExpression, Expression, Extent, Place } from '../syntax.ts';

/** Where a value goes. `unknown`: an attribute is made here and recorded elsewhere. */
export type AttributeSink =
  | 'span'
  | 'event'
  | 'link'
  | 'startOptions'
  | 'resource'
  | 'baggage'
  | 'log'
  | 'metric'
  | 'status'
  | 'name'
  | 'unknown';

/** A value that is put into telemetry. */
export interface AttributeWrite {
  readonly sink: AttributeSink;
  /** As far as it is known: literals, constants of the file and of the semantic conventions. None for `status` and `name`. */
  readonly key: string | undefined;
  /** The key as it is written, with its quotes; the constant. */
  readonly keyAt: Place | undefined;
  readonly value: Expression;
  readonly valueAt: Place;
  /** What the key or the function that makes the attribute says: `Bool` of `attribute.Bool`, `boolean` of `booleanKey`. */
  readonly valueType: string | undefined;
  /** The call that records it: `setAttribute`, `addEvent`, `startSpan`, `SetAttributes`, `attribute.String` for `unknown`. */
  readonly call: CallExpression;
  /** The span, baggage or builder. */
  readonly receiver: Expression | undefined;
  /** The receiver is known to be of OpenTelemetry, not only called like it. */
  readonly certain: boolean;
  readonly removal: Removal;
}

/**
 * What to remove so that the value is not recorded: a statement; an element of a list, object or argument list; a link
 * of a chain (`.setAttribute(…)`); `none` where nothing can be left out.
 */
export interface Removal {
  readonly kind: 'statement' | 'element' | 'link' | 'none';
  readonly at: Extent;
}
