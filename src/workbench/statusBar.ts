import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/events.ts';
import type { EngineLink } from './link/engineLink.ts';
import { receiverName } from './link/receiverName.ts';
import { commands } from './names.ts';
import { countText } from './text.ts';

const { l10n } = vscode;

/** The receiver's state and port; a click opens its menu. */
export class ReceiverStatusBar implements Disposable {
  readonly #link: EngineLink;
  readonly #item = vscode.window.createStatusBarItem('spanline.receiver', vscode.StatusBarAlignment.Left, 0);
  readonly #owned = new DisposableStore();
  #isUsed = false;

  constructor(link: EngineLink) {
    this.#link = link;
    this.#item.name = l10n.t('Spanline Receiver');
    this.#item.command = commands.showReceiverMenu;
    this.#owned.add(this.#item);
    this.#owned.add(link.onDidChangeState(() => this.#update()));
    this.#owned.add(link.onDidChangeStatus(() => this.#update()));
    this.#update();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #update(): void {
    const { text, summary, failed } = this.#state();
    this.#item.text = text;
    this.#item.tooltip = this.#tooltip(summary);
    this.#item.accessibilityInformation = { label: `Spanline: ${summary}`, role: 'button' };
    this.#item.backgroundColor = failed
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    // A window in which nothing of Spanline was used yet has nothing to show.
    this.#isUsed ||= this.#link.state !== 'stopped';
    if (this.#isUsed) this.#item.show();
  }

  #state(): { text: string; summary: string; failed: boolean } {
    switch (this.#link.state) {
      case 'stopped':
        return {
          text: '$(circle-slash) Spanline',
          summary: l10n.t('the receiver is stopped'),
          failed: false,
        };
      case 'starting':
        return { text: '$(sync~spin) Spanline', summary: l10n.t('the receiver is starting'), failed: false };
      case 'failed':
        return {
          text: '$(warning) Spanline',
          summary: l10n.t('the receiver failed: {0}', this.#link.failure),
          failed: true,
        };
      case 'listening': {
        const { otlpHttp = '' } = this.#link.endpoints;
        const port = /:(\d+)\/?$/.exec(otlpHttp)?.[1] ?? '';
        const failed = this.#link.status?.journal.state === 'degraded';
        return {
          text: `${failed ? '$(warning)' : '$(pulse)'} ${port}`,
          summary: l10n.t('listening at {0}', otlpHttp),
          failed,
        };
      }
    }
  }

  #tooltip(summary: string): string {
    const { status, endpoints } = this.#link;
    if (status === undefined) return `Spanline: ${summary}`;
    const lines = [
      `Spanline: ${summary}`,
      ...Object.entries(endpoints).map(([receiver, address]) => `${receiverName(receiver)}: ${address}`),
      l10n.t('{0} spans in {1} traces', countText(status.spansStored), countText(status.tracesStored)),
    ];
    if (status.journal.state === 'degraded')
      lines.push(l10n.t('the journal cannot be written: {0}', status.journal.reason ?? ''));
    if (status.forward.state !== 'off')
      lines.push(
        l10n.t('forwarding to {0}: {1} sent', status.forward.url, countText(status.forward.sentItems)),
      );
    if (status.forward.state === 'retrying')
      lines.push(l10n.t('forwarding, trying again: {0}', status.forward.lastError?.reason ?? ''));
    if (status.spansEvicted > 0)
      lines.push(l10n.t('{0} spans dropped to make room', countText(status.spansEvicted)));
    if (status.spansRejected > 0) lines.push(l10n.t('{0} spans refused', countText(status.spansRejected)));
    for (const { port, holder } of status.portConflicts)
      lines.push(
        holder ? l10n.t('port {0} is held by {1}', port, holder) : l10n.t('port {0} is held by others', port),
      );
    return lines.join('\n');
  }
}
