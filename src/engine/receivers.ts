import type { Endpoints, PortConflict, ReceiverName } from '../protocol/control.ts';
import { BodyMemory } from '../receive/bodyMemory.ts';
import { PortTakenError } from '../receive/portTaken.ts';
import type { Receiver, Refusal } from '../receive/receiver.ts';
import type { SenderPolicy } from '../receive/senderPolicy.ts';
import type { Log } from './log.ts';
import {
  type BuiltReceiver,
  builtReceivers,
  type ReceiverKind,
  type ReceiverSinks,
  receiverKinds,
} from './receiverKinds.ts';
import type { Rejections } from './rejections.ts';

export interface PortChoice {
  /** 0: any free one. */
  readonly port: number;
  /** Whether another port will do if this one is taken. */
  readonly movable: boolean;
}

/** How many ports after the wanted one are tried. */
const nextPorts = 20;

export interface ReceiversOptions {
  /** Those that are left out stay closed. */
  readonly ports: { readonly [name in BuiltReceiver]?: PortChoice };
  readonly hosts?: readonly string[];
  readonly policy: SenderPolicy;
  readonly sinks: ReceiverSinks;
  readonly rejections: Rejections;
  /** Counts the bodies that are held; absent: with the usual limit. */
  readonly memory?: BodyMemory;
  readonly log: Log;
}

/** The open receivers of an engine. */
export class Receivers {
  readonly #options: ReceiversOptions;
  readonly #memory: BodyMemory;
  readonly #open = new Map<BuiltReceiver, Receiver>();
  readonly #conflicts: PortConflict[] = [];
  #lastChange: Promise<void> = Promise.resolve();

  private constructor(options: ReceiversOptions) {
    this.#options = options;
    this.#memory = options.memory ?? new BodyMemory();
  }

  /** Opens all or none. Throws the `PortTakenError` of a port that may not move, or of the last one tried. */
  static async open(options: ReceiversOptions): Promise<Receivers> {
    const receivers = new Receivers(options);
    try {
      for (const name of builtReceivers) {
        const choice = options.ports[name];
        if (choice !== undefined) await receivers.#openOne(name, choice);
      }
    } catch (error) {
      await receivers.close();
      throw error;
    }
    return receivers;
  }

  get conflicts(): readonly PortConflict[] {
    return this.#conflicts;
  }

  get endpoints(): Endpoints {
    return this.#each(endpointOf);
  }

  get requests(): { [receiver in ReceiverName]?: number } {
    return this.#each((_, { requests }) => requests);
  }

  /** Ports that are listened on. */
  get openPorts(): number[] {
    return [...this.#open.values()].map(({ port }) => port);
  }

  /** Opens one more, at this port and no other; its address. Throws a `PortTakenError`. */
  async openNow(name: BuiltReceiver, port: number): Promise<string> {
    await this.#changing(async () => {
      if (!this.#open.has(name)) await this.#openOne(name, { port, movable: false });
    });
    const receiver = this.#open.get(name);
    return receiver === undefined ? '' : endpointOf(name, receiver);
  }

  /** Stops listening for one; requests that have arrived are answered. */
  async closeNow(name: BuiltReceiver): Promise<void> {
    await this.#changing(async () => {
      const receiver = this.#open.get(name);
      this.#open.delete(name);
      await receiver?.close();
    });
  }

  /** One change after the other: two windows may ask at once. */
  #changing(change: () => Promise<void>): Promise<void> {
    const changed = this.#lastChange.then(change);
    this.#lastChange = changed.catch(() => {});
    return changed;
  }

  /** Stops listening; requests that have arrived are answered. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(receiver => receiver.close()));
  }

  #each<T>(tell: (name: BuiltReceiver, receiver: Receiver) => T): { [name in BuiltReceiver]?: T } {
    return Object.fromEntries([...this.#open].map(([name, receiver]) => [name, tell(name, receiver)]));
  }

  async #openOne(name: BuiltReceiver, { port, movable }: PortChoice): Promise<void> {
    const { log } = this.#options;
    const last = movable && port !== 0 ? Math.min(port + nextPorts, 65535) : port;
    for (let at = port; ; at++) {
      // Our own other receiver is no conflict to report: 4317 taken must not push gRPC onto the HTTP port's place.
      if (at !== 0 && at < last && this.#isOwn(at)) continue;
      try {
        const receiver = await this.#start(name, at);
        for (const warning of receiver.warnings) log.write(`${name}: ${warning}`);
        this.#open.set(name, receiver);
        return;
      } catch (error) {
        if (!(error instanceof PortTakenError) || !movable) throw error;
        if (at === port) {
          this.#conflicts.push({
            receiver: name,
            port,
            ...(error.holder !== undefined && { holder: error.holder }),
          });
          log.write(`${name}: ${error.message}`);
        }
        if (at >= last) throw error;
      }
    }
  }

  #isOwn(port: number): boolean {
    return [...this.#open.values()].some(receiver => receiver.port === port);
  }

  #start(name: BuiltReceiver, port: number): Promise<Receiver> {
    const { hosts, policy, sinks } = this.#options;
    const kind: ReceiverKind = receiverKinds[name];
    const onRefused = (refusal: Refusal) => this.#refused(name, refusal);
    return kind.start({ port, hosts, policy, memory: this.#memory, onRefused }, sinks);
  }

  #refused(name: BuiltReceiver, refusal: Refusal): void {
    const { log, rejections } = this.#options;
    const { answer, reason, count } = refusal;
    const total = rejections.add(name, refusal);
    // The first, the tenth, the hundredth: a sender that is refused does not give up soon.
    if (total === count || `${total}`.length > `${total - count}`.length)
      log.write(`${name} refused ${total}: ${answer}, ${reason}`);
  }
}

/** What a sender on this machine is told: loopback wherever that is listened on. */
function endpointOf(name: BuiltReceiver, { port, addresses }: Receiver): string {
  const everywhere = addresses.includes('0.0.0.0') || addresses.includes('127.0.0.1');
  const address = everywhere ? '127.0.0.1' : addresses.includes('::') ? '::1' : addresses[0];
  const host = address.includes(':') ? `[${address}]` : address;
  return `${receiverKinds[name].scheme}${host}:${port}`;
}
