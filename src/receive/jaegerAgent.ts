import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { JaegerSink } from './jaegerHttp.ts';
import { loopback } from './listen.ts';
import { findPortHolder } from './portHolder.ts';
import { PortTakenError } from './portTaken.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';

/** Clients send bursts, and what finds no room in the system's buffer is lost without a word. */
const socketBufferBytes = 4 * 1024 * 1024;
/** Attempts at a port that is free on every address. */
const freePortAttempts = 20;

/**
 * The part of Jaeger's agent that takes spans: a `Batch` a datagram, on 6831 (compact) and 6832 (binary); both take either.
 * Nobody is answered. Throws a `PortTakenError`.
 */
export async function startJaegerAgent(options: ReceiverOptions<JaegerSink>): Promise<Receiver> {
  const hosts = options.hosts ?? loopback;
  for (let attempt = 1; ; attempt++) {
    const agent = new JaegerAgent(options);
    try {
      await agent.bind(hosts, options.port);
      return agent;
    } catch (error) {
      await agent.close();
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      if (options.port !== 0)
        throw new PortTakenError(options.port, await findPortHolder(options.port), error);
      if (attempt === freePortAttempts) throw error;
    }
  }
}

class JaegerAgent implements Receiver {
  port = 0;
  readonly addresses: string[] = [];
  readonly warnings: string[] = [];
  requests = 0;
  readonly #sockets: Socket[] = [];
  readonly #options: ReceiverOptions<JaegerSink>;

  constructor(options: ReceiverOptions<JaegerSink>) {
    this.#options = options;
  }

  /** @param port 0: any, the same on all hosts */
  async bind(hosts: readonly string[], port: number): Promise<void> {
    this.port = port;
    for (const host of hosts) {
      const isV6 = host.includes(':');
      const socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6 });
      this.#sockets.push(socket);
      try {
        socket.bind({ address: host, port: this.port, exclusive: true });
        await once(socket, 'listening');
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
        this.warnings.push(`${host} cannot be listened on (${code})`);
        continue;
      }
      this.port = socket.address().port;
      this.addresses.push(host);
      this.#enlarge(socket, host);
      socket.on('message', datagram => void this.#take(datagram));
      // A datagram that could not be delivered somewhere is told of on this socket; it is ours no more.
      socket.on('error', () => {});
    }
    if (this.addresses.length === 0) throw new Error(`No address to listen on: ${this.warnings.join('; ')}`);
  }

  async close(): Promise<void> {
    const open = this.#sockets.splice(0);
    await Promise.all(open.map(socket => new Promise<void>(resolve => socket.close(() => resolve()))));
  }

  #enlarge(socket: Socket, host: string): void {
    try {
      socket.setRecvBufferSize(socketBufferBytes);
    } catch (error) {
      this.warnings.push(`${host}: bursts may be lost, ${(error as Error).message}`);
    }
  }

  async #take(datagram: Uint8Array): Promise<void> {
    this.requests++;
    const { memory, sink, onRefused } = this.#options;
    if (!memory.take(datagram.length))
      return onRefused({ answer: 'dropped', reason: 'too much is being received', count: 1 });
    try {
      const outcome = await sink.receive('datagram', datagram);
      if (outcome.kind === 'malformed') onRefused({ answer: 'dropped', reason: outcome.message, count: 1 });
      else if (outcome.kind === 'busy') onRefused({ answer: 'dropped', reason: 'busy', count: 1 });
      else if (outcome.rejected > 0)
        onRefused({ answer: 'partial success', reason: outcome.message, count: outcome.rejected });
    } catch (error) {
      onRefused({
        answer: 'dropped',
        reason: error instanceof Error ? error.message : String(error),
        count: 1,
      });
    } finally {
      memory.give(datagram.length);
    }
  }
}
