import type { RuleInfo, RuleLanguage, Severity } from '../model/rule.ts';
import type { FileConfiguration } from './configuration/configuration.ts';
import type { FileFacts } from './facts/fileFacts.ts';
import type { Extent, FunctionSyntax, LanguageId } from './facts/syntax.ts';
import { compareFindings, type Finding } from './finding.ts';
import type { ConfigFacts, FileClass, Project, Service } from './project/types.ts';
import type { Report, Rule } from './rules/rule.ts';
import { suppressionRules } from './rules/suppressionRules.ts';
import { Suppressions } from './suppressions.ts';

/** More findings of one file help nobody. */
export const maxFindingsPerFile = 50;

/** What a file imports that uses OpenTelemetry by itself, and comments that are judged everywhere. */
const tells = /opentelemetry|otel|System\.Diagnostics|spanline[-:]ignore/i;

/** Whether a source file has to be parsed to know what is wrong with it. Where nothing uses OpenTelemetry, few rules apply. */
export function mayHaveFindings(
  path: string,
  source: string,
  project: Project,
  rules: readonly Rule[],
  { ignored }: FileConfiguration,
): boolean {
  if (ignored || !isJudged(project.fileClass(path))) return false;
  if (project.serviceOf(path).usesOpenTelemetry || tells.test(source)) return true;
  return rules.some(({ withoutOpenTelemetry }) => withoutOpenTelemetry?.test(source) === true);
}

/**
 * The findings of a source file, suppressed ones included, in the order of places.
 * A rule that throws is reported by the caller: `onError` is told, and the other rules go on.
 */
export function lintSource(
  file: FileFacts,
  rules: readonly Rule[],
  configuration: FileConfiguration,
  onError: (rule: Rule, error: unknown) => void,
): Finding[] {
  const { fileClass, service, project, path, syntax } = file;
  if (configuration.ignored || !isJudged(fileClass)) return [];
  const language = ruleLanguage(syntax.language);
  const collector = new Collector(path, service, configuration, fileClass, syntax.functions);
  const usesOpenTelemetry = service.usesOpenTelemetry || file.importsOpenTelemetry;
  for (const rule of rules) {
    if (rule.check === undefined || !rule.languages.includes(language)) continue;
    if (!usesOpenTelemetry && rule.withoutOpenTelemetry?.test(syntax.source) !== true) continue;
    if (fileClass.instrumentationLibrary && rule.inInstrumentation !== true && isAboutSpans(rule)) continue;
    if (fileClass.kind === 'test' && rule.group !== 'sensitive') continue;
    const level = configuration.levelOf(rule);
    if (level === 'off') continue;
    try {
      rule.check({
        file,
        project,
        service,
        options: configuration.optionsOf(rule),
        report: finding => collector.add(rule, finding),
      });
    } catch (error) {
      onError(rule, error);
    }
  }
  return collector.finish(
    syntax.source,
    syntax.comments.map(({ at }) => at),
    rules,
  );
}

/** The findings of a configuration file, suppressed ones included, in the order of places. */
export function lintConfiguration(
  config: ConfigFacts,
  project: Project,
  rules: readonly Rule[],
  configuration: FileConfiguration,
  onError: (rule: Rule, error: unknown) => void,
): Finding[] {
  const fileClass = project.fileClass(config.path);
  if (configuration.ignored || fileClass.kind !== 'application') return [];
  const service = project.serviceOf(config.path);
  const collector = new Collector(config.path, service, configuration, fileClass, []);
  for (const rule of rules) {
    if (rule.checkConfiguration === undefined || configuration.levelOf(rule) === 'off') continue;
    try {
      rule.checkConfiguration({
        config,
        project,
        service,
        options: configuration.optionsOf(rule),
        report: finding => collector.add(rule, finding),
      });
    } catch (error) {
      onError(rule, error);
    }
  }
  return collector.finish(config.source, config.comments, rules);
}

export function ruleLanguage(language: LanguageId): RuleLanguage {
  return language === 'tsx' ? 'typescript' : language;
}

function isJudged({ kind }: FileClass): boolean {
  return kind === 'application' || kind === 'test';
}

/** Instrumentations start, name and end spans on behalf of others. */
function isAboutSpans({ group }: RuleInfo): boolean {
  return group === 'lifecycle' || group === 'names' || group === 'conventions' || group === 'propagation';
}

class Collector {
  readonly #path: string;
  readonly #service: Service;
  readonly #configuration: FileConfiguration;
  readonly #fileClass: FileClass;
  readonly #functions: readonly FunctionSyntax[];
  readonly #findings: Finding[] = [];

  constructor(
    path: string,
    service: Service,
    configuration: FileConfiguration,
    fileClass: FileClass,
    functions: readonly FunctionSyntax[],
  ) {
    this.#path = path;
    this.#service = service;
    this.#configuration = configuration;
    this.#fileClass = fileClass;
    this.#functions = functions;
  }

  add(rule: Rule, { at, message, severity, confidence, fixes, related, anchor, group }: Report): void {
    const around = this.#around(at);
    // A syntax error inside: what the parser made of the rest is not certain.
    if (around.some(({ broken }) => broken) && rule.group !== 'suppression') return;
    const sure = confidence ?? rule.confidence;
    if (sure === 'low' && !this.#configuration.strict && !this.#isChosen(rule)) return;
    this.#findings.push({
      rule,
      path: this.#path,
      at: { start: at.start, end: at.end },
      severity: this.#severity(rule, severity),
      confidence: sure,
      message,
      fixes: fixes ?? [],
      related: (related ?? []).map(each => ({
        path: each.path ?? this.#path,
        at: { start: each.at.start, end: each.at.end },
        message: each.message,
      })),
      anchor,
      group,
      service: this.#service.root,
      symbol: around.find(({ qualifiedName }) => qualifiedName !== '')?.qualifiedName ?? '',
    });
  }

  /** With suppression comments applied and judged. */
  finish(source: string, comments: readonly Extent[], rules: readonly Rule[]): Finding[] {
    const suppressions = new Suppressions(source, comments);
    const kept = inOneLine(this.#findings.sort(compareFindings)).map(finding => {
      const reason = suppressions.reasonFor(finding.rule, finding.at);
      return reason === undefined
        ? finding
        : { ...finding, suppression: { kind: 'comment' as const, reason } };
    });
    const shown = kept.slice(0, maxFindingsPerFile);
    const isOn = (name: string) =>
      rules.some(
        rule =>
          (rule.name === name || rule.id.startsWith(name.toUpperCase())) &&
          this.#configuration.levelOf(rule) !== 'off',
      );
    for (const { rule: id, ...problem } of suppressions.problems(isOn)) {
      const rule = suppressionRules.find(each => each.id === id);
      if (rule === undefined || this.#configuration.levelOf(rule) === 'off') continue;
      shown.push({
        ...problem,
        rule,
        path: this.#path,
        severity: this.#severity(rule, undefined),
        confidence: rule.confidence,
        related: [],
        anchor: undefined,
        group: undefined,
        service: this.#service.root,
        symbol: '',
      });
    }
    return shown.sort(compareFindings);
  }

  /** The configuration's word before the finding's own; in tests nothing is worse than info. */
  #severity(rule: Rule, own: Severity | undefined): Severity {
    const level = this.#configuration.levelOf(rule);
    const severity = level !== 'off' && level !== rule.severity ? level : (own ?? rule.severity);
    return this.#fileClass.kind === 'test' && severity !== 'hint' ? 'info' : severity;
  }

  /** Somebody turned it on or changed its level. */
  #isChosen(rule: Rule): boolean {
    return this.#configuration.levelOf(rule) !== (rule.offByDefault === true ? 'off' : rule.severity);
  }

  /** The functions around a place, inner first. */
  #around({ start, end }: Extent): FunctionSyntax[] {
    return this.#functions.filter(({ at }) => at.start <= start && end <= at.end).reverse();
  }
}

/** The same rule twice at one place is one finding. */
function inOneLine(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    (finding, index) =>
      !findings
        .slice(0, index)
        .some(
          other =>
            other.rule === finding.rule &&
            other.at.start === finding.at.start &&
            other.at.end === finding.at.end,
        ),
  );
}
