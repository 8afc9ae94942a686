import type { Evidence } from '../../model/evidence.ts';
import { readSensitiveSettings, type SensitiveSettings } from '../../semconv/sensitive/options.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import { ActiveCallers } from './activeCallers.ts';
import { Answers } from './answers.ts';
import { BoundaryMatcher } from './brokenBoundaries.ts';
import { Observations } from './observations.ts';
import { SamplingGaps } from './samplingGaps.ts';
import { TraceObserver } from './traceObserver.ts';
import { Turns } from './turns.ts';

/** Traces are looked at in blocks of 64 rows of the trace table; a block is looked at again when one of its traces changes. */
const blockBits = 6;
/** Evidence is taken from the newest traces, up to so many spans. */
const mostSpans = 400_000;

interface Block {
  readonly stamp: string;
  readonly observations: Observations;
}

/** No two states of any readers have the same. */
let lastGeneration = 0;

/** Evidence as of a state of the store. */
export interface EvidenceState {
  /** Another number, other evidence. */
  readonly generation: number;
  readonly evidence: Evidence;
  /** Milliseconds since 1970 at which the evidence changes although no span arrives; absent: it does not. */
  readonly changesAt?: number;
}

/**
 * What the traces of a store say, kept up to date: what has changed since the last question is looked at when the
 * next one is asked, in turns of some milliseconds, and many questions at a time are one.
 */
export class EvidenceReader {
  readonly #store: TraceStore;
  readonly #observer: TraceObserver;
  readonly #samplingGaps: SamplingGaps;
  readonly #clock: () => number;
  #blocks = new Map<number, Block>();
  #state: EvidenceState | undefined;
  #readAt = -1;
  #reading: Promise<EvidenceState> | undefined;

  /**
   * @param clock milliseconds since 1970: what is missing now may still come; infinity for traces that are complete
   * @param sensitive what the user calls sensitive, and what not
   */
  constructor(store: TraceStore, clock: () => number = Date.now, sensitive?: SensitiveSettings) {
    this.#store = store;
    this.#observer = new TraceObserver(store, sensitive && readSensitiveSettings(sensitive));
    this.#samplingGaps = new SamplingGaps(store);
    this.#clock = clock;
  }

  read(): Promise<EvidenceState> {
    const { changesAt = Number.POSITIVE_INFINITY } = this.#state ?? {};
    if (this.#state !== undefined && this.#readAt === this.#store.generation && this.#clock() < changesAt)
      return Promise.resolve(this.#state);
    this.#reading ??= this.#readNow().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(): Promise<EvidenceState> {
    const turns = new Turns();
    const readAt = this.#store.generation;
    const total = new Observations();
    for (const { observations } of await this.#currentBlocks(turns)) {
      if (turns.isOver) await turns.next();
      total.merge(observations);
    }
    const matcher = new BoundaryMatcher(total.boundaries);
    const callers = new ActiveCallers(total.boundaries.intervals, traceId => this.#observer.spansOf(traceId));
    matcher.addCallers(await callers.of(await matcher.matchCalls(turns), turns));
    const now = this.#clock();
    const answers = new Answers(this.#store, turns);
    const { settlesAt, ...rest } = await answers.of(total, matcher.found, now * 1e6);
    const evidence = { ...rest.evidence, samplingGaps: await this.#samplingGaps.read(turns) };
    const changesAt = settlesAt === undefined ? undefined : Math.ceil(settlesAt / 1e6);
    this.#readAt = readAt;
    this.#state = { generation: ++lastGeneration, evidence, ...(changesAt !== undefined && { changesAt }) };
    return this.#state;
  }

  /** The blocks with the newest traces, looked at again where something has changed. */
  async #currentBlocks(turns: Turns): Promise<Block[]> {
    const blocks = new Map<number, Block>();
    for (const { number, stamp } of this.#stamps()) {
      const known = this.#blocks.get(number);
      blocks.set(
        number,
        known?.stamp === stamp ? known : { stamp, observations: await this.#observe(number, turns) },
      );
    }
    this.#blocks = blocks;
    return [...blocks.values()];
  }

  async #observe(number: number, turns: Turns): Promise<Observations> {
    const observations = new Observations();
    for (let row = number << blockBits; row < (number + 1) << blockBits; row++) {
      if (turns.isOver) await turns.next();
      if (this.#store.traces.isLive(row)) await this.#observer.observe(row, observations, turns);
    }
    return observations;
  }

  #stamps(): { number: number; stamp: string }[] {
    const { traces } = this.#store;
    const blocks: { number: number; stamp: string; newest: number; spans: number }[] = [];
    for (let first = 0; first < traces.rows; first += 1 << blockBits) {
      let live = 0;
      let newest = 0;
      let spans = 0;
      for (let row = first; row < Math.min(first + (1 << blockBits), traces.rows); row++) {
        if (!traces.isLive(row)) continue;
        live++;
        spans += traces.spanCount[row];
        newest = Math.max(newest, traces.lastUpdateGeneration[row]);
      }
      if (live > 0) blocks.push({ number: first >> blockBits, stamp: `${newest} ${live}`, newest, spans });
    }
    blocks.sort((a, b) => b.newest - a.newest);
    let spans = 0;
    return blocks.filter((block, at) => (spans += block.spans) <= mostSpans || at === 0);
  }
}
