import * as vscode from 'vscode';
import { isTraceId } from '../../model/ids.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Documents } from '../documents.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { commands } from '../names.ts';
import type { TracePanels } from '../panel/tracePanels.ts';
import { countText } from '../text.ts';
import { askFilter } from './filterBox.ts';
import type { MoreNode, TraceTreeNode } from './tracesModel.ts';
import type { TracesView } from './tracesView.ts';

const { l10n } = vscode;

export interface TraceCommandParts {
  readonly link: EngineLink;
  readonly control: ReceiverControl;
  readonly view: TracesView;
  readonly panels: TracePanels;
  readonly documents: Documents;
}

/** Commands of the traces tree, and those that open traces. */
export function traceCommands(parts: TraceCommandParts) {
  const { link, control, view, panels, documents } = parts;
  return {
    [commands.openTrace]: async (traceId?: unknown, spanId?: unknown) => {
      const [clicked] = isTreeNode(traceId) ? view.selected(traceId) : [];
      const id = typeof traceId === 'string' ? traceId : (clicked ?? (await askTraceId()));
      if (id !== undefined) await panels.open(id, typeof spanId === 'string' ? spanId : undefined);
    },
    [commands.openNewestTrace]: async (node?: unknown) => {
      await control.require();
      const group = isTreeNode(node) && node.kind === 'group' ? node.group : undefined;
      const filter = {
        ...view.model.filter,
        ...(group && { rootServiceName: group.rootServiceName, rootSpanName: group.rootSpanName }),
      };
      const { traces } = await link.request('traces/list', { filter, limit: 1 });
      if (traces.length === 0) throw new Error(l10n.t('There are no traces yet.'));
      await panels.open(traces[0].traceId);
    },
    [commands.searchTraces]: async () => {
      await control.require();
      const { pickByQuery } = await import('./traceSearch.ts');
      const found = await pickByQuery(link);
      if (found !== undefined) await panels.open(found.traceId, found.spanId);
    },
    [commands.filterTraces]: () => askFilter(view),
    [commands.clearTracesFilter]: () => view.setIntent({ text: '', errorsOnly: false, scope: 'all' }),
    [commands.showOnlyErrors]: () => view.setIntent({ errorsOnly: true }),
    [commands.showAllOutcomes]: () => view.setIntent({ errorsOnly: false }),
    [commands.showWorkspaceTraces]: () => view.setIntent({ scope: 'workspace' }),
    [commands.showAllTraces]: () => view.setIntent({ scope: 'all' }),
    [commands.showUnattributedTraces]: () => view.setIntent({ scope: 'unattributed' }),
    [commands.groupTraces]: () => view.setIntent({ grouped: true }),
    [commands.flattenTraces]: () => view.setIntent({ grouped: false }),
    [commands.pauseTraces]: () => view.model.setPaused(true),
    [commands.resumeTraces]: () => view.model.setPaused(false),
    [commands.loadMoreTraces]: (node: unknown) => view.model.loadMore((node as MoreNode).parent),
    [commands.clearTraces]: () => clearTraces(parts),
    [commands.importTraces]: async (file?: unknown) => {
      await control.require();
      const { importTraces } = await import('./traceFiles.ts');
      await importTraces(link, file instanceof vscode.Uri ? [file] : undefined);
    },
    [commands.exportTraces]: async () => {
      await control.require();
      const { exportTraces } = await import('./traceFiles.ts');
      await exportTraces(link);
    },
    [commands.exportTrace]: async (node?: unknown) => {
      const traceIds = chosenTraces(parts, node);
      if (traceIds.length === 0) throw new Error(l10n.t('No trace is selected.'));
      const { exportTraces } = await import('./traceFiles.ts');
      await exportTraces(link, traceIds);
    },
    [commands.pinTrace]: (node?: unknown) => pinTraces(parts, node, true),
    [commands.unpinTrace]: (node?: unknown) => pinTraces(parts, node, false),
    [commands.copyTraceId]: async (node?: unknown) => {
      const ids = chosenTraces(parts, node);
      if (ids.length > 0) await vscode.env.clipboard.writeText(ids.join('\n'));
    },
    [commands.openTraceJson]: async (node?: unknown) => {
      for (const traceId of chosenTraces(parts, node)) await openTraceJson(link, documents, traceId);
    },
  } satisfies Partial<CommandHandlers>;
}

/** Opens a trace as OTLP/JSON in a read-only editor. */
export async function openTraceJson(
  link: Pick<EngineLink, 'request'>,
  documents: Documents,
  traceId: string,
): Promise<void> {
  const trace = await link.request('trace/get', { traceId });
  if (trace === null) throw new Error(l10n.t('This trace was dropped from the store.'));
  await documents.show(`trace-${traceId.slice(0, 8)}.json`, JSON.stringify(trace, undefined, 2));
}

/** The traces that a menu was opened on, those selected in the tree, or that of the panel in front. */
function chosenTraces({ view, panels }: TraceCommandParts, node: unknown): string[] {
  if (isTreeNode(node)) return view.selected(node);
  return panels.activeTraceId === undefined ? view.selected() : [panels.activeTraceId];
}

/** Menus hand over what they were opened on: an item of the tree, or (in an editor's title) something else. */
function isTreeNode(value: unknown): value is TraceTreeNode {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

async function pinTraces(parts: TraceCommandParts, node: unknown, pinned: boolean): Promise<void> {
  for (const traceId of chosenTraces(parts, node))
    await parts.link.request('traces/pin', { traceId, pinned });
  parts.view.model.storeChanged();
}

async function clearTraces({ link, view }: TraceCommandParts): Promise<void> {
  const { traces } = await link.request('traces/list', {
    filter: { attribution: { kind: 'all' } },
    limit: Number.MAX_SAFE_INTEGER,
  });
  const pinned = traces.filter(trace => trace.pinned).length;
  if (pinned > 0) {
    const clear = l10n.t('Clear');
    const answer = await vscode.window.showWarningMessage(
      pinned === 1
        ? l10n.t('Clear all traces, also the one that is pinned?')
        : l10n.t('Clear all traces, also the {0} that are pinned?', countText(pinned)),
      { modal: true },
      clear,
    );
    if (answer !== clear) return;
  }
  await link.request('store/clear', {});
  view.model.storeChanged();
}

async function askTraceId(): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: l10n.t('Open Trace'),
    prompt: l10n.t('Trace id: 32 hex digits, or a traceparent header'),
    placeHolder: '5b8efff798038103d269b633813fc60c',
    validateInput: value =>
      readTraceId(value) === undefined ? l10n.t('This is not a trace id.') : undefined,
  });
  return text === undefined ? undefined : readTraceId(text);
}

/** Ids stand in logs in many dresses; a `traceparent` is `00-<trace id>-<span id>-<flags>`. */
function readTraceId(text: string): string | undefined {
  const plain = text.trim().toLowerCase();
  const id =
    /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(plain)?.[1] ?? plain.replaceAll('-', '');
  return isTraceId(id) ? id : undefined;
}
