import * as vscode from 'vscode';
import type { CommandHandlers } from '../commands.ts';
import { type BlockForm, environmentBlocks } from '../launch/environmentBlock.ts';
import { endpointFor, launchEnvironment } from '../launch/launchEnvironment.ts';
import type { LaunchSupport } from '../launch/launchSupport.ts';
import { type CommandId, commands, extensionId, walkthrough } from '../names.ts';
import { workspaceUri } from '../workspace.ts';
import type { EngineLink } from './engineLink.ts';
import type { ReceiverControl } from './receiverControl.ts';

const { l10n } = vscode;

export interface ReceiverCommandParts {
  readonly link: EngineLink;
  readonly control: ReceiverControl;
  readonly launch: LaunchSupport;
  readonly log: vscode.LogOutputChannel;
  showDiagnosis(): Promise<void>;
}

/** Commands of the receiver: its life, its address, and what to do when nothing arrives. */
export function receiverCommands({ link, control, launch, log, showDiagnosis }: ReceiverCommandParts) {
  return {
    [commands.startReceiver]: () => control.startNow(),
    [commands.stopReceiver]: () => control.stop(),
    [commands.openReceiver]: async () => {
      const { chooseReceivers } = await import('./openReceivers.ts');
      await chooseReceivers(link, control);
    },
    [commands.showReceiverMenu]: () => showMenu(link),
    [commands.copyEndpoint]: () => copyEndpoint(link, control),
    [commands.copyEnvironment]: () => copyEnvironment(link, control),
    [commands.diagnose]: () => showDiagnosis(),
    [commands.openTerminal]: () => launch.openTerminal(),
    [commands.showLog]: () => log.show(),
    [commands.openSettings]: () =>
      vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${extensionId}`),
    [commands.openWalkthrough]: () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${extensionId}#${walkthrough}`),
  } satisfies Partial<CommandHandlers>;
}

async function showMenu(link: EngineLink): Promise<void> {
  const isStopped = link.state === 'stopped' || link.state === 'failed';
  const item = (label: string, command: CommandId, description?: string) => ({ label, command, description });
  const items = [
    isStopped
      ? item(l10n.t('$(play) Start Receiver'), commands.startReceiver)
      : item(l10n.t('$(debug-stop) Stop Receiver in This Window'), commands.stopReceiver),
    item(l10n.t('$(copy) Copy Endpoint'), commands.copyEndpoint, link.endpoints.otlpHttp),
    item(l10n.t('$(clippy) Copy Environment'), commands.copyEnvironment),
    item(l10n.t('$(plug) Open a Receiver'), commands.openReceiver),
    item(l10n.t('$(terminal) Open Spanline Terminal'), commands.openTerminal),
    item(l10n.t('$(search) Search Traces'), commands.searchTraces),
    item(l10n.t('$(question) Why Are There No Traces?'), commands.diagnose),
    item(l10n.t('$(clear-all) Clear Traces'), commands.clearTraces),
    item(l10n.t('$(output) Show Log'), commands.showLog),
    item(l10n.t('$(gear) Open Settings'), commands.openSettings),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Spanline' });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
}

/** The address for programs on the receiver's machine, which is where the workspace is. */
async function copyEndpoint(link: EngineLink, control: ReceiverControl): Promise<void> {
  await control.require();
  const { otlpHttp } = link.endpoints;
  if (otlpHttp === undefined) throw new Error(l10n.t('The receiver has no OTLP/HTTP port open.'));
  await vscode.env.clipboard.writeText(otlpHttp);
  vscode.window.setStatusBarMessage(l10n.t('Copied {0}', otlpHttp), 3000);
}

async function copyEnvironment(link: EngineLink, control: ReceiverControl): Promise<void> {
  await control.require();
  const picked = await vscode.window.showQuickPick(blockItems(), {
    title: l10n.t('Copy Environment'),
    placeHolder: l10n.t('For where?'),
  });
  if (picked === undefined) return;
  const protocol = picked.protocol ?? 'http/protobuf';
  if (endpointFor(protocol, link.endpoints) === undefined)
    throw new Error(l10n.t('The receiver has no port open for {0}.', protocol));
  const variables = launchEnvironment(link.endpoints, workspaceUri(), {
    OTEL_EXPORTER_OTLP_PROTOCOL: picked.protocol,
  });
  const block = environmentBlocks[picked.form]({ ...variables, OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
  await vscode.env.clipboard.writeText(block);
  vscode.window.setStatusBarMessage(l10n.t('Copied'), 3000);
}

function blockItems(): (vscode.QuickPickItem & { form: BlockForm; protocol?: string })[] {
  const windows = process.platform === 'win32';
  const shells: (vscode.QuickPickItem & { form: BlockForm })[] = [
    { label: 'bash, zsh, sh', form: 'posix' },
    { label: 'PowerShell', form: 'powershell' },
    { label: 'cmd', form: 'cmd' },
    { label: 'fish', form: 'fish' },
  ];
  return [
    ...(windows ? [shells[1], shells[2], shells[0], shells[3]] : shells),
    { label: '.env', form: 'dotenv' },
    { label: 'launch.json', form: 'launchJson' },
    { label: 'docker run', form: 'docker' },
    { label: 'Docker Compose', form: 'compose' },
    { label: 'bash, zsh, sh', description: l10n.t('with gRPC'), form: 'posix', protocol: 'grpc' },
  ];
}
