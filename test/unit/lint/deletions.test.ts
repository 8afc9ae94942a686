import assert from 'node:assert/strict';
import { deletionsOf } from '../../../bench/support/deletions.ts';
import { syntaxOf } from './parsing.ts';

describe('deletions of registrations', () => {
  const cases: readonly (readonly [what: string, path: string, source: string, without: string])[] = [
    [
      'takes an instrumentation out of a list',
      'a.ts',
      'register([new HttpInstrumentation(), new UndiciInstrumentation({ a: 1 })]);',
      'register([new UndiciInstrumentation({ a: 1 })]);',
    ],
    [
      'leaves nothing where one is bound',
      'a.ts',
      'const http = new HttpInstrumentation();',
      'const http = undefined;',
    ],
    [
      'takes out the dial option',
      'a.go',
      'package a\n\nvar c, _ = grpc.NewClient(address, grpc.WithStatsHandler(otelgrpc.NewClientHandler()))\n',
      'package a\n\nvar c, _ = grpc.NewClient(address)\n',
    ],
    [
      'leaves the transport that is wrapped',
      'a.go',
      'package a\n\nvar c = http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}\n',
      'package a\n\nvar c = http.Client{Transport: http.DefaultTransport}\n',
    ],
    [
      'keeps the block of a statement',
      'a.py',
      'if traced:\n    HTTPXClientInstrumentor().instrument()\n',
      'if traced:\n    pass\n',
    ],
  ];
  for (const [what, path, source, without] of cases)
    it(what, async () => {
      const [deletion] = deletionsOf('registration', path, (await syntaxOf(path, source))!);
      assert.equal(deletion.source, without);
    });

  it('leaves what instruments servers and databases', async () => {
    const source = 'register([new ExpressInstrumentation(), new PgInstrumentation()]);';
    assert.deepEqual(deletionsOf('registration', 'a.ts', (await syntaxOf('a.ts', source))!), []);
  });
});

describe('deletions of ends', () => {
  it('leave what is before them in a chain', async () => {
    const source = "tracer.start_span('restart').end()\n";
    const [deletion] = deletionsOf('end', 'a.py', (await syntaxOf('a.py', source))!);
    assert.equal(deletion.source, "tracer.start_span('restart')\n");
  });
});
