import * as vscode from 'vscode';
import type { QueriedTrace } from '../../protocol/control.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { countText, durationText, labelText, timeText } from '../text.ts';

const { l10n } = vscode;
const delayMs = 250;
const mostResults = 100;

export interface FoundTrace {
  readonly traceId: string;
  /** The first span that matches. */
  readonly spanId: string | undefined;
}

interface ResultItem extends vscode.QuickPickItem {
  readonly found?: FoundTrace;
}

/** Asks for a TraceQL query and shows what it finds while it is typed; what is wrong with it stands in the list. */
export async function pickByQuery(link: EngineLink): Promise<FoundTrace | undefined> {
  const pick = vscode.window.createQuickPick<ResultItem>();
  pick.title = l10n.t('Search Traces');
  pick.placeholder = '{ resource.service.name = "gateway" && duration > 100ms }';
  pick.value = '{  }';
  let timer: NodeJS.Timeout | undefined;
  let asking = new AbortController();
  const search = async () => {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    pick.busy = true;
    const items = await results(link, pick.value, signal);
    if (signal.aborted) return;
    pick.items = items;
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
    const params = { query, limit: mostResults, spansPerTrace: 1 };
    const { traces } = await link.request('traces/query', params, signal);
    if (traces.length > 0) return traces.map(resultItem);
    return [{ label: l10n.t('$(info) No trace matches'), alwaysShow: true }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ label: `$(warning) ${labelText(message)}`, alwaysShow: true }];
  }
}

function resultItem(trace: QueriedTrace): ResultItem {
  const { traceId, rootServiceName, rootSpanName, matchedCount, matchedSpans, errorCount } = trace;
  const [first] = matchedSpans;
  const matches =
    matchedCount === 1 ? l10n.t('1 span matches') : l10n.t('{0} spans match', countText(matchedCount));
  return {
    // `$(` in a received name would draw an icon.
    label: `${errorCount > 0 ? '$(error)' : '$(list-tree)'} ${labelText(rootSpanName).replaceAll('$(', '$ (')}`,
    description: [
      labelText(rootServiceName),
      durationText(trace.durationNano),
      timeText(trace.startTimeUnixNano),
    ].join(' · '),
    detail: first && `${matches}: ${labelText(first.serviceName)} · ${labelText(first.name)}`,
    alwaysShow: true,
    found: { traceId, spanId: first?.spanId },
  };
}
