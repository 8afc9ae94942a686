import * as vscode from 'vscode';
import type { CommandHandlers } from '../commands.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { commands } from '../names.ts';
import type { TracePanels } from '../panel/tracePanels.ts';
import { Backends, type ConfiguredBackend } from './backends.ts';

const { l10n } = vscode;

export interface BackendCommandParts {
  readonly link: EngineLink;
  readonly control: ReceiverControl;
  readonly panels: TracePanels;
  readonly secrets: vscode.SecretStorage;
}

/** Commands that ask other people's engines. */
export function backendCommands({ link, control, panels, secrets }: BackendCommandParts) {
  const backends = new Backends(secrets);
  const queries = new Map<string, string>();

  const search = async (backend: ConfiguredBackend): Promise<void> => {
    await control.require();
    const { searchBackend } = await import('./backendSearch.ts');
    const target = await backends.target(backend);
    const last = queries.get(backend.url.href) ?? '{ resource.service.name = "';
    const found = await searchBackend(link, backend.name, target, last);
    if (found === undefined) return;
    queries.set(backend.url.href, found.query);
    if (found.outcome.kind === 'token') {
      if (await askToken(backends, backend)) await search(backend);
      return;
    }
    const { traceId, spanId } = found.outcome;
    const fetched = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: l10n.t('Fetching trace {0} from {1}', traceId.slice(0, 8), backend.name),
        cancellable: true,
      },
      (_, cancellation) => {
        const asking = new AbortController();
        cancellation.onCancellationRequested(() => asking.abort(new vscode.CancellationError()));
        return link.request('backend/fetch', { backend: target, traceId }, asking.signal);
      },
    );
    if (fetched === null) throw new Error(l10n.t('{0} has this trace no more.', backend.name));
    await panels.open(traceId, spanId);
    if (fetched.warnings.length > 0)
      void vscode.window.showWarningMessage(
        l10n.t('The trace is not whole: {0}', fetched.warnings.join('; ')),
      );
  };

  return {
    [commands.searchBackend]: async () => {
      const backend = await pickBackend(backends);
      if (backend !== undefined) await search(backend);
    },
    [commands.setBackendToken]: async () => {
      const backend = await pickBackend(backends);
      if (backend !== undefined) await askToken(backends, backend);
    },
  } satisfies Partial<CommandHandlers>;
}

/** The only one, or the one that is picked. */
async function pickBackend(backends: Backends): Promise<ConfiguredBackend | undefined> {
  const all = backends.list();
  if (all.length === 1) return all[0];
  const items = all.map(backend => ({ label: backend.name, description: backend.url.href, backend }));
  return (await vscode.window.showQuickPick(items, { title: l10n.t('Backend') }))?.backend;
}

/** False: nothing was changed. */
async function askToken(backends: Backends, backend: ConfiguredBackend): Promise<boolean> {
  const token = await vscode.window.showInputBox({
    title: l10n.t('Token for {0}', backend.url.origin),
    prompt: l10n.t(
      'Sent to this origin only. A bearer token, or “Basic …”; leave empty to forget the one that is kept.',
    ),
    password: true,
    ignoreFocusOut: true,
  });
  if (token === undefined) return false;
  await backends.setToken(backend, token.trim());
  return true;
}
