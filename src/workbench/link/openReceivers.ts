import * as vscode from 'vscode';
import { controlErrors, type ReceiverName } from '../../protocol/control.ts';
import type { EngineLink } from './engineLink.ts';
import type { ReceiverControl } from './receiverControl.ts';
import { receiverName } from './receiverName.ts';

const { l10n } = vscode;

/** Where their senders send by default. */
export const receiverPorts = {
  zipkin: 9411,
  jaegerUdpCompact: 6831,
  jaegerUdpBinary: 6832,
  jaegerHttp: 14268,
  jaegerGrpc: 14250,
  jaegerSampling: 5778,
  datadog: 8126,
  prometheus: 9464,
} as const satisfies { readonly [name in ReceiverName]?: number };
export type FurtherReceiver = keyof typeof receiverPorts;

/** A port that somebody else has. */
export interface TakenPort {
  readonly port: number;
  readonly holder: string | undefined;
}

/** Shows the receivers beyond OTLP with their states, and opens and closes those that are picked, until the list is left. */
export async function chooseReceivers(link: EngineLink, control: ReceiverControl): Promise<void> {
  await control.require();
  const taken = new Map<FurtherReceiver, TakenPort>();
  for (let last: FurtherReceiver | undefined; ; ) {
    await link.refreshStatus();
    const picked = await pick(itemsOf(link, taken), last);
    if (picked === undefined) return;
    last = picked;
    if (link.endpoints[picked] !== undefined) await link.request('receiver/close', { receiver: picked });
    else {
      const port = taken.has(picked) ? await askPort(picked) : receiverPorts[picked];
      if (port === undefined) continue;
      const problem = await openReceiver(link, picked, port);
      if (problem === undefined) taken.delete(picked);
      else taken.set(picked, problem);
    }
  }
}

/** Opens one; who has the port if somebody else does. Rejects with other reasons. */
export async function openReceiver(
  link: EngineLink,
  receiver: FurtherReceiver,
  port: number = receiverPorts[receiver],
): Promise<TakenPort | undefined> {
  try {
    await link.request('receiver/open', { receiver, port });
    return undefined;
  } catch (error) {
    const { code, data } = error as { code?: unknown; data?: { holder?: string } };
    if (code !== controlErrors.portTaken) throw error;
    return { port, holder: data?.holder };
  }
}

export function takenText({ port, holder }: TakenPort): string {
  return holder === undefined
    ? l10n.t('Port {0} is held by another program.', port)
    : l10n.t('Port {0} is held by {1}.', port, holder);
}

interface ReceiverItem extends vscode.QuickPickItem {
  readonly receiver: FurtherReceiver;
}

function itemsOf(link: EngineLink, taken: ReadonlyMap<FurtherReceiver, TakenPort>): ReceiverItem[] {
  return (Object.keys(receiverPorts) as FurtherReceiver[]).map(receiver => {
    const name = receiverName(receiver);
    const address = link.endpoints[receiver];
    if (address !== undefined) {
      const requests = link.status?.requests[receiver] ?? 0;
      return {
        receiver,
        label: `$(pass-filled) ${name}`,
        description: l10n.t('open at {0}', address),
        detail: l10n.t('Requests: {0}. Select to close it.', requests),
      };
    }
    const problem = taken.get(receiver);
    if (problem === undefined)
      return {
        receiver,
        label: `$(circle-large-outline) ${name}`,
        description: `${receiverPorts[receiver]}`,
      };
    return {
      receiver,
      label: `$(warning) ${name}`,
      description: takenText(problem),
      detail: l10n.t('Select to take another port.'),
    };
  });
}

function pick(
  items: ReceiverItem[],
  active: FurtherReceiver | undefined,
): Promise<FurtherReceiver | undefined> {
  const list = vscode.window.createQuickPick<ReceiverItem>();
  list.title = l10n.t('Open a Receiver');
  list.placeholder = l10n.t('Until the engine stops; the setting spanline.receiver.ports opens them always');
  list.items = items;
  list.activeItems = items.filter(({ receiver }) => receiver === active);
  return new Promise(resolve => {
    list.onDidAccept(() => {
      resolve(list.activeItems[0]?.receiver);
      list.hide();
    });
    list.onDidHide(() => {
      resolve(undefined);
      list.dispose();
    });
    list.show();
  });
}

async function askPort(receiver: FurtherReceiver): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: l10n.t('Port for {0}', receiverName(receiver)),
    prompt: l10n.t('0 takes any free port. Tell the senders.'),
    value: '0',
    validateInput: value =>
      /^\d{1,5}$/.test(value.trim()) && Number(value) < 65536 ? undefined : l10n.t('This is no port.'),
  });
  return text === undefined ? undefined : Number(text);
}
