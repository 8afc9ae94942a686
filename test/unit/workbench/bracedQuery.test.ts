import assert from 'node:assert/strict';
import { bracedQuery } from '../../../src/workbench/traces/bracedQuery.ts';

describe('a condition without braces', () => {
  it('gets them', () => {
    assert.equal(bracedQuery('duration > 100ms'), '{ duration > 100ms }');
    assert.equal(bracedQuery(' name =~ "GET.*" '), '{ name =~ "GET.*" }');
  });

  it('is neither a query nor words', () => {
    for (const text of ['', 'checkout', 'POST /orders', '{ duration > 1s }', '({ a } && { b })', '{ name ='])
      assert.equal(bracedQuery(text), undefined, text);
  });
});
