import { EvidenceReader } from '../../insight/evidence/evidenceReader.ts';
import { Services } from '../../query/services.ts';
import { Shapes } from '../../query/shapes.ts';
import { SpanDetailsReader } from '../../query/spanDetails.ts';
import { TraceSummaries } from '../../query/traceSummary.ts';
import type { TraceStore } from '../../store/traceStore.ts';

/** What reads the store and remembers what it has read: one for all clients. */
export class Readers {
  readonly summaries: TraceSummaries;
  readonly services: Services;
  readonly shapes: Shapes;
  readonly details: SpanDetailsReader;
  readonly evidence: EvidenceReader;

  constructor(store: TraceStore) {
    this.summaries = new TraceSummaries(store);
    this.services = new Services(store);
    this.shapes = new Shapes(store);
    this.details = new SpanDetailsReader(store);
    this.evidence = new EvidenceReader(store);
  }
}
