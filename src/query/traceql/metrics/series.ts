import type { PlainValue } from '../../../model/anyValue.ts';
import type { Static } from '../ast.ts';
import { plainStatic } from '../shownFields.ts';

export interface Label {
  readonly name: string;
  /** Native JSON: whole numbers as decimal strings. */
  readonly value: PlainValue;
}

/** One value for each interval, NaN where there is none. */
export interface Series {
  readonly labels: readonly Label[];
  readonly values: Float64Array;
}

/** By `seriesKey`. */
export type SeriesSet = Map<string, Series>;

/** The name that series without labels get; it tells no series from another. */
export const nameLabel = '__name__';

export function seriesKey(labels: readonly Label[]): string {
  return JSON.stringify(
    labels.filter(({ name }) => name !== nameLabel).map(({ name, value }) => [name, value]),
  );
}

/** What a span has for a field; undefined for nothing. An array is one value. */
export function labelValue(values: readonly Static[]): PlainValue | undefined {
  return values.length > 1
    ? values.map(plainStatic)
    : values.length === 1
      ? plainStatic(values[0])
      : undefined;
}

export function emptyValues(count: number): Float64Array {
  return new Float64Array(count).fill(Number.NaN);
}
