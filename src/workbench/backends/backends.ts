import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { type BackendKind, type BackendTarget, backendKinds } from '../../model/backend.ts';
import { readSetting } from '../settings.ts';

const { l10n } = vscode;

/** A backend of the settings, without what gets one in. */
export interface ConfiguredBackend {
  readonly name: string;
  readonly kind?: BackendKind;
  readonly url: URL;
}

/**
 * The backends of the settings, which a workspace may bring, and what is sent to them, which it may not: tokens are kept by origin
 * in the secret storage, and connections are a setting of the user's machine.
 */
export class Backends {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** Throws for a setting that cannot be, and where none is set. */
  list(): ConfiguredBackend[] {
    const folder =
      vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
    const values = readSetting('backends', folder);
    const found = Array.isArray(values) ? values.map(readBackend) : [];
    if (found.length === 0)
      throw new Error(l10n.t('No backends are set. Name them in the setting spanline.backends.'));
    return found;
  }

  /** All that the engine needs to ask it. */
  async target({ url, kind }: ConfiguredBackend): Promise<BackendTarget> {
    const connection = connectionOf(url.origin);
    const token = await this.#secrets.get(secretKey(url.origin));
    return {
      url: url.href,
      ...(kind !== undefined && { kind }),
      headers: {
        ...connection.headers,
        ...(token !== undefined && { authorization: /\s/.test(token) ? token : `Bearer ${token}` }),
      },
      ...(connection.caFile !== undefined && { ca: await readFile(connection.caFile, 'utf8') }),
      ...(connection.proxy !== undefined && { proxy: connection.proxy }),
      insecure: connection.insecure === true,
    };
  }

  /** Keeps a token for the origin; an empty one is forgotten. */
  async setToken({ url }: ConfiguredBackend, token: string): Promise<void> {
    if (token === '') await this.#secrets.delete(secretKey(url.origin));
    else await this.#secrets.store(secretKey(url.origin), token);
  }
}

function secretKey(origin: string): string {
  return `spanline.backend ${origin}`;
}

function readBackend(value: unknown): ConfiguredBackend {
  const { name, kind, url } = (typeof value === 'object' && value !== null ? value : {}) as {
    name?: unknown;
    kind?: unknown;
    url?: unknown;
  };
  if (typeof url !== 'string' || !URL.canParse(url))
    throw new Error(l10n.t('An entry of the setting spanline.backends has no URL.'));
  return {
    url: new URL(url),
    name: typeof name === 'string' && name !== '' ? name : new URL(url).host,
    ...(isKind(kind) && { kind }),
  };
}

function isKind(value: unknown): value is BackendKind {
  return backendKinds.some(kind => kind === value);
}

interface Connection {
  readonly headers?: { readonly [name: string]: string };
  readonly caFile?: string;
  readonly proxy?: string;
  readonly insecure?: boolean;
}

function connectionOf(origin: string): Connection {
  const value = readSetting('backendConnections')[origin];
  if (typeof value !== 'object' || value === null) return {};
  const { headers, caFile, proxy, insecure } = value as { [key: string]: unknown };
  const texts = Object.entries(typeof headers === 'object' && headers !== null ? headers : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    headers: Object.fromEntries(texts),
    ...(typeof caFile === 'string' && caFile !== '' && { caFile }),
    ...(typeof proxy === 'string' && proxy !== '' && { proxy }),
    insecure: insecure === true,
  };
}
