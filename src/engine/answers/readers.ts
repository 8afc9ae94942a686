import { EvidenceReader } from '../../insight/evidence/evidenceReader.ts';
import { Services } from '../../query/services.ts';
import { Shapes } from '../../query/shapes.ts';
import { SpanDetailsReader } from '../../query/spanDetails.ts';
import { TraceSummaries } from '../../query/traceSummary.ts';
import type { SensitiveSettings } from '../../semconv/sensitive/options.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import { WorkAhead } from './workAhead.ts';

/** Projects whose settings for sensitive data are followed at a time; each looks at all traces anew. */
const mostSettings = 4;

/** What reads the store and remembers what it has read: one for all clients. */
export class Readers {
  readonly summaries: TraceSummaries;
  readonly services: Services;
  readonly servicesAhead: WorkAhead;
  readonly shapes: Shapes;
  readonly details: SpanDetailsReader;
  readonly #store: TraceStore;
  readonly #evidence = new Map<string, EvidenceReader>();

  constructor(store: TraceStore) {
    this.summaries = new TraceSummaries(store);
    this.services = new Services(store);
    this.servicesAhead = new WorkAhead(() => this.services.readNew());
    this.shapes = new Shapes(store);
    this.details = new SpanDetailsReader(store);
    this.#store = store;
  }

  /** What traces tell of the code. @param sensitive what a project calls sensitive, and what not */
  evidence(sensitive?: SensitiveSettings): EvidenceReader {
    const key = JSON.stringify(sensitive ?? {});
    const reader = this.#evidence.get(key) ?? new EvidenceReader(this.#store, Date.now, sensitive);
    this.#evidence.delete(key);
    this.#evidence.set(key, reader);
    for (const oldest of this.#evidence.keys()) {
      if (this.#evidence.size <= mostSettings) break;
      this.#evidence.delete(oldest);
    }
    return reader;
  }
}
