// E1, E2: OTLP/HTTP against node:http with protobufjs that drops the spans; E3a, E3b: OTLP/gRPC against @grpc/grpc-js with
// the same decoder and store. Spans per second of the server's processor time; servers run in processes of their own.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { median, report, reportMachine, short } from './harness.ts';
import { exportPath, type ServerKind, serve, type Usage } from './support/ingestServers.ts';
import { Payload } from './support/payloads.ts';

const connections = 8;
const bodiesPerConnection = 6;
const rounds = 3;
const warmupMs = short ? 700 : 1_500;
const measuredMs = short ? 1_000 : 3_000;

/** Sends a body and resolves when it has been accepted. */
type Send = (connection: number, body: Buffer) => Promise<void>;

class Server {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(kind: ServerKind): Promise<Server> {
    const child = fork(fileURLToPath(import.meta.url), [kind], { execArgv: [] });
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

interface Load {
  send: Send;
  close(): Promise<void>;
}

function httpLoad(port: number): Load {
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

function grpcLoad(port: number): Load {
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

/** Spans that a server accepts per second of its processor time. */
async function measure(server: Server, load: Load, payloads: readonly Payload[]): Promise<number> {
  let accepted = 0;
  let running = true;
  const clients = Array.from({ length: connections }, async (_, connection) => {
    const own = payloads.filter((_payload, index) => index % connections === connection);
    for (let turn = 0; running; turn++) {
      const payload = own[turn % own.length];
      payload.renew(++generation);
      await load.send(connection, payload.body);
      accepted += payload.spans;
    }
  });
  await sleep(warmupMs);
  const [cpuBefore, before] = [await server.cpuSeconds(), accepted];
  await sleep(measuredMs);
  const result = (accepted - before) / ((await server.cpuSeconds()) - cpuBefore);
  running = false;
  await Promise.all(clients);
  return result;
}

async function compare(
  name: string,
  spansPerRequest: number,
  kinds: readonly [ServerKind, ServerKind],
  makeLoad: (port: number) => Load,
  note: string,
): Promise<void> {
  const payloads = Payload.make(connections * bodiesPerConnection, spansPerRequest);
  const results: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const server = await Server.start(kinds[which]);
      const load = makeLoad(server.port);
      results[which].push(await measure(server, load, payloads));
      await load.close();
      server.end();
    }
  }
  const [ours, theirs] = results;
  report({
    name,
    value: Math.round(median(ours)),
    unit: 'spans/CPU-s',
    baseline: Math.round(median(theirs)),
    ratio: Math.round((median(ours) / median(theirs)) * 100) / 100,
    note,
  });
}

const kind = process.argv[2] as ServerKind | undefined;
if (kind !== undefined) await serve(kind);
else {
  reportMachine();
  await compare('E1', 512, ['http', 'http-protobufjs'], httpLoad, 'OTLP/HTTP, 512 spans a request');
  await compare('E2', 32, ['http', 'http-protobufjs'], httpLoad, 'OTLP/HTTP, 32 spans a request');
  await compare('E3a', 512, ['grpc', 'grpc-js'], grpcLoad, 'OTLP/gRPC, 512 spans a request');
  await compare('E3b', 32, ['grpc', 'grpc-js'], grpcLoad, 'OTLP/gRPC, 32 spans a request');
}
