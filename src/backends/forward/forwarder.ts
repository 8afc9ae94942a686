import type { ConnectionLimits } from '../http/connection.ts';
import { GrpcTarget } from './grpcTarget.ts';
import { HttpTarget } from './httpTarget.ts';
import { type ForwardTimes, forwardTimes, Lane, QueueRoom } from './lane.ts';
import type { ForwardPlan } from './options.ts';
import { type ForwardedSignal, type ForwardTarget, targetLimits } from './target.ts';

/** Bounds of what a target may take of time and memory. */
export interface ForwardBounds {
  readonly times: ForwardTimes;
  readonly limits: ConnectionLimits;
  /** Of what waits. */
  readonly queueBytes: number;
}

/** At about 450 bytes a span, 70,000 spans wait. */
const usual: ForwardBounds = { times: forwardTimes, limits: targetLimits, queueBytes: 32 * 1024 * 1024 };
/** How long `close` tries to send what waits. */
const closeMs = 2_000;

/** How forwarding goes. Items are spans, log records and data points. */
export interface ForwardProgress {
  readonly state: 'idle' | 'sending' | 'retrying';
  readonly url: string;
  readonly protocol: ForwardPlan['protocol'];
  readonly compression: ForwardPlan['compression'];
  readonly redact: boolean;
  readonly queuedBytes: number;
  readonly requests: number;
  readonly retries: number;
  readonly sentItems: number;
  /** Refused by the target. */
  readonly rejectedItems: number;
  /** Given up here: the queue was full, or the target away for too long. */
  readonly droppedItems: number;
  /** The target has asked to be left alone until then. */
  readonly pausedUntilUnixNano?: string;
  readonly lastError?: { readonly timeUnixNano: string; readonly reason: string };
}

/**
 * Sends what is received on to an OTLP endpoint. Nothing here waits for the target but its own queue, which is bounded:
 * what finds no room is dropped and counted, and stays in the local store all the same.
 */
export class Forwarder {
  readonly #plan: ForwardPlan;
  readonly #target: ForwardTarget;
  readonly #room: QueueRoom;
  readonly #lanes: { readonly [signal in ForwardedSignal]: Lane };
  #lastError: ForwardProgress['lastError'];

  constructor(plan: ForwardPlan, bounds: Partial<ForwardBounds> = {}) {
    const { times, limits, queueBytes } = { ...usual, ...bounds };
    this.#plan = plan;
    this.#target = new (plan.protocol === 'grpc' ? GrpcTarget : HttpTarget)(plan, limits);
    this.#room = new QueueRoom(queueBytes);
    const onError = (reason: string) => {
      this.#lastError = { timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`, reason };
    };
    const lane = (signal: ForwardedSignal) =>
      new Lane(signal, this.#target, { redact: plan.redact, room: this.#room, times, onError });
    this.#lanes = { traces: lane('traces'), logs: lane('logs'), metrics: lane('metrics') };
  }

  /**
   * Takes a request that was received. Never waits.
   * @param body `ExportXServiceRequest` in protobuf; it is copied
   * @param items its spans, log records or data points
   * @param hasInvalid some of its spans were refused
   */
  offer(signal: ForwardedSignal, body: Uint8Array, items: number, hasInvalid: boolean): void {
    this.#lanes[signal].offer({ body: new Uint8Array(body), items, hasInvalid });
  }

  get progress(): ForwardProgress {
    const { url, protocol, compression, redact } = this.#plan;
    const lanes = Object.values(this.#lanes);
    const sum = (count: (lane: Lane) => number) => lanes.reduce((total, lane) => total + count(lane), 0);
    const states = lanes.map(({ state }) => state);
    const pausedUntil = Math.max(0, ...lanes.map(lane => lane.pausedUntil ?? 0));
    return {
      state: states.includes('retrying') ? 'retrying' : states.includes('sending') ? 'sending' : 'idle',
      url: url.href,
      protocol,
      compression,
      redact,
      queuedBytes: this.#room.usedBytes,
      requests: sum(({ counts }) => counts.requests),
      retries: sum(({ counts }) => counts.retries),
      sentItems: sum(({ counts }) => counts.sentItems),
      rejectedItems: sum(({ counts }) => counts.rejectedItems),
      droppedItems: sum(({ counts }) => counts.droppedItems),
      ...(pausedUntil > 0 && { pausedUntilUnixNano: `${BigInt(Math.ceil(pausedUntil)) * 1_000_000n}` }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    };
  }

  /** Sends what waits, if that can be done in a moment, and closes the connections. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#lanes).map(lane => lane.close(closeMs)));
    await this.#target.close();
  }
}
