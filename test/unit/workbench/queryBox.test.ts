import assert from 'node:assert/strict';
import { closed, placeOf } from '../../../src/workbench/backends/queryPlace.ts';

describe('query box', () => {
  it('knows what is being typed', () => {
    assert.deepEqual(placeOf('{ resource.service.name = "che'), {
      before: '{ resource.service.name = "',
      name: 'resource.service.name',
      typed: 'che',
      quote: '"',
    });
    assert.deepEqual(placeOf('{ name = "a" && span.ht'), {
      before: '{ name = "a" && ',
      name: undefined,
      typed: 'span.ht',
      quote: '',
    });
    assert.deepEqual(placeOf('{ name = "a" && kind = "b'), {
      before: '{ name = "a" && kind = "',
      name: 'kind',
      typed: 'b',
      quote: '"',
    });
    assert.deepEqual(placeOf(''), { before: '', name: undefined, typed: '', quote: '' });
  });

  it('closes what is open at the end', () => {
    assert.equal(closed('{ name = "a'), '{ name = "a" }');
    assert.equal(closed('{ name = "a" '), '{ name = "a" }');
    assert.equal(closed('{ name = "a" } | count() > 1'), '{ name = "a" } | count() > 1');
    assert.equal(closed('plain words'), 'plain words');
  });
});
