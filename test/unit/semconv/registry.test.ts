import assert from 'node:assert/strict';
import {
  attributeInfo,
  deprecation,
  isKnownKey,
  isMoved,
  isRegisteredNamespace,
  knownKeys,
  nearestKey,
} from '../../../src/semconv/registry.ts';

describe('registry of the semantic conventions', () => {
  it('knows what is deprecated, since when, and what to write instead', () => {
    assert.deepEqual(deprecation('http.method'), {
      renamedTo: 'http.request.method',
      since: '1.21.0',
      note: 'Use `http.request.method` instead.',
    });
    assert.deepEqual(deprecation('http.target'), {
      renamedTo: undefined,
      since: undefined,
      note: 'Split to `url.path` and `url.query`.',
    });
    assert.equal(deprecation('http.request.method'), undefined);
  });

  it('follows renames of renames, and of keys that are gone', () => {
    assert.equal(deprecation('messaging.kafka.consumer_group')?.renamedTo, 'messaging.consumer.group.name');
    assert.equal(deprecation('http.retry_count')?.renamedTo, 'http.request.resend_count');
  });

  it('never sends to a key that is deprecated itself', () => {
    for (const key of knownKeys()) {
      const target = deprecation(key)?.renamedTo;
      if (target === undefined) continue;
      assert.equal(deprecation(target), undefined, `${key} → ${target}`);
      assert.notEqual(attributeInfo(target), undefined, `${key} → ${target}`);
    }
  });

  it('does not call deprecated what went to another repository, what came back, or attributes of metrics', () => {
    for (const key of ['gen_ai.request.model', 'mcp.session.id']) {
      assert.ok(isMoved(key), key);
      assert.equal(deprecation(key), undefined, key);
    }
    for (const key of ['enduser.id', 'state', 'type', 'name']) assert.equal(deprecation(key), undefined, key);
  });

  it('knows types, values and places', () => {
    const of = (key: string) => {
      const { type, enumerated, place } = attributeInfo(key) ?? assert.fail(key);
      return [type, enumerated, place];
    };
    assert.deepEqual(of('http.response.status_code'), ['int', false, 'span']);
    assert.deepEqual(of('http.request.method'), ['string', true, 'span']);
    assert.deepEqual(of('http.request.header.accept'), ['string[]', false, 'span']);
    assert.deepEqual(of('service.name'), ['string', false, 'resource']);
    assert.deepEqual(of('process.pid'), ['int', false, 'both']);
  });

  it('knows namespaces and templates', () => {
    assert.ok(isRegisteredNamespace('http'));
    assert.ok(!isRegisteredNamespace('app2'));
    assert.ok(isKnownKey('http.request.header.x-request-id'));
    assert.ok(!isKnownKey('http.request.header'.concat('s.x')));
    assert.ok(!isKnownKey('http.retry_reason'));
  });

  it('recognises misspelt keys, and nothing else', () => {
    const cases: [string, string | undefined][] = [
      ['http.requst.method', 'http.request.method'],
      ['http.response.statuscode', 'http.response.status_code'],
      ['server.adress', 'server.address'],
      ['url.paht', 'url.path'],
      ['http.response_size', 'http.response.body.size'],
      ['http.request.method', undefined],
      ['http.retry_reason', undefined],
      ['user.ids', undefined],
      ['db.users', undefined],
      ['order.id', undefined],
      ['service.id', undefined],
    ];
    for (const [key, meant] of cases) assert.equal(nearestKey(key), meant, key);
  });
});
