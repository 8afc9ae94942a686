import type {
  ArtifactLocation,
  Log,
  PhysicalLocation,
  Region,
  ReportingDescriptor,
  Result,
  Run,
  Suppression as SarifSuppression,
} from 'sarif';
import type { RuleInfo, Severity } from '../../model/rule.ts';
import type { Extent } from '../facts/syntax.ts';
import type { EvidenceOfFinding, Finding, Suppression } from '../finding.ts';
import { fingerprints } from '../fingerprint.ts';
import type { LintReport } from './report.ts';
import { ruleMarkdown } from './rulePage.ts';

const levels: { readonly [severity in Severity]: 'error' | 'warning' | 'note' } = {
  error: 'error',
  warning: 'warning',
  info: 'note',
  hint: 'note',
};

/**
 * SARIF 2.1.0 (OASIS), one run: rules with their pages, results with fingerprints, fixes, suppressions and evidence.
 * @param version of the tool
 * @param ruleUri address of a rule's page
 */
export function sarifReport(
  report: LintReport,
  version: string,
  ruleUri: (rule: RuleInfo) => string,
): string {
  const prints = fingerprints(report.findings, report.sourceOf);
  const ruleIndex = new Map(report.rules.map((rule, index) => [rule.id, index]));
  const run: Run = {
    tool: {
      driver: {
        name: 'Spanline',
        semanticVersion: version,
        rules: report.rules.map(rule => sarifRule(rule, ruleUri(rule))),
      },
    },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { SRCROOT: { description: { text: 'The folder that was linted.' } } },
    invocations: [
      {
        executionSuccessful: report.problems.length === 0,
        toolExecutionNotifications: report.problems.map(text => ({ level: 'error', message: { text } })),
      },
    ],
    results: report.findings.map((finding, index) =>
      sarifResult(finding, prints[index], ruleIndex.get(finding.rule.id) ?? -1, report),
    ),
  };
  const log: Log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function sarifRule(rule: RuleInfo, helpUri: string): ReportingDescriptor {
  const sensitive = rule.group === 'sensitive';
  return {
    id: rule.id,
    name: rule.name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: rule.docs.what },
    fullDescription: { text: rule.docs.why },
    help: { text: `${rule.docs.what} ${rule.docs.why}`, markdown: ruleMarkdown(rule) },
    helpUri,
    defaultConfiguration: { level: levels[rule.severity], enabled: rule.offByDefault !== true },
    properties: {
      tags: [rule.group, ...(sensitive ? ['security'] : [])],
      precision: rule.confidence,
      // GitHub shows it for results that are tagged `security`.
      ...(sensitive ? { 'security-severity': rule.severity === 'error' ? '7.5' : '5.0' } : {}),
    },
  };
}

function sarifResult(finding: Finding, print: string, ruleIndex: number, report: LintReport): Result {
  const { rule, path, at, severity, confidence, message, related, fixes, suppression, evidence } = finding;
  return {
    ruleId: rule.id,
    ruleIndex,
    level: levels[severity],
    message: { text: message },
    locations: [{ physicalLocation: physicalLocation(path, at, report) }],
    relatedLocations:
      related.length === 0
        ? undefined
        : related.map((each, id) => ({
            id,
            physicalLocation: physicalLocation(each.path, each.at, report),
            message: { text: each.message },
          })),
    partialFingerprints: { primaryLocationLineHash: `${print.slice(0, 16)}:1`, 'spanline/v1': print },
    fixes:
      fixes.length === 0
        ? undefined
        : fixes.map(({ title, edits }) => ({
            description: { text: title },
            artifactChanges: [...new Set(edits.map(edit => edit.path ?? path))].map(changed => ({
              artifactLocation: artifactLocation(changed),
              replacements: edits
                .filter(edit => (edit.path ?? path) === changed)
                .map(edit => ({
                  deletedRegion: region(changed, edit, report),
                  insertedContent: { text: edit.newText },
                })),
            })),
          })),
    suppressions: suppression === undefined ? [] : [sarifSuppression(suppression)],
    properties: { confidence, ...(evidence === undefined ? {} : { evidence: sarifEvidence(evidence) }) },
  };
}

function sarifSuppression({ kind, reason }: Suppression): SarifSuppression {
  return {
    kind: kind === 'comment' ? 'inSource' : 'external',
    status: 'accepted',
    justification: reason === '' ? undefined : reason,
  };
}

function sarifEvidence({ state, traces, method, examples }: EvidenceOfFinding): object {
  return { state, traces, method, traceIds: [...new Set(examples.map(({ traceId }) => traceId))] };
}

function physicalLocation(path: string, at: Extent, report: LintReport): PhysicalLocation {
  return { artifactLocation: artifactLocation(path), region: region(path, at, report) };
}

function artifactLocation(path: string): ArtifactLocation {
  return { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' };
}

function region(path: string, at: Extent, report: LintReport): Region {
  const start = report.positionOf(path, at.start);
  const end = report.positionOf(path, at.end);
  return {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}
