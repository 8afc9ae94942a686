import assert from 'node:assert/strict';
import { lintFiles } from './workspace.ts';

/** One function that starts and ends so many spans; all in one statement, too. */
const made: { readonly [path: string]: (count: number) => string } = {
  'a.ts': count =>
    `import { trace } from '@opentelemetry/api';\nconst tracer = trace.getTracer('x');\nfunction f() {\n${lines(count, at => `const s${at} = tracer.startSpan('a'); s${at}.end();`)}\n}`,
  'b.ts': count =>
    `import { context, trace } from '@opentelemetry/api';\nconst tracer = trace.getTracer('x');\nfunction f() {\nreturn [\n${lines(count, () => `context.with(trace.setSpan(context.active(), tracer.startSpan('a')), () => { const span = trace.getActiveSpan(); span?.end(); }),`)}\n];\n}`,
  'a.py': count =>
    `from opentelemetry import trace\ntracer = trace.get_tracer("x")\ndef f():\n${lines(count, at => `    s${at} = tracer.start_span("a")\n    s${at}.end()`)}`,
  'a.go': count =>
    `package main\nimport "go.opentelemetry.io/otel"\nfunc f(ctx context.Context) {\n${lines(count, at => `_, s${at} := otel.Tracer("x").Start(ctx, "a")\ns${at}.End()`)}\n}`,
};

function lines(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join('\n');
}

/** Processor time, in milliseconds. */
async function timeOf(path: string, source: string): Promise<number> {
  const before = process.cpuUsage();
  const manifest = '{"name":"x","dependencies":{"@opentelemetry/api":"1"}}';
  assert.deepEqual(
    (
      await lintFiles(
        new Map([
          ['package.json', manifest],
          [path, source],
        ]),
      )
    ).filter(({ rule }) => rule.id.startsWith('SPL30')),
    [],
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('many spans in one function', function () {
  this.timeout(60_000);
  for (const [path, make] of Object.entries(made))
    it(`take time in proportion to their number: ${path}`, async () => {
      await timeOf(path, make(100));
      const few = await timeOf(path, make(500));
      const many = await timeOf(path, make(4_000));
      // Eight times as many; where each span walks over all others it is sixty times the time.
      assert.ok(many < 30 * few, `500 take ${few} ms, 4,000 take ${many} ms`);
    });
});
