import assert from 'node:assert/strict';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import { openPaths } from '../../../src/lint/facts/openPaths.ts';
import type { Expression, Place, Statement } from '../../../src/lint/facts/syntax.ts';
import { lintFiles } from './workspace.ts';

const at = (text: string): Place => ({ start: 0, end: text.length, text });
const nothing: Expression = { type: 'unknown', at: at('x') };
const say = (text: string): Statement => ({
  type: 'expression',
  at: at(text),
  expression: { type: 'reference', at: at(text), path: text },
});
const is = (statement: Statement, text: string) => statement.at.text === text;

function leaksOf(block: readonly Statement[]): string[] {
  const start = block.find(statement => is(statement, 'start'));
  const leaks = openPaths(
    block,
    {
      start,
      ends: statement => is(statement, 'end'),
      givesAway: () => false,
      replaces: () => undefined,
      concerns: () => false,
      asserts: () => false,
      throws: statement => is(statement, 'work'),
    },
    false,
  );
  return leaks.map(({ kind }) => kind);
}

const leave: Statement = { type: 'return', at: at('return'), values: [] };
const raise: Statement = { type: 'throw', at: at('throw'), value: undefined };
const when = (then: readonly Statement[], otherwise?: readonly Statement[]): Statement => ({
  type: 'if',
  at: at('if'),
  condition: nothing,
  then,
  otherwise,
});
const attempt = (
  body: readonly Statement[],
  handler: readonly Statement[] | undefined,
  last?: readonly Statement[],
): Statement => ({
  type: 'try',
  at: at('try'),
  body,
  handlers:
    handler === undefined ? [] : [{ at: at('catch'), name: 'e', types: [], body: handler, bodyAt: at('') }],
  otherwise: undefined,
  finally: last,
});

describe('paths through a block', () => {
  it('end with what was started, or leave it open', () => {
    assert.deepEqual(leaksOf([say('start'), say('end')]), []);
    assert.deepEqual(leaksOf([say('start'), say('work')]), ['end']);
    assert.deepEqual(leaksOf([say('start'), when([leave]), say('end')]), ['return']);
    assert.deepEqual(leaksOf([say('start'), when([say('end'), leave]), say('end')]), []);
    assert.deepEqual(leaksOf([say('start'), when([say('end')], [say('end')])]), []);
    assert.deepEqual(leaksOf([say('start'), when([say('end')])]), ['end']);
    assert.deepEqual(leaksOf([say('start'), when([raise]), say('end')]), ['throw']);
  });

  it('lead what is thrown to the handler around it', () => {
    assert.deepEqual(leaksOf([say('start'), attempt([say('work'), say('end')], [say('end')])]), []);
    assert.deepEqual(leaksOf([say('start'), attempt([say('work'), say('end')], [leave])]), ['return']);
    assert.deepEqual(leaksOf([say('start'), attempt([say('work'), say('end')], [raise])]), ['throw']);
    assert.deepEqual(leaksOf([say('start'), attempt([say('end')], [raise])]), []);
    assert.deepEqual(leaksOf([say('start'), attempt([say('end'), say('work')], [leave])]), []);
  });

  it('pass the finally block whatever way they leave', () => {
    assert.deepEqual(leaksOf([say('start'), attempt([say('work'), leave], [raise], [say('end')])]), []);
    assert.deepEqual(leaksOf([say('start'), attempt([leave], undefined, [when([say('end')])])]), ['return']);
  });

  it('are given up where they are nested too deep', () => {
    let block: Statement[] = [leave];
    for (let depth = 0; depth < 5_000; depth++) block = [when(block)];
    assert.deepEqual(leaksOf([say('start'), ...block]), []);
  });
});

describe('spans in hostile source', () => {
  const sources: Record<string, string> = {
    'many spans in one function': `import { trace } from '@opentelemetry/api';\nconst tracer = trace.getTracer('x');\nfunction f() {\n${'let s = tracer.startSpan("a"); if (x) { s.end(); }\n'.repeat(400)}}`,
    'one variable for many': `import { trace } from '@opentelemetry/api';\nconst tracer = trace.getTracer('x');\nfunction f() {\nlet s;\n${'s = tracer.startSpan("a"); s.end();\n'.repeat(400)}}`,
    'callbacks in callbacks': `import { trace } from '@opentelemetry/api';\nconst tracer = trace.getTracer('x');\n${'tracer.startActiveSpan("a", s => {'.repeat(60)}${'});'.repeat(60)}`,
    'functions that call each other': `import { trace } from '@opentelemetry/api';\nfunction a(s) { b(s); }\nfunction b(s) { a(s); }\nconst s = trace.getTracer('x').startSpan('x');\na(s);`,
    'factories in a circle': `import { trace } from '@opentelemetry/api';\nfunction a() { return b(); }\nfunction b() { return a(); }\nconst s = a();`,
  };
  for (const [name, source] of Object.entries(sources))
    it(name, async () => {
      const findings = await lintFiles(
        new Map([['hostile.ts', source]]),
        new LintConfiguration([{ folder: '', settings: { profile: 'strict' } }]),
      );
      assert.ok(findings.length <= 50);
    });
});
