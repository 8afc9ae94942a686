import assert from 'node:assert/strict';
import { type AnyValue, displayValue } from '../../../src/model/anyValue.ts';

describe('displayValue', () => {
  const texts: readonly (readonly [AnyValue, string])[] = [
    [{ stringValue: 'as it is' }, 'as it is'],
    [{ intValue: '9223372036854775807' }, '9223372036854775807'],
    [{ boolValue: false }, 'false'],
    [{ doubleValue: 'NaN' }, 'NaN'],
    [{ doubleValue: 0.5 }, '0.5'],
    [{ bytesValue: 'AQI=' }, 'AQI='],
    [{}, 'null'],
    [{ arrayValue: { values: [] } }, '[]'],
    [
      { arrayValue: { values: [{ intValue: '9223372036854775807' }, { stringValue: '2' }] } },
      '[9223372036854775807,"2"]',
    ],
    [
      {
        kvlistValue: {
          values: [
            { key: 'a"', value: { intValue: '0' } },
            { key: 'b', value: { arrayValue: { values: [{}, { boolValue: true }] } } },
            { key: 'a"', value: { intValue: '1' } },
          ],
        },
      },
      '{"a\\"":1,"b":[null,true]}',
    ],
  ];
  for (const [value, text] of texts)
    it(`${JSON.stringify(value)} → ${text}`, () => assert.equal(displayValue(value), text));
});
