import { idHex } from '../../model/ids.ts';
import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import type { SpanRef } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { StoredSpan } from './activeCallers.ts';
import { AttributeReader } from './attributeReader.ts';
import { Observations } from './observations.ts';
import { ObservedSpan, readHeader } from './observedSpan.ts';
import type { ObservedTrace } from './observer.ts';
import { SpanGroups } from './spanGroups.ts';
import type { Turns } from './turns.ts';

/** Spans between two looks at the clock. */
const spansPerLook = 32;
/** Within traces of more spans than this, others have their turns. */
const mostInOneTurn = 200;
/** A trace in which the span at work at some time is sought has at most so many. */
const mostSearched = 1000;

/** Shows the traces of a store to the observers. */
export class TraceObserver {
  readonly #store: TraceStore;
  readonly #groups: SpanGroups;
  readonly #span: ObservedSpan;
  #traceNumber = 0;
  #generation = -1;

  /** @param options what the user calls sensitive, and what not */
  constructor(store: TraceStore, options: SensitiveOptions | undefined) {
    this.#store = store;
    this.#groups = new SpanGroups(store, options);
    this.#span = new ObservedSpan(store, this.#groups, new AttributeReader(options));
  }

  /** Adds what a trace shows. Of one that changes meanwhile nothing is added: it is to be looked at again. */
  async observe(traceRow: number, into: Observations, turns: Turns): Promise<void> {
    const { traces } = this.#store;
    const trace = this.#traceAt(traceRow);
    const refs = this.#store.spansOf(traceRow);
    this.#forgetOldIds();
    if (refs.length <= mostInOneTurn) {
      for (const ref of refs) this.#observeSpan(ref, trace, into);
      into.endOfTrace(trace);
      return;
    }
    const generation = traces.lastUpdateGeneration[traceRow];
    const observations = new Observations();
    for (let at = 0; at < refs.length; at += spansPerLook) {
      if (turns.isOver) {
        await turns.next();
        if (!traces.isLive(traceRow) || traces.lastUpdateGeneration[traceRow] !== generation) return;
        this.#forgetOldIds();
      }
      for (const ref of refs.subarray(at, at + spansPerLook)) this.#observeSpan(ref, trace, observations);
    }
    observations.endOfTrace(trace);
    into.merge(observations);
  }

  /** The spans of a trace; none of a trace that is too large to be looked through, or is not stored. */
  spansOf(traceId: string): StoredSpan[] {
    const row = this.#store.traces.rowOf(traceId);
    if (row < 0 || this.#store.traces.spanCount[row] > mostSearched) return [];
    this.#forgetOldIds();
    return Array.from(this.#store.spansOf(row), ref => {
      const { group, kind, start, end } = readHeader(this.#store, this.#groups, ref);
      return { group, kind, start, end, traceId, spanId: this.#idOf(ref) };
    });
  }

  #observeSpan(ref: SpanRef, trace: ObservedTrace, into: Observations): void {
    into.span(trace.revisit(ref));
  }

  #traceAt(row: number): ObservedTrace {
    const { traces } = this.#store;
    const number = this.#traceNumber++;
    const traceId = traces.idOf(row);
    return {
      number,
      traceId,
      revisit: ref => {
        this.#span.traceNumber = number;
        this.#span.traceId = traceId;
        this.#span.moveTo(ref);
        return this.#span;
      },
      start: traces.startHigh[row] * 0x1_0000_0000 + traces.startLow[row],
      end: traces.endHigh[row] * 0x1_0000_0000 + traces.endLow[row],
    };
  }

  /** Ids of names and resources may be given to others when the store changes. */
  #forgetOldIds(): void {
    if (this.#generation === this.#store.generation) return;
    this.#generation = this.#store.generation;
    this.#groups.forget();
  }

  #idOf(ref: SpanRef): string {
    return idHex(this.#store.segmentOf(ref).spanId, 2 * this.#store.rowOf(ref), 2);
  }
}
