import { EvidenceReader } from '../../insight/evidence/evidenceReader.ts';
import { Services } from '../../query/services.ts';
import { Shapes } from '../../query/shapes.ts';
import { SpanDetailsReader } from '../../query/spanDetails.ts';
import { TraceSummaries } from '../../query/traceSummary.ts';
import type { TraceViews } from '../../query/traceViews.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { Forwarding } from '../forwarding.ts';
import type { Ingest } from '../ingest.ts';
import type { Receivers } from '../receivers.ts';
import type { Rejections } from '../rejections.ts';

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

/** What the answers for one client are made from. */
export interface AnswerParts {
  readonly store: TraceStore;
  readonly readers: Readers;
  readonly ingest: Ingest;
  readonly forwarding: Forwarding;
  readonly journal: Journal | undefined;
  /** Also that of an earlier engine, where this one has none. Rejects with the errors of the file system. */
  readonly eraseJournal: () => Promise<void>;
  readonly receivers: Receivers;
  readonly rejections: Rejections;
  /** Begins to stop in favour of a newer engine, which holds the start lock; false if it does not. */
  readonly handOver: () => boolean;
  /** The client's own. */
  readonly views: TraceViews;
}
