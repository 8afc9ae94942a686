import * as vscode from 'vscode';
import type { ForwardStatus } from '../../protocol/forward.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { type CommandId, commands } from '../names.ts';
import { timeText } from '../text.ts';
import type { ForwardControl } from './forwardControl.ts';

const { l10n } = vscode;

/** Forwards to the endpoint of the settings; without one, asks for it first. */
export async function startForwarding(
  link: EngineLink,
  control: ReceiverControl,
  forward: ForwardControl,
): Promise<void> {
  if (forward.url === '' && !(await askForUrl())) return;
  await control.require();
  await forward.start();
  await showForwarding(link, control, forward);
}

/** How forwarding goes, and what can be done about it. */
export async function showForwarding(
  link: EngineLink,
  control: ReceiverControl,
  forward: ForwardControl,
): Promise<void> {
  await control.require();
  const { forward: status } = await link.request('status', {});
  const item = (label: string, command: CommandId, detail?: string) => ({ label, command, detail });
  const names = forward.url === '' ? [] : await forward.headerNames();
  const items = [
    status.state === 'off'
      ? item(l10n.t('$(play) Start Forwarding'), commands.startForwarding, forward.url || undefined)
      : item(l10n.t('$(debug-stop) Stop Forwarding'), commands.stopForwarding),
    item(
      l10n.t('$(key) Set a Header of Forwarding'),
      commands.setForwardHeader,
      names.join(', ') || undefined,
    ),
    item(l10n.t('$(gear) Open Settings'), commands.openSettings),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: titleOf(status),
    placeHolder: progressOf(status),
  });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
}

/** A header for the target, `authorization` above all: kept with the user's secrets, never in settings. */
export async function setForwardHeader(
  link: EngineLink,
  control: ReceiverControl,
  forward: ForwardControl,
): Promise<void> {
  if (forward.url === '' && !(await askForUrl())) return;
  const title = l10n.t('Header for {0}', forward.url);
  const name = await vscode.window.showInputBox({
    title,
    prompt: l10n.t('Name of the header'),
    value: 'authorization',
    validateInput: text =>
      /^[\w!#$%&'*+.^`|~-]+$/.test(text) ? undefined : l10n.t('This is no name of a header.'),
  });
  if (name === undefined) return;
  const value = await vscode.window.showInputBox({
    title,
    prompt: l10n.t('Value of {0}; empty to send it no longer', name),
    password: true,
    ignoreFocusOut: true,
  });
  if (value === undefined) return;
  await forward.setHeader(name.toLowerCase(), value);
  if (link.state !== 'listening') return;
  await control.require();
  const { forward: status } = await link.request('status', {});
  if (status.state !== 'off') await forward.start();
}

async function askForUrl(): Promise<boolean> {
  const url = await vscode.window.showInputBox({
    title: l10n.t('Forward to an OTLP Endpoint'),
    prompt: l10n.t(
      'Base URL of a collector or backend. Sensitive values are masked before they leave this machine.',
    ),
    placeHolder: 'https://collector.example:4318',
    validateInput: text => (text.trim() === '' ? l10n.t('An endpoint is needed.') : undefined),
  });
  if (url === undefined) return false;
  const settings = vscode.workspace.getConfiguration('spanline');
  await settings.update('forward.url', url.trim(), vscode.ConfigurationTarget.Global);
  return true;
}

function titleOf(status: ForwardStatus): string {
  if (status.state === 'off') return l10n.t('Forwarding is off');
  const { url, redact } = status;
  return redact ? l10n.t('Forwarding to {0}, masked', url) : l10n.t('Forwarding to {0}, nothing masked', url);
}

function progressOf(status: ForwardStatus): string {
  if (status.state === 'off') return l10n.t('Nothing leaves this machine');
  const { state, sentItems, rejectedItems, droppedItems, pausedUntilUnixNano, lastError } = status;
  const counts = l10n.t('{0} sent, {1} rejected, {2} dropped', sentItems, rejectedItems, droppedItems);
  if (lastError === undefined) return counts;
  if (pausedUntilUnixNano !== undefined) {
    const time = timeText(pausedUntilUnixNano);
    return l10n.t('{0}; asked to wait until {1}: {2}', counts, time, lastError.reason);
  }
  return state === 'retrying'
    ? l10n.t('{0}; trying again: {1}', counts, lastError.reason)
    : l10n.t('{0}; last error: {1}', counts, lastError.reason);
}
