import type { FixKind, RuleInfo, Severity } from '../../model/rule.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { Extent, LanguageId } from '../facts/syntax.ts';
import type { ConfigFacts, Project, Service } from '../project/types.ts';

/** A rule: its metadata with the checks of source files, of configuration files, or of both. One file each. */
export interface Rule extends RuleInfo {
  /** In services in which nothing of OpenTelemetry is found it judges files with such a text; the others are silent there. */
  readonly withoutOpenTelemetry?: RegExp;
  /** Also in code of instrumentation libraries, which end and name spans on behalf of others. */
  readonly inInstrumentation?: boolean;
  /** Reports what is wrong in a source file in one of the rule's languages. */
  check?(context: SourceContext): void;
  /** Reports what is wrong in a configuration file. */
  checkConfiguration?(context: ConfigurationContext): void;
}

interface Context {
  readonly project: Project;
  /** The service that the file belongs to. */
  readonly service: Service;
  readonly options: RuleOptions;
  report(finding: Report): void;
}

export interface SourceContext extends Context {
  readonly file: FileFacts;
}

export interface ConfigurationContext extends Context {
  readonly config: ConfigFacts;
}

/** From `spanline.json`: the rule's own options, by name. */
export type RuleOptions = Readonly<Record<string, unknown>>;

export interface Report {
  readonly at: Extent;
  /** One or two sentences: what is wrong here, with names; what happens because of it. No value of a secret or personal datum. */
  readonly message: string;
  /** If it is not the rule's own. */
  readonly severity?: Severity;
  readonly confidence?: RuleInfo['confidence'];
  /** The best first. */
  readonly fixes?: readonly Fix[];
  /** Other places that belong to it. */
  readonly related?: readonly { readonly path?: string; readonly at: Extent; readonly message: string }[];
  /** What ties it to spans. */
  readonly anchor?: Anchor;
  /** Findings of one service with the same key are shown as one, at the first place; the others are related to it. */
  readonly group?: string;
}

export interface Fix {
  /** In the imperative: `End the span with defer`. */
  readonly title: string;
  readonly kind: FixKind;
  readonly edits: readonly Edit[];
}

/** Replaces the text of the extent; an empty extent inserts. Edits of a fix do not overlap. */
export interface Edit extends Extent {
  readonly newText: string;
  /** Another file than the finding's (absolute path). */
  readonly path?: string;
}

/** What a finding says about the spans that its line makes, for the comparison with real traces. */
export interface Anchor {
  /** Static span name, or its parts with `null` for what varies. */
  readonly spanName?: string | readonly (string | null)[];
  readonly scopeName?: string;
  readonly attributeKey?: string;
  /** Id of the client library (facts/clients.ts), for propagation. */
  readonly library?: string;
  readonly transport?: 'http' | 'grpc' | 'messaging';
  readonly method?: string;
  /** Path or URL as far as it is static; `null` for what varies. */
  readonly url?: readonly (string | null)[];
  readonly destination?: string;
  /** 1-based lines that the call takes. */
  readonly line?: number;
  readonly endLine?: number;
}

export type { LanguageId };
