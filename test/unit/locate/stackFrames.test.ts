import assert from 'node:assert/strict';
import { parseStack } from '../../../src/locate/stackFrames.ts';

const firstOf = (stack: string) => {
  const { file, line, functionName } = parseStack(stack)[0];
  return { file, line, functionName };
};

describe('stack traces', () => {
  it('of V8: functions, async, aliases, URLs, Windows paths, evals', () => {
    const frames = parseStack(
      [
        'TypeError: boom',
        '    at Object.query (/app/node_modules/pg/lib/client.js:526:17)',
        '    at async OrderRepo.find [as load] (file:///app/src/repo.ts?t=17:22:31)',
        '    at C:\\work\\app\\dist\\index.js:10:5',
        '    at new Foo (C:\\work\\my app\\(a) b.js:3:1)',
        '    at eval (eval at run (/w/app/x.js:3:86), <anonymous>:3:7)',
        '    at async Promise.all (index 0)',
        '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
      ].join('\n'),
    );
    assert.deepEqual(
      frames.map(({ file, line, column, functionName }) => [file, line, column, functionName]),
      [
        ['/app/node_modules/pg/lib/client.js', 526, 17, 'Object.query'],
        ['file:///app/src/repo.ts?t=17', 22, 31, 'OrderRepo.find'],
        ['C:\\work\\app\\dist\\index.js', 10, 5, undefined],
        ['C:\\work\\my app\\(a) b.js', 3, 1, 'Foo'],
        ['/w/app/x.js', 3, 86, 'eval'],
        ['node:internal/process/task_queues', 95, 5, 'process.processTicksAndRejections'],
      ],
    );
  });

  it('of CPython: the innermost frame is printed last; groups are indented', () => {
    assert.deepEqual(
      firstOf(
        'Traceback (most recent call last):\n  File "/app/main.py", line 7, in <module>\n    a()\n  File "/app/orders.py", line 6, in a\n    raise ValueError("x")\nValueError: x',
      ),
      { file: '/app/orders.py', line: 6, functionName: 'a' },
    );
    assert.deepEqual(firstOf('  + Exception Group Traceback:\n  |   File "/app/g.py", line 3, in run\n'), {
      file: '/app/g.py',
      line: 3,
      functionName: 'run',
    });
  });

  it('of Go: the function stands above its position', () => {
    const frames = parseStack(
      'goroutine 18 [running]:\nruntime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e\nmain.(*Server).handle(0xc0001, {0x7f, 0xc0})\n\t/app/cmd/main.go:63 +0x1a5\ncreated by net/http.(*Server).Serve in goroutine 1\n\t/usr/local/go/src/net/http/server.go:3285 +0x4b4',
    );
    assert.deepEqual(
      frames.map(({ file, line, functionName }) => [file, line, functionName]),
      [
        ['/usr/local/go/src/runtime/debug/stack.go', 26, 'runtime/debug.Stack'],
        ['/app/cmd/main.go', 63, 'main.(*Server).handle'],
        ['/usr/local/go/src/net/http/server.go', 3285, 'net/http.(*Server).Serve'],
      ],
    );
  });

  it('of Java: the package is the folder, modules and packaging are left out', () => {
    const frames = parseStack(
      'java.lang.RuntimeException: wrap\n\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)\n\tat com.shop.Orders$Inner.lambda$find$0(Orders.java:41) ~[app.jar!/:1.0]\nCaused by: x\n\tat app//com.shop.Main.main(Main.java:3)\n\t... 9 more',
    );
    assert.deepEqual(
      frames.map(({ file, line }) => [file, line]),
      [
        ['java/lang/reflect/Method.java', 569],
        ['com/shop/Orders.java', 41],
        ['com/shop/Main.java', 3],
      ],
    );
  });

  it('of .NET, in any language of the system', () => {
    assert.deepEqual(
      firstOf(
        'System.InvalidOperationException: no\n   at Npgsql.NpgsqlCommand.ExecuteAsync(Boolean async)\n   at Shop.Orders.<FindAsync>d__3.MoveNext() in /src/Shop/Orders.cs:line 41\n--- End of stack trace ---',
      ),
      { file: '/src/Shop/Orders.cs', line: 41, functionName: 'Shop.Orders.<FindAsync>d__3.MoveNext' },
    );
    assert.deepEqual(firstOf('   bei Shop.Program.Main(String[] args) in C:\\src\\Program.cs:Zeile 9'), {
      file: 'C:\\src\\Program.cs',
      line: 9,
      functionName: 'Shop.Program.Main',
    });
  });

  for (const [name, stack] of Object.entries({
    'one long word': `    at ${'a'.repeat(100_000)}`,
    'open brackets': `    at ${'('.repeat(100_000)}`,
    colons: `    at f (${'x:'.repeat(50_000)}`,
    'an open quote': `File "${'a'.repeat(100_000)}`,
    dots: `\tat ${'a.'.repeat(50_000)}`,
    spaces: `${' '.repeat(100_000)}at`,
    'many short hostile lines': `${`    at ${'( at '.repeat(380)}:1:1\n`.repeat(2_000)}`,
    'many lines': '\n'.repeat(1_000_000),
  }))
    it(`with ${name} end, without a frame of more than a line`, () => {
      for (const { file } of parseStack(stack)) assert.ok(file.length <= 2_000);
    });
});
