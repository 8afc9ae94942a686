import { connect } from 'node:http2';
import { Pool } from 'undici';
import { exportPath } from './ingestServers.ts';
import { Payload } from './payloads.ts';

const connections = 8;
const bodiesPerConnection = 6;

/** Sends a body and resolves when it has been accepted. */
type Send = (connection: number, body: Buffer) => Promise<void>;

/** What sends to a server. */
export interface Load {
  send: Send;
  close(): Promise<void>;
}

export function httpLoad(port: number): Load {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const headers = { 'content-type': 'application/x-protobuf' };
  return {
    async send(_, body) {
      const answer = await pool.request({ path: '/v1/traces', method: 'POST', headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
    },
    close: () => pool.close(),
  };
}

export function grpcLoad(port: number): Load {
  const sessions = Array.from({ length: connections }, () => connect(`http://127.0.0.1:${port}`));
  const headers = {
    ':method': 'POST',
    ':path': exportPath,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  return {
    send: (connection, body) =>
      new Promise((resolve, reject) => {
        const stream = sessions[connection].request(headers);
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(body.length, 1);
        stream.on('trailers', trailers => {
          if (trailers['grpc-status'] === '0') resolve();
          else reject(new Error(`gRPC ${trailers['grpc-status']}`));
        });
        stream.on('error', reject);
        stream.resume();
        stream.write(prefix);
        stream.end(body);
      }),
    close: async () => {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Counts the bodies sent: no two of them have a trace in common. */
let generation = 0;

/** Sends again and again over all connections, until it is stopped. */
export class Flood {
  /** Spans that were accepted so far. */
  accepted = 0;
  readonly #load: Load;
  #running = true;
  readonly #clients: Promise<void>[];

  constructor(load: Load, payloads: readonly Payload[]) {
    this.#load = load;
    this.#clients = Array.from({ length: connections }, (_, connection) =>
      this.#send(
        connection,
        payloads.filter((_payload, index) => index % connections === connection),
      ),
    );
    // An error is told by `stop`, not by the process.
    for (const client of this.#clients) client.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
    await this.#load.close();
  }

  async #send(connection: number, payloads: readonly Payload[]): Promise<void> {
    for (let turn = 0; this.#running; turn++) {
      const payload = payloads[turn % payloads.length];
      payload.renew(++generation);
      await this.#load.send(connection, payload.body);
      this.accepted += payload.spans;
    }
  }
}

/** Enough requests for all connections, each with its own. */
export function payloadsOf(spansPerRequest: number): Payload[] {
  return Payload.make(connections * bodiesPerConnection, spansPerRequest);
}
