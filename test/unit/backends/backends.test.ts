import assert from 'node:assert/strict';
import type { BackendKind } from '../../../src/model/backend.ts';
import { searchFor, useFakeBackend } from './asking.ts';
import { json, never } from './fakeBackend.ts';

describe('backends', () => {
  const asking = useFakeBackend();
  const { backend } = asking;

  it('tells which one it speaks with', async () => {
    const signs: [BackendKind, string][] = [
      ['tempo', '/api/echo'],
      ['jaeger', '/api/v3/services'],
      ['jaeger', '/api/services'],
      ['zipkin', '/api/v2/services'],
    ];
    for (const [kind, path] of signs) {
      asking.fake.reset();
      // Pages of a UI are no sign.
      asking.fake.otherwise = (_, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
      asking.fake.answers[path] = json([]);
      assert.equal((await backend()).kind, kind);
    }
    asking.fake.reset();
    await assert.rejects(backend(), /none of Jaeger, Tempo and Zipkin/);
  });

  it('says what a search cannot express, and what came instead of an answer', async () => {
    const zipkin = await backend('zipkin');
    for (const text of [
      '{ name =~ "a.*" }',
      '{ name = "a" || name = "b" }',
      '{} >> {}',
      '{ } | count() > 2',
      'plain words',
      '{ traceDuration > 1s }',
    ])
      await assert.rejects(
        zipkin.search(searchFor(text), never),
        /only searches for .* \(line 1, column \d+\)/,
        text,
      );
    asking.fake.otherwise = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
    await assert.rejects(
      zipkin.search(searchFor('{ }'), never),
      /answers with text\/html that is no JSON: is this the address of its API/,
    );
    await assert.rejects(
      (await backend('jaeger')).search(searchFor('{ resource.service.name = "a" }'), never),
      /no way to search for traces/,
    );
    await assert.rejects((await backend('tempo')).search(searchFor('{ }'), never), /text\/html/);
  });
});
