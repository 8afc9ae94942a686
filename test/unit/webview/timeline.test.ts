import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { barBox, labelPlace, visibleMarks } from '../../../webview/timeline/barLayout.ts';
import { formatTime, ticksOf } from '../../../webview/timeline/ticks.ts';
import {
  clampRange,
  lengthOf,
  pan,
  rangeOfSpan,
  wholeTrace,
  zoomAt,
} from '../../../webview/timeline/timeRange.ts';
import { TimeScale } from '../../../webview/timeline/timeScale.ts';

const whole = wholeTrace(1e9);
const labels = (start: number, end: number, width = 800) =>
  ticksOf({ start, end }, width).map(({ label }) => label);

describe('time range', () => {
  it('gives a trace without a duration room for its spans', () => {
    assert.ok(lengthOf(wholeTrace(0)) > 0);
  });

  it('keeps the pivot in its place while zooming', () => {
    let range = whole;
    for (const factor of [0.5, 0.1, 0.3, 2, 0.01]) {
      const before = new TimeScale(range, 1000).toPixel(3e8);
      range = zoomAt(range, factor, 3e8, whole);
      assert.ok(Math.abs(new TimeScale(range, 1000).toPixel(3e8) - before) < 1e-3);
    }
  });

  it('stays within the trace, and zooms in no further than can be told apart', () => {
    assert.deepEqual(zoomAt({ start: 0, end: 1e8 }, 100, 5e7, whole), whole);
    assert.deepEqual(pan({ start: 8e8, end: 9e8 }, 5e8, whole), { start: 9e8, end: 1e9 });
    assert.deepEqual(pan({ start: 1e8, end: 2e8 }, -5e8, whole), { start: 0, end: 1e8 });
    assert.deepEqual(clampRange({ start: -5, end: 2e9 }, whole), whole);
    let range = whole;
    for (let step = 0; step < 100; step++) range = zoomAt(range, 0.5, 1e9, whole);
    assert.ok(lengthOf(range) >= 10);
    assert.ok(range.end <= whole.end);
  });

  it('shows a span whole, one of no duration too', () => {
    const range = rangeOfSpan(2e8, 1e8, whole);
    assert.ok(range.start < 2e8 && range.end > 3e8);
    assert.ok(lengthOf(rangeOfSpan(0, 0, whole)) > 0);
  });
});

describe('ticks', () => {
  it('stand at round times in a unit that suits them', () => {
    assert.deepEqual(labels(0, 1e9), ['0 s', '0.2 s', '0.4 s', '0.6 s', '0.8 s', '1.0 s']);
    assert.deepEqual(labels(0, 90e6), ['0 ms', '20 ms', '40 ms', '60 ms', '80 ms']);
    assert.deepEqual(labels(0, 700), [
      '0 ns',
      '100 ns',
      '200 ns',
      '300 ns',
      '400 ns',
      '500 ns',
      '600 ns',
      '700 ns',
    ]);
    assert.deepEqual(labels(0, 365 * 86_400e9), [
      '0 d',
      '50 d',
      '100 d',
      '150 d',
      '200 d',
      '250 d',
      '300 d',
      '350 d',
    ]);
    assert.deepEqual(labels(0, 3 * 86_400e9, 700), [
      '0 d',
      '12:00:00',
      '1 d 0:00:00',
      '1 d 12:00:00',
      '2 d 0:00:00',
      '2 d 12:00:00',
      '3 d 0:00:00',
    ]);
    assert.deepEqual(labels(0, 600e9), ['0 min', '2:00', '4:00', '6:00', '8:00', '10:00']);
    assert.deepEqual(labels(3600e9, 4 * 3600e9), [
      '1:00:00',
      '1:30:00',
      '2:00:00',
      '2:30:00',
      '3:00:00',
      '3:30:00',
      '4:00:00',
    ]);
  });

  it('are told apart however far one zooms in', () => {
    for (let start = 7.000_000_3e8, length = 1e9; length > 20; length /= 3) {
      const shown = labels(start, start + length);
      assert.equal(new Set(shown).size, shown.length, shown.join(' '));
      assert.ok(shown.length >= 1 && shown.length <= 10, `${shown.length} ticks over ${length} ns`);
      start += length / 7;
    }
  });

  it('are far enough apart to be read', () => {
    for (const end of [1, 37, 1e3, 12_345, 8e6, 9.9e8, 1e9, 59e9, 61e9, 7e12, 9e15]) {
      const ticks = ticksOf({ start: 0, end }, 1000);
      for (let at = 1; at < ticks.length; at++)
        assert.ok(((ticks[at].time - ticks[at - 1].time) / end) * 1000 >= 95.99, `to ${end}`);
    }
  });

  it('tell the time under the pointer as finely as it can be pointed at', () => {
    assert.equal(formatTime(123_456_789, 1e6), '123 ms');
    assert.equal(formatTime(123_456_789, 1e3), '123.457 ms');
    assert.equal(formatTime(62_500_000_000, 1e8), '1:02.5');
  });
});

describe('bars', () => {
  const scale = new TimeScale({ start: 100, end: 200 }, 1000);

  it('lie where their span lies, and are never too narrow to be seen', () => {
    assert.deepEqual(barBox(scale, 120, 30), { x: 200, width: 300 });
    assert.deepEqual(barBox(scale, 120, 0), { x: 200, width: 2 });
    assert.deepEqual(barBox(scale, 200, 0), { x: 998, width: 2 });
  });

  it('end a little outside of what is visible, and are left out where they are not', () => {
    const clipped = barBox(scale, 0, 1e12);
    assert.ok(clipped && clipped.x < 0 && clipped.x > -20 && clipped.width < 1040);
    assert.equal(barBox(scale, 0, 99), undefined);
    assert.equal(barBox(scale, 201, 5), undefined);
  });

  it('have their label right, left or inside, wherever there is room', () => {
    assert.equal(labelPlace({ x: 10, width: 100 }, 50, 1000), 'right');
    assert.equal(labelPlace({ x: 900, width: 100 }, 50, 1000), 'left');
    assert.equal(labelPlace({ x: 0, width: 1000 }, 50, 1000), 'inside');
  });

  it('show one of many marks in one place, the one that matters', () => {
    const times = Float64Array.from([50, 110, 110.1, 110.2, 150, 150.1, 250]);
    assert.deepEqual(
      visibleMarks(scale, times, 0, 7, 5, index => index === 2),
      [2, 4],
    );
    assert.deepEqual(
      visibleMarks(scale, times, 4, 4, 5, () => false),
      [],
    );
  });
});
