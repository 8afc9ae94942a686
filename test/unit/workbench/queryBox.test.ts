import assert from 'node:assert/strict';
import { closed, placeOf, typedText } from '../../../src/workbench/backends/queryPlace.ts';

const places: readonly (readonly [query: string, before: string, name: string | undefined, typed: string])[] =
  [
    ['', '', undefined, ''],
    ['{ ', '{ ', undefined, ''],
    ['{ name = "a" && span.ht', '{ name = "a" && ', undefined, 'span.ht'],
    ['{ resource.service.name = "che', '{ resource.service.name = ', 'resource.service.name', 'che'],
    ['{ name = "a" && kind = "b', '{ name = "a" && kind = ', 'kind', 'b'],
    ['{ .q = "say \\"hi', '{ .q = ', '.q', 'say \\"hi'],
    ['{ resource.service.name = che', '{ resource.service.name = ', 'resource.service.name', 'che'],
    ['{ status=', '{ status=', 'status', ''],
    ['{ status = error && kind != ser', '{ status = error && kind != ', 'kind', 'ser'],
    ['{ span.http.status_code >= 4', '{ span.http.status_code >= ', 'span.http.status_code', '4'],
    ['{ .route =~ "/a', '{ .route =~ ', '.route', '/a'],
    ['{ status = error ', '{ status = error ', undefined, ''],
    ['{ name = "a" } >> { na', '{ name = "a" } >> { ', undefined, 'na'],
  ];

describe('query box', () => {
  for (const [query, before, name, typed] of places)
    it(`knows what is being typed at the end of ${JSON.stringify(query)}`, () => {
      assert.deepEqual(placeOf(query), { before, name, typed });
    });

  it('compares what is typed with a value, be it in quotes or not', () => {
    assert.deepEqual(['"checkout"', '200', 'error'].map(typedText), ['checkout', '200', 'error']);
  });

  it('closes what is open at the end', () => {
    assert.equal(closed('{ name = "a'), '{ name = "a" }');
    assert.equal(closed('{ name = "a" '), '{ name = "a" }');
    assert.equal(closed('{ name = "a\\"b'), '{ name = "a\\"b" }');
    assert.equal(closed('{ name = "a" } | count() > 1'), '{ name = "a" } | count() > 1');
    assert.equal(closed('plain words'), 'plain words');
  });
});
