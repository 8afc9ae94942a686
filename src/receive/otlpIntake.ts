import type { Readable } from 'node:stream';
import type { BodyMemory } from './bodyMemory.ts';
import { type BodyHead, readBody } from './readBody.ts';
import { defaultLimits, type ReceiveLimits, type ReceiverOptions, type Refusal } from './receiver.ts';
import type { SenderPolicy } from './senderPolicy.ts';
import type { Encoding, Outcome, Signal, SignalSink } from './signal.ts';
import { MalformedError, NoMemoryError, type Packing, TooLargeError, Unpacker } from './unpack.ts';

/** What became of a request with an acceptable head. */
export type Delivery =
  | Outcome
  /** On the wire or unpacked. */
  | { kind: 'tooLarge'; message: string }
  /** The sink threw: our fault, not the sender's. */
  | { kind: 'failed'; message: string };

/** How long a sender waits when the bodies of others fill the memory, or when it meets us stopping. */
export const retryAfterSeconds = 1;

/** What OTLP/HTTP and OTLP/gRPC have in common: the way of a body from the socket to the sink. */
export class OtlpIntake {
  readonly policy: SenderPolicy;
  readonly limits: ReceiveLimits;
  /** Requests seen, refused ones included. */
  requests = 0;
  /** From now on every request is told to come again. */
  stopping = false;
  readonly #sink: SignalSink;
  readonly #memory: BodyMemory;
  readonly #onRefused: (refusal: Refusal) => void;
  readonly #unpacker: Unpacker;

  constructor(options: ReceiverOptions<SignalSink>, policy: SenderPolicy) {
    this.policy = policy;
    this.limits = { ...defaultLimits, ...options.limits };
    this.#sink = options.sink;
    this.#memory = options.memory;
    this.#onRefused = refusal => options.onRefused(refusal);
    this.#unpacker = new Unpacker(this.limits.bodyBytes, options.memory);
  }

  refused(answer: string, reason: string, count = 1): void {
    this.#onRefused({ answer, reason, count });
  }

  /** Takes a request whose head is acceptable. Never rejects; undefined: the sender went away, nobody is to be answered. */
  async receive(
    signal: Signal,
    encoding: Encoding,
    stream: Readable,
    framing: Framing,
  ): Promise<Delivery | undefined> {
    const { bodyBytes } = this.limits;
    const wire = await readBody(stream, framing, bodyBytes, this.#memory);
    if (wire.kind === 'tooLarge') return tooLarge(`the body exceeds ${bodyBytes} bytes`);
    if (wire.kind === 'noMemory') return { kind: 'busy', retryAfterSeconds };
    if (wire.kind === 'aborted') return undefined;
    let release = wire.release;
    try {
      const { bytes, packing } = framing.unframe(wire.bytes);
      if (packing === 'identity') return await this.#sink.receive(signal, encoding, bytes);
      const body = await this.#unpacker.unpack(bytes, packing);
      release();
      release = body.release;
      return await this.#sink.receive(signal, encoding, body.bytes);
    } catch (error) {
      if (error instanceof MalformedError) return { kind: 'malformed', message: error.message };
      if (error instanceof TooLargeError) return tooLarge(error.message);
      if (error instanceof NoMemoryError) return { kind: 'busy', retryAfterSeconds };
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    } finally {
      release();
      wire.end();
    }
  }
}

/** How a body lies on the wire. */
export interface Framing extends BodyHead {
  /** Throws MalformedError and TooLargeError. */
  unframe(wire: Uint8Array): PackedBody;
}

export interface PackedBody {
  bytes: Uint8Array;
  packing: Packing;
}

function tooLarge(message: string): Delivery {
  return { kind: 'tooLarge', message };
}
