import type { Endpoints, PortConflict, ReceiverName } from '../protocol/control.ts';
import { BodyMemory } from '../receive/bodyMemory.ts';
import { startOtlpGrpc, startOtlpHttp } from '../receive/otlp.ts';
import { PortTakenError } from '../receive/portTaken.ts';
import type { Receiver, ReceiverOptions, Refusal } from '../receive/receiver.ts';
import type { SenderPolicy } from '../receive/senderPolicy.ts';
import type { SignalSink } from '../receive/signal.ts';
import type { Log } from './log.ts';
import type { Rejections } from './rejections.ts';

/** Receivers that are built. */
export const builtReceivers = ['otlpHttp', 'otlpGrpc'] as const;
export type BuiltReceiver = (typeof builtReceivers)[number];

export interface PortChoice {
  /** 0: any free one. */
  readonly port: number;
  /** Whether another port will do if this one is taken. */
  readonly movable: boolean;
}

export const defaultPorts: { readonly [name in BuiltReceiver]: number } = { otlpHttp: 4318, otlpGrpc: 4317 };

/** How many ports after the wanted one are tried. */
const nextPorts = 20;

const starters: { readonly [name in BuiltReceiver]: (options: ReceiverOptions) => Promise<Receiver> } = {
  otlpHttp: startOtlpHttp,
  otlpGrpc: startOtlpGrpc,
};

export interface ReceiversOptions {
  /** Those that are left out stay closed. */
  readonly ports: { readonly [name in BuiltReceiver]?: PortChoice };
  readonly hosts?: readonly string[];
  readonly policy: SenderPolicy;
  readonly sink: SignalSink;
  readonly rejections: Rejections;
  readonly log: Log;
}

/** The open receivers of an engine. */
export class Receivers {
  readonly conflicts: readonly PortConflict[];
  readonly #open: readonly Receiver[];

  private constructor(open: readonly Receiver[], conflicts: readonly PortConflict[]) {
    this.#open = open;
    this.conflicts = conflicts;
  }

  /** Opens all or none. Throws the `PortTakenError` of a port that may not move, or of the last one tried. */
  static async open(options: ReceiversOptions): Promise<Receivers> {
    const open: Receiver[] = [];
    const conflicts: PortConflict[] = [];
    const memory = new BodyMemory();
    try {
      for (const name of builtReceivers) {
        const choice = options.ports[name];
        if (choice !== undefined) open.push(await openOne(name, choice, options, memory, open, conflicts));
      }
    } catch (error) {
      await Promise.all(open.map(receiver => receiver.close()));
      throw error;
    }
    return new Receivers(open, conflicts);
  }

  get endpoints(): Endpoints {
    return Object.fromEntries(this.#open.map(receiver => [receiver.name, endpointOf(receiver)]));
  }

  get requests(): { [receiver in ReceiverName]?: number } {
    return Object.fromEntries(this.#open.map(({ name, requests }) => [name, requests]));
  }

  /** Stops listening; requests that have arrived are answered. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map(receiver => receiver.close()));
  }
}

async function openOne(
  name: BuiltReceiver,
  { port, movable }: PortChoice,
  { hosts, policy, sink, rejections, log }: ReceiversOptions,
  memory: BodyMemory,
  others: readonly Receiver[],
  conflicts: PortConflict[],
): Promise<Receiver> {
  const start = (at: number) =>
    starters[name]({ port: at, hosts, policy, sink, memory, onRefused: refusal => refused(name, refusal) });
  const refused = (receiver: BuiltReceiver, refusal: Refusal) => {
    const { answer, reason, count } = refusal;
    const total = rejections.add(receiver, refusal);
    // The first, the tenth, the hundredth: a sender that is refused does not give up soon.
    if (total === count || `${total}`.length > `${total - count}`.length)
      log.write(`${receiver} refused ${total}: ${answer}, ${reason}`);
  };
  const last = movable && port !== 0 ? Math.min(port + nextPorts, 65535) : port;
  for (let at = port; ; at++) {
    // Our own other receiver is no conflict to report: 4317 taken must not push gRPC onto the HTTP port's place.
    if (at !== 0 && at < last && others.some(other => other.port === at)) continue;
    try {
      const receiver = await start(at);
      for (const warning of receiver.warnings) log.write(`${name}: ${warning}`);
      return receiver;
    } catch (error) {
      if (!(error instanceof PortTakenError) || !movable) throw error;
      if (at === port) {
        conflicts.push({ receiver: name, port, ...(error.holder !== undefined && { holder: error.holder }) });
        log.write(`${name}: ${error.message}`);
      }
      if (at >= last) throw error;
    }
  }
}

/** What a sender on this machine is told: loopback wherever that is listened on. */
function endpointOf({ name, port, addresses }: Receiver): string {
  const everywhere = addresses.includes('0.0.0.0') || addresses.includes('127.0.0.1');
  const address = everywhere ? '127.0.0.1' : addresses.includes('::') ? '::1' : addresses[0];
  const host = address.includes(':') ? `[${address}]` : address;
  return name === 'otlpHttp' ? `http://${host}:${port}` : `${host}:${port}`;
}
