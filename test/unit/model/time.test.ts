import assert from 'node:assert/strict';
import { formatDuration } from '../../../src/model/time.ts';

describe('formatDuration', () => {
  const [ms, s] = [1e6, 1e9];
  const texts: readonly (readonly [number, string])[] = [
    [0, '0 ns'],
    [870, '870 ns'],
    [999.4, '999 ns'],
    [999.6, '1.00 µs'],
    [12_345, '12.3 µs'],
    [9.999 * ms, '10.0 ms'],
    [99.99 * ms, '100 ms'],
    [999.4 * ms, '999 ms'],
    [999.9 * ms, '1.00 s'],
    [-4.56 * ms, '-4.56 ms'],
    [59.94 * s, '59.9 s'],
    [59.96 * s, '1 m 0 s'],
    [125 * s, '2 m 5 s'],
    [3599.7 * s, '1 h 0 m'],
    [30 * 3600 * s, '30 h 0 m'],
    [79 * 3600 * s, '3 d 7 h'],
    [365 * 86_400 * s, '365 d 0 h'],
  ];
  for (const [nanoseconds, text] of texts)
    it(`${nanoseconds} ns → ${text}`, () => assert.equal(formatDuration(nanoseconds), text));
});
