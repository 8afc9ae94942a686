import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import { LineMap } from '../base/lines.ts';
import { type FolderSettings, LintConfiguration } from '../lint/configuration/configuration.ts';
import { applyEvidence } from '../lint/evidence/apply.ts';
import type { Finding } from '../lint/finding.ts';
import { applyEdits, combineFixes } from '../lint/fixes/apply.ts';
import { languageOf } from '../lint/languages/parsers.ts';
import { type CollectorRedaction, collectorRedaction } from '../lint/report/collectorRedaction.ts';
import type { LintReport } from '../lint/report/report.ts';
import { allRules } from '../lint/rules/allRules.ts';
import { groupFindings } from '../lint/workspaceLinter.ts';
import type { Evidence } from '../model/evidence.ts';
import { uriOfPath } from '../workspace/uris.ts';
import { WorkspaceFiles } from '../workspace/workspaceFiles.ts';
import { CommandError } from './command.ts';
import type { LintedFile, LintShare, ListedFile, ReadFile } from './lintShare.ts';
import { LintTeam } from './lintTeam.ts';
import { readSettings, statOf } from './projectSettings.ts';
import { evidenceOf, readTraceFiles } from './traceFiles.ts';

/** Fixes may make way for others; more rounds than this mean that two undo each other. */
const maxRounds = 10;

export interface LintRunOptions {
  /** Folder of the tree-sitter files. */
  readonly grammars: string;
  /** What another thread runs (lintThread.ts). */
  readonly thread: URL;
  /** Settings instead of the `spanline.json` files. */
  readonly config: string | undefined;
  readonly profile: 'default' | 'strict' | undefined;
  readonly traces: readonly string[];
}

/** One run of the linter: the whole project is read, what was named is linted. */
export class LintRun {
  readonly #since: number;
  readonly #root: string;
  /** Knows the whole project when all is read. */
  readonly #share: LintShare;
  /** Path relative to the root → text. */
  readonly #sources = new Map<string, string>();
  readonly #lines = new Map<string, LineMap>();
  #configuration = new LintConfiguration();
  #chosen: readonly string[] = [];
  #linted: readonly LintedFile[] = [];
  #findings: readonly Finding[] = [];
  #evidence: Evidence | undefined;

  private constructor(root: string, share: LintShare, since: number) {
    this.#root = root;
    this.#share = share;
    this.#since = since;
  }

  /**
   * Reads and lints. Throws a CommandError for paths that do not exist and for settings that are wrong.
   * @param operands files and folders, as given
   */
  static async over(operands: readonly string[], options: LintRunOptions): Promise<LintRun> {
    const since = performance.now();
    const targets = await Promise.all(operands.map(existing));
    const root = rootOf(targets);
    const team = new LintTeam({ ...options, files: await filesOf(root, targets) });
    try {
      const run = new LintRun(root, team.own, since);
      const folders = await run.#read(await team.read(), targets, options);
      if (options.traces.length > 0)
        run.#evidence = await evidenceOf(await readTraceFiles(options.traces), run.#configuration.sensitive);
      run.#judge(await team.lint(run.#chosen, folders));
      return run;
    } finally {
      await team.end();
    }
  }

  /** Applies safe fixes until there are none left, and writes the files that changed. */
  async fix(): Promise<void> {
    const { project } = this.#share;
    const { generation } = project;
    let isChanged = false;
    for (const { path, findings } of this.#linted) {
      const before = this.#sources.get(path) ?? '';
      // What was found holds until a fix changes what a file says to the others.
      const after = await this.#fixed(path, before, project.generation === generation ? findings : undefined);
      if (after === before) continue;
      await writeFile(join(this.#root, path), after);
      isChanged = true;
    }
    if (isChanged) this.#judge(await this.#lintAgain());
  }

  /** What masks in a collector what is sensitive here and in the traces; undefined: nothing is. */
  collectorRedaction(): CollectorRedaction | undefined {
    const { findings, positionOf } = this.report();
    const observed = this.#evidence?.sensitiveValues ?? [];
    return collectorRedaction(
      findings,
      observed,
      this.#configuration.sensitive,
      ({ path, at }) => `${path}:${positionOf(path, at.start).line}`,
    );
  }

  report(): LintReport {
    const shown = this.#findings.map(finding => ({
      ...finding,
      path: this.#shown(finding.path),
      related: finding.related.map(each => ({ ...each, path: this.#shown(each.path) })),
    }));
    const sources = new Map([...this.#sources].map(([path, source]) => [this.#shown(path), source]));
    const sourceOf = (path: string) => sources.get(path) ?? '';
    return {
      findings: shown,
      filesChecked: this.#chosen.length,
      durationMs: Math.round(performance.now() - this.#since),
      problems: this.#linted.flatMap(({ path, problems }) =>
        problems.map(problem => `${this.#shown(path)}: ${problem}`),
      ),
      notes: [],
      rules: allRules,
      sourceOf,
      positionOf: (path, offset) => {
        let lines = this.#lines.get(path);
        if (lines === undefined) {
          lines = new LineMap(sourceOf(path));
          this.#lines.set(path, lines);
        }
        return lines.position(offset);
      },
    };
  }

  async #read(
    files: readonly ReadFile[],
    targets: readonly Target[],
    options: LintRunOptions,
  ): Promise<FolderSettings[]> {
    for (const { path, source } of files) this.#sources.set(path, source);
    const folders = await this.#readSettings(options);
    this.#configuration = new LintConfiguration(folders);
    this.#chosen = files
      .filter(
        ({ path, linted }) =>
          linted &&
          !this.#configuration.of(path).ignored &&
          targets.some(target => isBelow(join(this.#root, path), target.path)),
      )
      .map(({ path }) => path);
    return folders;
  }

  async #readSettings({ config, profile }: LintRunOptions): Promise<FolderSettings[]> {
    const folders: FolderSettings[] = [];
    if (config !== undefined) folders.push({ folder: '', settings: await readSettings(config, config) });
    else
      for (const path of this.#sources.keys())
        if (/(?:^|\/)spanline\.json$/.test(path))
          folders.push({
            folder: dirname(path) === '.' ? '' : dirname(path),
            settings: await readSettings(join(this.#root, path), this.#shown(path)),
          });
    if (profile !== undefined) folders.push({ folder: '', settings: { profile } });
    return folders;
  }

  /** By now everything is known here. */
  async #lintAgain(): Promise<LintedFile[]> {
    const linted: LintedFile[] = [];
    for (const path of this.#chosen)
      linted.push(await this.#share.judge(path, this.#sources.get(path) ?? '', this.#configuration));
    return linted;
  }

  #judge(linted: readonly LintedFile[]): void {
    this.#linted = linted;
    this.#findings = groupFindings(this.#judged(linted.flatMap(({ findings }) => findings)));
  }

  #judged(findings: readonly Finding[]): readonly Finding[] {
    if (this.#evidence === undefined) return findings;
    const lines = new Map(
      [...new Set(findings.map(({ path }) => path))].map(path => [
        path,
        new LineMap(this.#sources.get(path) ?? ''),
      ]),
    );
    return applyEvidence(findings, this.#evidence, {
      serviceOf: path => this.#share.project.serviceOf(path),
      // When a checkout was made says nothing about the code.
      changedAt: () => undefined,
      lineOf: (path, offset) => lines.get(path)?.position(offset).line ?? 1,
    });
  }

  /**
   * A fix that leaves what does not parse is taken back.
   * @param known findings of the text, if they are known
   */
  async #fixed(path: string, original: string, known: readonly Finding[] | undefined): Promise<string> {
    let text = original;
    for (let round = 0; round < maxRounds; round++) {
      const findings =
        (round === 0 ? known : undefined) ??
        (await this.#share.judge(path, text, this.#configuration)).findings;
      const safe = findings
        .filter(({ suppression }) => suppression === undefined)
        .flatMap(
          ({ fixes }) => fixes.find(({ kind, edits }) => kind === 'safe' && edits.every(isHere)) ?? [],
        );
      const { edits } = combineFixes(safe);
      if (edits.length === 0) break;
      const next = applyEdits(text, edits);
      if (!(await this.#parses(path, text)) || (await this.#parses(path, next))) text = next;
      else break;
      this.#sources.set(path, text);
      this.#lines.clear();
      await this.#share.linter.read(path, text);
    }
    return text;
  }

  async #parses(path: string, source: string): Promise<boolean> {
    return languageOf(path) === undefined || (await this.#share.syntaxOf(path, source))?.broken === false;
  }

  /** Relative to the working directory. */
  #shown(path: string): string {
    return relative(process.cwd(), join(this.#root, path)).split(sep).join('/');
  }
}

interface Target {
  /** Absolute. */
  readonly path: string;
  readonly isFile: boolean;
}

/** The files of the project, in the order in which they are read. */
async function filesOf(root: string, targets: readonly Target[]): Promise<ListedFile[]> {
  const files = new WorkspaceFiles(() => undefined);
  await files.scan([uriOfPath(root)], new AbortController().signal);
  const listed = new Map([...files.all, ...files.configurations].map(file => [file.path, file]));
  // A file that is named is linted, whatever the list leaves out.
  for (const { path, isFile } of targets) {
    const inside = relative(root, path).split(sep).join('/');
    const file = isFile && !listed.has(inside) ? await files.at(path) : undefined;
    if (file !== undefined) listed.set(inside, file);
  }
  return [...listed].sort(([a], [b]) => (a < b ? -1 : 1));
}

function isHere({ path }: { readonly path?: string }): boolean {
  return path === undefined;
}

async function existing(operand: string): Promise<Target> {
  const path = resolve(operand);
  const found = await statOf(path, operand);
  if (found === undefined) throw new CommandError(`${operand} does not exist`);
  return { path, isFile: found.isFile() };
}

/**
 * Where the project begins: the working directory if everything lies in it; else the folder that was named, or the one
 * that holds what was named. A home or a whole disk is no project.
 */
function rootOf(targets: readonly Target[]): string {
  const here = process.cwd();
  const wide = here === homedir() || here === parse(here).root;
  if (!wide && targets.every(({ path }) => isBelow(path, here))) return here;
  const folders = targets.map(({ path, isFile }) => (isFile ? dirname(path) : path));
  let common = folders[0];
  while (!folders.every(folder => isBelow(folder, common))) common = dirname(common);
  return common;
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
