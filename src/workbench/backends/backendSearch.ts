import * as vscode from 'vscode';
import { ControlError } from '../../engine/controlClient.ts';
import type { BackendTarget } from '../../model/backend.ts';
import type { QueriedTrace } from '../../protocol/control.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { dateOf, durationText, labelText, nameText, spansText } from '../text.ts';
import { askQuery } from './queryBox.ts';

const { l10n } = vscode;
/** Traces asked for at once: some backends answer with all of their spans. */
const pageSize = 20;

/** What somebody chose from the results. */
export type SearchOutcome =
  | { readonly kind: 'trace'; readonly traceId: string; readonly spanId: string | undefined }
  | { readonly kind: 'query' }
  | { readonly kind: 'token' };

interface ResultItem extends vscode.QuickPickItem {
  readonly outcome?: SearchOutcome;
  readonly older?: true;
}

/** Asks for queries until one of the results is chosen; `undefined`: never mind. */
export async function searchBackend(
  link: EngineLink,
  name: string,
  target: BackendTarget,
  lastQuery: string,
): Promise<{ query: string; outcome: Exclude<SearchOutcome, { kind: 'query' }> } | undefined> {
  const title = l10n.t('Search {0}', name);
  for (let query = lastQuery; ; ) {
    const asked = await askQuery(title, query, async each => {
      const params = { backend: target, ...(each !== undefined && { name: each }) };
      return (await link.request('backend/complete', params)).values;
    });
    if (asked === undefined) return undefined;
    query = asked;
    const outcome = await pickResult(link, `${title}: ${labelText(query, 80)}`, target, query);
    if (outcome === undefined) return undefined;
    if (outcome.kind !== 'query') return { query, outcome };
  }
}

/** Shows what the query finds, page by page; hiding the list ends the asking. */
async function pickResult(
  link: EngineLink,
  title: string,
  backend: BackendTarget,
  query: string,
): Promise<SearchOutcome | undefined> {
  const pick = vscode.window.createQuickPick<ResultItem>();
  const asking = new AbortController();
  pick.title = title;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.placeholder = l10n.t('Filter the results');
  const found: QueriedTrace[] = [];
  const load = async () => {
    pick.busy = true;
    const oldest = found.at(-1)?.startTimeUnixNano;
    const end = oldest === undefined ? {} : { endUnixNano: `${BigInt(oldest) - 1n}` };
    try {
      const params = { backend, query, limit: pageSize, spansPerTrace: 1, ...end };
      const { traces } = await link.request('backend/search', params, asking.signal);
      const known = new Set(found.map(({ traceId }) => traceId));
      found.push(...traces.filter(({ traceId }) => !known.has(traceId)));
      pick.items = [...found.map(resultItem), ...lastItems(found.length, traces.length === pageSize)];
    } catch (error) {
      if (asking.signal.aborted) return;
      pick.items = [...found.map(resultItem), ...failureItems(error)];
    }
    pick.busy = false;
  };
  const chosen = new Promise<SearchOutcome | undefined>(resolve => {
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      if (item?.older === true && !pick.busy) void load();
      else if (item?.outcome !== undefined) resolve(item.outcome);
    });
    pick.onDidHide(() => resolve(undefined));
  });
  pick.show();
  void load();
  const outcome = await chosen;
  asking.abort();
  pick.dispose();
  return outcome;
}

function lastItems(count: number, hasMore: boolean): ResultItem[] {
  return [
    ...(count === 0
      ? [{ label: `$(info) ${l10n.t('No trace matches in the last 24 hours')}`, alwaysShow: true }]
      : []),
    ...(hasMore
      ? [{ label: `$(arrow-down) ${l10n.t('Older traces…')}`, alwaysShow: true, older: true as const }]
      : []),
    changeItem(),
  ];
}

function changeItem(): ResultItem {
  return { label: `$(edit) ${l10n.t('Change the query…')}`, alwaysShow: true, outcome: { kind: 'query' } };
}

function failureItems(error: unknown): ResultItem[] {
  const message = error instanceof Error ? error.message : String(error);
  const kind =
    error instanceof ControlError ? (error.data as { kind?: unknown } | undefined)?.kind : undefined;
  return [
    {
      label: `$(warning) ${labelText(message)}`,
      detail: labelText(message.slice(200), 300),
      alwaysShow: true,
    },
    ...(kind === 'unauthorized'
      ? [
          {
            label: `$(key) ${l10n.t('Set the token…')}`,
            alwaysShow: true,
            outcome: { kind: 'token' as const },
          },
        ]
      : []),
    changeItem(),
  ];
}

function resultItem(trace: QueriedTrace): ResultItem {
  const { traceId, rootServiceName, rootSpanName, matchedSpans, errorCount, spanCount } = trace;
  const [first] = matchedSpans;
  return {
    // `$(` in a received name would draw an icon.
    label: `${errorCount > 0 ? '$(error)' : '$(list-tree)'} ${nameText(rootSpanName).replaceAll('$(', '$ (')}`,
    description: [
      labelText(rootServiceName),
      durationText(trace.durationNano),
      dateOf(trace.startTimeUnixNano).toLocaleString(vscode.env.language),
      ...(spanCount > 0 ? [spansText(spanCount)] : []),
    ].join(' · '),
    ...(first !== undefined && { detail: `${labelText(first.serviceName)} · ${nameText(first.name)}` }),
    outcome: { kind: 'trace', traceId, spanId: first?.spanId },
  };
}
