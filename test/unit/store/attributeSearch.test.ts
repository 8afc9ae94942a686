import assert from 'node:assert/strict';
import { Random } from '../../../bench/support/random.ts';
import { type AnyValue, displayValue } from '../../../src/model/anyValue.ts';
import { TextMatch } from '../../../src/query/textMatch.ts';
import {
  type CountedValue,
  countAttributeKeys,
  countAttributeValues,
  mayHaveAttribute,
  rowsWithAttribute,
} from '../../../src/store/attributeSearch.ts';
import { TraceStore } from '../../../src/store/traceStore.ts';
import { add, span, traceId } from './testSpans.ts';

const text = (stringValue: string): AnyValue => ({ stringValue });
const key = (name: string) => Buffer.from(name);

function atOnce<T>(work: Generator<void, T>): T {
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}

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
    assert.equal(atOnce(rowsWithAttribute(segment, key('http.route'), isCart, rows)), 1);
    assert.deepEqual([...rows], [1, 0, 0, 0, 0]);
    assert.equal(atOnce(rowsWithAttribute(segment, key('http.route'), () => true, rows)), 3);
    assert.deepEqual([...rows], [1, 1, 0, 1, 0]);
    assert.equal(atOnce(rowsWithAttribute(segment, key('http'), () => true, rows)), 0);
  });

  it('counts keys and values, no more than asked for', () => {
    const [segment] = filled().segments();
    const keys = new Map<string, number>();
    atOnce(countAttributeKeys(segment, keys, 10));
    assert.deepEqual(Object.fromEntries(keys), { 'http.route': 4, 'http.status_code': 1 });
    const few = new Map([['other', 1]]);
    atOnce(countAttributeKeys(segment, few, 2));
    assert.deepEqual(Object.fromEntries(few), { other: 1, 'http.route': 4 });
    const values = new Map<string, CountedValue>();
    atOnce(countAttributeValues(segment, key('http.route'), values, 10));
    assert.deepEqual(
      [...values.values()].map(({ value, count }) => [displayValue(value), count]),
      [
        ['/cart', 2],
        ['/pay', 1],
        ['7', 1],
      ],
    );
  });

  it('keeps each value once, though most are new', () => {
    const stores = [true, false].map(sealing => new TraceStore({ budgetBytes: 16 << 20, sealing }));
    const tenants = 10;
    const make = (number: number) =>
      span(number, {
        name: `work ${number % tenants}`,
        attributes: [
          { key: 'id', value: text(`${number % 64 === 63 ? number - 1500 : number}`) },
          { key: 'tenant', value: text(`tenant ${Math.floor(number / tenants)}`) },
          { key: 'padding', value: text('x'.repeat(300)) },
        ],
      });
    for (let first = 0; stores[0].segments().length < 4; first += 500)
      for (const store of stores)
        add(
          store,
          Array.from({ length: 500 }, (_, i) => make(first + i)),
        );
    stores[0].sealNow();
    const [sealed, raw] = stores.map(store => store.segments()[2]);
    const valuesOf = (segment: typeof sealed, name: string) => {
      const values = new Map<string, CountedValue>();
      atOnce(countAttributeValues(segment, key(name), values, 1e6));
      return [...values.values()].map(({ value, count }) => `${displayValue(value)} ${count}`).sort();
    };
    const entriesOf = ({ sealed }: typeof raw, name: string) => {
      assert.ok(sealed !== undefined);
      const id = [0, 1, 2].find(each => Buffer.from(sealed.keyBytes(each)).toString() === name);
      return sealed.parts.entryKey.filter(each => each === id).length;
    };
    for (const name of ['id', 'tenant']) {
      assert.deepEqual(valuesOf(sealed, name), valuesOf(raw, name));
      assert.equal(entriesOf(sealed, name), valuesOf(raw, name).length);
    }
    for (let row = 0; row < raw.count; row++)
      assert.ok(Buffer.from(sealed.bytes(row)).equals(raw.bytes(row)), `row ${row}`);
  });

  it('says the same of sealed and raw segments, whatever their messages are like', () => {
    const random = new Random(3);
    const stores = [true, false].map(sealing => new TraceStore({ budgetBytes: 4 << 20, sealing }));
    for (let n = 0; stores[0].segments().length < 3; n += 50) {
      const spans = Array.from({ length: 50 }, (_, i) => {
        const attributes = Array.from({ length: random.between(0, 6) }, () => ({
          key: `key ${random.between(0, 4)}`,
          value: random.next() < 0.5 ? text(`value ${random.between(0, 30)}`) : { intValue: String(i % 7) },
        }));
        // Written in the order of their fields here.
        const status = { code: 2 as const, message: 'x'.repeat(random.between(50, 250)) };
        const tail = { droppedAttributesCount: 1, status, attributes };
        return span(n + i, {
          traceId: traceId(random.between(0, 50)),
          ...(random.next() < 0.3 ? tail : { attributes, status }),
        });
      });
      for (const store of stores) add(store, spans);
    }
    for (const store of stores) store.sealNow();
    const [sealed, raw] = stores.map(store => store.segments());
    assert.ok(sealed[0].sealed !== undefined && raw[0].sealed === undefined);
    assert.deepEqual(
      sealed.map(({ count }) => count),
      raw.map(({ count }) => count),
    );
    const [words, rawWords] = stores.map(store => new TextMatch(store, 'KEY VALUE 3'));
    for (const [i, segment] of sealed.entries()) {
      for (let row = 0; row < segment.count; row++)
        assert.equal(words.matches(segment, row), rawWords.matches(raw[i], row));
      for (const name of ['key 0', 'key 3', 'key 9']) {
        assert.equal(mayHaveAttribute(segment, key(name)), name !== 'key 9' || segment.sealed === undefined);
        for (const wanted of ['value 3', '4', 'none']) {
          const test = (value: AnyValue) => displayValue(value) === wanted;
          const found = [segment, raw[i]].map(one => {
            const rows = new Uint8Array(one.count).fill(7);
            return { count: atOnce(rowsWithAttribute(one, key(name), test, rows)), rows };
          });
          assert.deepEqual(found[0], found[1]);
        }
        const counts = [segment, raw[i]].map(one => {
          const values = new Map<string, CountedValue>();
          atOnce(countAttributeValues(one, key(name), values, 1000));
          return Object.fromEntries(values);
        });
        assert.deepEqual(counts[0], counts[1]);
      }
      const keys = [segment, raw[i]].map(one => {
        const counts = new Map<string, number>();
        atOnce(countAttributeKeys(one, counts, 1000));
        return Object.fromEntries(counts);
      });
      assert.deepEqual(keys[0], keys[1]);
    }
  });
});
