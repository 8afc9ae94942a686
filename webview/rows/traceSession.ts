import { type ReadonlySignal, signal } from '@preact/signals';
import { type Disposable, Emitter, type Event } from '../../src/base/events.ts';
import { idHex } from '../../src/model/ids.ts';
import { type ParametersOf, RequestError, type ResultOf } from '../../src/protocol/channel.ts';
import { controlErrors } from '../../src/protocol/control.ts';
import type { PanelRequests } from '../../src/protocol/panel.ts';
import type { FindResult, ViewHead, ViewIntent } from '../../src/protocol/traceView.ts';
import type { PanelClient } from '../connection/webviewApi.ts';
import { RowWindows } from './rowWindows.ts';

/** What becomes of the scroll position when rows change: moved by some rows, or made to show a row. */
export type Placement = { readonly shift: number } | { readonly show: number };

/** Rows that are ready to be shown, with what is around them. Replaced as a whole: never half old and half new. */
export interface ShownRows {
  readonly head: ViewHead;
  readonly windows: RowWindows;
  readonly placement: Placement;
}

export type SessionState = 'opening' | 'open' | 'absent' | { readonly failure: string };

export type ExpandTarget = ParametersOf<PanelRequests, 'view/expand'>['target'];

type ViewMethod = Exclude<Extract<keyof PanelRequests, `view/${string}`>, 'view/open' | 'view/close'>;

/** A change that was made while the rows were being read makes them stale; so often they are read again. */
const maxAttempts = 5;

/** One open trace: asks the engine's view of it, keeps the rows on the screen and follows its growth. */
export class TraceSession implements Disposable {
  readonly traceId: string;
  readonly #client: PanelClient;
  readonly #intent: () => ViewIntent;
  readonly #subscription: Disposable;
  readonly #state = signal<SessionState>('opening');
  readonly #rows = signal<ShownRows | null>(null);
  readonly #failed = new Emitter<unknown>();
  /** Rows could not be read or brought up to date. */
  readonly onDidFail: Event<unknown> = this.#failed.event;
  #visible = { first: 0, last: 0 };
  #viewId = -1;
  /** Counts how often the view was opened. */
  #opening = 0;
  #reopening: Promise<void> | undefined;
  /** Settled once the view has its number: what is asked earlier might reach another's view. */
  #numbered: Promise<unknown> = Promise.resolve();
  #adoption = new AbortController();
  /** The newest head that arrived by itself, while the rows of an earlier one are still being read. */
  #grown: ViewHead | undefined;
  #growing = false;

  constructor(client: PanelClient, traceId: string, intent: () => ViewIntent) {
    this.#client = client;
    this.traceId = traceId;
    this.#intent = intent;
    this.#subscription = client.on('view/changed', ({ viewId, head }) => {
      if (viewId === this.#viewId) void this.#grow(head);
    });
  }

  get state(): ReadonlySignal<SessionState> {
    return this.#state;
  }

  get rows(): ReadonlySignal<ShownRows | null> {
    return this.#rows;
  }

  get visible(): { readonly first: number; readonly last: number } {
    return this.#visible;
  }

  /** The grid says what it shows, so that the same is read first when the rows change. */
  showing(first: number, last: number): void {
    this.#visible = { first, last };
  }

  /** Opens the view, or opens it again after the engine was restarted. The outcome is in `state`. */
  open(): Promise<void> {
    this.#reopening ??= this.#open().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  /** Span ids that are collapsed afterwards. */
  async expand(expanded: boolean, target: ExpandTarget, placement: Placement): Promise<string[]> {
    const { head, collapsed } = await this.#ask('view/expand', { expanded, target });
    await this.#adopt(head, placement);
    return collapsed;
  }

  /** Shows what matches, and the span given if it is among it. Resolves to that span's row or -1. */
  async filter(filter: string, keepInView: string | undefined): Promise<number> {
    const { head } = await this.#ask('view/filter', { filter });
    if (keepInView !== undefined) return this.reveal(keepInView);
    await this.#adopt(head, { show: 0 });
    return -1;
  }

  /** Expands the ancestors of a span and shows its row. Resolves to the row; -1 if there is none. */
  async reveal(spanId: string): Promise<number> {
    const { row, head } = await this.#ask('view/reveal', { spanId });
    await this.#adopt(head, row < 0 ? { shift: 0 } : { show: row });
    return row;
  }

  async find(text: string, fromRow: number, backwards: boolean, signal: AbortSignal): Promise<FindResult> {
    const found = await this.#ask('view/find', { text, fromRow, backwards }, signal);
    await this.#adopt(found.head, found.row < 0 ? { shift: 0 } : { show: found.row });
    return found;
  }

  minimap(width: number, height: number): Promise<ResultOf<PanelRequests, 'view/minimap'>> {
    return this.#ask('view/minimap', { width, height });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#adoption.abort();
    this.#rows.value?.windows.dispose();
  }

  async #open(): Promise<void> {
    try {
      const request = this.#client.request('view/open', {
        traceId: this.traceId,
        intent: this.#intent(),
      });
      this.#numbered = request.then(
        opened => {
          this.#viewId = opened?.viewId ?? -1;
          this.#opening++;
        },
        () => undefined,
      );
      const opened = await request;
      await this.#numbered;
      if (opened === null) {
        this.#state.value = 'absent';
        return;
      }
      await this.#adoptAnchored(opened.head);
      this.#state.value = 'open';
    } catch (error) {
      this.#state.value = { failure: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Asks the view; one that the engine has forgotten is opened again, once. */
  async #ask<M extends ViewMethod>(
    method: M,
    params: Omit<ParametersOf<PanelRequests, M>, 'viewId'>,
    signal?: AbortSignal,
  ): Promise<ResultOf<PanelRequests, M>> {
    await this.#numbered;
    const ask = () =>
      this.#client.request(method, { ...params, viewId: this.#viewId } as ParametersOf<PanelRequests, M>, {
        signal,
      });
    const askedView = this.#viewId;
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== controlErrors.noSuchView) throw error;
      if (askedView === this.#viewId) await this.open();
      return await ask();
    }
  }

  async #grow(head: ViewHead): Promise<void> {
    this.#grown = head;
    if (this.#growing) return;
    this.#growing = true;
    try {
      while (this.#grown) {
        const next = this.#grown;
        this.#grown = undefined;
        const { head } = this.#rows.value ?? {};
        if (next.generation !== head?.generation && !(next.evicted && head?.evicted))
          await this.#adoptAnchored(next);
      }
    } catch (error) {
      this.#failed.fire(error);
    } finally {
      this.#growing = false;
    }
  }

  /** Takes new rows over so that the first span on the screen stays where it is. */
  async #adoptAnchored(head: ViewHead): Promise<void> {
    const shown = this.#rows.value;
    if (shown && head.evicted) {
      // The engine has no rows of a dropped trace: those that are here are all that is left of it.
      this.#rows.value = {
        ...shown,
        head: { ...shown.head, evicted: true, dropped: head.dropped },
        placement: { shift: 0 },
      };
      return;
    }
    const { first } = this.#visible;
    const anchor = first > 0 ? shown?.windows.at(first) : undefined;
    if (!anchor) return this.#adopt(head, { shift: 0 });
    const spanId = idHex(anchor.columns.spanId, 2 * anchor.index, 2);
    const { row, head: newest } = await this.#client.request('view/reveal', {
      viewId: this.#viewId,
      spanId,
    });
    await this.#adopt(newest, { shift: row < 0 ? 0 : row - first });
  }

  /** Reads what will be on the screen and then shows it. A later adoption overtakes an earlier one. */
  async #adopt(head: ViewHead, placement: Placement, attempt = 1): Promise<void> {
    this.#adoption.abort();
    const adoption = new AbortController();
    this.#adoption = adoption;
    const shown = this.#rows.value;
    if (shown && head.generation === shown.head.generation && shown.windows.opening === this.#opening) {
      this.#rows.value = { ...shown, head, placement };
      return;
    }
    const windows = this.#windows(head);
    const { first, last } = this.#visible;
    const height = last - first + 1;
    const from = 'shift' in placement ? first + placement.shift : placement.show - height;
    const to = 'shift' in placement ? last + placement.shift : placement.show + height;
    try {
      const current = await windows.load(Math.max(0, from), Math.max(to, 0), adoption.signal);
      if (adoption.signal.aborted) return windows.dispose();
      if (!current && attempt < maxAttempts) {
        windows.dispose();
        return await this.#adopt(await this.#newestHead(), placement, attempt + 1);
      }
    } catch (error) {
      windows.dispose();
      if (adoption.signal.aborted) return;
      throw error;
    }
    this.#rows.value = { head, windows, placement };
    shown?.windows.dispose();
  }

  /** The head as it is now: setting the filter that is set changes nothing and answers with it. */
  async #newestHead(): Promise<ViewHead> {
    const { head } = await this.#ask('view/filter', { filter: this.#intent().filter });
    return head;
  }

  async #catchUp(stale: RowWindows): Promise<void> {
    if (this.#rows.value?.windows !== stale || this.#rows.value.head.evicted) return;
    try {
      await this.#grow(await this.#newestHead());
    } catch (error) {
      this.#failed.fire(error);
    }
  }

  #windows(head: ViewHead): RowWindows {
    const windows = new RowWindows(this.#opening, head, (first, count, signal) =>
      this.#ask('view/rows', { first, count }, signal),
    );
    windows.onDidFail(error => this.#failed.fire(error));
    windows.onDidBecomeStale(() => void this.#catchUp(windows));
    return windows;
  }
}
