import { type KeyValue, plainAttributes } from '../../model/anyValue.ts';
import type { FoundSeries } from '../backend.ts';
import { listOf, nanosOf, objectOf, textOf } from '../http/looseJson.ts';

/**
 * `QueryRangeResponse` of `tempopb/tempo.proto` as JSON: times in milliseconds as text, values that are 0 left out.
 * Throws nothing: of what is no series, nothing is read.
 */
export function seriesOf(document: unknown): FoundSeries {
  const { series, status, message } = objectOf(document);
  return {
    series: listOf(series).map(each => {
      const { labels, samples } = objectOf(each);
      return { labels: plainAttributes(listOf(labels).filter(isKeyValue)), samples: samplesOf(samples) };
    }),
    warnings: status === 'PARTIAL' ? [textOf(message) || 'the series are not complete'] : [],
  };
}

function samplesOf(list: unknown): { timeUnixNano: string; value: number }[] {
  return listOf(list).flatMap(each => {
    const { timestampMs, value = 0 } = objectOf(each);
    const time = nanosOf(timestampMs) * 1_000_000n;
    return time > 0n && typeof value === 'number' ? [{ timeUnixNano: `${time}`, value }] : [];
  });
}

export function isKeyValue(value: unknown): value is KeyValue {
  const { key, value: held } = objectOf(value);
  return typeof key === 'string' && typeof held === 'object' && held !== null;
}
