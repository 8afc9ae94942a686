import assert from 'node:assert/strict';
import { Formats } from '../../../webview/components/format.ts';

describe('Formats', () => {
  const instantOf = (date: Date, nanoseconds: string) =>
    new Formats('en').instant(`${BigInt(date.getTime()) / 1000n}${nanoseconds}`);

  it('has an instant of this place to the nanosecond', () => {
    assert.equal(instantOf(new Date(2026, 6, 31, 14, 5, 9), '003456789'), '07/31/2026, 14:05:09.003456789');
  });

  it('begins the day with the hour 00', () => {
    assert.equal(instantOf(new Date(2026, 0, 1, 0, 5, 9), '000000000'), '01/01/2026, 00:05:09.000000000');
  });
});
