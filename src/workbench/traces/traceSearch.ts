import * as vscode from 'vscode';
import type { QueriedTrace } from '../../protocol/control.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { countText, durationText, labelText, nameText, spansText, timeText } from '../text.ts';
import { bracedQuery } from './bracedQuery.ts';

const { l10n } = vscode;
const delayMs = 250;
const mostResults = 100;
const mostCandidates = 12;

export interface FoundTrace {
  readonly traceId: string;
  /** The first span that matches. */
  readonly spanId: string | undefined;
}

interface ResultItem extends vscode.QuickPickItem {
  readonly found?: FoundTrace;
  /** The query with this candidate in it. */
  readonly completed?: string;
}

/** Asks for a TraceQL query and shows what it finds while it is typed, what is wrong with it, and below that how it could go on. */
export async function pickByQuery(link: EngineLink): Promise<FoundTrace | undefined> {
  const pick = vscode.window.createQuickPick<ResultItem>();
  pick.title = l10n.t('Search Traces');
  pick.placeholder = '{ resource.service.name = "gateway" && duration > 100ms }';
  let timer: NodeJS.Timeout | undefined;
  let asking = new AbortController();
  const search = async () => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    pick.busy = true;
    const [found, candidates] = await Promise.all([
      results(link, pick.value, signal),
      completions(link, pick.value, signal),
    ]);
    if (signal.aborted) return;
    pick.items = [...found, ...candidates];
    pick.busy = false;
  };
  pick.onDidChangeValue(() => {
    clearTimeout(timer);
    timer = setTimeout(() => void search(), delayMs);
  });
  const found = new Promise<FoundTrace | undefined>(resolve => {
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      if (item?.found !== undefined) resolve(item.found);
      if (item?.completed === undefined) return;
      pick.value = item.completed;
      void search();
    });
    pick.onDidHide(() => resolve(undefined));
  });
  pick.show();
  void search();
  const chosen = await found;
  clearTimeout(timer);
  asking.abort();
  pick.dispose();
  return chosen;
}

async function results(link: EngineLink, query: string, signal: AbortSignal): Promise<ResultItem[]> {
  try {
    // Before anything is typed, the newest are shown.
    const params = { query: query.trim() || '{ }', limit: mostResults, spansPerTrace: 1 };
    const { traces } = await link.request('traces/query', params, signal);
    if (traces.length > 0) return traces.map(resultItem);
    return [...bracesItems(query), { label: l10n.t('$(info) No trace matches'), alwaysShow: true }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ label: `$(warning) ${labelText(message)}`, alwaysShow: true }];
  }
}

/** Who has typed a condition is offered the braces that make it one. */
function bracesItems(query: string): ResultItem[] {
  const completed = bracedQuery(query);
  if (completed === undefined) return [];
  return [
    {
      label: `$(search) ${labelText(completed).replaceAll('$(', '$ (')}`,
      description: l10n.t('Conditions stand in braces'),
      alwaysShow: true,
      completed,
    },
  ];
}

/** Of the end of what has been typed: where the cursor is, nobody tells. */
async function completions(link: EngineLink, query: string, signal: AbortSignal): Promise<ResultItem[]> {
  const end = query.replace(/\s*\}?\s*$/, match => (match.startsWith(' ') ? ' ' : ''));
  try {
    const { from, candidates } = await link.request(
      'query/complete',
      { query: end, offset: end.length },
      signal,
    );
    if (candidates.length === 0) return [];
    const items = candidates.slice(0, mostCandidates).map(({ text, count }): ResultItem => {
      return {
        label: `$(symbol-field) ${labelText(text).replaceAll('$(', '$ (')}`,
        ...(count !== undefined && { description: spansText(count) }),
        alwaysShow: true,
        completed: end.slice(0, from) + text,
      };
    });
    return [{ label: l10n.t('Continue with'), kind: vscode.QuickPickItemKind.Separator }, ...items];
  } catch {
    // Suggestions only: what is wrong with the engine or the query, the results say.
    return [];
  }
}

function resultItem(trace: QueriedTrace): ResultItem {
  const { traceId, rootServiceName, rootSpanName, matchedCount, matchedSpans, errorCount } = trace;
  const [first] = matchedSpans;
  const matches =
    matchedCount === 1 ? l10n.t('1 span matches') : l10n.t('{0} spans match', countText(matchedCount));
  return {
    // `$(` in a received name would draw an icon.
    label: `${errorCount > 0 ? '$(error)' : '$(list-tree)'} ${nameText(rootSpanName).replaceAll('$(', '$ (')}`,
    description: [
      labelText(rootServiceName),
      durationText(trace.durationNano),
      timeText(trace.startTimeUnixNano),
    ].join(' · '),
    detail: first && `${matches}: ${labelText(first.serviceName)} · ${nameText(first.name)}`,
    alwaysShow: true,
    found: { traceId, spanId: first?.spanId },
  };
}
