import * as vscode from 'vscode';
import { isSpanId, isTraceId } from '../../model/ids.ts';
import type { SpanDetails } from '../../protocol/control.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { durationText, labelText, nameText, timeText } from '../text.ts';

const { l10n } = vscode;

interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

/** A code lens hands over the newest spans of its line: shows them to pick from, and opens the one picked. */
export async function showSpans(
  link: EngineLink,
  openTrace: (traceId: string, spanId: string) => Promise<void>,
  refs: unknown,
  title: unknown,
): Promise<void> {
  const spans = Array.isArray(refs) ? refs.filter(isSpanRef) : [];
  if (spans.length === 0) throw new Error(l10n.t('This command is run from a code lens.'));
  if (spans.length === 1) return openTrace(spans[0].traceId, spans[0].spanId);
  const found = await Promise.all(spans.map(span => link.request('span/details', span)));
  const items = found.filter(details => details !== null).map(item);
  if (items.length === 0) throw new Error(l10n.t('These spans were dropped from the store.'));
  const picked = await vscode.window.showQuickPick(items, {
    title: typeof title === 'string' ? labelText(title) : undefined,
    placeHolder: l10n.t('Newest first. Open which span?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked !== undefined) await openTrace(picked.traceId, picked.spanId);
}

function isSpanRef(value: unknown): value is SpanRef {
  const { traceId, spanId } = (value ?? {}) as Partial<SpanRef>;
  return typeof traceId === 'string' && isTraceId(traceId) && typeof spanId === 'string' && isSpanId(spanId);
}

function item({ span, serviceName }: SpanDetails): vscode.QuickPickItem & SpanRef {
  const { traceId, spanId, startTimeUnixNano, endTimeUnixNano } = span;
  const isError = span.status?.code === 2;
  return {
    label: `${isError ? '$(error)' : '$(list-tree)'} ${nameText(span.name).replaceAll('$(', '$ (')}`,
    description: `${durationText(`${BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)}`)} · ${timeText(startTimeUnixNano)}`,
    detail: [labelText(serviceName), isError ? labelText(span.status?.message ?? '') : '']
      .filter(Boolean)
      .join(' · '),
    traceId,
    spanId,
  };
}
