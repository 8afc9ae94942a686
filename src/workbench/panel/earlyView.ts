import type { Disposable } from '../../base/events.ts';
import type { TraceViewRequests, ViewIntent } from '../../protocol/traceView.ts';
import type { EngineLink } from '../link/engineLink.ts';

type Opening = TraceViewRequests['view/open'][0];
type Opened = TraceViewRequests['view/open'][1];

/**
 * The view that a page is going to ask for, opened in the engine while the page is still loading: the rows of 100,000
 * spans take half as long to make as the page takes to start.
 */
export class EarlyView implements Disposable {
  readonly #link: Pick<EngineLink, 'request'>;
  readonly #opening: Opening;
  #opened: Promise<Opened>;

  constructor(link: Pick<EngineLink, 'request'>, traceId: string, intent: ViewIntent) {
    this.#link = link;
    this.#opening = { traceId, intent };
    // Why it failed is for the page, which will ask again.
    this.#opened = link.request('view/open', this.#opening).catch(() => null);
  }

  /** The view, which is the caller's then; `null` if it is another that is wanted, was taken, or could not be opened. */
  async take(wanted: Opening): Promise<Opened> {
    return isSame(wanted, this.#opening) ? this.#release() : null;
  }

  /** To be called when the engine that had it is gone. */
  forget(): void {
    void this.#release();
  }

  /** Closes it, unless it was taken. */
  dispose(): void {
    const close = async () => {
      const view = await this.#release();
      if (view !== null) await this.#link.request('view/close', { viewId: view.viewId });
    };
    // An engine that is gone has closed it.
    close().catch(() => {});
  }

  #release(): Promise<Opened> {
    const opened = this.#opened;
    this.#opened = Promise.resolve(null);
    return opened;
  }
}

function isSame(a: Opening, b: Opening): boolean {
  return (
    a.traceId === b.traceId &&
    a.intent.filter === b.intent.filter &&
    a.intent.collapsed.join() === b.intent.collapsed.join()
  );
}
