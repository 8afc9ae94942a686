import { stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse, relative, resolve, sep } from 'node:path';
import { LineMap } from '../base/lines.ts';
import { readAhead } from '../base/readAhead.ts';
import { type FolderSettings, LintConfiguration } from '../lint/configuration/configuration.ts';
import { applyEvidence } from '../lint/evidence/apply.ts';
import type { FileSyntax } from '../lint/facts/syntax.ts';
import type { Finding } from '../lint/finding.ts';
import { applyEdits, combineFixes } from '../lint/fixes/apply.ts';
import { languageOf, Parsers } from '../lint/languages/parsers.ts';
import { WorkspaceProject } from '../lint/project/project.ts';
import { type CollectorRedaction, collectorRedaction } from '../lint/report/collectorRedaction.ts';
import type { LintReport } from '../lint/report/report.ts';
import { allRules } from '../lint/rules/allRules.ts';
import { groupFindings, WorkspaceLinter } from '../lint/workspaceLinter.ts';
import type { Evidence } from '../model/evidence.ts';
import { uriOfPath } from '../workspace/uris.ts';
import { WorkspaceFiles } from '../workspace/workspaceFiles.ts';
import { CommandError } from './command.ts';
import { readSettings } from './projectSettings.ts';
import { evidenceOf, readTraceFiles } from './traceFiles.ts';

/** Fixes may make way for others; more rounds than this mean that two undo each other. */
const maxRounds = 10;

export interface LintRunOptions {
  /** Folder of the tree-sitter files. */
  readonly grammars: string;
  /** Settings instead of the `spanline.json` files. */
  readonly config: string | undefined;
  readonly profile: 'default' | 'strict' | undefined;
  readonly traces: readonly string[];
}

/** One run of the linter: the whole project is read, what was named is linted. */
export class LintRun {
  readonly #since = performance.now();
  readonly #root: string;
  readonly #linter: WorkspaceLinter;
  readonly #project = new WorkspaceProject();
  readonly #parsers: Parsers;
  /** Path relative to the root → text. */
  readonly #sources = new Map<string, string>();
  readonly #lines = new Map<string, LineMap>();
  readonly #problems: string[] = [];
  #configuration = new LintConfiguration();
  #chosen: string[] = [];
  #findings: readonly Finding[] = [];
  #evidence: Evidence | undefined;

  private constructor(root: string, { grammars }: LintRunOptions) {
    this.#root = root;
    this.#parsers = new Parsers(grammars);
    this.#linter = new WorkspaceLinter(
      (path, source) => this.#syntaxOf(path, source),
      this.#project,
      allRules,
      (path, error) =>
        this.#problems.push(`${this.#shown(path)}: ${error instanceof Error ? error.message : error}`),
    );
  }

  /**
   * Reads and lints. Throws a CommandError for paths that do not exist and for settings that are wrong.
   * @param operands files and folders, as given
   */
  static async over(operands: readonly string[], options: LintRunOptions): Promise<LintRun> {
    const targets = await Promise.all(operands.map(existing));
    const run = new LintRun(rootOf(targets), options);
    await run.#read(targets, options);
    if (options.traces.length > 0)
      run.#evidence = await evidenceOf(await readTraceFiles(options.traces), run.#configuration.sensitive);
    await run.#lintAll();
    return run;
  }

  /** Applies safe fixes until there are none left, and writes the files that changed. */
  async fix(): Promise<void> {
    for (const path of this.#chosen) {
      const before = this.#sources.get(path) ?? '';
      const after = await this.#fixed(path, before);
      if (after !== before) await writeFile(join(this.#root, path), after);
    }
    await this.#lintAll();
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
      problems: this.#problems,
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

  async #read(targets: readonly Target[], options: LintRunOptions): Promise<void> {
    const files = new WorkspaceFiles(() => undefined);
    await files.scan([uriOfPath(this.#root)], new AbortController().signal);
    const listed = new Map([...files.all, ...files.configurations].map(file => [file.path, file]));
    // A file that is named is linted, whatever the list leaves out.
    for (const { path, isFile } of targets) {
      const inside = relative(this.#root, path).split(sep).join('/');
      const file = isFile && !listed.has(inside) ? await files.at(path) : undefined;
      if (file !== undefined) listed.set(inside, file);
    }
    const known = new Set<string>();
    const sorted = [...listed].sort(([a], [b]) => (a < b ? -1 : 1));
    const sources = readAhead(sorted, ([, file]) => files.read(file));
    for (const [path] of sorted) {
      const source = (await sources.next()).value;
      if (source === undefined) continue;
      this.#sources.set(path, source);
      if (await this.#linter.read(path, source)) known.add(path);
    }
    this.#configuration = await this.#readSettings(options);
    this.#chosen = [...known].filter(
      path =>
        !this.#configuration.of(path).ignored &&
        targets.some(target => isBelow(join(this.#root, path), target.path)),
    );
  }

  async #readSettings({ config, profile }: LintRunOptions): Promise<LintConfiguration> {
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
    return new LintConfiguration(folders);
  }

  async #lintAll(): Promise<void> {
    const findings: Finding[] = [];
    for (const path of this.#chosen)
      findings.push(...(await this.#linter.lint(path, this.#sources.get(path) ?? '', this.#configuration)));
    this.#findings = groupFindings(this.#judged(findings));
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
      serviceOf: path => this.#project.serviceOf(path),
      // When a checkout was made says nothing about the code.
      changedAt: () => undefined,
      lineOf: (path, offset) => lines.get(path)?.position(offset).line ?? 1,
    });
  }

  /** A fix that leaves what does not parse is taken back. */
  async #fixed(path: string, original: string): Promise<string> {
    let text = original;
    for (let round = 0; round < maxRounds; round++) {
      const findings = await this.#linter.lint(path, text, this.#configuration);
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
      await this.#linter.read(path, text);
    }
    return text;
  }

  async #syntaxOf(path: string, source: string): Promise<FileSyntax | undefined> {
    const language = languageOf(path);
    return language === undefined ? undefined : this.#parsers.parse(language, source);
  }

  async #parses(path: string, source: string): Promise<boolean> {
    return languageOf(path) === undefined || (await this.#syntaxOf(path, source))?.broken === false;
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

function isHere({ path }: { readonly path?: string }): boolean {
  return path === undefined;
}

async function existing(operand: string): Promise<Target> {
  const path = resolve(operand);
  try {
    return { path, isFile: (await stat(path)).isFile() };
  } catch {
    throw new CommandError(`${operand} does not exist`);
  }
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
