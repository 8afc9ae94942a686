import assert from 'node:assert/strict';
import { Rejections } from '../../../src/engine/rejections.ts';

describe('rejections', () => {
  it('counts the same one and shows the newest first', () => {
    const rejections = new Rejections();
    const refusal = { answer: 'HTTP 415', reason: 'text/plain', count: 1 };
    assert.equal(rejections.add('otlpHttp', refusal), 1);
    assert.equal(rejections.add('otlpGrpc', refusal), 1);
    assert.equal(rejections.add('otlpHttp', { ...refusal, count: 4 }), 5);
    assert.deepEqual(
      rejections.list().map(({ receiver, count }) => [receiver, count]),
      [
        ['otlpHttp', 5],
        ['otlpGrpc', 1],
      ],
    );
    assert.match(rejections.list()[0].timeUnixNano, /^\d{19}$/);
  });

  it('keeps fifty', () => {
    const rejections = new Rejections();
    for (let i = 0; i < 60; i++) rejections.add('otlpHttp', { answer: 'HTTP 400', reason: `${i}`, count: 1 });
    assert.deepEqual(
      rejections.list().map(({ reason }) => Number(reason)),
      Array.from({ length: 50 }, (_, i) => 59 - i),
    );
  });
});
