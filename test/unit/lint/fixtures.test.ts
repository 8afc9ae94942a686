import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import { applyEdits, combineFixes } from '../../../src/lint/fixes/apply.ts';
import { languageOf } from '../../../src/lint/languages/parsers.ts';
import { allRules } from '../../../src/lint/rules/allRules.ts';
import { type Files, filesBelow, lineOf, lintFiles, parsers } from './workspace.ts';

const root = 'test/fixtures/lint';
const annotation = /\b(todoruleid|todook|ruleid|warnid|infoid|ok): ?(SPL\d{3}(?:, ?SPL\d{3})*)/;

/** Kinds of expectations that say how grave a finding is. */
const severities = new Map([
  ['warnid', 'warning'],
  ['infoid', 'info'],
]);

interface Expectation {
  readonly kind: string;
  readonly rule: string;
  /** Of the line that it is about, 1-based. */
  readonly line: number;
}

describe('lint fixtures', () => {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(root, entry.name);
    const about = /^mixed-/.test(entry.name)
      ? allRules.map(({ id }) => id)
      : (entry.name.match(/spl\d{3}/g) ?? []).map(id => id.toUpperCase());
    // Rules that are off by default are on where the folder is about them.
    const on = Object.fromEntries(
      allRules.flatMap(({ id, severity }) => (about.includes(id) ? [[id, severity]] : [])),
    );
    const configuration = () =>
      new LintConfiguration([
        { folder: '', settings: { profile: 'strict', rules: entry.name.startsWith('mixed-') ? {} : on } },
      ]);
    const lint = async (files: Files) =>
      (await lintFiles(files, configuration())).filter(
        ({ rule, suppression }) => about.includes(rule.id) && suppression === undefined,
      );

    describe(entry.name, () => {
      it('reports what the comments say, and nothing else', async () => {
        const files = filesBelow(folder);
        const findings = await lint(files);
        for (const [path, source] of files) {
          const found = findings.filter(finding => finding.path === path);
          compare(path, source, found, about);
        }
      });

      it('has fixes that parse and remove their finding', async () => {
        const files = filesBelow(folder);
        for (const finding of await lint(files))
          for (const fix of finding.fixes) {
            const source = files.get(finding.path) as string;
            const place = `${finding.path}:${lineOf(source, finding.at.start)} ${finding.rule.id} "${fix.title}"`;
            const fixed = new Map(files);
            for (const path of new Set(fix.edits.map(edit => edit.path ?? finding.path))) {
              const text = applyEdits(
                files.get(path) as string,
                fix.edits.filter(edit => (edit.path ?? finding.path) === path),
              );
              fixed.set(path, text);
              await assertParses(path, files.get(path) as string, text, place);
            }
            if (fix.kind === 'suggestion') continue;
            const after = (await lint(fixed)).filter(
              ({ rule, path }) => rule === finding.rule && path === finding.path,
            );
            const before = (await lint(files)).filter(
              ({ rule, path }) => rule === finding.rule && path === finding.path,
            );
            assert.ok(
              after.length < before.length,
              `${place}: the finding is still there:\n${fixed.get(finding.path)}`,
            );
          }
      });

      for (const [path, source] of filesBelow(folder)) {
        const fixedPath = join(folder, path.replace(/(\.\w+)$/, '.fixed$1'));
        if (!existsSync(fixedPath)) continue;
        it(`fixes ${path}`, async () => {
          const files = filesBelow(folder);
          let text = source;
          for (let round = 0; round < 10; round++) {
            files.set(path, text);
            const found = (await lint(files)).filter(finding => finding.path === path);
            const fixes = found.flatMap(({ fixes: [first] }) => (first === undefined ? [] : [first]));
            const { edits } = combineFixes(
              fixes.filter(({ edits }) => edits.every(edit => edit.path === undefined)),
            );
            if (edits.length === 0) break;
            text = applyEdits(text, edits);
          }
          assert.equal(withoutAnnotations(text), withoutAnnotations(readFileSync(fixedPath, 'utf8')));
        });
      }
    });
  }
});

function compare(path: string, source: string, findings: readonly Finding[], about: readonly string[]): void {
  const expectations = readExpectations(source).filter(({ rule }) => about.includes(rule));
  const reported = new Set(findings.map(({ rule, at }) => `${rule.id}@${lineOf(source, at.start)}`));
  const wanted = new Set(
    expectations
      .filter(({ kind }) => /^(?:rule|warn|info)id$/.test(kind))
      .map(({ rule, line }) => `${rule}@${line}`),
  );
  const open = new Set(
    expectations.filter(({ kind }) => kind.startsWith('todo')).map(({ rule, line }) => `${rule}@${line}`),
  );
  const lines = source.split('\n');
  const show = (keys: string[]) =>
    keys.map(
      key =>
        `${path}:${key.split('@')[1]} ${key.split('@')[0]}: ${lines[Number(key.split('@')[1]) - 1]?.trim()}`,
    );
  const missing = [...wanted].filter(key => !reported.has(key));
  const extra = [...reported].filter(key => !wanted.has(key) && !open.has(key));
  assert.deepEqual({ missing: show(missing), extra: show(extra) }, { missing: [], extra: [] });
  for (const { kind, rule, line } of expectations) {
    const severity = severities.get(kind);
    for (const finding of severity === undefined ? [] : findings)
      if (finding.rule.id === rule && lineOf(source, finding.at.start) === line)
        assert.equal(finding.severity, severity, `${path}:${line}: ${rule}`);
    if (kind === 'todoruleid')
      assert.ok(!reported.has(`${rule}@${line}`), `${path}:${line}: ${rule} is found now: make it ruleid`);
    if (kind === 'todook')
      assert.ok(reported.has(`${rule}@${line}`), `${path}:${line}: ${rule} is silent now: make it ok`);
  }
}

function readExpectations(source: string): Expectation[] {
  const lines = source.split('\n');
  return lines.flatMap((text, index) => {
    const match = annotation.exec(text);
    if (match === null) return [];
    let next = index + 1;
    while (next < lines.length && (annotation.test(lines[next]) || lines[next].trim() === '')) next++;
    return match[2].split(/, ?/).map(rule => ({ kind: match[1], rule, line: next + 1 }));
  });
}

function withoutAnnotations(text: string): string {
  return text
    .split('\n')
    .filter(line => !annotation.test(line))
    .join('\n');
}

async function assertParses(path: string, before: string, after: string, place: string): Promise<void> {
  const language = languageOf(path);
  if (language === undefined) return;
  const wasBroken = (await parsers.parse(language, before))?.broken === true;
  const isBroken = (await parsers.parse(language, after))?.broken === true;
  assert.ok(wasBroken || !isBroken, `${place}: the result does not parse:\n${after}`);
}
