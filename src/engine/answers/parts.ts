import type { TraceViews } from '../../query/traceViews.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { Forwarding } from '../forwarding.ts';
import type { Ingest } from '../ingest.ts';
import type { OpenFiles } from '../openFiles.ts';
import type { Receivers } from '../receivers.ts';
import type { Rejections } from '../rejections.ts';
import type { RemoteTraces } from '../remoteTraces.ts';
import type { Readers } from './readers.ts';

/** What the answers for one client are made from. */
export interface AnswerParts {
  readonly store: TraceStore;
  readonly readers: Readers;
  readonly ingest: Ingest;
  readonly forwarding: Forwarding;
  /** Why the policies of what to keep longer are not followed. */
  readonly keepLongerProblem: string | undefined;
  readonly journal: Journal | undefined;
  /** Also that of an earlier engine, where this one has none. Rejects with the errors of the file system. */
  readonly eraseJournal: () => Promise<void>;
  readonly receivers: Receivers;
  readonly rejections: Rejections;
  readonly remote: RemoteTraces;
  /** Begins to stop in favour of a newer engine, which holds the start lock; false if it does not. */
  readonly handOver: () => boolean;
  /** The client's own: of what is stored, and of what was fetched from backends. */
  readonly views: TraceViews;
  readonly remoteViews: () => TraceViews;
  /** The client's own. */
  readonly files: OpenFiles;
  /** Tells the client which of its views of fetched traces have changed. */
  readonly announceRemote: () => void;
}
