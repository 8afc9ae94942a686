import { DecodeError } from '../../decode/protobuf/decodeError.ts';
import { skipField } from '../../decode/protobuf/wire.ts';
import type { SamplingGap } from '../../model/evidence.ts';
import { idHex } from '../../model/ids.ts';
import type { LogChunk } from '../../store/logChunk.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import type { Turns } from './turns.ts';

/** `LogRecord.flags`, field 8, fixed32. */
const flagsTag = 0x45;
const sampledFlag = 1;
const noTraceId = '0'.repeat(32);

/** By service, the traces of records whose span was not sampled. */
type Unsampled = Map<string, Set<string>>;

/** E10: log records of traces that were not sampled, and of which nothing has arrived. */
export class SamplingGaps {
  readonly #store: TraceStore;
  readonly #known = new WeakMap<LogChunk, { rows: number; readonly unsampled: Unsampled }>();

  constructor(store: TraceStore) {
    this.#store = store;
  }

  /** Nothing once spans were dropped here: then it is not known whose they were. */
  async read(turns: Turns): Promise<SamplingGap[]> {
    if (this.#store.counters.spansEvicted > 0) return [];
    const found = new Map<string, number>();
    for (const chunk of this.#store.logs.chunks) {
      for (const [serviceName, traceIds] of await this.#unsampledOf(chunk, turns))
        for (const traceId of traceIds)
          if (this.#store.traces.rowOf(traceId) < 0)
            found.set(serviceName, (found.get(serviceName) ?? 0) + 1);
    }
    return [...found].map(([serviceName, traces]) => ({ serviceName, traces }));
  }

  async #unsampledOf(chunk: LogChunk, turns: Turns): Promise<Unsampled> {
    let known = this.#known.get(chunk);
    if (known === undefined) this.#known.set(chunk, (known = { rows: 0, unsampled: new Map() }));
    for (; known.rows < chunk.count; known.rows++) {
      if (turns.isOver) await turns.next();
      const traceId = idHex(chunk.traceId, 4 * known.rows, 4);
      if (traceId === noTraceId || isSampled(chunk.bytes(known.rows))) continue;
      const { serviceName } = this.#store.resources.get(chunk.resource[known.rows]);
      const traceIds = known.unsampled.get(serviceName);
      if (traceIds === undefined) known.unsampled.set(serviceName, new Set([traceId]));
      else traceIds.add(traceId);
    }
    return known.unsampled;
  }
}

function isSampled(record: Uint8Array): boolean {
  try {
    for (let at = 0; at < record.length; at = skipField(record, at, record.length))
      if (record[at] === flagsTag) return (record[at + 1] & sampledFlag) !== 0;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return false;
}
