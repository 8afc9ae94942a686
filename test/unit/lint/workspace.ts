import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import type { Finding } from '../../../src/lint/finding.ts';
import { WorkspaceProject } from '../../../src/lint/project/project.ts';
import { allRules } from '../../../src/lint/rules/allRules.ts';
import { groupFindings, WorkspaceLinter } from '../../../src/lint/workspaceLinter.ts';
import { parsers, syntaxOf } from './parsing.ts';

/** Files by path below the root. */
export type Files = ReadonlyMap<string, string>;

/** The files of a folder, without `.fixed.` ones. */
export function filesBelow(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    names
      .filter(entry => entry.isFile() && !entry.name.includes('.fixed.'))
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map(path => [relative(folder, path).split(sep).join('/'), readFileSync(path, 'utf8')]),
  );
}

/** All findings of a workspace, ungrouped; whatever a rule throws fails the test. */
export async function lintFiles(
  files: Files,
  configuration = new LintConfiguration([{ folder: '', settings: { profile: 'strict' } }]),
  rules = allRules,
): Promise<Finding[]> {
  const linter = new WorkspaceLinter(syntaxOf, new WorkspaceProject(), rules, (path, error) => {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  });
  for (const [path, source] of files) await linter.read(path, source);
  const findings: Finding[] = [];
  for (const [path, source] of files) findings.push(...(await linter.lint(path, source, configuration)));
  return findings;
}

export { groupFindings, parsers };

/** 1-based. */
export function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}
