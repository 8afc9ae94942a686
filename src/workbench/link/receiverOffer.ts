import * as vscode from 'vscode';
import { manifests, mostManifests, readManifest } from '../launch/sdkDetection.ts';
import { readSetting } from '../settings.ts';
import type { EngineLink } from './engineLink.ts';
import { type FurtherReceiver, openReceiver, receiverPorts, takenText } from './openReceivers.ts';
import type { ReceiverControl } from './receiverControl.ts';

const { l10n } = vscode;

/** Whose clients send where. */
const families: readonly {
  readonly name: string;
  /** In manifests. */
  readonly mention: RegExp;
  readonly receivers: readonly FurtherReceiver[];
}[] = [
  { name: 'Zipkin', mention: /zipkin|tracing-bridge-brave/i, receivers: ['zipkin'] },
  {
    name: 'Jaeger',
    mention:
      /jaeger-client|jaeger_client|exporter[-.\w]*jaeger|opentracing-\w+-jaeger|\bJaeger\.(?:Core|Senders)/i,
    receivers: ['jaegerUdpCompact', 'jaegerUdpBinary', 'jaegerSampling'],
  },
  {
    name: 'Datadog',
    mention: /dd-trace|ddtrace|dd-java-agent|Datadog\.Trace|gem ['"]datadog['"]/,
    receivers: ['datadog'],
  },
];

const answersKey = 'receiver.offers';
/** By the name of the family. */
type Answers = { readonly [family: string]: 'open' | 'never' };

/**
 * Opens the receivers that the clients of this workspace send to, if the user wants that: asked once for each family. What
 * cannot be opened is said.
 */
export async function offerReceivers(
  link: EngineLink,
  control: Pick<ReceiverControl, 'ensure' | 'require'>,
  memory: vscode.Memento,
  token: vscode.CancellationToken,
): Promise<void> {
  for (const { name, receivers } of await familiesFound(token)) {
    const answers = memory.get<Answers>(answersKey) ?? {};
    if (answers[name] === 'never' || receivers.every(receiver => isSet(receiver))) continue;
    if (answers[name] === undefined) {
      const answer = await ask(name, receivers);
      await memory.update(answersKey, { ...answers, [name]: answer });
      if (answer === 'never') continue;
      await control.require();
    } else if (!(await control.ensure('SDK found'))) return;
    await openAll(link, receivers);
  }
}

async function familiesFound(token: vscode.CancellationToken): Promise<typeof families> {
  const texts: string[] = [];
  for await (const file of manifests()) {
    if (token.isCancellationRequested || texts.length === mostManifests) break;
    texts.push(await readManifest(file));
  }
  return families.filter(({ mention }) => texts.some(text => mention.test(text)));
}

/** Whether the lasting form is there. */
function isSet(receiver: FurtherReceiver): boolean {
  return Object.hasOwn(readSetting('receiver.ports'), receiver);
}

async function ask(family: string, receivers: readonly FurtherReceiver[]): Promise<Answers[string]> {
  const open = l10n.t('Open');
  const never = l10n.t('Never');
  const ports = receivers.map(receiver => receiverPorts[receiver]).join(', ');
  const answer = await vscode.window.showInformationMessage(
    receivers.length === 1
      ? l10n.t('This workspace uses {0}. Open port {1} in Spanline to see its traces?', family, ports)
      : l10n.t('This workspace uses {0}. Open the ports {1} in Spanline to see its traces?', family, ports),
    open,
    never,
  );
  // Once is enough: the command is there for who closes this.
  return answer === open ? 'open' : 'never';
}

async function openAll(link: EngineLink, receivers: readonly FurtherReceiver[]): Promise<void> {
  for (const receiver of receivers) {
    if (link.endpoints[receiver] !== undefined) continue;
    const taken = await openReceiver(link, receiver);
    if (taken !== undefined) void vscode.window.showWarningMessage(takenText(taken));
  }
  await link.refreshStatus();
}
