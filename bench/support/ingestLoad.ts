import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { short } from '../harness.ts';
import { exportPath, type ServerKind, type Usage } from './ingestServers.ts';
import { Payload } from './payloads.ts';

const connections = 8;
const bodiesPerConnection = 6;
/** Compiling goes on beside the first requests, and counts as the server's time. */
const warmupMs = 1_500;
const measuredMs = short ? 1_500 : 3_000;
/** A server on a busy machine has not compiled its hot code after some time, but after some work. */
const warmupRequests = 1_500;
const measuredRequests = 1_000;

/**
 * Warm-up until the store is at its budget, the journal uses its files again, and what runs only then is compiled too: that
 * goes on for seconds, and took an eighth of the time that was measured after the short one.
 */
export const untilSteadyMs = short ? 2_500 : 9_000;

/** Sends a body and resolves when it has been accepted. */
type Send = (connection: number, body: Buffer) => Promise<void>;

/** A server in a process of its own. */
export class Server {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** `file` runs `serve(kind)` if it is started with an argument. */
  static async start(file: string, kind: ServerKind): Promise<Server> {
    const child = fork(file, [kind], { execArgv: [] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Server(child, port);
  }

  async cpuSeconds(): Promise<number> {
    this.#child.send('usage');
    const [{ microseconds }] = (await once(this.#child, 'message')) as [Usage];
    return microseconds / 1e6;
  }

  end(): void {
    this.#child.disconnect();
  }
}

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

/** Spans that a server accepts per second of its processor time, once it has run for a while. */
export async function measure(
  server: Server,
  load: Load,
  payloads: readonly Payload[],
  warmup = warmupMs,
): Promise<number> {
  let accepted = 0;
  let requests = 0;
  let running = true;
  const clients = Array.from({ length: connections }, async (_, connection) => {
    const own = payloads.filter((_payload, index) => index % connections === connection);
    for (let turn = 0; running; turn++) {
      const payload = own[turn % own.length];
      payload.renew(++generation);
      await load.send(connection, payload.body);
      accepted += payload.spans;
      requests++;
    }
  });
  const pass = async (ms: number, least: number) => {
    const from = requests;
    await sleep(ms);
    while (requests - from < least) await sleep(20);
  };
  await pass(warmup, warmupRequests);
  const [cpuBefore, before] = [await server.cpuSeconds(), accepted];
  await pass(measuredMs, measuredRequests);
  const result = (accepted - before) / ((await server.cpuSeconds()) - cpuBefore);
  running = false;
  await Promise.all(clients);
  return result;
}

/** Enough requests for all connections, each with its own. */
export function payloadsOf(spansPerRequest: number): Payload[] {
  return Payload.make(connections * bodiesPerConnection, spansPerRequest);
}
