import * as vscode from 'vscode';
import type { BackendStatus } from '../../protocol/control.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import type { TracePanels } from '../panel/tracePanels.ts';
import { dateOf, labelText } from '../text.ts';
import { searchBackend } from './backendSearch.ts';
import { Backends, type ConfiguredBackend } from './backends.ts';

const { l10n } = vscode;

export interface BackendCommandParts {
  readonly link: EngineLink;
  readonly control: ReceiverControl;
  readonly panels: TracePanels;
  readonly secrets: vscode.SecretStorage;
}

/** What is asked of somebody who searches a backend. */
export class BackendDialogs {
  readonly #parts: BackendCommandParts;
  readonly #backends: Backends;
  /** The last query by backend. */
  readonly #queries = new Map<string, string>();

  constructor(parts: BackendCommandParts) {
    this.#parts = parts;
    this.#backends = new Backends(parts.secrets);
  }

  /** Searches, fetches what is chosen, and opens it. */
  async search(): Promise<void> {
    const backend = await this.#pick();
    if (backend === undefined) return;
    await this.#parts.control.require();
    for (;;) {
      const target = await this.#backends.target(backend);
      const last = this.#queries.get(backend.url.href) ?? '{ resource.service.name = "';
      const found = await searchBackend(this.#parts.link, backend.name, target, last);
      if (found === undefined) return;
      this.#queries.set(backend.url.href, found.query);
      const { outcome } = found;
      if (outcome.kind === 'trace') return this.#open(backend, outcome.traceId, outcome.spanId);
      if (!(await askToken(this.#backends, backend))) return;
    }
  }

  async setToken(): Promise<void> {
    const backend = await this.#pick();
    if (backend !== undefined) await askToken(this.#backends, backend);
  }

  /** The only one, or the one that is picked. */
  async #pick(): Promise<ConfiguredBackend | undefined> {
    const all = this.#backends.list();
    if (all.length === 1) return all[0];
    const { link } = this.#parts;
    const { backends: states = [] } = link.state === 'listening' ? await link.request('status', {}) : {};
    const items = all.map(backend => {
      const detail = stateOf(backend, states);
      return { label: backend.name, description: backend.url.href, ...(detail && { detail }), backend };
    });
    return (await vscode.window.showQuickPick(items, { title: l10n.t('Backend') }))?.backend;
  }

  async #open(backend: ConfiguredBackend, traceId: string, spanId: string | undefined): Promise<void> {
    const target = await this.#backends.target(backend);
    const location = vscode.ProgressLocation.Notification;
    const title = l10n.t('Fetching trace {0} from {1}', traceId.slice(0, 8), backend.name);
    const fetched = await vscode.window.withProgress(
      { location, title, cancellable: true },
      (_, cancellation) => {
        const asking = new AbortController();
        cancellation.onCancellationRequested(() => asking.abort(new vscode.CancellationError()));
        return this.#parts.link.request('backend/fetch', { backend: target, traceId }, asking.signal);
      },
    );
    if (fetched === null) throw new Error(l10n.t('{0} has this trace no more.', backend.name));
    await this.#parts.panels.open(traceId, spanId);
    if (fetched.warnings.length > 0)
      void vscode.window.showWarningMessage(
        l10n.t('The trace is not whole: {0}', fetched.warnings.join('; ')),
      );
  }
}

/** How it answered when it was last asked from any window; nothing if it was not asked. */
function stateOf(backend: ConfiguredBackend, states: readonly BackendStatus[]): string | undefined {
  const state = states.find(({ url }) => url === backend.url.href);
  if (state === undefined) return undefined;
  const { isReachable, lastAnswerUnixNano: answered, lastError } = state;
  if (!isReachable) return `$(warning) ${labelText(lastError?.reason ?? '', 150)}`;
  if (
    answered === undefined ||
    (lastError !== undefined && BigInt(lastError.timeUnixNano) > BigInt(answered))
  )
    return `$(info) ${labelText(lastError?.reason ?? '', 150)}`;
  return `$(pass) ${l10n.t('answered {0}', dateOf(answered).toLocaleTimeString(vscode.env.language))}`;
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
