import type { CodeAction, Diagnostic, Range } from 'vscode-languageserver/node';
import { type Disposable, Emitter } from '../../base/events.ts';
import { groupedBy } from '../../base/groups.ts';
import { LineMap } from '../../base/lines.ts';
import { LintConfiguration } from '../../lint/configuration/configuration.ts';
import { applyEvidence } from '../../lint/evidence/apply.ts';
import type { FileSyntax } from '../../lint/facts/syntax.ts';
import type { Finding } from '../../lint/finding.ts';
import { applyEdits } from '../../lint/fixes/apply.ts';
import type { ParsedDocument } from '../../lint/languages/document.ts';
import { languageOf, type Parsers } from '../../lint/languages/parsers.ts';
import { WorkspaceProject } from '../../lint/project/project.ts';
import { type CollectorRedaction, collectorRedaction } from '../../lint/report/collectorRedaction.ts';
import { allRules } from '../../lint/rules/allRules.ts';
import type { Fix } from '../../lint/rules/rule.ts';
import { groupFindings, WorkspaceLinter } from '../../lint/workspaceLinter.ts';
import type { Locator } from '../../locate/locator.ts';
import type { SourceFile } from '../../locate/sourceFiles.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { FolderLintOptions } from '../../protocol/lint.ts';
import type { SensitiveSettings } from '../../semconv/sensitive/options.ts';
import { inSlices } from '../../workspace/slices.ts';
import type { WorkspaceFiles } from '../../workspace/workspaceFiles.ts';
import { codeActions, tracedActions } from './codeActions.ts';
import { diagnosticOf } from './diagnostics.ts';
import type { WhatTracesSay } from './engineEvidence.ts';
import { FolderSettingsReader } from './folderSettings.ts';
import { type TracedFinding, tracesToCode } from './tracesToCode.ts';

/** After a change that may matter to other files, before they are linted again. */
const idleMs = 1_500;

/** The server stays small, and takes its time to look at what nobody has opened. In UTF-16 units. */
const keptSyntax = 200_000;

export interface LintServiceParts {
  readonly parsers: Parsers;
  readonly files: WorkspaceFiles;
  readonly locator: Locator;
  readonly options: readonly FolderLintOptions[];
  isOpen(uri: string): boolean;
  publish(uri: string, diagnostics: Diagnostic[]): void;
  report(error: unknown): void;
  /** URI of a rule's page; undefined where there are none. */
  ruleUri(id: string): string | undefined;
}

interface Linted {
  readonly file: SourceFile;
  readonly source: string;
  readonly findings: readonly Finding[];
  /** Milliseconds since 1970; of a file that has been as it is since the server began to read: undefined. */
  readonly changedAt: number | undefined;
}

/** The findings of the workspace: kept up to date, published as diagnostics, and answered with code actions. */
export class LintService implements Disposable {
  readonly #parts: LintServiceParts;
  readonly #project = new WorkspaceProject();
  readonly #linter: WorkspaceLinter;
  readonly #settings: FolderSettingsReader;
  readonly #open = new Map<
    string,
    { document: Promise<ParsedDocument>; source: string; syntax: FileSyntax | undefined }
  >();
  readonly #linted = new Map<string, Linted>();
  readonly #published = new Map<string, string>();
  readonly #configured = new Emitter<SensitiveSettings | undefined>();
  #shown: ReadonlyMap<string, readonly Finding[]> = new Map();
  #configuration = new LintConfiguration();
  #evidence: Evidence | undefined;
  #traced: readonly TracedFinding[] = [];
  #generation = -1;
  #ready = false;
  #others: NodeJS.Timeout | undefined;
  #work = new AbortController();
  #queue: Promise<void> = Promise.resolve();

  /** The settings have been read: what they call sensitive, and what not. */
  readonly onDidConfigure = this.#configured.event;

  constructor(parts: LintServiceParts) {
    this.#parts = parts;
    this.#settings = new FolderSettingsReader(parts.options, uri => parts.files.folderPath(uri));
    this.#linter = new WorkspaceLinter(
      (path, source) => this.#syntaxOf(path, source),
      this.#project,
      allRules,
      (path, error) => parts.report(new Error(`${path}: ${error instanceof Error ? error.message : error}`)),
      keptSyntax,
    );
  }

  /** Whether all files have been linted once. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Reads and lints all files that are listed; what runs is given up. */
  scan(): Promise<void> {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    return this.#enqueue(async () => {
      const files = [...this.#parts.files.all, ...this.#parts.files.configurations];
      const present = new Set(files.map(({ path }) => path));
      for (const path of [...this.#linted.keys()]) if (!present.has(path)) this.#forget(path);
      await inSlices(files, file => this.#read(file), signal);
      this.#configure();
      await inSlices(files, file => this.#lint(file), signal);
      if (signal.aborted) return;
      this.#generation = this.#project.generation;
      this.#ready = true;
      this.#publish();
    });
  }

  /** A file was made, changed or deleted, on disk or in the editor. */
  changed(uri: string): Promise<void> {
    return this.#enqueue(async () => {
      const file = this.#parts.files.fileOf(uri);
      if (!this.#parts.isOpen(uri)) await this.#close(uri);
      if (file === undefined || (await this.#parts.files.read(file)) === undefined) {
        const known = [...this.#linted.values()].find(linted => linted.file.uri === uri);
        if (known !== undefined) this.#forget(known.file.path);
      } else {
        const before = this.#settings.version;
        await this.#read(file);
        if (this.#settings.version !== before) this.#configure();
        await this.#lint(file);
        if (this.#settings.version !== before) this.#generation = -1;
      }
      this.#publish();
      if (this.#project.generation !== this.#generation) this.#lintOthersLater();
    });
  }

  #configure(): void {
    this.#configuration = this.#settings.configuration();
    this.#configured.fire(this.#configuration.sensitive);
  }

  /** Findings are judged by what traces say; what only traces show is put to its lines. */
  setTraces({ evidence, findings }: WhatTracesSay): Promise<void> {
    return this.#enqueue(async () => {
      this.#evidence = evidence;
      this.#traced = await tracesToCode(this.#parts.locator, findings, id => this.#parts.ruleUri(id));
      this.#publish();
    });
  }

  /** What masks in a collector what is sensitive in files and traces, when all files are linted; undefined: nothing is. */
  async collectorRedaction(): Promise<CollectorRedaction | undefined> {
    let redaction: CollectorRedaction | undefined;
    await this.#enqueue(async () => {
      const findings = this.#judged([...this.#linted.values()].flatMap(linted => linted.findings));
      const observed = this.#evidence?.sensitiveValues ?? [];
      redaction = collectorRedaction(findings, observed, this.#configuration.sensitive, ({ path, at }) => {
        const source = this.#linted.get(path)?.source ?? '';
        return `${path}:${new LineMap(source).position(at.start).line}`;
      });
    });
    return redaction;
  }

  /** Actions for a range of a document. */
  async actions(uri: string, range: Range, only: readonly string[] | undefined): Promise<CodeAction[]> {
    await this.#queue;
    const traced = tracedActions(this.#traced, uri, range, only);
    const linted = [...this.#linted.values()].find(each => each.file.uri === uri);
    if (linted === undefined) return traced;
    const { file, source } = linted;
    const lines = new LineMap(source);
    const own = await codeActions(
      {
        uri,
        source,
        language: languageOf(file.path)?.id,
        findings: this.#shown.get(file.path) ?? [],
        diagnosticOf: finding => this.#diagnostic(finding, lines),
        other: path => this.#other(path),
      },
      range,
      only,
      (finding, fix) => this.#holds(finding, fix, source),
    );
    return [...own, ...traced];
  }

  dispose(): void {
    this.#configured.dispose();
    this.#work.abort();
    clearTimeout(this.#others);
    for (const { document } of this.#open.values()) void document.then(each => each.dispose());
    this.#open.clear();
  }

  /** One after the other: each sees what the one before has read. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work).catch(error => this.#parts.report(error));
    return this.#queue;
  }

  async #read(file: SourceFile): Promise<void> {
    const source = await this.#parts.files.read(file);
    if (source === undefined) return this.#forget(file.path);
    this.#settings.read(file.path, source);
    await this.#linter.read(file.path, source);
  }

  async #lint(file: SourceFile): Promise<void> {
    const source = await this.#parts.files.read(file);
    if (source === undefined) return this.#forget(file.path);
    const findings = await this.#linter.lint(file.path, source, this.#configuration);
    // Files without findings are many; open ones are asked for actions.
    const before = this.#linted.get(file.path);
    const changedAt = before === undefined || before.source === source ? before?.changedAt : Date.now();
    if (findings.length > 0 || this.#parts.isOpen(file.uri))
      this.#linted.set(file.path, { file, source, findings, changedAt });
    else this.#linted.delete(file.path);
  }

  #forget(path: string): void {
    this.#linter.forget(path);
    this.#settings.forget(path);
    this.#linted.delete(path);
  }

  #lintOthersLater(): void {
    clearTimeout(this.#others);
    this.#others = setTimeout(() => {
      const { signal } = this.#work;
      void this.#enqueue(async () => {
        const { generation } = this.#project;
        const files = [...this.#parts.files.all, ...this.#parts.files.configurations];
        await inSlices(files, file => this.#lint(file), signal);
        if (signal.aborted) return;
        this.#generation = generation;
        this.#publish();
      });
    }, idleMs);
  }

  #publish(): void {
    const findings = this.#judged([...this.#linted.values()].flatMap(linted => linted.findings));
    const said = groupFindings(findings).filter(({ suppression }) => suppression === undefined);
    const shown = groupedBy(said, ({ path }) => path);
    this.#shown = shown;
    const diagnostics = new Map<string, Diagnostic[]>();
    for (const { file, source } of this.#linted.values()) {
      const lines = new LineMap(source);
      const list = (shown.get(file.path) ?? []).map(finding => this.#diagnostic(finding, lines));
      if (list.length > 0) diagnostics.set(file.uri, list);
    }
    const confirmed = [...shown.values()].flat().filter(({ evidence }) => evidence?.state === 'confirmed');
    for (const { uri, diagnostic, ruleId, traceIds } of this.#traced) {
      // What source shows, and these traces confirm, is one finding: where it can be fixed.
      const told = confirmed.some(
        ({ rule, evidence }) =>
          isSame(rule.id, ruleId) && evidence?.examples.some(({ traceId }) => traceIds.has(traceId)),
      );
      if (!told) diagnostics.set(uri, [...(diagnostics.get(uri) ?? []), diagnostic]);
    }
    for (const { uri, diagnostic } of this.#settings.problems(path => this.#parts.files.uriOf(path)))
      diagnostics.set(uri, [...(diagnostics.get(uri) ?? []), diagnostic]);
    for (const uri of new Set([...this.#published.keys(), ...diagnostics.keys()])) {
      const list = diagnostics.get(uri) ?? [];
      const text = JSON.stringify(list);
      if (this.#published.get(uri) === text) continue;
      if (list.length === 0) this.#published.delete(uri);
      else this.#published.set(uri, text);
      this.#parts.publish(uri, list);
    }
  }

  #judged(findings: readonly Finding[]): readonly Finding[] {
    if (this.#evidence === undefined) return findings;
    const judged = this.#judgedBy(this.#evidence, findings);
    return judged.map(finding => this.#seenNearby(finding));
  }

  /** A boundary that breaks in a handler of this file, where a call of this file may break it. */
  #seenNearby(finding: Finding): Finding {
    if (finding.evidence?.state !== 'unobserved' || !isSame(finding.rule.id, 'SPL701')) return finding;
    const uri = this.#linted.get(finding.path)?.file.uri;
    const seen = this.#traced.find(each => each.uri === uri && each.ruleId === 'SPL701');
    if (seen === undefined) return finding;
    const { examples, traceIds } = seen;
    return {
      ...finding,
      evidence: { state: 'confirmed', traces: traceIds.size, examples, method: 'the same file' },
    };
  }

  #judgedBy(evidence: Evidence, findings: readonly Finding[]): Finding[] {
    const lines = new Map<string, LineMap>();
    return applyEvidence(findings, evidence, {
      serviceOf: path => this.#project.serviceOf(path),
      changedAt: path => this.#linted.get(path)?.changedAt,
      lineOf: (path, offset) => {
        let map = lines.get(path);
        if (map === undefined) {
          map = new LineMap(this.#linted.get(path)?.source ?? '');
          lines.set(path, map);
        }
        return map.position(offset).line;
      },
    });
  }

  #diagnostic(finding: Finding, lines: LineMap): Diagnostic {
    return diagnosticOf(finding, {
      lines,
      other: path => this.#other(path),
      ruleUri: id => this.#parts.ruleUri(id),
    });
  }

  #other(path: string): { uri: string; lines: LineMap } | undefined {
    const linted = this.#linted.get(path);
    return linted === undefined ? undefined : { uri: linted.file.uri, lines: new LineMap(linted.source) };
  }

  /** A fix is offered only if its result parses and its finding is gone; a suggestion leaves something to fill in. */
  async #holds(finding: Finding, fix: Fix, source: string): Promise<boolean> {
    const { path } = finding;
    const language = languageOf(path);
    const after = applyEdits(
      source,
      fix.edits.filter(edit => edit.path === undefined),
    );
    if (language === undefined || after === source) return true;
    const before = await this.#parts.parsers.parse(language, source);
    const syntax = await this.#parts.parsers.parse(language, after);
    if (syntax === undefined || (syntax.broken && before?.broken === false)) return false;
    if (fix.kind === 'suggestion' || finding.group !== undefined) return true;
    const count = (findings: readonly Finding[]) =>
      findings.filter(({ rule, suppression }) => rule === finding.rule && suppression === undefined).length;
    const left = await this.#linter.lint(path, after, this.#configuration, syntax);
    return count(left) < count(this.#linted.get(path)?.findings ?? []);
  }

  /** Open documents are parsed in increments. */
  async #syntaxOf(path: string, source: string): Promise<FileSyntax | undefined> {
    const language = languageOf(path);
    if (language === undefined) return undefined;
    const uri = this.#parts.files.uriOf(path);
    if (uri === undefined || !this.#parts.isOpen(uri)) return this.#parts.parsers.parse(language, source);
    let open = this.#open.get(uri);
    if (open === undefined) {
      open = { document: this.#parts.parsers.open(language), source: '', syntax: undefined };
      this.#open.set(uri, open);
    }
    if (open.syntax === undefined || open.source !== source) {
      open.syntax = (await open.document).update(source);
      open.source = source;
    }
    return open.syntax;
  }

  async #close(uri: string): Promise<void> {
    const open = this.#open.get(uri);
    this.#open.delete(uri);
    (await open?.document)?.dispose();
  }
}

/** Rules that see the same gap, one in the source and the other in traces. */
function isSame(ruleId: string, traced: string): boolean {
  const pairs: { readonly [traced: string]: RegExp } = {
    SPL701: /^SPL10[1-4]$/,
    SPL702: /^SPL20[1-6]$/,
    SPL703: /^SPL403$/,
    SPL704: /^SPL50[12]$/,
    SPL705: /^SPL301$/,
    SPL707: /^SPL401$/,
    SPL708: /^SPL60[14]$/,
    SPL709: /^SPL30[34]$/,
  };
  return pairs[traced]?.test(ruleId) ?? false;
}
