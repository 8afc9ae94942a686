import * as vscode from 'vscode';
import { findSdks } from '../launch/sdkDetection.ts';
import { readSetting } from '../settings.ts';
import type { EngineLink } from './engineLink.ts';
import type { ReceiverControl } from './receiverControl.ts';

/** After start-up, when the editor has settled. */
const delayMs = 1500;

/** Starts the receiver for the window: by the setting, or because the workspace's programs use OpenTelemetry. */
export function startWhenWanted(
  link: EngineLink,
  control: ReceiverControl,
  memory: vscode.Memento,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const cancellation = new vscode.CancellationTokenSource();
  const offer = async () => {
    if (readSetting('receiver.start') === 'never' || !vscode.workspace.isTrusted) return;
    const { offerReceivers } = await import('./receiverOffer.ts');
    await offerReceivers(link, control, memory, cancellation.token);
  };
  const look = async () => {
    if (await control.ensure('window opened')) return;
    if (readSetting('receiver.start') !== 'auto' || !vscode.workspace.isTrusted) return;
    const [found] = await findSdks(cancellation.token);
    if (found === undefined) return;
    log.info(`receiver: ${vscode.workspace.asRelativePath(found)} names an OpenTelemetry SDK`);
    await control.ensure('SDK found');
  };
  const run = () => {
    look()
      .then(offer)
      .catch(error => log.error(`receiver: ${error.message}`));
  };
  const timer = setTimeout(run, delayMs);
  const trust = vscode.workspace.onDidGrantWorkspaceTrust(run);
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    trust.dispose();
    cancellation.cancel();
    cancellation.dispose();
  });
}
