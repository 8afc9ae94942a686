import assert from 'node:assert/strict';
import { type AnyValue, displayValue } from '../../../src/model/anyValue.ts';
import {
  type CountedValue,
  countAttributeKeys,
  countAttributeValues,
  rowsWithAttribute,
} from '../../../src/store/attributeSearch.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span } from './testSpans.ts';

const text = (stringValue: string): AnyValue => ({ stringValue });
const key = (name: string) => Buffer.from(name);

function filled(): TraceStore {
  const store = new TraceStore({ budgetBytes: 1 << 20 });
  add(store, [
    span(0, { attributes: [{ key: 'http.route', value: text('/cart') }] }),
    span(1, {
      attributes: [
        { key: 'http.route', value: text('/cart') },
        { key: 'http.route', value: text('/pay') },
      ],
    }),
    span(2, { attributes: [{ key: 'http.status_code', value: { intValue: '500' } }] }),
    span(3, { attributes: [{ key: 'http.route', value: { intValue: '7' } }] }),
    span(4),
  ]);
  return store;
}

describe('attribute search', () => {
  it('marks the rows whose last value of the key passes', () => {
    const [segment] = filled().segments();
    const rows = new Uint8Array(segment.count).fill(9);
    const isCart = (value: AnyValue) => 'stringValue' in value && value.stringValue === '/cart';
    assert.equal(rowsWithAttribute(segment, key('http.route'), isCart, rows), 1);
    assert.deepEqual([...rows], [1, 0, 0, 0, 0]);
    assert.equal(
      rowsWithAttribute(segment, key('http.route'), () => true, rows),
      3,
    );
    assert.deepEqual([...rows], [1, 1, 0, 1, 0]);
    assert.equal(
      rowsWithAttribute(segment, key('http'), () => true, rows),
      0,
    );
  });

  it('counts keys and values, no more than asked for', () => {
    const [segment] = filled().segments();
    const keys = new Map<string, number>();
    countAttributeKeys(segment, keys, 10);
    assert.deepEqual(Object.fromEntries(keys), { 'http.route': 4, 'http.status_code': 1 });
    const few = new Map([['other', 1]]);
    countAttributeKeys(segment, few, 2);
    assert.deepEqual(Object.fromEntries(few), { other: 1, 'http.route': 4 });
    const values = new Map<string, CountedValue>();
    countAttributeValues(segment, key('http.route'), values, 10);
    assert.deepEqual(
      [...values.values()].map(({ value, count }) => [displayValue(value), count]),
      [
        ['/cart', 2],
        ['/pay', 1],
        ['7', 1],
      ],
    );
  });
});
