/** What the editor and the language server say to each other about findings, beyond the Language Server Protocol. */

/** How the editor wants findings of a folder to be shown. */
export interface FolderLintOptions {
  /** URI of the workspace folder. */
  uri: string;
  enabled: boolean;
  profile: 'default' | 'strict';
  /** As `rules` of `spanline.json`. */
  rules: Readonly<Record<string, unknown>>;
}

/** Command of the quick fix "Explain"; arguments: `[ruleId]`. */
export const explainRuleCommand = 'spanline.lint.explain';
/** Command that opens a trace that confirms a finding; arguments: `[{ traceId, spanId }]`. */
export const showEvidenceCommand = 'spanline.lint.showEvidence';
/** Kind of the code action that applies all safe fixes of a document. */
export const fixAllKind = 'source.fixAll.spanline';
