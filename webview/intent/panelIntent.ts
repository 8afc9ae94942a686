import { computed, effect, type Signal, signal } from '@preact/signals';
import type { Disposable } from '../../src/base/events.ts';
import type { PanelState } from '../../src/protocol/panel.ts';
import type { ViewIntent } from '../../src/protocol/traceView.ts';
import type { StateStorage } from '../connection/webviewApi.ts';

/** State is serialised at every write; a scroll or a drag must not do so at each of its events. Milliseconds. */
const writeDelay = 250;
/** Persisted collapsed spans; whoever folds more finds the rest unfolded after a reload. */
const maxCollapsed = 5000;

/** What the user looks at and how they arranged it: all of the panel that outlives a reload. */
export class PanelIntent implements Disposable {
  readonly traceId: string;
  readonly collapsed: Signal<string[]> = signal<string[]>([]);
  readonly filter: Signal<string> = signal('');
  readonly selectedSpanId: Signal<string | undefined> = signal<string | undefined>(undefined);
  /** Visible part of the time axis; absent: all. */
  readonly zoom: Signal<PanelState['zoom']> = signal<PanelState['zoom']>(undefined);
  /** Widths that were dragged, pixels; absent: as the panel's width suggests. */
  readonly nameColumnWidth: Signal<number | undefined> = signal<number | undefined>(undefined);
  readonly detailsWidth: Signal<number | undefined> = signal<number | undefined>(undefined);
  readonly detailsOpen: Signal<boolean> = signal(true);
  readonly closedSections: Signal<string[]> = signal<string[]>([]);
  readonly showCriticalPath: Signal<boolean> = signal(false);
  readonly #stop: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes over `state` if it is about this trace, and keeps `storage` up to date from then on. */
  constructor(traceId: string, state: PanelState | null, storage: StateStorage) {
    this.traceId = traceId;
    if (state !== null && state.traceId === traceId) this.#restore(state);
    const current = computed(() => this.#state());
    // At once: a window that is reloaded right now brings back no panel without a state.
    storage.write(current.peek());
    this.#stop = effect(() => {
      const state = current.value;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => storage.write(state), writeDelay);
    });
  }

  /** What the engine needs to open the view as it was. */
  get view(): ViewIntent {
    return { collapsed: this.collapsed.peek(), filter: this.filter.peek() };
  }

  toggleSection(section: string): void {
    const closed = this.closedSections.value;
    this.closedSections.value = closed.includes(section)
      ? closed.filter(other => other !== section)
      : [...closed, section];
  }

  dispose(): void {
    this.#stop();
    clearTimeout(this.#timer);
  }

  #restore(state: PanelState): void {
    this.collapsed.value = state.intent.collapsed;
    this.filter.value = state.intent.filter;
    this.selectedSpanId.value = state.selectedSpanId;
    this.zoom.value = state.zoom;
    this.nameColumnWidth.value = state.nameColumnWidth;
    this.detailsWidth.value = state.detailsWidth;
    this.detailsOpen.value = state.detailsOpen ?? true;
    this.closedSections.value = state.closedSections ?? [];
    this.showCriticalPath.value = state.showCriticalPath ?? false;
  }

  #state(): PanelState {
    return {
      version: 1,
      traceId: this.traceId,
      intent: { collapsed: this.collapsed.value.slice(0, maxCollapsed), filter: this.filter.value },
      selectedSpanId: this.selectedSpanId.value,
      zoom: this.zoom.value,
      nameColumnWidth: this.nameColumnWidth.value,
      detailsWidth: this.detailsWidth.value,
      detailsOpen: this.detailsOpen.value,
      closedSections: this.closedSections.value,
      showCriticalPath: this.showCriticalPath.value,
    };
  }
}
