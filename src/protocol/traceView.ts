import type { DropReason } from '../model/dropReason.ts';

/**
 * A trace on the screen. The engine holds the rows (order, collapse, filter); whoever shows them reads windows.
 * The same requests go from the webview to the extension host and on to the engine, unread by the host.
 */

/** What the user is looking at and how: all that is persisted, and all that is needed to open a view again. */
export interface ViewIntent {
  /** Span ids of collapsed subtrees. */
  collapsed: string[];
  /** Plain words; rows shown are matches with their ancestors. Empty shows all. */
  filter: string;
}

export interface ServiceInTrace {
  name: string;
  spanCount: number;
  errorCount: number;
}

/** When and why a trace was dropped to make room. */
export interface TraceDrop {
  timeUnixNano: string;
  reason: DropReason;
}

/** Another piece of a trace, and why the two are apart. */
export interface TraceBreak {
  /** `halfId`: one of the two ids has lost its upper half. `parentElsewhere`: the other one has the parent of the first span. */
  kind: 'halfId' | 'parentElsewhere';
  traceId: string;
  /** A tracer of Datadog has sent a part of it. */
  hasDatadog: boolean;
}

export interface ViewHead {
  traceId: string;
  /** Grows with every change of the rows; a window of another generation is stale. */
  generation: number;
  rowCount: number;
  spanCount: number;
  errorCount: number;
  /** Start of the earliest span, nanoseconds since 1970; all offsets are relative to it. */
  startTimeUnixNano: string;
  /** Nanoseconds, exact as a number (a trace is shorter than 104 days). */
  duration: number;
  rootServiceName: string;
  rootSpanName: string;
  maxDepth: number;
  /** In the order of first appearance: the index chooses the colour. */
  services: ServiceInTrace[];
  /** Rows that match the filter (without ancestors); 0 if there is no filter. */
  matchCount: number;
  /** The trace was dropped from the store while it was open. */
  evicted: boolean;
  /** When, if it was to make room. */
  dropped?: TraceDrop;
}

/** Row flags, a bit set. */
export const rowFlags = {
  hasChildren: 1,
  expanded: 2,
  error: 4,
  onCriticalPath: 8,
  /** Its parent has not been received. */
  orphan: 16,
  /** Matches the filter (others are shown as its ancestors). */
  match: 32,
  /** No end time yet. */
  unfinished: 64,
  /** A subtree that is collapsed hides an error. */
  hidesError: 128,
  /** Kind and status are readable from `kind` and `error`; this one says that the record's id occurs twice. */
  duplicate: 256,
} as const;

/** Kinds of marks on a bar. */
export const markKinds = { event: 0, exception: 1, log: 2, errorLog: 3 } as const;

/** Rows `first … first + count`, packed by `rowColumns.ts`. */
export interface RowWindow {
  generation: number;
  first: number;
  count: number;
  /** Names used in this window; rows refer to them by index. */
  names: string[];
  columns: Uint8Array;
}

export interface FindResult {
  matchCount: number;
  /** 0-based index among the matches in row order; -1 if there is none. */
  matchIndex: number;
  spanId: string;
  /** Row of the match after its ancestors were expanded; -1 if there is none. */
  row: number;
  head: ViewHead;
}

export interface TraceViewRequests {
  /** `null`: no such trace (never received, or dropped). */
  'view/open': [
    { traceId: string; intent: ViewIntent; fileId?: number },
    { viewId: number; head: ViewHead } | null,
  ];
  'view/close': [{ viewId: number }, Record<string, never>];
  'view/rows': [{ viewId: number; first: number; count: number }, RowWindow];
  /** Expands or collapses one span, every span, or every span of one depth. */
  'view/expand': [
    { viewId: number; expanded: boolean; target: { spanId: string } | { all: true } | { depth: number } },
    { head: ViewHead; collapsed: string[] },
  ];
  /** The same filter again changes nothing: it is how to ask for the newest head. */
  'view/filter': [{ viewId: number; filter: string }, { head: ViewHead }];
  /** Expands the ancestors of a span; its row, or -1 if the span is not in the trace or filtered out. */
  'view/reveal': [{ viewId: number; spanId: string }, { row: number; head: ViewHead }];
  /** Next or previous match in row order from `fromRow` (exclusive), wrapping around; collapsed rows are searched too. */
  'view/find': [{ viewId: number; text: string; fromRow: number; backwards: boolean }, FindResult];
  /**
   * The whole trace in `width` columns and at most `height` lanes for the minimap: a byte a cell, row-major,
   * 0 empty, else 1 + service index (capped at 127), +128 if an error span lies there.
   */
  'view/minimap': [{ viewId: number; width: number; height: number }, { cells: Uint8Array; lanes: number }];
  /** Critical path of the visible trace as `[start, end]` offset pairs with the span they lie in. */
  'view/criticalPath': [{ viewId: number }, { sections: { spanId: string; start: number; end: number }[] }];
}
