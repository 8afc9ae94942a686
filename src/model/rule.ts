/** What a rule is, whether it reads source or traces: its page, its defaults, and how sure it is. */

export type Severity = 'error' | 'warning' | 'info' | 'hint';
export type Confidence = 'high' | 'medium' | 'low';
/**
 * `safe`: only telemetry changes, may be applied with all others; `unsafe`: one at a time, behaviour may change;
 * `suggestion`: leaves something to fill in or to choose.
 */
export type FixKind = 'safe' | 'unsafe' | 'suggestion';
export type RuleLanguage =
  | 'javascript'
  | 'typescript'
  | 'python'
  | 'go'
  | 'java'
  | 'csharp'
  | 'configuration'
  | 'traces';
export type RuleGroup =
  | 'propagation'
  | 'sensitive'
  | 'lifecycle'
  | 'names'
  | 'sdk'
  | 'conventions'
  | 'traces'
  | 'suppression';

export interface RuleExample {
  readonly language: RuleLanguage;
  readonly bad: string;
  readonly good: string;
}

export interface RuleInfo {
  /** `SPL301`: never changes, never used again. */
  readonly id: string;
  /** `span-not-ended` */
  readonly name: string;
  readonly group: RuleGroup;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Off unless the configuration turns it on. */
  readonly offByDefault?: boolean;
  readonly languages: readonly RuleLanguage[];
  /** The surest kind of its fixes; absent: there is none. */
  readonly fix?: FixKind;
  /** What the page says, in Markdown; one sentence each unless said otherwise. */
  readonly docs: {
    readonly what: string;
    /** What one sees in the trace, and why it hurts; a short paragraph. */
    readonly why: string;
    readonly examples: readonly RuleExample[];
    /** The guards, one sentence each. */
    readonly notReported: readonly string[];
    /** What the fix does, and why it is of its kind. */
    readonly fix?: string;
    /** How traces confirm or refute it. */
    readonly evidence?: string;
    readonly options?: readonly string[];
    /** `[title](url)` */
    readonly references: readonly string[];
  };
}
