import type { Server } from 'node:net';
import { findPortHolder } from './portHolder.ts';
import { PortTakenError } from './portTaken.ts';

export const loopback: readonly string[] = ['127.0.0.1', '::1'];

export interface Listening<S extends Server> {
  port: number;
  servers: S[];
  addresses: string[];
  /** Addresses that this machine does not have, and why. */
  warnings: string[];
}

/** A port that the system chose for one address may be taken on the next: so often another one is asked for. */
const freePortAttempts = 20;

/**
 * Listens on the same port of every host; a server listens on one address, so each gets its own. Hosts that this
 * machine does not have (IPv6 switched off) are left out, unless none is left.
 *
 * @throws PortTakenError
 */
export async function listenOnAll<S extends Server>(
  hosts: readonly string[],
  port: number,
  makeServer: () => S,
): Promise<Listening<S>> {
  for (let attempt = 1; ; attempt++) {
    const listening: Listening<S> = { port, servers: [], addresses: [], warnings: [] };
    try {
      for (const host of hosts) await listenOn(host, listening, makeServer());
      if (listening.servers.length > 0) return listening;
      throw new Error(`No address to listen on: ${listening.warnings.join('; ')}`);
    } catch (error) {
      for (const server of listening.servers) server.close();
      const code = errorCode(error);
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      if (port !== 0) throw new PortTakenError(port, await findPortHolder(port), error);
      if (attempt === freePortAttempts) throw error;
    }
  }
}

async function listenOn<S extends Server>(host: string, listening: Listening<S>, server: S): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // Without `ipv6Only`, `::` takes the port on `0.0.0.0` as well; `exclusive` matters under node:cluster only.
      server.listen({ host, port: listening.port, ipv6Only: true, exclusive: true }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
    listening.warnings.push(`${host} cannot be listened on (${code})`);
    return;
  }
  const address = server.address();
  if (typeof address === 'object' && address !== null) listening.port = address.port;
  listening.servers.push(server);
  listening.addresses.push(host);
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
