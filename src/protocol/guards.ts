/**
 * Checks of what a webview may send to the extension host. A webview shows received text, so what comes out of it is
 * treated as coming from outside: shapes, ranges and sizes are judged before any handler runs.
 */
import { isSpanId, isTraceId } from '../model/ids.ts';
import type { RequestGuards } from './channel.ts';
import type { PanelRequests, PanelState } from './panel.ts';

/** Longest text in a search or filter box, and longest text for the clipboard (an attribute may be large). */
const maxQueryLength = 10_000;
const maxClipboardLength = 64 * 1024 * 1024;
/** Longest path or preview of a source candidate. */
const maxTextLength = 65_536;
const maxCollapsed = 1_000_000;
const maxRowsPerWindow = 20_000;
const maxMinimapWidth = 8192;
const maxMinimapHeight = 512;

type Check = (value: unknown) => boolean;

const isBoolean: Check = value => typeof value === 'boolean';
const isTrace: Check = value => typeof value === 'string' && isTraceId(value);
const isSpan: Check = value => typeof value === 'string' && isSpanId(value);
const isViewId: Check = value => Number.isSafeInteger(value);
const isTextOf =
  (maxLength: number): Check =>
  value =>
    typeof value === 'string' && value.length <= maxLength;
const isIntegerIn =
  (min: number, max: number): Check =>
  value =>
    Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
const isNumberIn =
  (min: number, max: number): Check =>
  value =>
    typeof value === 'number' && value >= min && value <= max;
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value);
const nullOr =
  (check: Check): Check =>
  value =>
    value === null || check(value);

/** An object with these fields; others are refused. */
const shape = (fields: { [key: string]: Check }): Check => {
  const entries = Object.entries(fields);
  return value =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).every(key => Object.hasOwn(fields, key)) &&
    entries.every(([key, check]) => check((value as { [key: string]: unknown })[key]));
};

const isIntent = shape({
  collapsed: value => Array.isArray(value) && value.length <= maxCollapsed && value.every(isSpan),
  filter: isTextOf(maxQueryLength),
});

const isZoom: Check = value =>
  shape({ start: Number.isFinite, end: Number.isFinite })(value) &&
  (value as { start: number; end: number }).start < (value as { start: number; end: number }).end;

const isState = shape({
  version: value => value === 1,
  traceId: isTrace,
  intent: isIntent,
  selectedSpanId: optional(isSpan),
  zoom: optional(isZoom),
  nameColumnWidth: optional(isNumberIn(0, 100_000)),
  detailsWidth: optional(isNumberIn(0, 100_000)),
  detailsOpen: optional(isBoolean),
  closedSections: optional(
    value => Array.isArray(value) && value.length <= 100 && value.every(isTextOf(100)),
  ),
  showCriticalPath: optional(isBoolean),
});

const isCandidate = shape({
  uri: isTextOf(maxTextLength),
  path: isTextOf(maxTextLength),
  line: isIntegerIn(1, 2 ** 31 - 1),
  column: optional(isIntegerIn(1, 2 ** 31 - 1)),
  confidence: isNumberIn(0, 1),
  strategy: isTextOf(maxTextLength),
  preview: isTextOf(maxTextLength),
});

/** The state a webview persisted, or that VS Code gives back after a reload. */
export function isPanelState(value: unknown): value is PanelState {
  return isState(value);
}

const spanAddress = { traceId: isTrace, spanId: isSpan };
const row = isIntegerIn(0, 2 ** 32 - 1);

export const panelGuards: RequestGuards<PanelRequests> = {
  'panel/hello': shape({ protocolVersion: isIntegerIn(0, 2 ** 31 - 1), state: nullOr(isState) }),
  'view/open': shape({ traceId: isTrace, intent: isIntent }),
  'view/close': shape({ viewId: isViewId }),
  'view/rows': shape({ viewId: isViewId, first: row, count: isIntegerIn(0, maxRowsPerWindow) }),
  'view/expand': shape({
    viewId: isViewId,
    expanded: isBoolean,
    target: value =>
      shape({ spanId: isSpan })(value) ||
      shape({ all: all => all === true })(value) ||
      shape({ depth: row })(value),
  }),
  'view/filter': shape({ viewId: isViewId, filter: isTextOf(maxQueryLength) }),
  'view/reveal': shape({ viewId: isViewId, spanId: isSpan }),
  'view/find': shape({
    viewId: isViewId,
    text: isTextOf(maxQueryLength),
    fromRow: isIntegerIn(-1, 2 ** 32 - 1),
    backwards: isBoolean,
  }),
  'view/minimap': shape({
    viewId: isViewId,
    width: isIntegerIn(1, maxMinimapWidth),
    height: isIntegerIn(1, maxMinimapHeight),
  }),
  'view/criticalPath': shape({ viewId: isViewId }),
  'span/details': shape(spanAddress),
  'file/traces': shape({ text: isTextOf(maxQueryLength) }),
  'file/showTraces': shape({}),
  'source/candidates': shape(spanAddress),
  'source/open': shape({ ...spanAddress, beside: isBoolean }),
  'source/openCandidate': shape({ candidate: isCandidate, beside: isBoolean }),
  'clipboard/write': shape({ text: isTextOf(maxClipboardLength) }),
  'trace/open': shape({ traceId: isTrace, spanId: optional(isSpan) }),
  'trace/pin': shape({ traceId: isTrace, pinned: isBoolean }),
  'trace/openJson': shape({ traceId: isTrace }),
};
