import type { TraceStore } from '../../store/traceStore.ts';
import type { ControlServerConnection } from '../controlConnection.ts';
import type { Ingest } from '../ingest.ts';
import type { Receivers } from '../receivers.ts';
import type { Rejections } from '../rejections.ts';

/** What the answers for one client are made from. */
export interface AnswerParts {
  readonly client: ControlServerConnection;
  readonly store: TraceStore;
  readonly ingest: Ingest;
  readonly receivers: Receivers;
  readonly rejections: Rejections;
}
