import assert from 'node:assert/strict';
import { no, Selection, unknown, yes } from '../../../src/query/traceql/match/selection.ts';
import { Segment } from '../../../src/store/segment.ts';
import { noTrace } from '../../../src/store/spanRef.ts';

function filledSegment(rows: number): Segment {
  const segment = new Segment(0, new Uint8Array(0), rows);
  segment.count = rows;
  segment.live = rows;
  return segment;
}

function select(segment: Segment): Selection {
  const selection = new Selection();
  selection.selectLive(segment, 0, segment.count);
  return selection;
}

const size = 200;

describe('a selection of rows', () => {
  it('holds live rows in a range', () => {
    const segment = filledSegment(size);
    assert.deepEqual(
      [...select(segment).rows()],
      Array.from({ length: size }, (_, row) => row),
    );
    for (let row = 0; row < size; row += 3) {
      segment.trace[row] = noTrace;
      segment.live--;
    }
    const selection = new Selection();
    selection.selectLive(segment, 10, 20);
    assert.deepEqual([...selection.rows()], [10, 11, 13, 14, 16, 17, 19]);
  });

  it('keeps rows by the answers for their ids, from a range and from a list', () => {
    const segment = filledSegment(size);
    const selection = select(segment);
    for (let row = 0; row < size; row++) segment.name[row] = row % 4;
    assert.ok(selection.keepAnswered(segment.name, Uint8Array.of(yes, no, yes, no)));
    assert.equal(selection.count, size / 2);
    assert.ok(selection.keepAnswered(segment.name, Uint8Array.of(no, unknown, yes, unknown)));
    assert.deepEqual(
      [...selection.rows()],
      Array.from({ length: size / 4 }, (_, i) => 4 * i + 2),
    );
  });

  it('changes nothing where an answer is unknown', () => {
    const segment = filledSegment(size);
    const selection = select(segment);
    segment.name[7] = 1;
    segment.name[8] = 2;
    assert.equal(selection.keepAnswered(segment.name, Uint8Array.of(yes, unknown, yes)), false);
    assert.equal(selection.keepAnswered(segment.name, Uint8Array.of(no, yes, unknown)), false);
    assert.equal(selection.count, size);
    selection.filter(row => row === 7 || row === 9);
    assert.equal(selection.keepAnswered(segment.name, Uint8Array.of(unknown, yes, yes)), false);
    assert.deepEqual([...selection.rows()], [7, 9]);
  });

  it('leaves blocks out in which no wanted id occurs', () => {
    const rows = 3001;
    const segment = filledSegment(rows);
    segment.full = true;
    // Runs of 50 rows, with ids that share a bit of the block.
    for (let row = 0; row < rows; row++) segment.resource[row] = Math.floor(row / 50);
    const all = select(segment).rows().slice();
    for (const wanted of [0, 1, 33, 59, 60]) {
      const answers = new Uint8Array(61).fill(no);
      answers[wanted] = yes;
      const selection = select(segment);
      assert.ok(selection.keepAnswered(segment.resource, answers, segment.blockResources));
      assert.deepEqual(
        selection.rows(),
        all.filter(row => segment.resource[row] === wanted),
      );
    }
  });

  it('keeps rows by a range of numbers, from a range and from a list', () => {
    const rows = 1500;
    const segment = filledSegment(rows);
    for (let row = 0; row < rows; row++) segment.duration[row] = row % 7 === 0 ? Number.NaN : row - 100;
    const numberOf = (row: number) => (segment.duration[row] > 0 ? segment.duration[row] : 0);
    const all = select(segment).rows().slice();
    for (const [least, most] of [
      [0, 0],
      [1, 400],
      [-5, 20],
      [900, Number.POSITIVE_INFINITY],
    ])
      for (const inside of [true, false]) {
        const holds = (row: number) => (numberOf(row) >= least && numberOf(row) <= most) === inside;
        const selection = select(segment);
        selection.keepRange(segment.duration, { least, most, inside });
        assert.deepEqual(selection.rows(), all.filter(holds));
        const listed = select(segment);
        listed.filter(row => row % 3 === 0);
        listed.keepRange(segment.duration, { least, most, inside });
        assert.deepEqual(
          listed.rows(),
          all.filter(row => row % 3 === 0 && holds(row)),
        );
      }
  });

  it('is the union of two tests, in order', () => {
    const selection = select(filledSegment(size));
    const all = selection.rows().slice();
    selection.filter(row => row % 5 === 0);
    const accepted = selection.rows().slice();
    selection.invert(all);
    assert.equal(selection.count, size - accepted.length);
    selection.filter(row => row % 7 === 0);
    selection.add(accepted);
    assert.deepEqual(
      [...selection.rows()],
      [...all].filter(row => row % 5 === 0 || row % 7 === 0),
    );
  });

  it('yields on its way over many rows, and asks each once', () => {
    const selection = select(filledSegment(2000));
    const asked: number[] = [];
    const pauses = [...selection.filterInSteps(row => asked.push(row) % 2 === 0)];
    assert.ok(pauses.length > 1);
    assert.deepEqual(
      asked,
      Array.from({ length: 2000 }, (_, row) => row),
    );
    assert.equal(selection.count, 1000);
  });
});
