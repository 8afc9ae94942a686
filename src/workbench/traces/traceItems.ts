import * as vscode from 'vscode';
import type { TraceGroup, TraceSummary } from '../../protocol/control.ts';
import { colors, commands, treeItems } from '../names.ts';
import { countText, dateOf, durationText, labelText, nameText, spansText, timeText } from '../text.ts';
import type { GroupNode, MoreNode, TraceNode, TraceTreeNode } from './tracesModel.ts';

const { l10n } = vscode;
const errorColor = new vscode.ThemeColor(colors.error);

export function treeItem(node: TraceTreeNode): vscode.TreeItem {
  switch (node.kind) {
    case 'group':
      return groupItem(node);
    case 'trace':
      return traceItem(node);
    case 'more':
      return moreItem(node);
  }
}

/** Made when the pointer rests on the item. */
export function traceTooltip(node: TraceTreeNode): vscode.MarkdownString | undefined {
  if (node.kind === 'trace') return traceFacts(node.summary);
  if (node.kind === 'group') return groupFacts(node.group);
  return undefined;
}

function traceItem({ id, parent, summary }: TraceNode): vscode.TreeItem {
  const item = new vscode.TreeItem(nameText(summary.rootSpanName));
  const duration = durationText(summary.durationNano);
  const time = timeText(summary.startTimeUnixNano);
  const spans = spansText(summary.spanCount);
  const service = labelText(summary.rootServiceName);
  item.id = id;
  // A narrow view cuts off what comes last.
  item.description = [duration, time, ...(parent ? [] : [service]), spans].join(' · ');
  item.iconPath = traceIcon(summary);
  item.contextValue = summary.pinned ? treeItems.pinnedTrace : treeItems.trace;
  item.command = { command: commands.openTrace, title: l10n.t('Open Trace'), arguments: [summary.traceId] };
  const facts = [item.label, service, errorsText(summary.errorCount), duration, spans, time];
  item.accessibilityInformation = {
    label: [...facts, summary.pinned ? l10n.t('pinned') : ''].filter(Boolean).join(', '),
  };
  return item;
}

function traceIcon({ errorCount, pinned }: TraceSummary): vscode.ThemeIcon {
  if (errorCount > 0) return new vscode.ThemeIcon('error', errorColor);
  return new vscode.ThemeIcon(pinned ? 'pinned' : 'list-tree');
}

function groupItem({ id, group }: GroupNode): vscode.TreeItem {
  const item = new vscode.TreeItem(nameText(group.rootSpanName), vscode.TreeItemCollapsibleState.Collapsed);
  const service = labelText(group.rootServiceName);
  const traces = tracesText(group.traceCount);
  const p95 = `p95 ${durationText(group.p95Nano)}`;
  const errors = group.errorTraceCount > 0 ? l10n.t('{0} with errors', countText(group.errorTraceCount)) : '';
  item.id = id;
  item.description = [p95, traces, service, errors].filter(Boolean).join(' · ');
  item.iconPath =
    group.errorTraceCount > 0 ? new vscode.ThemeIcon('error', errorColor) : new vscode.ThemeIcon('layers');
  item.contextValue = treeItems.group;
  item.accessibilityInformation = {
    label: [item.label, service, traces, p95, errors].filter(Boolean).join(', '),
  };
  return item;
}

function moreItem(node: MoreNode): vscode.TreeItem {
  const item = new vscode.TreeItem(l10n.t('Show more'));
  item.id = node.id;
  item.description = l10n.t('{0} not shown', countText(node.hidden));
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = treeItems.more;
  item.command = { command: commands.loadMoreTraces, title: l10n.t('Show More'), arguments: [node] };
  return item;
}

/** Names are received text and must not become links or markup: `appendText` escapes. */
function traceFacts(summary: TraceSummary): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  appendTitle(text, summary.rootSpanName);
  const facts: readonly (readonly [string, string])[] = [
    [l10n.t('Service'), labelText(summary.rootServiceName)],
    [l10n.t('Started'), dateOf(summary.startTimeUnixNano).toLocaleString(vscode.env.language)],
    [l10n.t('Duration'), durationText(summary.durationNano)],
    [l10n.t('Spans'), countText(summary.spanCount)],
    [l10n.t('Errors'), countText(summary.errorCount)],
    [l10n.t('Services'), labelText(summary.serviceNames.join(', '), 400)],
    [l10n.t('Trace id'), summary.traceId],
  ];
  for (const [name, value] of facts) text.appendText(`${name}: ${value}`).appendMarkdown('  \n');
  if (summary.rootMissing)
    text.appendMarkdown('\n').appendText(l10n.t('The root span has not arrived (yet).'));
  return text;
}

function groupFacts(group: TraceGroup): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  appendTitle(text, group.rootSpanName);
  const facts: readonly (readonly [string, string])[] = [
    [l10n.t('Service'), labelText(group.rootServiceName)],
    [l10n.t('Traces'), countText(group.traceCount)],
    [l10n.t('With errors'), countText(group.errorTraceCount)],
    ['p50', durationText(group.p50Nano)],
    ['p95', durationText(group.p95Nano)],
    [l10n.t('Newest'), dateOf(group.latestUnixNano).toLocaleString(vscode.env.language)],
  ];
  for (const [name, value] of facts) text.appendText(`${name}: ${value}`).appendMarkdown('  \n');
  return text;
}

function appendTitle(text: vscode.MarkdownString, name: string): void {
  text.appendMarkdown('**').appendText(nameText(name)).appendMarkdown('**\n\n');
}

function tracesText(count: number): string {
  return count === 1 ? l10n.t('1 trace') : l10n.t('{0} traces', countText(count));
}

function errorsText(count: number): string {
  if (count === 0) return '';
  return count === 1 ? l10n.t('1 error') : l10n.t('{0} errors', countText(count));
}
