/**
 * The trace panel: what its webview and the extension host say to each other beyond the relayed `view/*` requests.
 * Envelopes are in `channel.ts`. Everything that arrives from a webview is checked (`guards.ts`) before it is used.
 */
import type { SourceCandidate } from '../model/source.ts';
import type { SpanDetails, TraceSummary } from './control.ts';
import type { TraceBreak, TraceDrop, TraceViewRequests, ViewHead, ViewIntent } from './traceView.ts';

export type { SourceCandidate };

/** Persisted by the webview (`setState`) and given back by VS Code to the serializer after a reload. */
export interface PanelState {
  version: 1;
  traceId: string;
  intent: ViewIntent;
  selectedSpanId?: string;
  /** Visible part of the time axis in nanoseconds from the trace's start; absent shows all. */
  zoom?: { start: number; end: number };
  nameColumnWidth?: number;
  detailsWidth?: number;
  detailsOpen?: boolean;
  /** Sections of the details that the user has folded. */
  closedSections?: string[];
  showCriticalPath?: boolean;
}

/** The file that an editor shows, in place of what was received. */
export interface PanelFile {
  name: string;
  /** `OTLP JSON`, `Zipkin JSON`… */
  format: string;
  spans: number;
  traces: number;
  /** What is wrong with it, and where. */
  warnings: string[];
}

/** Webview → host, answered. */
export interface PanelRequests extends TraceViewRequests {
  'span/details': [{ traceId: string; spanId: string }, SpanDetails | null];
  /** First message of a webview. The answer says which trace it shows, `''` for those of a file; `state` is the persisted state if there is any. */
  'panel/hello': [
    { protocolVersion: number; state: PanelState | null },
    {
      traceId: string;
      revealSpanId?: string;
      summary: TraceSummary | null;
      file?: PanelFile;
      /** Other pieces of the trace. */
      breaks?: TraceBreak[];
      /** Of a trace that is not stored: when and why it went, if that is known. */
      dropped?: TraceDrop;
    },
  ];
  /** The newest traces of the file, of those that contain these words; `total` is how many do. */
  'file/traces': [{ text: string }, { total: number; traces: TraceSummary[] }];
  /** Back to the traces of the file: a new page begins. */
  'file/showTraces': [Record<string, never>, Record<string, never>];
  'source/candidates': [{ traceId: string; spanId: string }, { candidates: SourceCandidate[] }];
  /** Opens the best candidate, or a pick if there are several; `beside` opens in the next editor group. */
  'source/open': [{ traceId: string; spanId: string; beside: boolean }, { opened: boolean }];
  'source/openCandidate': [{ candidate: SourceCandidate; beside: boolean }, { opened: boolean }];
  'clipboard/write': [{ text: string }, Record<string, never>];
  'trace/open': [{ traceId: string; spanId?: string }, Record<string, never>];
  'trace/pin': [{ traceId: string; pinned: boolean }, { pinned: boolean }];
  /** Opens the trace as OTLP/JSON in an editor. */
  'trace/openJson': [{ traceId: string }, Record<string, never>];
}

/** Host → webview, not answered. */
export interface PanelNotifications {
  'view/changed': { viewId: number; head: ViewHead };
  /** The engine went away and came back: views must be opened again. */
  'engine/restarted': Record<string, never>;
  'engine/lost': Record<string, never>;
  /** A command of the palette or a key binding for the active panel. */
  'panel/command': { command: PanelCommand };
  'panel/revealSpan': { spanId: string };
  /** Other pieces of the trace have come or gone. */
  'panel/breaks': { breaks: readonly TraceBreak[] };
}

export const panelCommands = [
  'find',
  'findNext',
  'findPrevious',
  'filter',
  'expandAll',
  'collapseAll',
  'expandLevel',
  'collapseLevel',
  'zoomIn',
  'zoomOut',
  'zoomToSpan',
  'zoomReset',
  'toggleCriticalPath',
  'toggleDetails',
  'goToSource',
  'copySpanId',
] as const;
export type PanelCommand = (typeof panelCommands)[number];
