/**
 * What the quick fixes of the fixtures make is given to the language's own compiler. A language whose toolchain is not on
 * this machine is skipped, loudly.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { transformSync } from 'esbuild';
import { LintConfiguration } from '../../src/lint/configuration/configuration.ts';
import { applyEdits } from '../../src/lint/fixes/apply.ts';
import { allRules } from '../../src/lint/rules/allRules.ts';
import { filesBelow, lineOf, lintFiles } from '../unit/lint/workspace.ts';

const fixtures = 'test/fixtures/lint';

interface Compiler {
  readonly language: string;
  readonly extensions: readonly string[];
  /** A command whose success says that the toolchain is here; absent: it always is. */
  readonly probe?: readonly string[];
  /** What is wrong with the file; undefined if nothing is. */
  complaint(path: string, source: string): string | undefined;
}

const compilers: readonly Compiler[] = [
  {
    language: 'JavaScript and TypeScript',
    extensions: ['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx'],
    complaint(path, source) {
      const loader = /x$/.test(extname(path)) ? 'tsx' : /ts$/.test(extname(path)) ? 'ts' : 'js';
      try {
        transformSync(source, { loader, logLevel: 'silent' });
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  },
  {
    language: 'Python',
    extensions: ['.py'],
    probe: ['python3', '--version'],
    complaint: path => failure('python3', ['-m', 'py_compile', path]),
  },
  {
    language: 'Go',
    extensions: ['.go'],
    probe: ['gofmt', '-h'],
    complaint: path => failure('gofmt', ['-e', path]),
  },
];

describe('fixes, by the compilers of their languages', function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), 'spanline-fixes-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const compiler of compilers)
    it(compiler.language, async function () {
      const { language, probe, extensions } = compiler;
      if (probe !== undefined && spawnSync(probe[0], probe.slice(1)).error !== undefined) {
        console.log(`      SKIPPED: ${language} is not on this machine`);
        return this.skip();
      }
      let compiled = 0;
      const complaints: string[] = [];
      for (const { name } of readdirSync(fixtures, { withFileTypes: true }).filter(each =>
        each.isDirectory(),
      )) {
        const files = filesBelow(join(fixtures, name));
        if (![...files.keys()].some(path => extensions.includes(extname(path)))) continue;
        const on = Object.fromEntries(allRules.map(({ id, severity }) => [id, severity]));
        const findings = await lintFiles(
          files,
          new LintConfiguration([{ folder: '', settings: { profile: 'strict', rules: on } }]),
        );
        for (const { path, fixes, rule, at } of findings) {
          const source = files.get(path);
          if (source === undefined || !extensions.includes(extname(path))) continue;
          const place = join(folder, `${name}-${basename(path)}`);
          // A fixture may be a fragment that no compiler takes: only what a fix breaks counts.
          if (complaintOf(compiler, place, source) !== undefined) continue;
          for (const { title, edits } of fixes) {
            const fixed = applyEdits(
              source,
              edits.filter(edit => edit.path === undefined),
            );
            const complaint = complaintOf(compiler, place, fixed);
            compiled++;
            if (complaint !== undefined)
              complaints.push(
                `${name}/${path}:${lineOf(source, at.start)} ${rule.id} "${title}": ${complaint}`,
              );
          }
        }
      }
      console.log(`      ${compiled} results compiled`);
      assert.ok(compiled > 0);
      assert.deepEqual(complaints, []);
    });
});

function complaintOf(compiler: Compiler, place: string, source: string): string | undefined {
  mkdirSync(join(place, '..'), { recursive: true });
  writeFileSync(place, source);
  return compiler.complaint(place, source);
}

function failure(command: string, args: readonly string[]): string | undefined {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim().split('\n').slice(0, 3).join(' ');
}
