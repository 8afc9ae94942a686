import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { generatedSource } from '../../../bench/support/generatedSource.ts';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import { FileFacts } from '../../../src/lint/facts/fileFacts.ts';
import { spanStarts } from '../../../src/lint/facts/spans/spanStarts.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import type { LanguageAdapter } from '../../../src/lint/languages/language.ts';
import { languageOf } from '../../../src/lint/languages/parsers.ts';
import { WorkspaceProject } from '../../../src/lint/project/project.ts';
import { allRules } from '../../../src/lint/rules/allRules.ts';
import { type ReadSyntax, WorkspaceLinter } from '../../../src/lint/workspaceLinter.ts';
import { syntaxOf } from './parsing.ts';
import { type Files, filesBelow, parsers } from './workspace.ts';

const fixtures = 'test/fixtures/lint';
const configuration = new LintConfiguration([{ folder: '', settings: { profile: 'strict' } }]);

/** Random numbers below a limit, the same in every run. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return limit => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** What people do to a text: a keystroke, a line taken out, copied, moved or commented out, a name replaced, a step back. */
function edited(text: string, original: string, random: (limit: number) => number, comment: string): string {
  const lines = text.split('\n');
  const at = random(lines.length);
  const words = [...original.matchAll(/[A-Za-z_]\w*/g)];
  const word = words[random(words.length)]?.[0] ?? 'x';
  const offset = random(text.length + 1);
  const replaced = [...text.matchAll(/[A-Za-z_]\w*/g)];
  const which = replaced[random(replaced.length)];
  const kinds: (() => string)[] = [
    () => lines.toSpliced(at, 1).join('\n'),
    () => lines.toSpliced(random(lines.length), 0, lines[at]).join('\n'),
    () => lines.toSpliced(at, 1, `${comment} ${lines[at]}`).join('\n'),
    () => lines.toSpliced(at, 0, `${/^\s*/.exec(lines[at])?.[0]}${comment} a note`).join('\n'),
    () => `${text.slice(0, offset)}${word}${text.slice(offset)}`,
    () =>
      which === undefined
        ? text
        : text.slice(0, which.index) + word + text.slice(which.index + which[0].length),
    () => text.slice(0, offset) + text.slice(offset + 1),
    () => original,
  ];
  return kinds[random(kinds.length)]();
}

function shown(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ rule, at, severity, confidence, message, symbol, related, fixes, suppression }) =>
      `${rule.id} ${at.start}-${at.end} ${severity} ${confidence} ${symbol} ${message} ${JSON.stringify([related, suppression, fixes.map(({ kind, edits }) => [kind, edits])])}`,
  );
}

function language(path: string): LanguageAdapter {
  const found = languageOf(path);
  assert.ok(found, `no language for ${path}`);
  return found;
}

async function linterOf(files: Files, read: ReadSyntax): Promise<WorkspaceLinter> {
  const linter = new WorkspaceLinter(read, new WorkspaceProject(), allRules, (path, error) => {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  });
  for (const [path, source] of files) await linter.read(path, source);
  return linter;
}

/** Lints a file after each edit in a document that is kept, and in one that is read afresh: both must say the same. */
async function compare(files: Files, path: string, rounds: number, seed: number): Promise<void> {
  const original = files.get(path);
  assert.ok(original !== undefined);
  const random = seeded(seed + original.length);
  const document = await parsers.open(language(path));
  try {
    const kept = await linterOf(files, async (each, source) =>
      each === path ? document.update(source) : syntaxOf(each, source),
    );
    let text = original;
    const done: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = text;
      text = edited(text, original, random, language(path).id === 'python' ? '#' : '//');
      done.push(`${before}\n→\n${text}`);
      await kept.read(path, text);
      const found = shown(await kept.lint(path, text, configuration));
      const afresh = await linterOf(files, syntaxOf);
      await afresh.read(path, text);
      const expected = shown(await afresh.lint(path, text, configuration));
      assert.deepEqual(found, expected, `${path}, edit ${round}, seed ${seed}:\n${done.at(-1)}`);
    }
  } finally {
    document.dispose();
  }
}

const seed = Number(process.env.SPANLINE_EDIT_SEED ?? 1);
const rounds = Number(process.env.SPANLINE_EDIT_ROUNDS ?? 2);

describe('findings after edits', () => {
  for (const id of ['javascript', 'typescript', 'tsx', 'python', 'go', 'java', 'csharp'])
    it(`are those of a file that is read afresh, in ${id}`, async () => {
      for (const name of readdirSync(fixtures)) {
        if (name.includes('.')) continue;
        const files = filesBelow(`${fixtures}/${name}`);
        for (const path of files.keys())
          if (languageOf(path)?.id === id) await compare(files, path, rounds, seed);
      }
    });

  for (const kind of ['ts', 'py', 'go'] as const)
    it(`are those of a file that is read afresh, in a long one of ${kind}`, async () => {
      const files = new Map([
        [
          'package.json',
          '{ "name": "orders", "dependencies": { "@opentelemetry/api": "1.9.0", "axios": "1.9.0" } }',
        ],
        ['requirements.txt', 'opentelemetry-sdk==1.30.0\nrequests==2.32.0\n'],
        ['go.mod', 'module example.com/orders\n\ngo 1.24\n\nrequire go.opentelemetry.io/otel v1.34.0\n'],
        [`orders.${kind}`, generatedSource(kind, 160)],
      ]);
      await compare(files, `orders.${kind}`, 6 * rounds, seed);
    });

  const head =
    "import { trace, type Span } from '@opentelemetry/api';\nconst tracer = trace.getTracer('shop');\n";
  const caller = "export function load() {\n  const span = tracer.startSpan('load');\n  finish(span);\n}\n";

  it('are those of functions that call the one that was edited', async () => {
    const manifest = '{ "name": "shop", "dependencies": { "@opentelemetry/api": "1.9.0" } }';
    const ending = `${head}function finish(span: Span) { span.end(); }\n${caller}`;
    const document = await parsers.open(language('a.ts'));
    try {
      const linter = await linterOf(new Map([['package.json', manifest]]), async (_, text) =>
        document.update(text),
      );
      const found = async (text: string) => {
        await linter.read('src/a.ts', text);
        return (await linter.lint('src/a.ts', text, configuration)).map(({ rule }) => rule.id);
      };
      assert.ok(!(await found(ending)).includes('SPL301'));
      assert.ok((await found(ending.replace('span.end()', 'span.addEvent("done")'))).includes('SPL301'));
      assert.ok(!(await found(ending)).includes('SPL301'));
      // Not of OpenTelemetry any more.
      assert.deepEqual(await found(ending.replace("trace.getTracer('shop')", 'makeTimer()')), []);
    } finally {
      document.dispose();
    }
  });

  it('are made of the same facts where nothing has changed', async () => {
    const document = await parsers.open(language('a.ts'));
    const project = new WorkspaceProject();
    const other = caller.replaceAll('load', 'save');
    const startsOf = (text: string) => {
      const syntax = document.update(text);
      assert.ok(syntax);
      return new FileFacts('a.ts', syntax, project).get(spanStarts);
    };
    try {
      const before = startsOf(head + caller + other);
      const after = startsOf(head + caller.replace('finish(span)', 'finish(span, 1)') + other);
      assert.equal(before.length, 2);
      assert.equal(after.length, 2);
      assert.notEqual(after[0], before[0]);
      assert.equal(after[1], before[1]);
      assert.equal(after[1].call.at.text, "tracer.startSpan('save')");
      assert.ok(before.every(({ certain }) => certain));
      const renamed = startsOf((head + caller + other).replace('const tracer', 'const clock'));
      assert.deepEqual(
        renamed.map(({ certain }) => certain),
        [false, false],
      );
    } finally {
      document.dispose();
    }
  });
});
