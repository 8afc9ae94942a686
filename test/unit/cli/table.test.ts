import assert from 'node:assert/strict';
import { alignColumns, padEnd, shorten } from '../../../src/cli/table.ts';

describe('columns of a terminal', () => {
  /** Names as they are received, and how many columns a terminal gives them. */
  const names: [what: string, text: string, columns: number][] = [
    ['Latin', 'orders', 6],
    ['a letter and its accent apart', 'cafe\u0301', 4],
    ['Chinese', '订单服务', 8],
    ['Korean', '주문', 4],
    ['Japanese with half-width letters', 'ｶﾞ注', 4],
    ['full-width Latin', 'ＡＢ', 4],
    ['an emoji', '🚀', 2],
    ['a family of joined emoji', '👨\u200d👩\u200d👧', 2],
    ['a flag', '🇩🇪', 2],
    ['an emoji with a skin tone', '👍🏽', 2],
    ['a joiner that joins nothing', 'a\u200db', 2],
    ['Devanagari', 'नि', 1],
    ['colours', '\u001b[31mred\u001b[39m', 3],
    ['nothing', '', 0],
  ];
  for (const [what, text, columns] of names)
    it(`are counted for ${what}`, () => {
      assert.equal(padEnd(text, 10), text + ' '.repeat(10 - columns));
      assert.equal(
        alignColumns([
          [text, '|'],
          ['0123456789', '|'],
        ]),
        `${text}${' '.repeat(10 - columns)}  |\n0123456789  |`,
      );
      assert.equal(shorten(text, columns), text);
    });

  it('are aligned to the right as well', () => {
    assert.equal(alignColumns([['订单'], ['orders']], [0]), '  订单\norders');
  });

  it('are as many as there is room for, and no character is cut in two', () => {
    assert.equal(shorten('订单服务', 7), '订单服…');
    assert.equal(shorten('订单服务', 6), '订单…', 'a column stays empty');
    assert.equal(shorten('👨\u200d👩\u200d👧👨\u200d👩\u200d👧', 3), '👨\u200d👩\u200d👧…');
    assert.equal(shorten('cafe\u0301s', 4), 'caf…');
    assert.equal(shorten('orders', 1), '…');
    assert.equal(shorten('orders', 6), 'orders');
  });

  it('are counted of a text of megabytes, whatever it is made of', () => {
    assert.equal(shorten('订'.repeat(4_000_000), 5), '订订…');
    assert.match(shorten(`a${'\u0301'.repeat(4_000_000)}`, 5), /^a\u0301{100,200}…$/);
  });
});
