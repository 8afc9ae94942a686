import { addToGroup } from '../base/groups.ts';
import type { LintConfiguration } from './configuration/configuration.ts';
import { FileFacts } from './facts/fileFacts.ts';
import { summarize, summarizeImports } from './facts/summary.ts';
import type { FileSyntax } from './facts/syntax.ts';
import { compareFindings, type Finding } from './finding.ts';
import { languageOf } from './languages/parsers.ts';
import { lintConfiguration, lintSource, mayHaveFindings } from './linter.ts';
import { readConfiguration } from './project/configFacts.ts';
import { isMinified, kindOf } from './project/fileClass.ts';
import type { ConfigFacts, FileSummary, GrowingProject, Project } from './project/types.ts';
import { whileReading } from './project/whileReading.ts';
import type { Rule } from './rules/rule.ts';

/**
 * A source file is worth parsing if one of these words is in it: calls that send, spans, and what sets them up. The element
 * `<span>` is none of them.
 */
const words =
  /(?<!<\/?)span|trac(?:e|ing)|telemetry|otel|baggage|propagat|fetch|axios|requests?\b|https?|urllib|grpc|kafka|amqp|rabbit|sqs|sns|client-lambda|nats|queue|pubsub|publish|activity|xhr|xmlhttp|superagent|\bgot\b|\bky\b|needle|mqtt|celery|pika|boto|redis|resty|sarama|rest(?:template|client)|webclient|okhttp|jms|microservices|distributedapplication|export\s*(?:\*|\{[^{}]*\})\s*from/i;

/** Spans of Go that another file starts are ended so. */
const ends = /\.End\(\)/;

/** Whether the linter can have anything to say about a source file, or anything to learn from it. */
export function mayMatter(source: string): boolean {
  return words.test(source) || ends.test(source);
}

/** What tools write and other people's libraries are not read: they are long, and nobody here changes them. */
function isOwn(path: string, source: string): boolean {
  const kind = kindOf(path, undefined);
  return (kind === 'application' || kind === 'test') && !isMinified(source);
}

/** Reads a source file; undefined if its language is not read, or it is too long. */
export type ReadSyntax = (path: string, source: string) => Promise<FileSyntax | undefined>;

/** Source kept as syntax between the two passes, in UTF-16 units; beyond it files are parsed again. About 27 bytes a unit. */
export const maxKept = 6_000_000;

/** What the first pass leaves of a file. */
export type Said = FileSummary | ConfigFacts;

/**
 * Lints a whole workspace in two passes: all files are read first, because what one file sets up decides what is wrong
 * in another; then each is judged. Reading a file again replaces what it said.
 */
export class WorkspaceLinter {
  readonly #syntaxOf: ReadSyntax;
  readonly #project: GrowingProject;
  readonly #reading: Project;
  readonly #rules: readonly Rule[];
  readonly #onError: (path: string, error: unknown) => void;
  readonly #maxKept: number;
  readonly #kept = new Map<string, { source: string; syntax: FileSyntax }>();
  /** Of `#kept`: parsed ahead of being read. */
  readonly #prepared = new Set<string>();
  readonly #configurations = new Map<string, ConfigFacts>();
  #keptLength = 0;
  #last: { readonly source: string; readonly facts: FileFacts } | undefined;

  /**
   * @param onError is told what a rule or a reader threw; everything else goes on
   * @param keptLength source kept as syntax between the passes: less takes less memory, and more time
   */
  constructor(
    syntaxOf: ReadSyntax,
    project: GrowingProject,
    rules: readonly Rule[],
    onError: (path: string, error: unknown) => void,
    keptLength = maxKept,
  ) {
    this.#maxKept = keptLength;
    this.#syntaxOf = syntaxOf;
    this.#project = project;
    this.#reading = whileReading(project);
    this.#rules = rules;
    this.#onError = onError;
  }

  /** Parses a file that will be read, as far as that needs no other one. False: there is no room for more. */
  async prepare(path: string, source: string): Promise<boolean> {
    if (this.#keptLength + source.length > this.#maxKept) return false;
    if (languageOf(path) === undefined || !isOwn(path, source) || !mayMatter(source)) return true;
    const syntax = await this.#syntaxOf(path, source);
    if (syntax === undefined) return true;
    this.#keep(path, source, syntax);
    this.#prepared.add(path);
    return true;
  }

  /**
   * First pass over one file.
   * @returns whether it is a file that is linted at all
   */
  async read(path: string, source: string): Promise<boolean> {
    const kept = this.#prepared.has(path) ? this.#kept.get(path) : undefined;
    const prepared = kept?.source === source ? kept.syntax : undefined;
    this.#release(path);
    this.#last = undefined;
    const language = languageOf(path);
    if (language === undefined) {
      const facts = readConfiguration(path, source);
      if (facts === undefined) {
        this.forget(path);
        return false;
      }
      this.#configurations.set(path, facts);
      this.#project.setConfiguration(facts);
      return true;
    }
    if (!isOwn(path, source)) {
      this.forget(path);
      return true;
    }
    const syntax = prepared ?? (mayMatter(source) ? await this.#syntaxOf(path, source) : undefined);
    if (syntax === undefined) {
      this.#project.setSummary(summarizeImports(path, language.id, source));
      return true;
    }
    const again = this.#project.summary(path) !== undefined;
    const facts = new FileFacts(path, syntax, again ? this.#project : this.#reading);
    const { generation } = this.#project;
    this.#project.setSummary(summarize(facts));
    // What was read is right for judging too, as long as it changes nothing for others.
    this.#last = again && this.#project.generation === generation ? { source, facts } : undefined;
    if (this.#keptLength + source.length <= this.#maxKept) this.#keep(path, source, syntax);
    return true;
  }

  /** What a file said when it was read; undefined for one that says nothing to others. */
  said(path: string): Said | undefined {
    return this.#configurations.get(path) ?? this.#project.summary(path);
  }

  /** What another linter of the same project has read. */
  hear(said: Said): void {
    if ('functions' in said) this.#project.setSummary(said);
    else {
      this.#configurations.set(said.path, said);
      this.#project.setConfiguration(said);
    }
  }

  /** Takes back what a file said. */
  forget(path: string): void {
    this.#release(path);
    if (this.#configurations.delete(path) || languageOf(path) !== undefined) this.#project.delete(path);
  }

  #keep(path: string, source: string, syntax: FileSyntax): void {
    this.#kept.set(path, { source, syntax });
    this.#keptLength += source.length;
  }

  #release(path: string): void {
    const kept = this.#kept.get(path);
    if (kept !== undefined) this.#keptLength -= kept.source.length;
    this.#kept.delete(path);
    this.#prepared.delete(path);
  }

  /**
   * Second pass over one file: its findings, suppressed ones included, in the order of places.
   * @param trial syntax of a text that is only tried, and not kept
   */
  async lint(
    path: string,
    source: string,
    configuration: LintConfiguration,
    trial?: FileSyntax,
  ): Promise<Finding[]> {
    const settings = configuration.of(path);
    const onError = (rule: Rule, error: unknown) =>
      this.#onError(path, new Error(`${rule.id} failed: ${error instanceof Error ? error.stack : error}`));
    const config = this.#configurations.get(path);
    if (config !== undefined) return lintConfiguration(config, this.#project, this.#rules, settings, onError);
    if (languageOf(path) === undefined || !isOwn(path, source) || !mayMatter(source)) return [];
    if (!mayHaveFindings(path, source, this.#project, this.#rules, settings)) return [];
    const kept = this.#kept.get(path);
    const syntax = trial ?? (kept?.source === source ? kept.syntax : await this.#syntaxOf(path, source));
    if (syntax === undefined) return [];
    const last = this.#last;
    const known = last?.facts.path === path && last.source === source && last.facts.syntax === syntax;
    const facts = known ? last.facts : new FileFacts(path, syntax, this.#project);
    return lintSource(facts, this.#rules, settings, onError);
  }
}

/**
 * One finding for all of a service that have the same group: the first, with the others as related places. A group says
 * something about the service ("requests is not instrumented"), and one fix repairs them all.
 */
export function groupFindings(findings: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  const single: Finding[] = [];
  for (const finding of findings) {
    if (finding.group === undefined || finding.suppression !== undefined) {
      single.push(finding);
      continue;
    }
    // One that matters less must not stand for one that matters more.
    const key = JSON.stringify([finding.rule.id, finding.service, finding.group, finding.severity]);
    addToGroup(groups, key, finding);
  }
  for (const [first, ...others] of groups.values()) {
    const count = others.length + 1;
    single.push(
      others.length === 0
        ? first
        : {
            ...first,
            message: `${first.message} (${count} places in this service)`,
            related: [
              ...first.related,
              ...others.map(({ path, at }) => ({ path, at, message: 'the same here' })),
            ],
          },
    );
  }
  return single.sort(compareFindings);
}
