import assert from 'node:assert/strict';
import { applyEdits } from '../../../src/lint/fixes/apply.ts';
import { insertLinesAfter } from '../../../src/lint/fixes/text.ts';

describe('lines that a fix adds', () => {
  /** With `b()` after the `a()` of the source. */
  const added = (source: string, statement = 'a()'): string => {
    const start = source.indexOf(statement);
    return applyEdits(source, [insertLinesAfter(source, { start, end: start + statement.length }, ['b()'])]);
  };

  it('stand after the line of the statement, as deep as it', () => {
    assert.equal(added('f {\n\ta() // why\n\tc()\n}'), 'f {\n\ta() // why\n\tb()\n\tc()\n}');
    assert.equal(added('f {\r\n  a();\r\n}'), 'f {\r\n  a();\r\n  b()\r\n}');
  });

  it('stand within the block that ends on that line', () => {
    assert.equal(added('func f() { a() }'), 'func f() { a();\nb() }');
    assert.equal(added('  void f() { a(); }', 'a();'), '  void f() { a();\n  b() }');
    assert.equal(added('  void f() { a() ; }'), '  void f() { a() ;\n  b() }');
  });
});
