import type { BodyMemory } from './bodyMemory.ts';
import type { SenderPolicy } from './senderPolicy.ts';

/** An open receiver: one port, the same on every address. */
export interface Receiver {
  readonly port: number;
  /** The addresses that are listened on, without port: `127.0.0.1`, `::1`. */
  readonly addresses: readonly string[];
  /** Addresses that could not be opened, and why (IPv6 switched off, for example). */
  readonly warnings: readonly string[];
  /** Requests seen since the start, refused ones included. */
  readonly requests: number;
  /** Stops listening, lets requests that have arrived be answered for a moment, then ends every connection. */
  close(): Promise<void>;
}

/** A request, or items of one, that was not taken. */
export interface Refusal {
  /** What the sender was told: `HTTP 415`, `gRPC 3`, `partial success`. */
  answer: string;
  reason: string;
  /** Requests (or items, for `partial success`) refused. */
  count: number;
}

export interface ReceiverSetup {
  /** 0: any free port, the same on all hosts. */
  port: number;
  /** IP addresses to listen on; loopback of both families unless given. */
  hosts?: readonly string[];
  policy: SenderPolicy;
  /** Bounds the bodies in memory; one for all receivers of a process. */
  memory: BodyMemory;
  onRefused(refusal: Refusal): void;
  limits?: Partial<ReceiveLimits>;
}

export interface ReceiverOptions<Sink> extends ReceiverSetup {
  sink: Sink;
}

export interface ReceiveLimits {
  /** One body, on the wire as well as unpacked. OTLP 1.11 recommends 64 MiB. */
  bodyBytes: number;
  connections: number;
  /** From the connection to the first bytes, and from there to the end of the request's head. */
  headMs: number;
  /** From the first byte of a request to its last. */
  requestMs: number;
  /** Exporters flush every 5 to 60 s: a connection that is closed between two flushes is a race they may lose. */
  idleMs: number;
  /** How long `close` waits for requests that have arrived. */
  closeMs: number;
}

export const defaultLimits: ReceiveLimits = {
  bodyBytes: 64 * 1024 * 1024,
  connections: 1024,
  headMs: 20_000,
  requestMs: 120_000,
  idleMs: 75_000,
  closeMs: 1_000,
};
