import { chmod, lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Emitter } from '../base/events.ts';
import type { ControlNotifications } from '../protocol/control.ts';
import { isPipe } from './controlAddress.ts';
import { type ControlAnswers, ControlServerConnection } from './controlConnection.ts';
import type { Log } from './log.ts';

/** Clients are windows, their language servers and command lines. */
const mostConnections = 256;

/** Another process answers at the control address. */
export class AddressInUseError extends Error {
  override readonly name = 'AddressInUseError';
}

/** Listens for clients on the control address. */
export class ControlServer {
  readonly #server: Server;
  readonly #clients = new Set<ControlServerConnection>();
  readonly #pending = new Set<ControlServerConnection>();
  readonly #changed = new Emitter<number>();

  /** Fires with the number of clients when one has come or gone. */
  readonly onDidChangeClients = this.#changed.event;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Takes the place of a socket that a dead process left; call it under the start lock. Throws `AddressInUseError`.
   * `accept` gives the answers for a client that has proved itself.
   */
  static async listen(
    address: string,
    token: string,
    log: Log,
    accept: (client: ControlServerConnection) => ControlAnswers,
  ): Promise<ControlServer> {
    const server = createServer();
    server.maxConnections = mostConnections;
    const control = new ControlServer(server);
    server.on('connection', socket => control.#serve(socket, token, log, accept));
    await removeDeadSocket(address);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(address, () => resolve());
    }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE' ? new AddressInUseError(`${address} is in use`) : error;
    });
    server.removeAllListeners('error').on('error', error => log.write(`control socket: ${error.message}`));
    if (!isPipe(address)) await chmod(address, 0o600);
    return control;
  }

  get clients(): ReadonlySet<ControlServerConnection> {
    return this.#clients;
  }

  notify<K extends keyof ControlNotifications>(name: K, params: ControlNotifications[K]): void {
    for (const client of this.#clients) client.notify(name, params);
  }

  /** Ends all connections; Node removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const client of [...this.#clients, ...this.#pending]) client.dispose();
    await closed;
  }

  #serve(
    socket: Socket,
    token: string,
    log: Log,
    accept: (client: ControlServerConnection) => ControlAnswers,
  ): void {
    const connection = new ControlServerConnection(socket, token, log, client => {
      this.#pending.delete(client);
      this.#clients.add(client);
      this.#changed.fire(this.#clients.size);
      return accept(client);
    });
    this.#pending.add(connection);
    connection.onDidClose(() => {
      this.#pending.delete(connection);
      if (this.#clients.delete(connection)) this.#changed.fire(this.#clients.size);
    });
  }
}

/** Whether a process accepts connections there. */
export async function isAnswering(address: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Any other error (a full backlog) comes from somebody who is there.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

async function removeDeadSocket(address: string): Promise<void> {
  if (isPipe(address)) return;
  const found = await lstat(address).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${address} exists and is not a socket`);
  if (await isAnswering(address)) throw new AddressInUseError(`an engine is listening at ${address} already`);
  await rm(address, { force: true });
}
