import { type Signal, signal } from '@preact/signals';
import { fill } from './format.ts';
import type { PanelModel } from './panelModel.ts';

/** What the last search found; `index` is 0-based, -1 if nothing was found. */
export interface Findings {
  readonly count: number;
  readonly index: number;
}

/** Searches the trace from the selection on; a newer search cancels the one before. */
export class Finder {
  readonly query: Signal<string> = signal('');
  readonly findings: Signal<Findings | null> = signal<Findings | null>(null);
  readonly #panel: PanelModel;
  #running = new AbortController();

  constructor(panel: PanelModel) {
    this.#panel = panel;
  }

  /** Sets the text and goes to its first match, the selected row included. */
  search(text: string): void {
    this.query.value = text;
    if (text === '') {
      this.#running.abort();
      this.findings.value = null;
    } else this.#find(this.#panel.activeRow.peek() - 1, false);
  }

  next(): void {
    if (this.query.value !== '') this.#find(this.#panel.activeRow.peek(), false);
  }

  previous(): void {
    if (this.query.value !== '') this.#find(Math.max(this.#panel.activeRow.peek(), 0), true);
  }

  #find(fromRow: number, backwards: boolean): void {
    this.#running.abort();
    const running = new AbortController();
    this.#running = running;
    const panel = this.#panel;
    void panel.attempt(async () => {
      const found = await panel.session.find(
        this.query.value,
        Math.max(fromRow, -1),
        backwards,
        running.signal,
      );
      if (running.signal.aborted) return;
      this.findings.value = { count: found.matchCount, index: found.matchIndex };
      if (found.row < 0) return panel.announce(panel.text.findNone);
      panel.activeRow.value = found.row;
      panel.intent.selectedSpanId.value = found.spanId;
      panel.announce(fill(panel.text.announceFind, found.matchIndex + 1, found.matchCount));
    });
  }
}
