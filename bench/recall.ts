// `npm run bench -- recall --over <folder>…`: how much the linter misses in programs of others. From what they do right, one call
// at a time is taken away (an `end()`, an `inject()`, the registration of an instrumentation), and what the linter says is compared with
// what it said before. Every call that nobody missed is printed; whether it was needed is for people to judge.
import { join } from 'node:path';
import { LintShare } from '../src/cli/lintShare.ts';
import { LintConfiguration } from '../src/lint/configuration/configuration.ts';
import type { Finding } from '../src/lint/finding.ts';
import { languageOf } from '../src/lint/languages/parsers.ts';
import { uriOfPath } from '../src/workspace/uris.ts';
import { WorkspaceFiles } from '../src/workspace/workspaceFiles.ts';
import { report } from './harness.ts';
import { type Deletion, type DeletionKind, deletionsOf } from './support/deletions.ts';

const kinds: { readonly [kind in DeletionKind]: RegExp } = {
  end: /^SPL30/,
  inject: /^SPL1/,
  registration: /^SPL(?:1|5)/,
};
/** `SPANLINE_RECALL=end,inject` leaves out the others. */
const chosen = (Object.keys(kinds) as DeletionKind[]).filter(kind =>
  (process.env['SPANLINE_RECALL'] ?? kind).split(',').includes(kind),
);
const folders = JSON.parse(process.env['SPANLINE_OVER'] ?? '[]') as string[];
if (folders.length === 0) {
  console.error('recall: name folders with --over');
  process.exitCode = 1;
}

interface Tally {
  of: number;
  found: number;
  warned: number;
}
const tallies = new Map<string, Tally>();
for (const folder of folders) await measure(folder);
for (const [name, { of, found, warned }] of tallies)
  report({
    name: `recall.${name}`,
    value: Math.round((found / of) * 1000) / 10,
    unit: '%',
    note: `${found} of ${of} found, ${warned} of them with a warning or an error`,
  });

async function measure(folder: string): Promise<void> {
  const listed = new WorkspaceFiles(() => undefined);
  await listed.scan([uriOfPath(folder)], new AbortController().signal);
  const files = [...listed.all, ...listed.configurations]
    .map(file => [file.path, file] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const share = new LintShare({ grammars: join(process.cwd(), 'dist/grammars'), files, index: 0, count: 1 });
  const sources = new Map<string, string>();
  await share.read((_, read) => {
    for (const { path, source } of read) sources.set(path, source);
  });
  const configuration = new LintConfiguration();
  const judged = new Map<string, readonly string[]>();
  const said = async (path: string, source: string, rules: RegExp): Promise<readonly string[]> => {
    const { findings } = await share.judge(path, source, configuration);
    return findings.filter(({ rule: { id } }) => rules.test(id)).map(keyOf);
  };

  for (const [path, source] of sources) {
    const language = languageOf(path);
    if (language === undefined || !/\.end\(|inject\(|instrument|otel/i.test(source)) continue;
    const syntax = await share.syntaxOf(path, source);
    if (syntax === undefined) continue;
    for (const kind of chosen)
      for (const deletion of deletionsOf(kind, path, syntax)) await take(kind, deletion);
  }

  async function take(kind: DeletionKind, { path, line, text, source }: Deletion): Promise<void> {
    const before = sources.get(path) ?? '';
    const rules = kinds[kind];
    const generation = share.project.generation;
    await share.linter.read(path, source);
    const candidates =
      kind === 'end' && share.project.generation === generation
        ? [path]
        : [path, ...[...sources.keys()].filter(other => other !== path && isNear(kind, other, path))];
    let found: string[] = [];
    for (const other of candidates) {
      const key = `${kind}:${other}`;
      const now = await said(other, other === path ? source : (sources.get(other) ?? ''), rules);
      if (!judged.has(key)) {
        await share.linter.read(path, before);
        judged.set(key, await said(other, sources.get(other) ?? '', rules));
        await share.linter.read(path, source);
      }
      found = found.concat(more(now, judged.get(key) ?? []));
      if (found.length > 0) break;
    }
    await share.linter.read(path, before);
    const name = `${kind}.${(languageOf(path)?.id ?? '').replace('tsx', 'typescript')}`;
    const tally = tallies.get(name) ?? { of: 0, found: 0, warned: 0 };
    tallies.set(name, tally);
    tally.of++;
    if (found.length > 0) tally.found++;
    if (found.some(each => /^(?:warning|error)/.test(each))) tally.warned++;
    const verdict = found.length > 0 ? `found ${found[0]}` : 'MISSED';
    console.error(`${kind} ${join(folder, path)}:${line} ${text} → ${verdict}`);
  }
}

/** Where else a deletion may be noticed: callers of a helper, and what a service sets up for all its files. */
function isNear(kind: DeletionKind, other: string, path: string): boolean {
  if (languageOf(other) === undefined) return kind !== 'end';
  return familyOf(other) === familyOf(path) || kind === 'end';
}

/** Files of JavaScript and of TypeScript make up one program. */
function familyOf(path: string): string | undefined {
  return languageOf(path)?.id.replace(/^(?:typescript|tsx)$/, 'javascript');
}

/** A deletion moves what follows it: places are not compared. */
function keyOf({ rule, severity, message, symbol }: Finding): string {
  return `${severity} ${rule.id} ${symbol} ${message}`;
}

/** Those of the first that the second has not, or has less often. */
function more(now: readonly string[], before: readonly string[]): string[] {
  const left = [...before];
  return now.filter(each => {
    const index = left.indexOf(each);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
