import * as vscode from 'vscode';
import { type Disposable, DisposableStore, Emitter } from '../../base/events.ts';
import { Throttle } from '../../base/throttle.ts';
import { type ControlRequests, controlErrors, type OpenedFile } from '../../protocol/control.ts';
import type { PanelFile } from '../../protocol/panel.ts';
import type { EngineLink } from '../link/engineLink.ts';
import type { ReceiverControl } from '../link/receiverControl.ts';
import type { FileSource } from './tracePanel.ts';

/** Larger files go into the store with `spanline import`, which reads lines one by one. */
const largestFile = 256_000_000;
/** A list longer than this is filtered, not scrolled. */
const mostListed = 500;
/** A file that is being written is read again this often. */
const reloadMs = 1000;

/** The traces of a file: read by the engine for this editor alone, and again when the file changes or another engine answers. */
export class TraceFileSource implements FileSource, Disposable {
  readonly #uri: vscode.Uri;
  readonly #link: EngineLink;
  readonly #control: ReceiverControl;
  readonly #owned = new DisposableStore();
  readonly #changed = new Emitter<void>();
  #opening: Promise<OpenedFile> | undefined;
  #isOpen = false;

  readonly onDidConnect = this.#changed.event;
  readonly onDidChangeView: EngineLink['onDidChangeView'];
  readonly onDidChangeState: EngineLink['onDidChangeState'];

  constructor(uri: vscode.Uri, link: EngineLink, control: ReceiverControl) {
    this.#uri = uri;
    this.#link = link;
    this.#control = control;
    this.onDidChangeView = link.onDidChangeView;
    this.onDidChangeState = link.onDidChangeState;
    this.#owned.add(this.#changed);
    this.#owned.add(link.onDidConnect(() => this.#isOpen && this.#reload(false)));
    const changes = this.#owned.add(new Throttle(reloadMs, () => this.#reload(true)));
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), nameOf(uri).replace(/[[\]{}*?]/g, '?')),
    );
    this.#owned.add(watcher);
    watcher.onDidChange(() => changes.trigger());
    watcher.onDidCreate(() => changes.trigger());
  }

  async request<K extends keyof ControlRequests>(
    name: K,
    params: ControlRequests[K][0],
    signal?: AbortSignal,
  ): Promise<ControlRequests[K][1]> {
    if (!ofOneTrace.has(name)) return this.#link.request(name, params, signal);
    return this.#ask(fileId => this.#link.request(name, { ...params, fileId }, signal));
  }

  async describe(): Promise<PanelFile> {
    const { format, spans, traces, warnings } = await this.#opened();
    return { name: nameOf(this.#uri), format, spans, traces, warnings };
  }

  async traces(text: string): Promise<ControlRequests['file/traces'][1]> {
    return this.#ask(fileId => this.#link.request('file/traces', { fileId, text, limit: mostListed }));
  }

  dispose(): void {
    this.#forget();
    this.#owned.dispose();
  }

  /** The engine keeps a few files of a window: one that made room for others is opened again. */
  async #ask<T>(ask: (fileId: number) => Promise<T>): Promise<T> {
    const { fileId } = await this.#opened();
    try {
      return await ask(fileId);
    } catch (error) {
      if ((error as { code?: unknown }).code !== controlErrors.noSuchFile) throw error;
      this.#opening = undefined;
      return ask((await this.#opened()).fileId);
    }
  }

  #opened(): Promise<OpenedFile> {
    const opening = this.#opening ?? this.#open();
    this.#opening = opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  async #open(): Promise<OpenedFile> {
    await this.#control.require();
    const { l10n, workspace } = vscode;
    const { size } = await workspace.fs.stat(this.#uri);
    if (size > largestFile)
      throw new Error(
        l10n.t('{0} is larger than {1} MB. Import it instead.', nameOf(this.#uri), largestFile / 1_000_000),
      );
    const data = await workspace.fs.readFile(this.#uri);
    const opened = await this.#link.request('file/open', { path: nameOf(this.#uri), data });
    this.#isOpen = true;
    return opened;
  }

  /** @param isOpen whether the engine still has what was read before */
  #reload(isOpen: boolean): void {
    if (isOpen) this.#forget();
    this.#opening = undefined;
    this.#changed.fire();
  }

  #forget(): void {
    // An engine that is gone has closed it.
    this.#opening?.then(({ fileId }) => this.#link.request('file/close', { fileId })).catch(() => {});
  }
}

/** The requests in which a file can be named. */
const ofOneTrace: ReadonlySet<keyof ControlRequests> = new Set([
  'trace/get',
  'trace/breaks',
  'trace/summary',
  'span/details',
  'view/open',
]);

function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}
