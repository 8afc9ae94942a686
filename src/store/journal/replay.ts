import { scanTraces } from '../../decode/otlp/scanTraces.ts';
import { DecodeError } from '../../decode/protobuf/decodeError.ts';
import { SpanBatch } from '../../model/spanBatch.ts';
import type { TraceStore } from '../traceStore.ts';
import type { JournalRecord } from './journalFormat.ts';
import type { JournalFile, JournalLane } from './journalLane.ts';
import { pinTraces } from './pins.ts';
import { replayFile } from './replayFile.ts';

/** Stores what the files of a journal hold, as if it arrived now. */
export class Replay {
  files = 0;
  /** Valid spans, those that came twice included. */
  spans = 0;
  /** Data points of metrics. */
  points = 0;
  readonly #store: TraceStore;
  readonly #report: (event: string) => void;
  readonly #batch = new SpanBatch();
  /** The newest record of pinned traces: they are to be pinned before evictions reach them. */
  #pins: Uint8Array | undefined;

  constructor(store: TraceStore, report: (event: string) => void) {
    this.#store = store;
    this.#report = report;
  }

  /** Replays a file of a lane, as long as `goOn`. A file that cannot be read is reported and left where it is. */
  async file(lane: JournalLane, file: JournalFile, newest: () => number, goOn: () => boolean): Promise<void> {
    let leftOut = 0;
    const apply = (record: JournalRecord) => {
      if (goOn() && !this.#apply(record)) leftOut++;
    };
    const replayed = await replayFile(file.path, apply).catch((error: Error) => ({
      unreadable: error.message,
    }));
    if ('unreadable' in replayed) {
      lane.leave(file);
      this.#report(`journal: ${file.path} cannot be read and was left out: ${replayed.unreadable}`);
      return;
    }
    this.files++;
    if (this.#pins !== undefined) pinTraces(this.#store, this.#pins);
    if (leftOut > 0)
      this.#report(`journal: ${leftOut} requests of ${file.path} are malformed and were left out`);
    if (replayed.lostBytes > 0)
      this.#report(
        `journal: the last ${replayed.lostBytes} bytes of ${file.path} are damaged or were not written to the end; ` +
          `the ${replayed.records} requests before them were kept`,
      );
    lane.replayed(file, replayed, newest());
  }

  /** False for a record that is not understood: a fault of ours, which must not cost the rest. */
  #apply({ kind, content }: JournalRecord): boolean {
    try {
      switch (kind) {
        case 'pins':
          this.#pins = content.slice();
          break;
        case 'traces':
          scanTraces(content, this.#batch);
          this.#store.append(this.#batch);
          this.spans += this.#batch.count;
          break;
        case 'logs':
          this.#store.appendLogs(content);
          break;
        case 'metrics':
          this.points += this.#store.appendMetrics(content).points;
      }
      return true;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return false;
    }
  }
}
