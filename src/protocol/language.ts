/** What the extension host asks the language server beyond the Language Server Protocol. */

import type { SourceCandidate, SpanToLocate } from '../model/source.ts';
import type { FolderLintOptions } from './lint.ts';

export type { SpanToLocate };

export interface LanguageRequests {
  /** YAML is read in one process only. An error says what is wrong with it. */
  'spanline/readYaml': [{ text: string }, { value: unknown }];
  'spanline/locate': [{ span: SpanToLocate }, { candidates: SourceCandidate[] }];
  /** A configuration of the collector that masks what is sensitive; no text: nothing is. */
  'spanline/redaction': [Record<string, never>, { text?: string; patterns: number }];
  /** Size of the call-site index, for tests and the "why" view. */
  'spanline/indexStatus': [
    Record<string, never>,
    { files: number; callSites: number; ready: boolean; linted: boolean },
  ];
}

/** `initializationOptions` of the server. */
export interface LanguageServerOptions {
  /** Control address of the engine to take statistics from; absent: no lenses. */
  controlAddress?: string;
  /** URI of the workspace whose traces are counted, if there are any; absent, or while there are none: all traces. */
  workspaceUri?: string;
  codeLensEnabled: boolean;
  /** Folders that are linted as their settings say; others are linted with the defaults. */
  lint: FolderLintOptions[];
  /** URI of the folder that holds the rules' pages; absent: findings do not link to them. */
  rulePages?: string;
}

/** Command that a code lens carries; arguments: `[{ traceId, spanId }[], title]`. */
export const showSpansCommand = 'spanline.spans.show';
